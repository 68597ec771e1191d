"""The few moves that every transition is made of."""

from __future__ import annotations

from typing import TypeAlias

from sm_ssh_widget.wizard.state import Busy, Effect, Failed, Intent, Job, Screen, Stop, WizardState

Next: TypeAlias = tuple[WizardState, tuple[Job, ...]]


def begin(state: WizardState, effect: Effect, status: str = "") -> Next:
    """Ask for an effect; what was under way before is no longer waited for."""
    ticket = state.tickets + 1
    busy = Busy(effect, ticket)
    return state.with_(tickets=ticket, busy=busy, failed=None, status=status or state.status), (Job(ticket, effect),)


def set_out(state: WizardState, screen: Screen, *, intent: Intent | None = None) -> WizardState:
    """Go to a screen."""
    return state.with_(screen=screen, intent=intent or state.intent, failed=None, status="")


def dropped(state: WizardState) -> WizardState:
    """What was checked is about another target now: the report and the plan are dropped."""
    return state.with_(report=None, offer=None, plan=None, ticks=frozenset(), verified=None, failed=None)


def refused(state: WizardState, where: str, said: str, remedy: str) -> WizardState:
    """A problem that needed no effect to be found."""
    return state.with_(failed=Failed(0, Stop(), where, said, remedy, "usage"), status=f"{where}: {said}")
