"""Check of a plan by planning again: from the plan's own ``before`` states, planning must give the same plan.

The digest of a plan proves that the file is complete, not who wrote it: an editor can compute a new digest. Nothing in
a plan is trusted before applying, neither its calls nor its texts about risk and undo. Only values read from AWS are
taken from the plan: apply compares each ``before`` with the live state; prices, the number of nodes, the subnet and
the instance type are shown to the reader.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from itertools import product
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.changes.iam_changes import tier_cost
from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import SECURITY_NOTICE, Change, Kind, Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.session_changes import settings_of
from sm_ssh_widget.changes.systems_manager import default_role_arn, instance_check, planned_management
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import (
    ADMINISTRATION_ROLE,
    DEFAULT_ROLE,
    EXECUTION_ROLE,
    INSTANCE_CHECK,
    INSTANCE_TYPES,
    TIER_SETTING,
)
from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.needs import Requirement
from sm_ssh_widget.requirements.observation import (
    Absent,
    AccountFacts,
    ChosenFacts,
    Fact,
    HeldPolicy,
    HostManagement,
    Identity,
    Known,
    LaunchSite,
    LocalRoles,
    Nodes,
    Observation,
    PolicyText,
    Quotas,
    Reason,
    RegionFacts,
    Subnet,
    Target,
    Tier,
    Unknown,
)
from sm_ssh_widget.requirements.prices import HourlyPrice, price_told
from sm_ssh_widget.requirements.requests import filling_for
from sm_ssh_widget.requirements.ssh_owner import with_key_bucket

Json: TypeAlias = Any

_FROM_THE_PLAN = "the plan"
_NO_QUOTA = Known(Quotas(*(sys.maxsize for _ in fields(Quotas))), _FROM_THE_PLAN)
_WAYS: tuple[Literal["internet", "nat"], ...] = ("internet", "nat")


def first_mismatch(plan: Plan) -> str:
    """Return the ID of the first change that planning again does not reproduce, else an empty text.

    ``notice``, ``target`` and ``order`` stand for these parts of a plan. Raises :class:`Problem` (``usage``) for an
    unknown baseline, option or requirement, and :class:`ArnError` or :class:`ValueError` for malformed values.
    """
    if plan.notice != SECURITY_NOTICE:
        return "notice"
    elsewhere = [change for refusal in plan.refused for change in refusal.elsewhere]
    found = [*plan.changes, *elsewhere]
    if not found:
        return ""
    if plan.target != _target_of(plan):
        return "target"
    again = _planned_again(plan, found)
    for change in found:
        if change != again.get(change.id) and not _is_a_check(change, plan, found):
            return change.id
    ids = [change.id for change in plan.changes]
    order = [*again, INSTANCE_CHECK.id]
    return "" if ids == sorted(set(ids), key=order.index) else "order"


def _target_of(plan: Plan) -> Mapping[str, Json]:
    """The target, derived from the ARNs of the role and the person who connects."""
    role = PrincipalArn.parse(plan.target["role"])
    user = plan.target["user"]
    return {
        "role": str(role),
        "account": role.account,
        "partition": role.partition,
        "region": plan.region,
        "user": user and str(PrincipalArn.parse(user)),
    }


def _planned_again(plan: Plan, changes: list[Change]) -> dict[str, Change]:
    """The changes that are planned if the same requirements are missing, by ID, in order."""
    requirements = tuple(dict.fromkeys(change.finding for change in changes))
    selection = Selection.of(plan.baseline, plan.options, requirements)
    findings = tuple(_missing(requirement) for requirement in selection.requirements)
    seen = _seen(plan, changes)
    again = make_plan(selection, seen, Assessment(findings, ()))
    elsewhere = (change for refusal in again.refused for change in refusal.elsewhere)
    return {change.id: change for change in (*again.changes, *elsewhere)}


def _is_a_check(change: Change, plan: Plan, changes: list[Change]) -> bool:
    """Whether it is a check with a temporary instance that is planned for some network and instance profile."""
    if change.kind is not Kind.INSTANCE or change.resource["instance_type"] not in INSTANCE_TYPES:
        return False
    managed = planned_management(plan.changes)
    return any(change == instance_check(seen, planned=managed) for seen in _at_launch(plan, changes, change))


def _missing(requirement: Requirement) -> Finding:
    return Finding(
        id=requirement.id,
        step=requirement.step,
        required=True,
        status=FindingStatus.MISSING,
        reason="",
        title=requirement.title,
        fact="",
        consequence="",
        remedy="",
    )


# The observation, as far as the plan contains it


def _seen(plan: Plan, changes: list[Change]) -> Observation:
    role = PrincipalArn.parse(plan.target["role"])
    named = PrincipalArn.parse(plan.target["user"]) if plan.target["user"] else None
    user = _as_written(named, changes) if named else None
    target = with_key_bucket(
        Target(role, plan.region, user, role_verified=True), Selection.of(plan.baseline, plan.options)
    )
    sessions = Known(settings_of(changes, filling_for(target), role.account), _FROM_THE_PLAN)
    return Observation(
        target=target,
        role=_identity(role, changes),
        user=_identity(user, changes) if user else None,
        region=RegionFacts(
            _tier(changes),
            _nodes(changes),
            Absent(_FROM_THE_PLAN),
            session_settings=sessions,
            node_price=_price(_cost_of_tier(changes)),
        ),
        account=AccountFacts(_NO_QUOTA),
        organization_verdicts=Absent(_FROM_THE_PLAN),
        chosen=ChosenFacts(
            local_roles=Known(_local_roles(plan, changes), _FROM_THE_PLAN), default_role=_default_role(plan, changes)
        ),
        leftovers=Leftovers(projects=Known((), _FROM_THE_PLAN)),
    )


def _as_written(named: PrincipalArn, changes: list[Change]) -> PrincipalArn:
    """The person who connects, by the ARN that is changed: a session ARN has no path of its role."""
    if named.kind != "assumed-role":
        return named
    role = named.role()
    written = (PrincipalArn.parse(change.resource["arn"]) for change in changes if "role" in change.resource)
    return next((arn for arn in written if (arn.account, arn.name) == (role.account, role.name)), role)


def _identity(arn: PrincipalArn, changes: list[Change]) -> Identity:
    """The identity before the changes; for several changes to one document, before the first."""
    trust: Fact[str] = Absent(_FROM_THE_PLAN)
    inline: dict[str, str | None] = {}
    for change in reversed([change for change in changes if change.resource["arn"] == str(arn)]):
        if change.kind is Kind.TRUST:
            trust = Known(change.before, _FROM_THE_PLAN)
        if KINDS[change.kind].is_inline:
            inline[change.resource["policy"]] = change.before
    held = tuple(
        HeldPolicy(name, "", Known(PolicyText(name, text), _FROM_THE_PLAN))
        for name, text in inline.items()
        if text is not None
    )
    return Identity(
        arn,
        trust,
        Absent(_FROM_THE_PLAN),
        Known((), _FROM_THE_PLAN),
        Known(held, _FROM_THE_PLAN),
    )


def _is_tier(change: Change) -> bool:
    return change.resource.get("setting_id") == TIER_SETTING


def _tier(changes: list[Change]) -> Known[Tier]:
    before: Mapping[str, str] = next((change.before for change in changes if _is_tier(change)), {})
    return Known(Tier(before.get("value", "standard"), before.get("status", "Default")), _FROM_THE_PLAN)


def _cost_of_tier(changes: list[Change]) -> str:
    return next((change.cost for change in changes if _is_tier(change)), None) or ""


def _price(cost: str) -> Fact[HourlyPrice]:
    told = price_told(cost)
    return Known(told, _FROM_THE_PLAN) if told else Absent(_FROM_THE_PLAN)


def _nodes(changes: list[Change]) -> Fact[Nodes]:
    """The number of nodes for which planning gives the cost of the tier; unknown if no number in it does."""
    cost = _cost_of_tier(changes)
    price = _price(cost)
    numbers = {0, *map(int, re.findall(r"(?<![0-9.])[0-9]{1,9}(?![0-9.])", cost))}
    counted = (Known(Nodes(number, 0), _FROM_THE_PLAN) for number in sorted(numbers))
    uncounted = Unknown(Reason.DENIED, _FROM_THE_PLAN, "", "")
    return next((nodes for nodes in counted if tier_cost(nodes, price) == cost), uncounted)


def _local_roles(plan: Plan, changes: list[Change]) -> LocalRoles:
    """Quick Setup roles that the plan does not create already exist, under their names and any path."""
    made = {change.resource["role"] for change in changes if change.kind is Kind.ROLE}
    there = {
        name: f"arn:{plan.target['partition']}:iam::{plan.account}:role/{name}"
        for name in (ADMINISTRATION_ROLE, EXECUTION_ROLE)
        if name not in made
    }
    for change in changes if ADMINISTRATION_ROLE in there else ():
        if change.kind is Kind.QUICK_SETUP:
            (definition,) = change.calls[0].parameters["ConfigurationDefinitions"]
            named = PrincipalArn.parse(definition["LocalDeploymentAdministrationRoleArn"])
            if (named.account, named.name) == (plan.account, ADMINISTRATION_ROLE):
                there[ADMINISTRATION_ROLE] = str(named)
    return LocalRoles(there.get(ADMINISTRATION_ROLE), there.get(EXECUTION_ROLE))


def _default_role(plan: Plan, changes: list[Change]) -> Fact[str]:
    """The role of default host management exists unless the plan creates it."""
    if any(change.kind is Kind.ROLE and change.resource["role"] == DEFAULT_ROLE for change in changes):
        return Absent(_FROM_THE_PLAN)
    return Known(default_role_arn(plan.target["partition"], plan.account), _FROM_THE_PLAN)


def _at_launch(plan: Plan, changes: list[Change], check: Change) -> Iterator[Observation]:
    """Yield an observation for each route by which the subnet reaches Systems Manager and the instance is managed."""
    seen, offers = _seen(plan, changes), frozenset({(check.resource["instance_type"], "zone")})
    managed = (HostManagement("quick-setup", ""), HostManagement("default-host-management", ""))
    for way, public, profile, how in product(_WAYS, (True, False), (True, False), managed):
        subnet = Subnet(check.resource["subnet"], "vpc", "zone", default=True, way=way, public_addresses=public)
        site = Known(LaunchSite((subnet,), offers, profile), _FROM_THE_PLAN)
        region = replace(seen.region, host_management=Known(how, _FROM_THE_PLAN))
        chosen = replace(seen.chosen, site=site, instance_price=_price(check.cost or ""))
        yield replace(seen, region=region, chosen=chosen)
