"""What a person does from the plan for many roles on: review, apply, resume, undo, hand over. Pure.

Nothing is written without the review before it: a run is applied from the review page, an undo from the page that shows
what it removes, and each carries the digest of what was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.wizard import fleet_planning
from sm_ssh_widget.wizard.effects import (
    FLEET_WRITES,
    ApplyFleet,
    AuditAll,
    HandOverFleet,
    Job,
    PlanFleetUndo,
    ResumeFleet,
    Stop,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.fleet_results import ask_acting, with_fleet, with_run
from sm_ssh_widget.wizard.fleet_state import FleetRunState, FleetState
from sm_ssh_widget.wizard.state import Intent, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, name_of, set_out, shelved_fleets, to_permission

Press: TypeAlias = Callable[[WizardState, FleetState], Next]

ACTING = frozenset({"apply-fleet", "resume-fleet", "confirm-undo-fleet"})
FORMATS: Mapping[str, str] = {
    "ticket": "fleet-ticket.md",
    "shell": "apply-fleet.sh",
    "shell-undo": "undo-fleet.sh",
    "bundle": "fleet-bundle.zip",
    "stackset": "fleet-stack-sets.zip",
    "plan": "fleet.jsonl",
}
"""The forms of a fleet plan for an admin, and the name of each file."""


# Review and apply


def _continue(state: WizardState, _fleet: FleetState) -> Next:
    """Review what is selected, as the identity that is signed in, or after a sign-in."""
    approved = fleet_planning.approved(state)
    if approved is None or state.screen is not Screen.FLEET_PLAN or len(approved.plan.accounts) > 1:
        return state, ()
    state, jobs = to_permission(with_fleet(state, approved=approved, acting=None), approved.plan.account)
    return state, (*jobs, *ask_acting(state))


def _apply(state: WizardState, fleet: FleetState) -> Next:
    approved, reviewed = fleet.approved, state.screen is Screen.PERMISSION and state.intent is Intent.APPLY
    if approved is None or state.face is None or not reviewed or state.busy:
        return state, ()
    if state.face.account != approved.plan.account:
        return to_permission(state, approved.plan.account)
    state = with_fleet(
        set_out(state, Screen.FLEET_RUN), run=FleetRunState(approved.plan, approved.canaries), verified=None, undo=None
    )
    return begin(state, ApplyFleet(approved.plan, approved.canaries, approved.max_failures))


def _resume(state: WizardState, fleet: FleetState) -> Next:
    """Continue the run, after a sign-in if there is none; one that never began is reviewed again."""
    run = fleet.run
    if run is None or run.complete or run.undoing or state.busy:
        return state, ()
    if not run.path:
        intent = Intent.APPLY if fleet.approved else state.intent
        state = set_out(state, Screen.PERMISSION if fleet.approved else Screen.FLEET_PLAN, intent=intent)
        return state, ask_acting(state)
    if state.face is None or state.face.account != run.plan.account:
        return to_permission(state, run.plan.account, Intent.RESUME)
    return begin(set_out(state, Screen.FLEET_RUN, intent=Intent.RESUME), ResumeFleet(run.path))


def _retry(state: WizardState, fleet: FleetState) -> Next:
    """Do again what failed; what would write is shown before it writes."""
    failed = state.failed
    if failed is None or not failed.ticket or isinstance(failed.effect, FLEET_WRITES):
        return state, ()
    if isinstance(failed.effect, PlanFleetUndo):
        return _undo(state, fleet)
    return begin(state, failed.effect, "Trying again.")


def open_run(state: WizardState, name: str) -> Next:
    """Show a run that was found on disk, with what can be done about it; nothing is read or written."""
    run = next((each for each in shelved_fleets(state) if name_of(each) == name), None)
    if run is None or state.screen is not Screen.WHO or len(run.plan.accounts) > 1:
        return state, ()
    plan, before = run.plan, state.fleet
    if before is None or before.account != plan.account or before.of_several:
        before = FleetState(AuditAll(plan.region, "", plan.baseline, plan.options))
    fleet = before.with_(run=run, planned=None, approved=None, acting=None, undo=None, verified=None)
    jobs = (Job(0, Stop()),) if state.busy else ()  # what the first screen was reading is given up
    return set_out(state, Screen.FLEET_RUN, intent=Intent.APPLY).with_(busy=None, many=True, fleet=fleet), jobs


# Undo


def _undo(state: WizardState, fleet: FleetState) -> Next:
    """Show what the undo of the run would do, after a sign-in if there is none."""
    run = fleet.run
    if run is None or not run.path:
        return state, ()
    state = with_fleet(state, undo=None)
    if state.face is None or state.face.account != run.plan.account:
        return to_permission(state, run.plan.account, Intent.UNDO)
    return begin(set_out(state, Screen.FLEET_UNDO, intent=Intent.UNDO), PlanFleetUndo(run.path))


def _confirm_undo(state: WizardState, fleet: FleetState) -> Next:
    """Undo what was shown."""
    run, undo = fleet.run, fleet.undo
    if state.screen is not Screen.FLEET_UNDO or state.face is None or state.busy or undo is None or run is None:
        return state, ()
    state = with_run(set_out(state, Screen.FLEET_RUN, intent=Intent.UNDO), undoing=True, complete=False, reasons={})
    return begin(with_fleet(state, verified=None), UndoFleet(run.path, undo.digest))


def keep(state: WizardState, fleet: FleetState) -> Next:
    """Leave everything as it is, where the undo was asked for."""
    screen = Screen.FLEET_PROOF if fleet.verified else Screen.FLEET_RUN
    state = set_out(state, screen, intent=Intent.APPLY).with_(busy=None, status="Nothing was undone.")
    return with_fleet(state, undo=None), ()


# Prove


def _verify(state: WizardState, fleet: FleetState) -> Next:
    if fleet.run is None or not fleet.run.path or state.doing(VerifyFleet):
        return state, ()
    return begin(set_out(state, Screen.FLEET_PROOF), VerifyFleet(fleet.run.path))


def _to_proof(state: WizardState, fleet: FleetState) -> Next:
    """Show the proof as it was read; read it where it was not."""
    return (set_out(state, Screen.FLEET_PROOF), ()) if fleet.verified else _verify(state, fleet)


# Hand over


def _hand_over(state: WizardState, _fleet: FleetState) -> Next:
    """The ticket of what is selected, else of the run that is shown."""
    plan = to_hand_over(state)
    if plan is None or state.doing(HandOverFleet):
        return state, ()
    state = with_fleet(set_out(state, Screen.FLEET_HAND_OVER, intent=Intent.APPLY), ticket="")
    return begin(state, HandOverFleet(plan, "ticket"))


def to_hand_over(state: WizardState) -> FleetPlan | None:
    """The plan for an admin: what is selected, else all of it, else that of the run."""
    fleet = state.fleet
    if fleet is None:
        return None
    if fleet.planned is not None:
        return fleet_planning.selected(state) or (fleet.planned.plan if fleet.planned.plan.members else None)
    return fleet.run.plan if fleet.run else None


def download(state: WizardState, _fleet: FleetState, form: str) -> Next:
    """Prepare a file for the browser that asks for it."""
    plan = to_hand_over(state)
    if plan is None or form not in FORMATS or state.doing(HandOverFleet) or state.screen is not Screen.FLEET_HAND_OVER:
        return state, ()
    return begin(state.with_(saved=None), HandOverFleet(plan, form, saves=True), "Preparing the file.")


PRESSES: Mapping[str, Press] = {
    "continue-fleet": _continue,
    "apply-fleet": _apply,
    "resume-fleet": _resume,
    "undo-fleet": _undo,
    "confirm-undo-fleet": _confirm_undo,
    "keep-fleet": keep,
    "verify-fleet": _verify,
    "proof-fleet": _to_proof,
    "hand-over-fleet": _hand_over,
    "retry-fleet": _retry,
}
