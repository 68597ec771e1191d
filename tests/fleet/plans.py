"""A fleet plan over observations made by hand."""

from __future__ import annotations

from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member, limited, ordered
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.needs import Scope
from tests.support.observations import identity, observation

SELECTION = Selection.of("classic")


def member(name: str, scope: Scope = "role") -> Member:
    """The plan of a fresh role, or of its Region."""
    selection = limited(SELECTION, scope)
    assert selection is not None
    seen = observation(identity(PrincipalArn.parse(f"arn:aws:iam::123456789012:role/{name}")))
    return Member(scope, make_plan(selection, seen, assess(selection, seen)))


def fleet(*names: str, canaries: int = 1) -> FleetPlan:
    """A fleet of fresh roles, with the plan of the Region."""
    members = [*(member(name) for name in names), member(names[0], "region")]
    return FleetPlan("classic", (), "sha256:audit", ordered(members, {}, canaries))
