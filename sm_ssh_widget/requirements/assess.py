"""Requirement × observation → finding. Pure: the same facts always give the same findings.

Two results are kept apart: *as documented* (the policy is there by its name) and *effectively held* (whatever grants
it). What could not be read is never called missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.requirements import (
    judge_guard,
    judge_identity,
    judge_managed,
    judge_region,
    judge_trust,
    leftovers,
    network,
    trust,
)
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.capabilities import USES
from sm_ssh_widget.requirements.catalogue import SESSION_PREFERENCES
from sm_ssh_widget.requirements.condition_keys import documented
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_session import judge_session
from sm_ssh_widget.requirements.judgement import Judgement, failed_reads, listed
from sm_ssh_widget.requirements.needs import (
    FactNeed,
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    NetworkNeed,
    NoLeftoversNeed,
    Requirement,
    SessionPreferencesNeed,
    TierNeed,
    TrustNeed,
)
from sm_ssh_widget.requirements.observation import Known, Observation, Unknown
from sm_ssh_widget.requirements.ssh_owner import studio_owners
from sm_ssh_widget.requirements.uses import NOT_ASKED, Connects, UseOf, beside, connection, not_granted, use_of

NAME_THE_USER = "specify who connects"


@dataclass(frozen=True)
class Assessment:
    """The findings in the order of the baseline, and what limits them as a whole, each in one sentence.

    ``uses`` say for what the role is ready, ``connects`` for whom; both are empty of meaning where a plan is made
    again from a file.
    """

    findings: tuple[Finding, ...]
    caveats: tuple[str, ...]
    uses: tuple[UseOf, ...] = ()
    connects: Connects = NOT_ASKED

    @property
    def ready(self) -> bool:
        """Every required finding is met, no request is denied, and a specified person can connect."""
        met = all(finding.status.ready for finding in self.findings if finding.required)
        return met and not self.denied and self.connects.status in ("ready", "not-asked")

    @property
    def denied(self) -> tuple[str, ...]:
        """The calls of SSH Helper that no plan can allow."""
        return tuple(dict.fromkeys(told for use in self.uses for told in use.denied))

    def count(self, status: FindingStatus) -> int:
        """How many required findings have this status."""
        return sum(finding.required and finding.status is status for finding in self.findings)


def assess(selection: Selection, observation: Observation) -> Assessment:
    """Judge every requirement of the selection against what was seen."""
    judge = _Judge(selection, observation)
    findings = tuple(judge.finding(requirement) for requirement in selection.requirements)
    caveats = tuple(dict.fromkeys((*judge.caveats, *_caveats(selection, observation))))
    if selection.steps:  # the question was about these, not about the whole
        return Assessment(findings, caveats)
    connects = connection(judge.user, observation)
    shells = judge_session(judge.role, judge.user, observation).shell
    uses = tuple(
        beside(use_of(use, judge.role, judge.user, findings, observation), SESSION_PREFERENCES.id, shells)
        if use == "shell"
        else use_of(use, judge.role, judge.user, findings, observation)
        for use in USES
    )
    return Assessment(findings, (*caveats, *not_granted(selection, judge.user, observation)), uses, connects)


class _Judge:
    """The identities of one observation with their policies compiled once, and the judge of each kind of need."""

    def __init__(self, selection: Selection, observation: Observation) -> None:
        self._selection, self._seen = selection, observation
        self.role = Holdings.of(observation.role, observation)
        self.user = Holdings.of(observation.user, observation) if observation.user else None
        self.caveats: list[str] = []

    def finding(self, requirement: Requirement) -> Finding:
        """One requirement, judged."""
        judgement = self._judgement(requirement)
        missing = judgement.status not in (FindingStatus.SATISFIED, FindingStatus.SATISFIED_OTHERWISE)
        required = judgement.required or self._selection.requires(requirement)
        if required or requirement.partial:
            self.caveats += judgement.caveats
        return Finding(
            id=requirement.id,
            step=requirement.step,
            required=required,
            status=judgement.status,
            reason=judgement.reason,
            title=self._title(requirement, judgement.status),
            fact=judgement.fact,
            consequence=requirement.why if missing else "",
            remedy=judgement.remedy,
            evidence=judgement.evidence,
            open_keys=judgement.open_keys,
        )

    def _title(self, requirement: Requirement, status: FindingStatus) -> str:
        if status is FindingStatus.NOT_APPLICABLE:
            return requirement.title
        titles = {FindingStatus.MISSING: requirement.titles.missing, FindingStatus.BLOCKED: requirement.titles.missing}
        if status is FindingStatus.UNKNOWN:
            titles[status] = requirement.titles.unknown
        named = self._seen.user.arn.name if self._seen.user else "the person who connects"
        return titles.get(status, requirement.titles.met).format(name=named)

    def _judgement(self, requirement: Requirement) -> Judgement:
        match requirement.need:
            case TrustNeed() as need:
                hardened = Option.HARDENED_TRUST in self._selection.options
                return judge_trust.trust(need, self._seen, hardened=hardened)
            case TierNeed():
                return judge_region.tier(self._seen)
            case HostManagementNeed():
                return judge_region.host_management(self._seen, chosen=self._selection.requires(requirement))
            case NetworkNeed():
                return network.judge(self._seen)
            case NoLeftoversNeed():
                return leftovers.judge(self._seen, chosen=self._selection.chooses(requirement))
            case SessionPreferencesNeed():
                return judge_session(self.role, self.user, self._seen).judgement
            case FactNeed(name):
                return judge_region.FACTS[name](self._seen)
            case ManagedNeed() | InlineNeed() | GuardNeed() as need:
                return self._of_identity(need)

    def _of_identity(self, need: ManagedNeed | InlineNeed | GuardNeed) -> Judgement:
        holdings = self.role if need.subject == "role" else self.user
        if holdings is None:
            return _nobody_named()
        if holdings.identity.arn.kind == "root":
            return _root(need)
        match need:
            case ManagedNeed():
                return judge_managed.managed(need, holdings, self._seen)
            case InlineNeed():
                return judge_identity.inline(need, holdings, self._seen)
            case GuardNeed():
                return judge_guard.guard(need, holdings, self._seen, more_to_come=self._more_to_come(holdings))

    def _more_to_come(self, holdings: Holdings) -> bool:
        """Whether the baseline will attach broad policies to the person who connects (step 3a)."""
        needs = (requirement.need for requirement in self._selection.baseline.requirements)
        return any(
            judge_managed.managed(need, holdings, self._seen).status is FindingStatus.MISSING
            for need in needs
            if isinstance(need, ManagedNeed) and need.subject == "user"
        )


def _nobody_named() -> Judgement:
    return Judgement(
        FindingStatus.NOT_APPLICABLE,
        "The person who connects was not specified, so their permissions were not checked.",
        "Specify who connects: --user ARN",
        NAME_THE_USER,
    )


def _root(need: ManagedNeed | InlineNeed | GuardNeed) -> Judgement:
    fact = "The root user connects. IAM policies do not limit the root user."
    status = FindingStatus.NOT_APPLICABLE if isinstance(need, GuardNeed) else FindingStatus.SATISFIED_OTHERWISE
    return Judgement(status, fact, "Connect as a role or IAM user.", "root user")


def _caveats(selection: Selection, observation: Observation) -> tuple[str, ...]:
    found = [*_assumed(observation), *_organization(observation), *_unread_caveats(observation)]
    found += [*earlier_checks(selection, observation), *_due(selection, observation)]
    if Option.STUDIO_AS_CLIENT in selection.options:
        found.append(studio_owners(observation))
    if Option.HARDENED_TRUST in selection.options:
        found += _open_trust_caveats(selection, observation)
    return (*found, *observation.target.notes)


def _assumed(observation: Observation) -> Iterator[str]:
    if observation.assumed:
        values = ", ".join(f"{key}={value}" for key, value in observation.assumed.items())
        yield f"This check assumes {values}. No plan is made from it."


def _organization(observation: Observation) -> Iterator[str]:
    """Yield what a service control policy denies unless a key that IAM's simulator did not know has some value."""
    fact = observation.organization_verdicts
    found: dict[tuple[str, str], list[str]] = {}
    for verdict in fact.value if isinstance(fact, Known) else ():
        if not verdict.allowed and verdict.missing_keys:
            keys = listed(tuple(documented(key) for key in verdict.missing_keys))
            found.setdefault((verdict.principal, keys), []).append(verdict.action)
    for (principal, keys), actions in found.items():
        unique = list(dict.fromkeys(actions))
        some = listed(unique if len(unique) <= 3 else [*unique[:3], f"{len(unique) - 3} more actions"])
        name = principal.rpartition("/")[2]
        yield (
            f"A service control policy of the organization denies {name} {some}, unless {keys} has the right value. "
            "The value is known only when the call is made. Ask the administrator of your AWS organization."
        )


