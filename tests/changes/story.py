"""Plans and journals of an account that nobody has, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.undo import Resource, resource_of
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.observation import Absent, Known, LaunchSite, LocalRoles, Observation, Subnet
from tests.support.observations import document, identity, observation, trusts, with_facts

ACCOUNT = "123456789012"
_LEFT_OUT = (Option.STUDIO_AS_CLIENT, Option.DEFAULT_HOST_MANAGEMENT)  # the latter replaces Quick Setup
WHOLE = tuple(option.value for option in Option if option not in _LEFT_OUT)
JANE = PrincipalArn.parse(f"arn:aws:iam::{ACCOUNT}:user/jane")
MANAGER = f"arn:aws:ssm-quicksetup:eu-west-1:{ACCOUNT}:configuration-manager/1"
STARTED = "2026-01-01T00:00:00+00:00"


def everything() -> Observation:
    """An account in which every change of a plan is missing."""
    subnet = Subnet("subnet-1", "vpc-1", "eu-west-1a", default=False, way="internet", public_addresses=False)
    site = LaunchSite((subnet,), frozenset({("t3.micro", "eu-west-1a")}), profile=False)
    seen = observation(identity(trust=document(trusts("ec2.amazonaws.com"))), identity(JANE))
    roles = Known(LocalRoles(None, None), "read")
    return with_facts(seen, local_roles=roles, site=Known(site, "read"), host_management=Absent("read"))


def plan_of(seen: Observation, baseline: str = "classic", options: tuple[str, ...] = ()) -> Plan:
    selection = Selection.of(baseline, options)
    return make_plan(selection, seen, assess(selection, seen))


def whole_plan(baseline: str = "classic") -> Plan:
    """A plan with a change of every kind."""
    return plan_of(everything(), baseline, WHOLE)


def left(change: Change) -> Any:
    """The state that AWS shows once a change was applied."""
    if change.kind is Kind.QUICK_SETUP:
        return {"manager": MANAGER, **change.after, "now": {"statuses": {}, "associations": {}}}
    return change.after


def applied(plan: Plan, **fields: Any) -> Journal:
    """The journal of a plan that was applied as a whole."""
    journal = Journal.begin(plan, acted_as="arn", endpoint="", started=STARTED)
    for change in plan.changes:
        journal = journal.marked(change.id, StepStatus.DONE, observed=left(change))
    return replace(journal, **fields)


def as_applied(plan: Plan) -> dict[Resource, Any]:
    """The account as an applied plan leaves it; the temporary instance is gone."""
    return {resource_of(change): None if change.kind is Kind.INSTANCE else left(change) for change in plan.changes}
