"""Which roles, which sets of changes and which limits a click on the plan for many roles is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.wizard import fleet_planning, fleet_rows
from sm_ssh_widget.wizard.effects import AuditAll
from sm_ssh_widget.wizard.fleet_state import FleetState, PlannedFleet
from sm_ssh_widget.wizard.state import WizardState
from tests.fleet.plans import fleet

PLAN = fleet("a", "b", "c", "d")
REGION = next(at for at, member in enumerate(PLAN.members) if member.scope == "region")
ROLES = tuple(at for at in range(len(PLAN.members)) if at != REGION)
MADE = PlannedFleet(PLAN, (ROLES[:2], ROLES[2:], (REGION,)))


def state(*ticks: str, **typed: str) -> WizardState:
    shown = FleetState(AuditAll("eu-west-1", "", "classic", ()), planned=MADE)
    return WizardState(fleet=shown, chosen={fleet_rows.TICKS: frozenset(ticks)}, typed=typed)


def test_what_costs_money_is_not_selected_at_first_unless_there_is_nothing_else() -> None:
    assert fleet_planning.tier_set(MADE) == "2"
    assert [fleet_planning.costs(MADE, number) for number in range(3)] == [False, False, True]
    assert fleet_planning.first_ticks(MADE) == {"0", "1"}
    assert fleet_planning.first_ticks(replace(MADE, alike=((REGION,),))) == {"0"}
    assert fleet_planning.tier_set(replace(MADE, alike=(ROLES,))) == ""
    assert fleet_planning.tier_set(None) == ""


def test_only_the_members_of_selected_sets_are_approved_with_a_digest_of_their_own() -> None:
    assert fleet_planning.selected(state()) is None
    assert fleet_planning.approved(state()) is None
    some = fleet_planning.approved(state("1"))
    assert some is not None
    assert {member.role for member in some.plan.members} == {PLAN.members[at].role for at in ROLES[2:]}
    everything = fleet_planning.approved(state("0", "1", "2"))
    assert everything is not None
    assert len(everything.plan.members) == len(PLAN.members)
    assert len({some.digest, everything.digest}) == 2
    assert some.digest == some.plan.digest


@pytest.mark.parametrize(("canaries", "behind"), [("1", 1), ("3", 3), ("10", 4)])
def test_the_region_comes_behind_the_canaries(canaries: str, behind: int) -> None:
    found = fleet_planning.approved(state("0", "1", "2", **{fleet_rows.CANARIES: canaries}))
    assert found is not None
    assert found.canaries == int(canaries)
    assert [member.scope for member in found.plan.members].index("region") == behind


@pytest.mark.parametrize(("chosen", "most"), [("0", 0), ("3", 3), ("5%", 0)])
def test_a_share_of_failures_is_one_of_the_selected_plans(chosen: str, most: int) -> None:
    found = fleet_planning.approved(state("0", "1", "2", **{fleet_rows.FAILURES: chosen}))
    assert found is not None
    assert found.max_failures == most


def test_the_usual_limits_are_three_canaries_and_no_failure() -> None:
    found = fleet_planning.approved(state("0"))
    assert found is not None
    assert (found.canaries, found.max_failures) == (3, 0)
