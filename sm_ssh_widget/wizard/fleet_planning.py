"""From an audit to the plan that is applied or handed over: which roles, which sets of changes, which limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sm_ssh_widget.fleet.fleet_plan import FleetPlan, ordered
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.fleet_state import Approved, PlannedFleet
from sm_ssh_widget.wizard.state import WizardState

TIER = "ssm.tier"
CANARIES = ("1", "3", "5", "10")
"""How many roles can be applied and checked first."""
FAILURES = ("0", "1", "3", "5%")
"""How many plans may fail before a run ends."""
LIMITS: Mapping[str, tuple[str, ...]] = {fleet_rows.CANARIES: CANARIES, fleet_rows.FAILURES: FAILURES}
_FIRST = {fleet_rows.CANARIES: "3", fleet_rows.FAILURES: "0"}


def limit(state: WizardState, name: str) -> str:
    """The limit of a run that is chosen, else the usual one."""
    return state.text(name) or _FIRST[name]


def roles_to_plan(state: WizardState) -> tuple[str, ...]:
    """ARNs of the roles that are planned: those that are chosen, else all fixable ones that are shown."""
    chosen = fleet_rows.chosen(state)
    fixable = fleet_rows.fixable(state)
    shown = (row.role for row in fleet_rows.shown(state) if row.verdict is RowVerdict.FIXABLE and row.role in fixable)
    return chosen or tuple(shown)


def costs(made: PlannedFleet, number: int) -> bool:
    """Return whether a set of changes costs money."""
    return any(change.cost for change in made.plan.members[made.alike[number][0]].plan.changes)


def first_ticks(made: PlannedFleet) -> frozenset[str]:
    """The sets that are selected at first: those that cost nothing; all of them where everything costs money."""
    every = range(len(made.alike))
    return frozenset(str(number) for number in every if not costs(made, number)) or frozenset(map(str, every))


def tier_set(made: PlannedFleet | None) -> str:
    """The set that raises the instance tier; empty if there is none."""
    for number, places in enumerate(made.alike if made else ()):
        changes = made.plan.members[places[0]].plan.changes if made else ()
        if any(change.finding == TIER for change in changes):
            return str(number)
    return ""


def selected(state: WizardState) -> FleetPlan | None:
    """The part of the plan that is selected, its canaries chosen anew; ``None`` if nothing is."""
    fleet = state.fleet
    if fleet is None or fleet.planned is None:
        return None
    made, ticks = fleet.planned, state.choice(fleet_rows.TICKS)
    members = [made.plan.members[at] for number, same in enumerate(made.alike) if str(number) in ticks for at in same]
    if not members:
        return None
    groups = fleet_rows.groups(fleet.audit) if fleet.audit else ()
    roles = {member.role for member in members}
    told = tuple(group.to_json() for group in groups if roles & set(group.roles))
    group_of = {role: group.id for group in groups for role in group.roles}
    canaries = int(limit(state, fleet_rows.CANARIES))
    return replace(made.plan, members=ordered(members, group_of, canaries), groups=told)


def approved(state: WizardState) -> Approved | None:
    """What is selected, with its digest and its limits."""
    plan = selected(state)
    if plan is None:
        return None
    most = limit(state, fleet_rows.FAILURES)
    number = len(plan.members) * int(most[:-1]) // 100 if most.endswith("%") else int(most)
    return Approved(plan, plan.digest, int(limit(state, fleet_rows.CANARIES)), number)
