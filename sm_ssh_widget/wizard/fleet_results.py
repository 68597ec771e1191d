"""What follows from what came of an effect on many roles. Pure; see :mod:`.effect_results`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.effects import (
    WRITES_TO_MANY,
    ApplyFleet,
    AuditAll,
    Check,
    HandOverFleet,
    Job,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    ResumeFleet,
    SaveReport,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.fleet_state import EndedRun, MemberMoved, RolesCounted, RunBegun, UndoneRun
from sm_ssh_widget.wizard.state import Came, Failed, FleetEvent, Intent, Saved, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, set_out

Settle: TypeAlias = Callable[[WizardState, Any], Next]
REPORT = "report"
NAMED = ("role", "region")
"""The fields of the target that name the role that is opened, for as long as it is."""


def with_fleet(state: WizardState, **changes: object) -> WizardState:
    """A state that differs in what it knows of many roles; unchanged where it knows of none."""
    return state.with_(fleet=state.fleet.with_(**changes)) if state.fleet else state


def with_run(state: WizardState, **changes: object) -> WizardState:
    """A state that differs in the run that is shown."""
    run = state.fleet.run if state.fleet else None
    return with_fleet(state, run=replace(run, **changes)) if run else state  # type: ignore[arg-type]


def moved(state: WizardState, event: FleetEvent) -> WizardState:
    """The state after an audit or a run has moved on."""
    if isinstance(event, RolesCounted):
        return with_fleet(state, seen=event.number)
    if isinstance(event, RunBegun):
        return with_run(state, path=event.path)
    run = state.fleet.run if state.fleet else None
    if run is None or not isinstance(event, MemberMoved):
        return state
    return with_run(state, outcomes={**run.outcomes, event.member: event.outcome})


def failed(state: WizardState, jobs: tuple[Job, ...], event: Failed) -> Next:
    """The state after an effect on many roles that ended in a problem."""
    if isinstance(event.effect, UndoFleet):
        state = with_fleet(state, undo=None)
        state = with_run(state, undoing=False) if event.code == "drifted" else state
    if isinstance(event.effect, WRITES_TO_MANY):
        state = state.with_(screen=Screen.FLEET_RUN)
    return state, jobs


def signed_in(state: WizardState) -> Next:
    """Go on with what the sign-in was for."""
    fleet = state.fleet
    if fleet is not None and state.intent is Intent.READ:
        return begin(set_out(state, Screen.FLEET), fleet.asked, state.status)
    if fleet is not None and fleet.run and state.intent is Intent.UNDO:
        return begin(set_out(state, Screen.FLEET_UNDO, intent=Intent.UNDO), PlanFleetUndo(fleet.run.path))
    return state, ()


def _audited(state: WizardState, found: Any) -> Next:
    chosen = {**state.chosen, fleet_rows.GROUPS: frozenset(), fleet_rows.STATUSES: frozenset(fleet_rows.VERDICTS)}
    typed = {name: text for name, text in state.typed.items() if name not in (fleet_rows.FIND, fleet_rows.AT)}
    state = state.with_(chosen=chosen, typed=typed, status=f"{len(found)} roles were audited.")
    return with_fleet(state, audit=found, planned=None, approved=None, undo=None, opened=""), ()


def _opened(state: WizardState, report: Any) -> Next:
    """Show the health of one role, as the audit found it."""
    target = report.target
    before = {name: state.typed[name] for name in NAMED if name in state.typed}
    typed = {**state.typed, "role": str(target.role), "region": target.region}
    user = str(target.user) if target.user else ""
    asked = Check(str(target.role), target.region, user, report.selection.baseline.name, report.selection.option_names)
    state = set_out(dropped(state), Screen.HEALTH, intent=Intent.APPLY)
    state = state.with_(many=False, typed=typed, report=report, checked_with=asked, journal=None, begun={})
    return with_fleet(state, opened=str(target.role), before=before), ()


def _planned(state: WizardState, made: Any) -> Next:
    chosen = {**state.chosen, fleet_rows.TICKS: frozenset()}
    return with_fleet(state.with_(chosen=chosen), planned=made, approved=None, digest="", ticket=""), ()


def _ran(state: WizardState, ended: EndedRun) -> Next:
    """A run came to its end; one that is complete is proved."""
    state = with_run(
        state,
        path=ended.path,
        outcomes=ended.outcomes,
        reasons=ended.reasons,
        verified=ended.verified,
        complete=ended.complete,
    )
    state = with_fleet(state, planned=None, approved=None, verified=None)
    if not ended.complete:
        return state, ()
    return begin(set_out(state, Screen.FLEET_PROOF), VerifyFleet(ended.path))


def _verified(state: WizardState, found: Any) -> Next:
    return with_fleet(state, verified=found), ()


def _undo_planned(state: WizardState, made: Any) -> Next:
    return with_fleet(state.with_(status="Review what the undo removes."), undo=made), ()


def _undone(state: WizardState, ended: UndoneRun) -> Next:
    state = with_run(state, outcomes=ended.outcomes, complete=ended.complete, undoing=True)
    return with_fleet(state, undo=None, verified=None), ()


def handed_over(state: WizardState, event: Came) -> Next:
    """The ticket is shown; a file goes to the browser that asked for it."""
    effect = event.effect
    if isinstance(effect, HandOverFleet) and not effect.saves:
        return with_fleet(state, ticket=str(event.value)), ()
    form = effect.format if isinstance(effect, HandOverFleet) else REPORT
    return state.with_(saved=Saved(event.ticket, form, str(event.value)), status="The file is ready."), ()


SETTLED: Mapping[type, Settle] = {
    AuditAll: _audited,
    OpenRole: _opened,
    PlanFleet: _planned,
    ApplyFleet: _ran,
    ResumeFleet: _ran,
    VerifyFleet: _verified,
    PlanFleetUndo: _undo_planned,
    UndoFleet: _undone,
}
SAVES = (HandOverFleet, SaveReport)
