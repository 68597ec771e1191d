"""The fields and choices of the wizard: their ids, what can be chosen, and what follows from what was chosen."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import BASELINES, Option, Selection
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.needs import Requirement
from sm_ssh_widget.wizard import account_choices, fleet_rows, people
from sm_ssh_widget.wizard.effects import Check
from sm_ssh_widget.wizard.state import Intent, Screen, WayIn, WizardState

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report

PURPOSES = ("training", "processing", "endpoints", "studio")
NATIVE = frozenset({"training", "studio"})
"""What SageMaker reaches by itself, with remote debugging and remote access."""

TARGET_FIELDS = frozenset({"role", "region", "user"})
SIGN_IN_FIELDS = frozenset(
    {"profile", "login-profile", "simulated-profile", "assume-role", "mfa-serial", "external-id"}
    | {"start-url", "sso-region", "sso-role"}
)
TICKET_FIELDS = frozenset({"requester", "reason"})
FIELDS = TARGET_FIELDS | SIGN_IN_FIELDS | TICKET_FIELDS | {"pick-role", "find-role"} | account_choices.FIELDS
RADIOS = frozenset({"baseline", "way", "connects", "tier", fleet_rows.RAISES}) | account_choices.RADIOS
DECISIVE = frozenset({"purpose", "baseline", "options", "connects"})
"""Choices that change what is checked."""

HAND_OVER_WAY = "hand-over"
TIER = "ssm.tier"
SIMULATED_START_URL = "https://example.awsapps.com/start"


def known(state: WizardState, choice: str) -> frozenset[str]:
    """The options that a choice has."""
    options = {
        "purpose": PURPOSES,
        "baseline": tuple(BASELINES),
        "options": tuple(option.value for option in Option),
        "connects": tuple(each.id for each in people.offered(state)),
        "way": (*(way.id for way in ways(state) if not way.unavailable), HAND_OVER_WAY),
        "tier": ("yes", "no") if TIER in offered(state) else (),
        "mask": ("mask",),
        "ticks": tuple(offered(state)),
        **account_choices.known(state),
        **_of_many(state),
    }
    return frozenset(options.get(choice, ()))


def _of_many(state: WizardState) -> dict[str, tuple[str, ...]]:
    fleet = state.fleet
    if fleet is None or not state.many:
        return {}
    sets = fleet.planned.alike if fleet.planned and state.screen is Screen.FLEET_PLAN else ()
    return {
        fleet_rows.GROUPS: tuple(each.id for each in fleet_rows.groups_in_view(state)),
        fleet_rows.STATUSES: fleet_rows.VERDICTS,
        fleet_rows.ROLES: tuple(fleet_rows.fixable(state)),
        fleet_rows.TICKS: tuple(map(str, range(len(sets)))),
        fleet_rows.RAISES: ("yes", "no") if sets else (),
    }


# Who and where


def wanted(state: WizardState) -> Check:
    """The check that what was typed and chosen asks for; a field left empty stands for whatever is found."""
    options = state.choice("options") | (
        {Option.STUDIO_AS_CLIENT.value} if "studio" in state.choice("purpose") else set()
    )
    ordered = tuple(option.value for option in Option if option.value in options)
    baseline = next(iter(state.choice("baseline")), "classic")
    role, region = (state.text(name).strip() for name in ("role", "region"))
    if state.fleet and state.fleet.alone:
        role = state.fleet.opened
        region = state.report.target.region if state.report else state.fleet.asked.region
    return Check(role, region, people.user_of(state), baseline, ordered)


def has(state: WizardState, field: str, text: str) -> bool:
    """Whether this stands in a field already; one that is filled in at first and emptied then does not."""
    return state.typed.get(field, None if field in account_choices.FIELDS else "") == text


def check_of(plan: Plan) -> Check:
    """The check that tells what became of a plan."""
    role, region, user = (str(plan.target[name] or "") for name in ("role", "region", "user"))
    return Check(role, region, user, plan.baseline, plan.options)


def is_about(report: Report, asked: Check) -> bool:
    """Whether a report tells of the role, the Region and the person that a check asks about."""
    target = report.target
    told = (str(target.role), target.region, str(target.user) if target.user else "")
    return told == (asked.role, asked.region, asked.user)


def matching(roles: tuple[str, ...], query: str) -> tuple[str, ...]:
    """The roles whose name or path has every word of a query in it, those whose name begins with it first."""
    words = query.lower().split()
    found = [arn for arn in roles if all(word in arn.partition(":role")[2].lower() for word in words)]
    first = words[0] if words else ""
    return tuple(sorted(found, key=lambda arn: not arn.rpartition("/")[2].lower().startswith(first)))


def found(state: WizardState, field: str) -> str:
    """What detection found for a field of the target."""
    detection = state.detection
    if detection is None:
        return ""
    if field == "region":
        return detection.region
    target = detection.target
    value = (target.role if field == "role" else target.user) if target else None
    return str(value) if value else ""


def account_of(state: WizardState) -> str:
    """Return the account that is set up, twelve digits, or an empty string while it is not known."""
    if state.many and (state.intent is Intent.LIST or (state.fleet and state.fleet.of_several)):
        return state.fleet.account if state.fleet and state.intent is not Intent.LIST else ""
    if state.many and state.fleet and (account := state.fleet.account):
        return account
    if state.intent in (Intent.RESUME, Intent.UNDO) and state.run:
        return state.run.plan.account
    if state.report:
        return state.report.target.account
    named = _arn(state.text("role").strip())
    if named is not None:
        return named.account
    target = state.detection.target if state.detection else None
    return target.account if target else ""


def _arn(text: str) -> PrincipalArn | None:
    try:
        return PrincipalArn.parse(text)
    except ArnError:
        return None


def audited_region(state: WizardState) -> str:
    """The Region that a new audit reads, unless it is of others: the one that was entered, or else that was found."""
    return wanted(state).region or found(state, "region")


def region_of(state: WizardState) -> str:
    """The Region that is set up."""
    if state.many and state.fleet and state.fleet.audit:
        return state.fleet.audit.header.regions[0]
    if state.many and state.fleet and state.fleet.run:
        return state.fleet.run.plan.region
    if state.intent in (Intent.RESUME, Intent.UNDO) and state.run:
        return state.run.plan.region
    if state.report:
        return state.report.target.region
    return state.text("region").strip() or found(state, "region")


# The plan


def selection_with(selection: Selection, ids: frozenset[str]) -> Selection:
    """The selection limited to some requirements; an optional one among them is asked for by its option."""
    options = set(selection.options)
    for requirement in selection.baseline.requirements:
        if requirement.id in ids and not selection.plans(requirement):
            asking = [option for option in Option if _asks_for(option, selection, requirement)]
            options |= set(asking[:1])  # of two ways to set up host management, the guide's
    return replace(selection, options=frozenset(options), steps=ids)


def _asks_for(option: Option, selection: Selection, requirement: Requirement) -> bool:
    return Selection(selection.baseline, frozenset({option})).plans(requirement)


def offer(report: Report) -> Plan:
    """Everything that could be planned: what was asked for, and what is optional and missing; refused only the first.

    The check with a temporary instance is asked for by its option and has no finding.
    """
    optional = {f.id for f in report.findings if not f.required and f.status is FindingStatus.MISSING}
    required = {f.id for f in report.findings if f.required}
    required |= {INSTANCE_CHECK.id} if report.selection.checks_instance else set()
    everything = _plan(report, frozenset(required | optional))
    refused = tuple(refusal for refusal in everything.refused if refusal.finding in required)
    return replace(everything, refused=refused, required_refused=tuple(refusal.finding for refusal in refused))


def offered(state: WizardState) -> tuple[str, ...]:
    """The findings that have changes to tick, in order."""
    changes = state.offer.changes if state.offer else ()
    return tuple(dict.fromkeys(change.finding for change in changes))


def first_ticks(report: Report, everything: Plan) -> frozenset[str]:
    """What is ticked at first: what is required and costs nothing."""
    required = {f.id for f in report.findings if f.required}
    costly = {change.finding for change in everything.changes if change.cost}
    return frozenset(change.finding for change in everything.changes if change.finding in required - costly)


def planned(report: Report, ticks: frozenset[str], everything: Plan) -> Plan:
    """The plan of what is ticked; what is required and refused stays in it."""
    return _plan(report, ticks | frozenset(everything.required_refused))


class _One:
    """A report as the key of a cache: the very same one, because reports are large and never change."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __hash__(self) -> int:
        return id(self.report)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.report is self.report


