"""What follows from what came of an effect. Pure; what comes too late is not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.state import (
    Apply,
    Came,
    Check,
    ChooseRole,
    Detect,
    DeviceAsked,
    DeviceCodeState,
    DeviceRoles,
    Event,
    Failed,
    Forget,
    HandOver,
    Intent,
    Job,
    ListRoles,
    Moved,
    Recalled,
    Resume,
    Screen,
    SessionEnded,
    SignInEffect,
    UndoEffect,
    Verify,
    WizardState,
)
from sm_ssh_widget.wizard.transitions import Next, begin, set_out

Settle: TypeAlias = Callable[[WizardState, Any], Next]


def came(state: WizardState, event: Event) -> Next:
    """The next state after an answer."""
    if isinstance(event, SessionEnded):
        return state.with_(face=None, status="The session has ended. Sign in again to go on."), ()
    if isinstance(event, Came) and isinstance(event.value, Recalled):
        return state.with_(earlier=event.value.journals, unread=event.value.unread), ()
    if not isinstance(event, (Came, Failed, Moved, DeviceAsked, DeviceRoles)):
        return state, ()
    if state.busy is None or event.ticket != state.busy.ticket:
        return state, ()
    if isinstance(event, Moved):
        return state.with_(journal=event.journal, status=_said(event.journal)), ()
    if isinstance(event, DeviceAsked):
        device = DeviceCodeState(event.code, event.url, event.until)
        return state.with_(device=device, status=f"Waiting for your approval of code {event.code}."), ()
    if isinstance(event, DeviceRoles):
        status = f"Allowed. {len(event.roles)} roles to choose from."
        return state.with_(device=DeviceCodeState(roles=event.roles), busy=None, status=status), ()
    if isinstance(event, Failed):
        return _failed(state.with_(busy=None), event)
    settle = _SETTLED.get(type(event.effect))
    return settle(state.with_(busy=None), event.value) if settle else (state, ())


def _failed(state: WizardState, event: Failed) -> Next:
    state = state.with_(failed=event, device=None, status=f"{event.where}: {event.said}")
    jobs: tuple[Job, ...] = ()
    if event.code == "sign-in" and state.face is not None:
        state, jobs = state.with_(face=None), (Job(0, Forget()),)
    if isinstance(event.effect, Check) and event.code in ("usage", "aws-refused"):
        state = state.with_(screen=Screen.WHO)
    if state.journal and isinstance(event.effect, (Apply, Resume, UndoEffect)):
        state = _without_plan(state)
    return state, jobs


# What came of each effect


def _detected(state: WizardState, value: Any) -> Next:
    target = value.target
    status = "Role, account and Region were found." if target else "No role was found. Name one to go on."
    return state.with_(detection=value, status=status), ()


def _listed(state: WizardState, value: Any) -> Next:
    status = f"{len(value)} roles of the account can be an execution role."
    return state.with_(roles=tuple(value), status=status), ()


def _checked(state: WizardState, value: Any) -> Next:
    found, report = value
    asked = state.checked_with
    # What was typed is no finding: a field that is emptied shows again what was found without it.
    named = asked is not None and (asked.role or asked.region or asked.user)
    detection = state.detection if named and state.detection else found
    required = [finding for finding in report.findings if finding.required]
    missing = sum(not finding.status.ready for finding in required)
    status = f"{missing} of {len(required)} requirements need attention." if missing else "Nothing is missing."
    return state.with_(detection=detection, report=report, offer=None, plan=None, status=status), ()


def _signed_in(state: WizardState, face: Any) -> Next:
    state = state.with_(face=face, device=None, status=f"Signed in as {face.arn}, account {face.account}.")
    if state.intent is Intent.READ and state.checked_with:
        return begin(set_out(state, Screen.HEALTH), state.checked_with, state.status)
    return state, ()


def _ran(state: WizardState, journal: Any) -> Next:
    """A run came to its end: complete, stopped, or at a step that failed."""
    state = _without_plan(state)
    state = state.with_(journal=journal, status=_said(journal), earlier=_without(state.earlier, journal))
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
    status = "Everything that is required is there." if report.ready else "Something that is required is not there yet."
    return state.with_(verified=report, report=state.report or report, status=status), ()


def _told(state: WizardState, value: Any) -> Next:
    return state.with_(told=value), ()


def _said(journal: Journal) -> str:
    """The run in one sentence, for the live region."""
    total = len(journal.steps)
    for number, step in enumerate(journal.steps, 1):
        if step.status in (StepStatus.WORKING, StepStatus.WAITING):
            verb = "is working" if step.status is StepStatus.WORKING else "waits for AWS"
            return f"Step {number} of {total} {verb}."
        if step.status is StepStatus.IN_DOUBT:
            return f"Step {number} of {total} is in doubt; what became of it is read."
        if step.status in (StepStatus.FAILED, StepStatus.DRIFTED):
            return f"Step {number} of {total} {'failed' if step.status is StepStatus.FAILED else 'has drifted'}."
    done = sum(step.status in (StepStatus.DONE, StepStatus.SKIPPED) for step in journal.steps)
    undone = sum(step.status is StepStatus.UNDONE for step in journal.steps)
    return f"Undone: {undone} of {total}." if undone else f"Applied: {done} of {total}."


_SETTLED: dict[type, Settle] = {
    Detect: _detected,
    ListRoles: _listed,
    Check: _checked,
    SignInEffect: _signed_in,
    ChooseRole: _signed_in,
    Apply: _ran,
    Resume: _ran,
    UndoEffect: _ran,
    Verify: _verified,
    HandOver: _told,
}
