"""The few moves that every transition is made of."""

from __future__ import annotations

from pathlib import PurePath
from typing import TypeAlias

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard.effects import Effect, Forget, Job, Stop
from sm_ssh_widget.wizard.fleet_state import FleetRunState
from sm_ssh_widget.wizard.state import Busy, Failed, Intent, Screen, WizardState

Next: TypeAlias = tuple[WizardState, tuple[Job, ...]]
OF_ONE_ROLE = frozenset({"sign-in", "stop", "forget", "end-session", "done"})
"""Buttons of the other screens that mean the same on those of many roles; every other one of them means nothing."""


def begin(state: WizardState, effect: Effect, status: str = "") -> Next:
    """Ask for an effect; what was under way before is no longer waited for."""
    ticket = state.tickets + 1
    busy = Busy(effect, ticket)
    return state.with_(tickets=ticket, busy=busy, failed=None, status=status), (Job(ticket, effect),)


def set_out(state: WizardState, screen: Screen, *, intent: Intent | None = None) -> WizardState:
    """Go to a screen. An undo that was asked for is forgotten on every way that does not lead to it."""
    intent = intent or state.intent
    leads = intent is Intent.UNDO and screen in (Screen.PERMISSION, Screen.UNDO)
    asked = state.asked if leads else None
    fleet = state.fleet
    if fleet is not None and screen in (Screen.WHO, Screen.FLEET):  # the role that was opened is left
        fleet = fleet.with_(alone=False)
    return state.with_(screen=screen, intent=intent, failed=None, status="", asked=asked, saved=None, fleet=fleet)


def to_permission(state: WizardState, account: str, intent: Intent = Intent.APPLY) -> Next:
    """Go where a plan is reviewed. A session of another account is left: it could not write there."""
    state = set_out(state, Screen.PERMISSION, intent=intent)
    if state.face is None or state.face.account == account:
        return state, ()
    return state.with_(face=None), (Job(0, Forget()),)


def shelved(state: WizardState) -> tuple[Journal, ...]:
    """The earlier runs, and before them the one that is shown, if something of it can be undone."""
    shown = state.journal
    rest = tuple(each for each in state.earlier if shown is None or each.path != shown.path)
    return (shown, *rest) if shown and any(step.status is StepStatus.DONE for step in shown.steps) else rest


def shelved_fleets(state: WizardState) -> tuple[FleetRunState, ...]:
    """The earlier runs of many roles, and before them the one that was shown last, if something of it is left."""
    shown = state.fleet.run if state.fleet else None
    rest = tuple(each for each in state.fleets if shown is None or each.path != shown.path)
    left = shown is not None and shown.path and any(outcome != "undone" for outcome in shown.outcomes.values())
    return (shown, *rest) if shown and left else rest


def dropped(state: WizardState) -> WizardState:
    """What was checked is about another target now: the report and the plan are dropped."""
    state = state.with_(report=None, offer=None, plan=None, request=None, verified=None, failed=None)
    return state.with_(ticks=frozenset())


def refused(state: WizardState, where: str, said: str, remedy: str) -> WizardState:
    """A problem that needed no effect to be found."""
    return state.with_(failed=Failed(0, Stop(), where, said, remedy, "usage"), status=f"{where}: {said}")


def name_of(run: Journal | FleetRunState) -> str:
    """What tells a run from every other one: the name of its file or directory, the same in every view."""
    return PurePath(run.path).name