def _plan(report: Report, ids: frozenset[str]) -> Plan:
    return _made(_One(report), ids)


@lru_cache(maxsize=16)
def _made(one: _One, ids: frozenset[str]) -> Plan:
    """Return a plan, made once: ticking a box and clearing it must not take the time of two assessments."""
    report = one.report
    if not ids:  # an empty limit would mean everything
        everything = make_plan(report.selection, report.observation, report.assessment)
        return replace(everything, changes=(), refused=(), required_refused=(), kept=0)
    selection = selection_with(report.selection, ids)
    return make_plan(selection, report.observation, assess(selection, report.observation))


# Ways in


def ways(state: WizardState) -> tuple[WayIn, ...]:
    """The ways to sign in, with those that a shared space forbids marked."""
    shared = state.detection is not None and state.detection.shared_space
    return tuple(
        replace(way, unavailable=KEYS_OFF) if shared and way.id == "keys" else way for way in state.setting.ways
    )


def start_url(state: WizardState) -> str:
    """The start URL: what was typed, or that of the simulated account."""
    return state.typed.get("start-url", SIMULATED_START_URL if state.setting.simulated else "")


def way_of(state: WizardState) -> str:
    """The way that is chosen, or the first that can be."""
    chosen = state.choice("way") & known(state, "way")
    usable = (way.id for way in ways(state) if not way.unavailable)
    return next(iter(chosen), next(usable, HAND_OVER_WAY))


KEYS_OFF = (
    "Off in a shared space: everyone in it can run code in this kernel and could use the keys. Choose another sign-in "
    "method, or hand the plan over to an admin."
)