def earlier_checks(selection: Selection, observation: Observation) -> tuple[str, ...]:
    """Of the check with a temporary instance that was chosen: why it is not planned again, and which ones still run."""
    if not selection.checks_instance:
        return ()
    done, running = observation.chosen.instance_checked, observation.chosen.instances_running
    found = []
    if isinstance(done, Known):
        found.append(
            f"Systems Manager was checked at {done.value.at} with the temporary instance {done.value.instance}. You "
            "can plan the check again about one hour after the instance was terminated, when AWS no longer lists it."
        )
    if isinstance(running, Known) and running.value:
        found.append(
            f"Still running from an unfinished check: {', '.join(running.value)}. Resume or undo that run to terminate "
            "it (sm-ssh-widget journal lists runs). Otherwise it terminates itself one hour after its start. A new "
            "check starts another instance."
        )
    return tuple(found)


def check_is_due(selection: Selection, observation: Observation) -> bool:
    """Whether the check with a temporary instance was chosen, and AWS remembers none: it is a step of the plan."""
    return selection.checks_instance and not isinstance(observation.chosen.instance_checked, Known)


def _due(selection: Selection, observation: Observation) -> Iterator[str]:
    if check_is_due(selection, observation):
        fact = observation.chosen.instance_checked
        unread = f", as far as could be determined ({failed_reads([fact])})" if isinstance(fact, Unknown) else ""
        yield (
            f"The check with a temporary instance has not run yet{unread}. It is part of the plan; no requirement "
            "depends on it."
        )


