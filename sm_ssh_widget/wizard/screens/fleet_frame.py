"""The stepper of the screens of many roles; see :mod:`.frame`."""

from __future__ import annotations

from sm_ssh_widget.wizard import fleet_steps
from sm_ssh_widget.wizard.controls import StepItem
from sm_ssh_widget.wizard.effects import WRITES_TO_MANY, AuditAll, PlanFleet, VerifyFleet
from sm_ssh_widget.wizard.fleet_state import FleetState
from sm_ssh_widget.wizard.state import Intent, Screen, WizardState

LABELS = {
    Screen.WHO: "Who and where",
    Screen.FLEET: "Fleet",
    Screen.FLEET_PLAN: "Plan",
    Screen.PERMISSION: "Permission",
    Screen.FLEET_RUN: "Apply",
    Screen.FLEET_PROOF: "Proof",
}
_BESIDE = {Screen.FLEET_HAND_OVER: Screen.FLEET_PLAN, Screen.FLEET_UNDO: Screen.FLEET_RUN}
_STARTED_PERCENT = 50


def stepper(state: WizardState) -> tuple[StepItem, ...]:
    """The six steps. A sign-in that reads is a part of Fleet."""
    current, done = _current(state), _done(state)
    there = {Screen.WHO, *fleet_steps.reachable(state)} if not state.doing(*WRITES_TO_MANY) else set()
    items = []
    for screen, label in LABELS.items():
        if screen is current:
            aside = state.screen in _BESIDE
            items.append(StepItem(label, "current", percent=_percent(state), aside=aside))
            continue
        go = f"go:{screen.value}" if screen in there else ""
        items.append(StepItem(label, "done" if screen in done else "ahead", go))
    return tuple(items)


def _current(state: WizardState) -> Screen:
    if state.screen is Screen.PERMISSION and state.intent is Intent.READ:
        return Screen.FLEET
    return _BESIDE.get(state.screen, state.screen)


def _percent(state: WizardState) -> int:
    """How much of the current step is done while it runs."""
    run = state.fleet.run if state.fleet else None
    if run is not None and state.doing(*WRITES_TO_MANY):
        settled = sum(outcome != "begun" for outcome in run.outcomes.values())
        return round(100 * (settled + 0.5) / (len(run.plan.members) + 0.5))
    return _STARTED_PERCENT if state.doing(AuditAll, PlanFleet, VerifyFleet) else 0


def _done(state: WizardState) -> frozenset[Screen]:
    """The steps that lie behind the one that is shown."""
    fleet = state.fleet
    behind = {
        Screen.WHO: True,
        Screen.FLEET: bool(fleet and fleet.audit),
        Screen.FLEET_PLAN: bool(fleet and (fleet.planned or fleet.run)),
        Screen.PERMISSION: bool(state.face),
        Screen.FLEET_RUN: _is_complete(fleet),
        Screen.FLEET_PROOF: bool(fleet and fleet.verified),
    }
    order = list(LABELS)
    here = order.index(_current(state))
    return frozenset(screen for screen, is_behind in behind.items() if is_behind and order.index(screen) < here)


def _is_complete(fleet: FleetState | None) -> bool:
    return bool(fleet and fleet.run and fleet.run.complete and not fleet.run.undoing)
