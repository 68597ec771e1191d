"""What follows from what came of an effect on many roles. Pure; see :mod:`.effect_results`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.wizard import account_steps, fleet_planning, fleet_rows
from sm_ssh_widget.wizard.effects import (
    FLEET_WRITES,
    ApplyFleet,
    AskFleetActing,
    AuditAll,
    Check,
    HandOverFleet,
    Job,
    ListAccounts,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    ResumeFleet,
    SaveReport,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.fleet_state import (
    BEGUN,
    AccountClosed,
    EndedRun,
    FleetActingTold,
    FleetEvent,
    MemberMoved,
    PlannedFleet,
    RolesCounted,
    RunBegun,
    UndoneRun,
)
from sm_ssh_widget.wizard.state import Came, Failed, Intent, Saved, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, set_out

Settle: TypeAlias = Callable[[WizardState, Any], Next]
REPORT = "report"


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
        alias = event.alias or (state.fleet.alias if state.fleet else "")
        return with_fleet(state, seen=event.number, alias=alias)
    if isinstance(event, AccountClosed):
        return _closed(state, event)
    if isinstance(event, RunBegun):
        return with_run(state, path=event.path)
    run = state.fleet.run if state.fleet else None
    if run is None or event.member not in range(len(run.plan.members)):
        return state
    label = run.plan.members[event.member].label
    verb = "undoing" if run.undoing else "applying"
    said = verb if event.outcome == BEGUN else event.outcome.replace("-", " ")
    state = with_run(state, outcomes={**run.outcomes, event.member: event.outcome})
    return state.with_(status=f"{label[:1].upper()}{label[1:]}: {said}.")


def _closed(state: WizardState, event: AccountClosed) -> WizardState:
    """The state after an account was closed."""
    now, closed = event.now, state.fleet.closed if state.fleet else {}
    return with_fleet(state, progress=now, closed={**closed, now.account: now.status} if now.account else closed)


def told(state: WizardState, found: FleetActingTold) -> WizardState:
    """The state after it is known what the signed-in identity can do of a fleet plan."""
    return with_fleet(state, acting=found)


def ask_acting(state: WizardState) -> tuple[Job, ...]:
    """The question which calls of what is approved the signed-in identity can make, where both are there."""
    approved = state.fleet.approved if state.fleet else None
    if state.face is None or approved is None or state.intent is not Intent.APPLY:
        return ()
    return (Job(0, AskFleetActing(approved.plan, approved.digest)),)


def failed(state: WizardState, event: Failed) -> WizardState:
    """The state after an effect on many roles that ended in a problem."""
    if not isinstance(event.effect, FLEET_WRITES):
        return state
    state = with_fleet(state, undo=None, stale=True).with_(screen=Screen.FLEET_RUN)
    # An undo that was refused has undone nothing.
    return with_run(state, undoing=False) if isinstance(event.effect, UndoFleet) and not _undid(state) else state


def _undid(state: WizardState) -> bool:
    """Return whether a member of the run is undone."""
    run = state.fleet.run if state.fleet else None
    return run is not None and "undone" in run.outcomes.values()


def signed_in(state: WizardState) -> Next:
    """Go on with what the sign-in was for."""
    fleet = state.fleet
    if state.intent is Intent.LIST:
        return account_steps.listing(state)
    if fleet is not None and state.intent is Intent.READ:
        return begin(set_out(state, Screen.FLEET), fleet.asked, state.status)
    if fleet is not None and fleet.run and state.intent is Intent.UNDO:
        return begin(set_out(state, Screen.FLEET_UNDO, intent=Intent.UNDO), PlanFleetUndo(fleet.run.path))
    return state, ask_acting(state)


def _audited(state: WizardState, found: Any) -> Next:
    chosen = {**state.chosen, fleet_rows.GROUPS: frozenset(), fleet_rows.STATUSES: frozenset(fleet_rows.VERDICTS)}
    chosen[fleet_rows.ROLES] = frozenset()
    typed = {**state.typed, fleet_rows.ACCOUNT: "", fleet_rows.REGION: ""}
    state = state.with_(chosen=chosen, typed=typed, status=f"{len(found)} roles were audited.")
    state = with_fleet(state, audit=found, opened="", alone=False, stale=False, planned=None, approved=None)
    return state, ()


def _opened(state: WizardState, report: Any) -> Next:
    """Show the health of one role, as the audit found it."""
    target = report.target
    user = str(target.user) if target.user else ""
    asked = Check(str(target.role), target.region, user, report.selection.baseline.name, report.selection.option_names)
    state = set_out(dropped(state), Screen.HEALTH, intent=Intent.APPLY)
    state = state.with_(many=False, report=report, checked_with=asked, journal=None, begun={})
    return with_fleet(state, opened=str(target.role), alone=True), ()


def _planned(state: WizardState, made: PlannedFleet) -> Next:
    chosen = {**state.chosen, fleet_rows.TICKS: fleet_planning.first_ticks(made)}
    return with_fleet(state.with_(chosen=chosen), planned=made, approved=None), ()


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
    # A plan that was begun is in its run; what is left to do is for a new one.
    state = with_fleet(state, planned=None, approved=None, acting=None, verified=None, stale=True)
    if not ended.complete:
        return state, ()
    return begin(set_out(state, Screen.FLEET_PROOF, intent=Intent.APPLY), VerifyFleet(ended.path))


def _verified(state: WizardState, found: Any) -> Next:
    return with_fleet(state, verified=found), ()


def _undo_planned(state: WizardState, made: Any) -> Next:
    return with_fleet(state.with_(status="Review what the undo removes."), undo=made), ()


def _undone(state: WizardState, ended: UndoneRun) -> Next:
    state = with_run(state, outcomes=ended.outcomes, reasons=ended.reasons, complete=ended.complete, undoing=True)
    return with_fleet(state, undo=None, verified=None, stale=True), ()


def handed_over(state: WizardState, event: Came) -> Next:
    """The ticket is shown; a file, and the report, go to the browser that asked for it."""
    effect = event.effect
    if isinstance(effect, HandOverFleet) and not effect.saves:
        return with_fleet(state, ticket=str(event.value)), ()
    form = effect.form if isinstance(effect, HandOverFleet) else REPORT
    return state.with_(saved=Saved(event.ticket, form, str(event.value)), status="The file is ready."), ()


def _listed(state: WizardState, found: Any) -> Next:
    """Show the accounts; those that are chosen and still there stay chosen."""
    return state.with_(listed=found, status=f"{len(found.entries)} accounts are listed."), ()


SETTLED: Mapping[type, Settle] = {
    ListAccounts: _listed,
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
EVENTS = (RolesCounted, AccountClosed, RunBegun, MemberMoved)