def _open_trust_caveats(selection: Selection, observation: Observation) -> Iterator[str]:
    """What hardening leaves: a statement of the owner's that trusts the service without a condition."""
    fact = observation.role.trust
    for need in (requirement.need for requirement in selection.requirements):
        if isinstance(need, TrustNeed) and need.hardened and isinstance(fact, Known):
            with suppress(PolicyError):  # the finding says that it cannot be judged
                if trust.as_documented(fact.value, need.service):
                    yield (
                        f"An existing statement trusts {need.service} without conditions, so the hardened statement "
                        "does not narrow the trust. sm-ssh-widget does not change existing statements."
                    )


def _unread_caveats(observation: Observation) -> Sequence[str]:
    found = []
    verdicts = observation.organization_verdicts
    if isinstance(verdicts, Unknown):
        found.append(
            f"Service control policies could not be read ({failed_reads([verdicts])}). They might still block calls."
        )
    settings = observation.region.session_settings
    if isinstance(settings, Unknown):
        found.append(
            f"The Session Manager preferences could not be read ({failed_reads([settings])}). A shell session may need "
            "more permissions; SSH sessions do not use the preferences."
        )
    for identity in (observation.role, observation.user):
        if identity is not None and isinstance(identity.boundary, Unknown):
            named = f"{identity.arn.kind} {identity.arn.name}"
            found.append(f"The permissions boundary of {named} could not be read. It might still block calls.")
    if isinstance(observation.account.quotas, Unknown):
        found.append("The account's IAM quotas could not be read. The plan assumes the default quotas.")
    return found
