"""The stepper of the screens of many roles; see :mod:`.frame`. A role that is opened from there has the usual one."""

from __future__ import annotations

from collections.abc import Mapping

from sm_ssh_widget.wizard import fleet_steps
from sm_ssh_widget.wizard.controls import StepItem
from sm_ssh_widget.wizard.effects import FLEET_WRITES, AuditAll, ListAccounts, PlanFleet, VerifyFleet
from sm_ssh_widget.wizard.fleet_state import BEGUN, FleetState
from sm_ssh_widget.wizard.state import Intent, Screen, WizardState

LABELS = {
    Screen.WHO: "Who and where",
    Screen.FLEET: "Fleet",
    Screen.FLEET_PLAN: "Plan",
    Screen.PERMISSION: "Permission",
    Screen.FLEET_RUN: "Apply",
    Screen.FLEET_PROOF: "Proof",
}
_BESIDE = {
    Screen.FLEET_HAND_OVER: Screen.FLEET_PLAN,
    Screen.FLEET_UNDO: Screen.FLEET_RUN,
    Screen.DONE: Screen.FLEET_PROOF,
}
_STARTED_PERCENT = 50


def stepper(state: WizardState) -> tuple[StepItem, ...]:
    """The six steps. A sign-in that reads is a part of Fleet."""
    current, labels = _current(state), _labels(state)
    order = list(labels)
    there = {Screen.WHO, *fleet_steps.reachable(state)} if not state.doing(*FLEET_WRITES) else set()
    done, here = _done(state.fleet), order.index(current)
    items = []
    for number, (screen, label) in enumerate(labels.items()):
        if screen is current:
            items.append(StepItem(label, "current", percent=_percent(state), aside=state.screen in _BESIDE))
            continue
        is_done = screen in done and (number < here or bool(state.fleet and state.fleet.run))
        go = f"go:{screen.value}" if screen in there else ""
        items.append(StepItem(label, "done" if is_done else "ahead", go))
    return tuple(items)


def _labels(state: WizardState) -> Mapping[Screen, str]:
    """The steps; of several accounts, the choice of these is the first one."""
    several = state.fleet is not None and state.fleet.of_several
    if not several and state.screen is not Screen.ACCOUNTS and state.intent is not Intent.LIST:
        return LABELS
    return {Screen.ACCOUNTS: "Accounts", **{each: label for each, label in LABELS.items() if each is not Screen.WHO}}


def _current(state: WizardState) -> Screen:
    if state.screen is Screen.PERMISSION and state.intent is Intent.LIST:
        return Screen.ACCOUNTS
    if state.screen is Screen.PERMISSION and state.intent is Intent.READ:
        return Screen.FLEET
    return _BESIDE.get(state.screen, state.screen)


def _done(fleet: FleetState | None) -> frozenset[Screen]:
    """The steps that lie behind: what was audited, planned, permitted, applied, proved."""
    behind = {Screen.WHO: True, Screen.ACCOUNTS: True}
    if fleet is not None:
        run, verified = fleet.run, fleet.verified
        behind[Screen.FLEET] = fleet.audit is not None
        behind[Screen.FLEET_PLAN] = behind[Screen.PERMISSION] = fleet.approved is not None or run is not None
        behind[Screen.FLEET_RUN] = run is not None and run.complete
        behind[Screen.FLEET_PROOF] = verified is not None and verified.counts["ready"] == len(verified)
    return frozenset(screen for screen, is_behind in behind.items() if is_behind)


def _percent(state: WizardState) -> int:
    """How much of the current step is done while it runs."""
    run = state.fleet.run if state.fleet else None
    if run is not None and state.doing(*FLEET_WRITES):
        wanted = "undone" if run.undoing else "done"
        settled = sum(outcome == wanted for outcome in run.outcomes.values())
        began = BEGUN in run.outcomes.values()
        return round(100 * (settled + 0.5 * began) / len(run.plan.members))
    return _STARTED_PERCENT if state.doing(ListAccounts, AuditAll, PlanFleet, VerifyFleet) else 0
