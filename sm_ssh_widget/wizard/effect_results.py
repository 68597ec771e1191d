"""What follows from what came of an effect. Pure; what comes too late is not looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard import choices, fleet_results, planning, undoing
from sm_ssh_widget.wizard.effects import (
    Apply,
    Check,
    ChooseRole,
    Detect,
    EndSession,
    Explain,
    Forget,
    HandOver,
    Job,
    ListRoles,
    PlanUndo,
    Resume,
    SignInEffect,
    UndoEffect,
    Verify,
)
from sm_ssh_widget.wizard.fleet_state import FleetActingTold
from sm_ssh_widget.wizard.state import (
    ActingTold,
    Came,
    DeviceAsked,
    DeviceCodeState,
    DeviceRoles,
    Event,
    Failed,
    Intent,
    LoginAsked,
    Moved,
    ReadBegun,
    Recalled,
    Renewed,
    Saved,
    Screen,
    SessionEnded,
    WizardState,
)
from sm_ssh_widget.wizard.transitions import Next, begin, set_out

Settle: TypeAlias = Callable[[WizardState, Any], Next]


def came(state: WizardState, event: Event) -> Next:
    """The next state after an answer."""
    if isinstance(event, SessionEnded):
        again = event.remedy or "Sign in again to continue."
        return state.with_(face=None, status=f"Your sign-in has ended. {again}"), ()
    if isinstance(event, Renewed):
        same = state.face is not None and state.face.arn == event.face.arn
        return (state.with_(face=event.face) if same else state), ()
    if isinstance(event, Came) and isinstance(event.value, (Recalled, ActingTold, FleetActingTold)):
        return _told(state, event.value), ()
    if not isinstance(event, _ANSWERS) or state.busy is None or event.ticket != state.busy.ticket:
        return state, ()
    if isinstance(event, fleet_results.EVENTS):
        return fleet_results.moved(state, event), ()
    if isinstance(event, Moved):
        begun = {**state.begun, **_begun(event.journal, state.begun)}
        return state.with_(journal=event.journal, begun=begun, status=_said(event.journal)), ()
    if isinstance(event, ReadBegun):
        return state.with_(busy=replace(state.busy, reads=state.busy.reads + 1, call=event.call)), ()
    if isinstance(event, (DeviceAsked, LoginAsked)):
        return _in_the_browser(state, event), ()
    if isinstance(event, DeviceRoles):
        status = f"Approved. Choose one of {len(event.roles)} roles."
        return state.with_(device=DeviceCodeState(roles=event.roles), busy=None, status=status), ()
    if isinstance(event, Failed):
        return _failed(state.with_(busy=None), event)
    if isinstance(event.effect, HandOver):
        return _handed_over(state.with_(busy=None), event.value, event)
    if isinstance(event.effect, fleet_results.SAVES):
        return fleet_results.handed_over(state.with_(busy=None), event)
    settle = _SETTLED.get(type(event.effect)) or fleet_results.SETTLED.get(type(event.effect))
    return settle(state.with_(busy=None), event.value) if settle else (state, ())


def _told(state: WizardState, found: Recalled | ActingTold | FleetActingTold) -> WizardState:
    """The state after an answer that nothing waited for."""
    if isinstance(found, FleetActingTold):
        return fleet_results.told(state, found)
    if isinstance(found, ActingTold):
        return state.with_(acting=found)
    return state.with_(earlier=found.journals, fleets=found.fleets, unread=found.unread, doubted=found.doubted)


_ANSWERS = (Came, Failed, Moved, ReadBegun, DeviceAsked, LoginAsked, DeviceRoles, *fleet_results.EVENTS)


def _in_the_browser(state: WizardState, event: DeviceAsked | LoginAsked) -> WizardState:
    """A page waits for the person: it goes on by itself, or shows a code that is pasted here."""
    if isinstance(event, DeviceAsked):
        device = DeviceCodeState(event.code, event.url, event.until)
        return state.with_(device=device, status=f"Waiting for you to approve code {event.code}.")
    status = "Open the sign-in page, then paste the authorization code that it shows."
    return state.with_(device=DeviceCodeState(url=event.url, asks=True), busy=None, status=status)


def _begun(journal: Journal, before: Mapping[str, str]) -> dict[str, str]:
    """When the changes that are under way were begun, by the journal's own clock; the first time counts."""
    working = (step for step in journal.steps if step.status is StepStatus.WORKING)
    return {step.id: step.at for step in working if step.id not in before and step.at}


