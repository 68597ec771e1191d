"""What is shown: one function a screen, from a state to a view. Pure; a clock comes in as ``now``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.wizard import choices, steps
from sm_ssh_widget.wizard.screens.apply import run
from sm_ssh_widget.wizard.screens.hand_over import hand_over
from sm_ssh_widget.wizard.screens.health import health
from sm_ssh_widget.wizard.screens.permission import permission
from sm_ssh_widget.wizard.screens.plan import plan
from sm_ssh_widget.wizard.screens.proof import proof
from sm_ssh_widget.wizard.screens.target import who
from sm_ssh_widget.wizard.state import Intent, Screen, Verify, WizardState
from sm_ssh_widget.wizard.view import StepItem, View

LABELS = {
    Screen.WHO: "Who and where",
    Screen.HEALTH: "Health",
    Screen.PLAN: "Plan",
    Screen.PERMISSION: "Permission",
    Screen.APPLY: "Apply",
    Screen.PROOF: "Proof",
}


def render(state: WizardState, now: datetime) -> View:
    """The view of a state; ``now`` carries its time zone."""
    shown = {
        Screen.WHO: lambda: who(state),
        Screen.HEALTH: lambda: health(state),
        Screen.PLAN: lambda: plan(state),
        Screen.PERMISSION: lambda: permission(state, now),
        Screen.APPLY: lambda: run(state, now),
        Screen.PROOF: lambda: proof(state, now),
        Screen.HAND_OVER: lambda: hand_over(state),
    }[state.screen]()
    busy = _busy(state)
    return replace(shown, steps=_stepper(state), target=_target(state), status=state.status, busy=busy)


def _busy(state: WizardState) -> str:
    """What is under way; a proof makes an activation and takes it away, so it is no mere check."""
    effect = state.busy.effect if state.busy else None
    if isinstance(effect, Verify) and effect.proof:
        return "Prove"
    return type(effect).__name__ if effect else ""


def _stepper(state: WizardState) -> tuple[StepItem, ...]:
    current = state.screen if state.screen in LABELS else Screen.PLAN
    there, done = steps.reachable(state), _done(state)
    items = []
    for screen, label in LABELS.items():
        if screen is current:
            items.append(StepItem(label, "current"))
            continue
        go = f"go:{screen.value}" if screen in there else ""
        items.append(StepItem(label, "done" if screen in done else "ahead", go))
    return tuple(items)


def _done(state: WizardState) -> frozenset[Screen]:
    """The steps that lie behind: what was found, checked, planned, permitted, applied, proved."""
    behind = {
        Screen.WHO: state.screen is not Screen.WHO,
        Screen.HEALTH: bool(state.report),
        Screen.PLAN: bool((state.plan or state.journal) and state.screen is not Screen.HEALTH),
        Screen.PERMISSION: bool(state.journal or (state.face and state.intent is not Intent.READ)),
        Screen.APPLY: bool(state.journal and state.journal.complete),
        Screen.PROOF: bool(state.verified and state.verified.ready),
    }
    return frozenset(screen for screen, is_behind in behind.items() if is_behind)


def _target(state: WizardState) -> tuple[str, ...]:
    if state.journal and state.report is None:
        found = state.journal.plan.target
        return (
            str(found.get("role", "")).rpartition("/")[2],
            str(found.get("account", "")),
            str(found.get("region", "")),
        )
    if state.report:
        target = state.report.target
        return target.role.name, target.account, target.region
    role = choices.wanted(state).role or choices.found(state, "role")
    told = (role.rpartition("/")[2], choices.account_of(state), choices.region_of(state))
    return told if role.startswith("arn:") and choices.account_of(state) else ()
