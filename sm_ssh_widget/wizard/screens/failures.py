"""What made a change fail, in AWS's own words alone, and what follows from it. Pure."""

from __future__ import annotations

from enum import Enum

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.requirements.wording import authorization_id
from sm_ssh_widget.wizard.blocks import ProblemPanel
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens.labels import clock, problem, short
from sm_ssh_widget.wizard.state import WizardState

_FAILED = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT)


class Cause(str, Enum):
    """Why a change failed, as far as that decides what helps."""

    DENIED = "denied"
    CHANGED = "changed"
    SIGN_IN = "sign-in"
    UNCONFIRMED = "unconfirmed"
    NETWORK = "network"
    OTHER = "other"


def failed_step(journal: Journal | None) -> JournalStep | None:
    """The first change of a run that failed."""
    return next((step for step in journal.steps if step.status in _FAILED), None) if journal else None


def cause_of(step: JournalStep) -> Cause:
    """Why a change failed."""
    code = (step.notes or {}).get("code")
    if step.status is StepStatus.DRIFTED:
        return Cause.CHANGED
    if step.status is StepStatus.IN_DOUBT:
        return Cause.UNCONFIRMED
    if code == "sign-in":
        return Cause.SIGN_IN
    if code == "unreachable":
        return Cause.NETWORK
    denied = (step.notes or {}).get("denied") or "AccessDenied" in step.detail or "not authorized" in step.detail
    return Cause.DENIED if denied else Cause.OTHER


def step_problem(step: JournalStep, doing: str, state: WizardState) -> ProblemPanel:
    """What AWS said, alone, and what to do, in our words."""
    at = f", {clock(step.at)}" if step.at else ""
    said = words(step)
    lines, actions = _explained(said, state)
    return problem(f"{doing}{at}", said or "No reason was given.", f"{lines}{_next(step, doing, state)}", *actions)


def _explained(said: str, state: WizardState) -> tuple[str, tuple[Action, ...]]:
    """AWS's own explanation of the denial where it was read, else the button that reads it, where AWS offers one."""
    found = authorization_id(said)
    if state.explained is not None and state.explained.id == found:
        return f"AWS explains: {' '.join(state.explained.lines)} ", ()
    offered = bool(found) and state.face is not None and state.busy is None
    return "", ((Action("explain", "Read AWS's explanation"),) if offered else ())


def words(step: JournalStep) -> str:
    """What was said, without our advice, which older journals hold behind it."""
    advice = str((step.notes or {}).get("next", ""))
    return step.detail.removesuffix(advice).rstrip() if advice else step.detail


def _next(step: JournalStep, doing: str, state: WizardState) -> str:
    who = short(state.face.arn) if state.face else ""
    match cause_of(step):
        case Cause.DENIED:
            again = f" Trying again as {who} ends the same way." if who else ""
            return f"Sign in as an identity that is allowed {doing}, or hand the open changes over to an admin.{again}"
        case Cause.CHANGED:
            return "Check the role again and create a new plan."
        case Cause.SIGN_IN:
            return "Sign in again. The run continues with this change."
        case Cause.UNCONFIRMED:
            return "Retry first reads whether the change was made."
        case Cause.NETWORK:
            return "Retry first reads whether the change was made, then sends it again."
        case Cause.OTHER:
            return "Fix what AWS names, then retry."