def _failed(state: WizardState, event: Failed) -> Next:
    state = state.with_(failed=event, device=None, status=f"{event.where}: {event.said}")
    jobs: tuple[Job, ...] = ()
    if event.code == "sign-in" and state.face is not None:
        state, jobs = state.with_(face=None), (Job(0, Forget()),)
    if isinstance(event.effect, UndoEffect):
        state = state.with_(asked=None)
    if isinstance(event.effect, Check) and event.code in ("usage", "aws-refused"):
        state = state.with_(screen=Screen.WHO)
    if state.journal and isinstance(event.effect, (Apply, Resume, UndoEffect)):
        state = _without_plan(state)
    return fleet_results.failed(state, event), jobs


# What came of each effect


def _detected(state: WizardState, value: Any) -> Next:
    target = value.target
    status = "" if target else "No role was found. Enter one to continue."
    return state.with_(detection=value, status=status), ()


def _session_ended(state: WizardState, said: Any) -> Next:
    return state.with_(face=None, device=None, status=f"The session was ended at AWS. {said}"), ()


def _listed(state: WizardState, value: Any) -> Next:
    status = f"{len(value)} roles in this account can be execution roles."
    return state.with_(roles=tuple(value), status=status), ()


def _checked(state: WizardState, value: Any) -> Next:
    found, report = value
    asked = state.checked_with
    # What was typed is no finding: a field that is emptied shows again what was found without it.
    named = asked is not None and (asked.role or asked.region or asked.user)
    detection = state.detection if named and state.detection else found
    state = state.with_(detection=detection, report=report, offer=None, plan=None, request=None, status="")
    return (planning.planned(state) if state.replan else state), ()


def _signed_in(state: WizardState, face: Any) -> Next:
    state = state.with_(face=face, device=None, status=f"Signed in as {face.arn}, account {face.account}.")
    if state.many:
        return fleet_results.signed_in(state)
    if state.intent is Intent.READ and state.checked_with:
        return begin(set_out(state, Screen.HEALTH), state.checked_with, state.status)
    if state.intent is Intent.UNDO and state.asked:
        return undoing.ask(state, state.asked.journal)
    return state, planning.ask_acting(state)


def _ran(state: WizardState, journal: Any) -> Next:
    """A run came to its end: complete, stopped, or at a step that failed."""
    state = _without_plan(state)
    state = state.with_(journal=journal, asked=None, status=_said(journal), earlier=_without(state.earlier, journal))
    jobs: tuple[Job, ...] = ()
    if not journal.complete:
        if _session_over(journal):
            state, jobs = state.with_(face=None), (Job(0, Forget()),)
        return state, jobs
    if journal.undoing:
        return state.with_(verified=None), ()
    asked = choices.check_of(journal.plan)
    report = state.report if state.report and choices.is_about(state.report, asked) else None
    return begin(set_out(state.with_(report=report), Screen.PROOF), Verify(report or asked), state.status)


def _without_plan(state: WizardState) -> WizardState:
    """A plan that was begun is in its journal; what is left to do is for a new one."""
    return state.with_(offer=None, plan=None, ticks=frozenset())


def _without(earlier: tuple[Journal, ...], journal: Journal) -> tuple[Journal, ...]:
    return tuple(each for each in earlier if each.path != journal.path)


def _session_over(journal: Journal) -> bool:
    return any(
        (step.notes or {}).get("code") == "sign-in" for step in journal.steps if step.status is StepStatus.FAILED
    )


def _verified(state: WizardState, report: Any) -> Next:
    return state.with_(verified=report, report=state.report or report, status=""), ()


def _explained(state: WizardState, value: Any) -> Next:
    return state.with_(explained=value, status="AWS's explanation was read."), ()


def _handed_over(state: WizardState, value: Any, event: Came) -> Next:
    """The ticket is shown; a file goes to the browser that asked for it."""
    effect = event.effect
    if isinstance(effect, HandOver) and effect.saves:
        return state.with_(saved=Saved(event.ticket, effect.format, value), status="The file is ready."), ()
    return state.with_(ticket=value), ()


def _said(journal: Journal) -> str:
    """What moved on last, in one sentence for the live region; the headline before it says how far the run is."""
    verb = "undoing" if journal.undoes else "applying"
    words = {
        StepStatus.WORKING: verb,
        StepStatus.WAITING: "waiting for AWS",
        StepStatus.IN_DOUBT: "unconfirmed, reading whether it arrived",
        StepStatus.FAILED: "failed",
        StepStatus.DRIFTED: "changed since the plan",
    }
    total = len(journal.steps)
    for number, step in enumerate(journal.steps, 1):
        if step.status in words:
            return f"Change {number} of {total}: {words[step.status]}."
    return ""


_SETTLED: dict[type, Settle] = {
    Detect: _detected,
    ListRoles: _listed,
    Check: _checked,
    Explain: _explained,
    SignInEffect: _signed_in,
    ChooseRole: _signed_in,
    Apply: _ran,
    Resume: _ran,
    PlanUndo: undoing.planned,
    UndoEffect: _ran,
    Verify: _verified,
    EndSession: _session_ended,
}
