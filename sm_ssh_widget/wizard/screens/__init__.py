"""What is shown: one function a screen, from a state to a view. Pure; a clock comes in as ``now``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.wizard.screens import frame
from sm_ssh_widget.wizard.screens.accounts import accounts
from sm_ssh_widget.wizard.screens.apply import run
from sm_ssh_widget.wizard.screens.done import done
from sm_ssh_widget.wizard.screens.fleet import fleet
from sm_ssh_widget.wizard.screens.fleet_hand_over import fleet_hand_over
from sm_ssh_widget.wizard.screens.fleet_permission import fleet_permission
from sm_ssh_widget.wizard.screens.fleet_plan import fleet_plan
from sm_ssh_widget.wizard.screens.fleet_proof import fleet_done, fleet_proof
from sm_ssh_widget.wizard.screens.fleet_run import fleet_run
from sm_ssh_widget.wizard.screens.fleet_undo import fleet_undo
from sm_ssh_widget.wizard.screens.hand_over import hand_over
from sm_ssh_widget.wizard.screens.health import health
from sm_ssh_widget.wizard.screens.permission import permission
from sm_ssh_widget.wizard.screens.plan import plan
from sm_ssh_widget.wizard.screens.proof import proof
from sm_ssh_widget.wizard.screens.target import who
from sm_ssh_widget.wizard.screens.terms import explained
from sm_ssh_widget.wizard.screens.undo import undo
from sm_ssh_widget.wizard.state import Screen, WizardState
from sm_ssh_widget.wizard.view import View


def render(state: WizardState, now: datetime) -> View:
    """The view of a state; ``now`` carries its time zone."""
    shown = {
        Screen.WHO: lambda: who(state),
        Screen.HEALTH: lambda: health(state),
        Screen.PLAN: lambda: plan(state),
        Screen.PERMISSION: lambda: fleet_permission(state, now) if state.many else permission(state, now),
        Screen.APPLY: lambda: run(state, now),
        Screen.PROOF: lambda: proof(state, now),
        Screen.HAND_OVER: lambda: hand_over(state),
        Screen.UNDO: lambda: undo(state, now),
        Screen.DONE: lambda: fleet_done(state) if state.many else done(state),
        Screen.ACCOUNTS: lambda: accounts(state),
        Screen.FLEET: lambda: fleet(state),
        Screen.FLEET_PLAN: lambda: fleet_plan(state),
        Screen.FLEET_RUN: lambda: fleet_run(state),
        Screen.FLEET_PROOF: lambda: fleet_proof(state, now),
        Screen.FLEET_UNDO: lambda: fleet_undo(state, now),
        Screen.FLEET_HAND_OVER: lambda: fleet_hand_over(state),
    }[state.screen]()
    return replace(
        shown,
        steps=frame.stepper(state),
        context=frame.context(state, now),
        simulated=state.setting.scenario if state.setting.simulated else "",
        terms=explained(shown),
        status=frame.status(shown, state.status),
        busy=frame.busy(state),
    )
