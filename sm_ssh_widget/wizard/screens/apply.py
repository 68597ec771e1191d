"""Screen 5: a plan being applied, resumed, or undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Meter, Note, Row, Rows
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.effects import Apply, Resume, UndoEffect
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.failures import Cause, cause_of, failed_step, step_problem
from sm_ssh_widget.wizard.screens.labels import (
    BACK,
    HAND_OVER,
    OTHER_IDENTITY,
    STEP,
    UNDOING,
    are,
    counted,
    cut,
    duration,
    marked,
    plain,
    problem,
    seconds_between,
    undo_button,
)
from sm_ssh_widget.wizard.screens.permission import applied
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

RETRY = Action("retry", "Retry", "primary", acts=True)
USUAL = "usually 1 to 2 minutes, at most 30"
_FAILED = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT)
_SETTLED = (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.UNDONE)
_CLOSE = "You can close this page. The journal keeps what was done, and the wizard offers to resume or undo."


def run(state: WizardState, now: datetime) -> View:
    """Every change with its status, from the first frame on."""
    journal, failed = state.journal, state.failed
    running = is_running(state)
    blocks: list[Block] = []
    if failed:
        remedy = f"{failed.remedy} The journal shows what was written." if journal else failed.remedy
        blocks.append(problem(failed.where, failed.said, remedy))
    blocks += _meter(state, now)
    if rows := _rows(state, now):
        blocks.append(Rows("Changes", rows, ordered=True))
    if running:
        blocks.append(Note("", _CLOSE))
    elif journal and journal.path:
        undo = undo_button(done) if (done := applied(journal)) else None
        blocks.append(Facts((Fact("Record of this run", f"`{plain(journal.path)}`", "It contains no secrets.", undo),)))
    blocks += () if running else earlier(state)
    heading, lede, icon, tone = _heading(state)
    return View(
        screen="apply",
        heading=heading,
        lede=lede,
        icon=icon,
        tone=tone,
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state),
        footnote=_footnote(state),
    )


def is_running(state: WizardState) -> bool:
    """Whether something is written."""
    return state.doing(Apply, Resume, UndoEffect)


def _footnote(state: WizardState) -> str:
    plan = state.journal.plan if state.journal else state.plan
    return f"Digest `{cut(plan.digest)}`" if plan and not _undoing(state) else ""


def _undoing(state: WizardState) -> bool:
    return state.doing(UndoEffect) or bool(state.journal and (state.journal.undoing or state.journal.undoes))


def _meter(state: WizardState, now: datetime) -> tuple[Meter, ...]:
    """For how long it has been running, or how long it took."""
    journal = state.journal
    if is_running(state):
        started = journal.started if journal and _is_of_this_run(state, journal) else ""
        seconds = seconds_between(started, now) if started else 0
        return (Meter(f"run-{state.busy.ticket if state.busy else 0}", max(0, round(seconds)), USUAL),)
    ends = [step.at for step in journal.steps if step.at] if journal else []
    if not journal or not ends or not state.begun:
        return ()
    first = min(state.begun.values())
    word = "Took" if journal.complete else "Stopped after"
    return (Meter("run-over", 0, f"{word} {duration(seconds_between(first, max(ends)))}", over=True),)


def _is_of_this_run(state: WizardState, journal: Journal) -> bool:
    """Whether the journal that is shown was begun by what runs now: a resumed one is older."""
    return bool(state.begun) and not state.doing(Resume) and bool(journal.undoes) == state.doing(UndoEffect)


# The heading


def _heading(state: WizardState) -> tuple[str, str, str, Tone]:
    journal = state.journal
    if state.busy and is_running(state):
        lede = "Stopping after the current change." if state.busy.stopping else "You can keep using the notebook."
        verb = "Undoing" if _undoing(state) else "Applying"
        return f"{verb}: {_done(state)} of {_number(state)} done", lede, "", ""
    if journal is None:
        return "Nothing was written", "The plan is unchanged. You can apply it again.", "failed", "bad"
    return _ended(journal)


def _done(state: WizardState) -> int:
    """How many changes of the run that is under way are settled."""
    journal = state.journal
    if journal is None or (state.doing(UndoEffect) and not journal.undoes):
        return 0
    return sum(step.status in _SETTLED for step in journal.steps)


def _number(state: WizardState) -> int:
    """How many changes the run that is under way is about."""
    if state.doing(UndoEffect) and state.asked and state.asked.plan:
        return len(state.asked.plan.changes)
    return len(state.journal.steps) if state.journal else len(state.plan.changes) if state.plan else 0


def _ended(journal: Journal) -> tuple[str, str, str, Tone]:
    total = len(journal.steps)
    number = {status: sum(step.status is status for step in journal.steps) for status in StepStatus}
    done, undone, bad = number[StepStatus.DONE], number[StepStatus.UNDONE], sum(number[status] for status in _FAILED)
    if journal.complete and (journal.undoing or undone):
        return (
            f"{counted(undone, 'change')} {are(undone)} undone",
            "Each was read back from AWS.",
            "undone",
            "ok",
        )
    if journal.undoing:
        return _undone_in_part(undone, done, bad, number)
    if journal.complete:
        return f"{counted(done, 'change')} {are(done)} applied", "Each was read back from AWS.", "satisfied", "ok"
    verb = "undone" if journal.undoes else "applied"
    if bad:
        lede = "Applied changes stay and can be undone. The run can continue from here."
        return f"{done} of {total} {are(done)} {verb}, {bad} {_what_failed(journal, bad)}", lede, "failed", "bad"
    text = f"Stopped: {done} of {counted(total, 'change')} {are(done)} {verb}"
    return text, "Retry continues where it stopped.", "", ""


def _undone_in_part(undone: int, done: int, bad: int, number: dict[StepStatus, int]) -> tuple[str, str, str, Tone]:
    rest = done or number[StepStatus.FAILED] + number[StepStatus.IN_DOUBT]
    lede = "The rest stays applied. Choose Retry to undo it." if rest else "Later changes by others are kept."
    return f"{undone} of {counted(undone + done + bad, 'change')} {are(undone)} undone", lede, "", ""


def _what_failed(journal: Journal, bad: int) -> str:
    """How the largest words tell what went wrong."""
    step = failed_step(journal)
    words = {
        Cause.DENIED: f"{'was' if bad == 1 else 'were'} not allowed",
        Cause.CHANGED: f"{'was' if bad == 1 else 'were'} changed since the plan",
        Cause.UNCONFIRMED: f"{are(bad)} unconfirmed",
    }
    return words.get(cause_of(step), "failed") if step else "failed"


# Actions


def _actions(state: WizardState) -> tuple[Action, ...]:
    """What can be done in the footer. Undo is not among it: it stands by the record, where no other button was."""
    journal = state.journal
    if state.busy and is_running(state):
        reason = "Stopping after the current change." if state.busy.stopping else ""
        return (Action("stop", "Stop after this step", "second", unavailable=reason, side="start"),)
    if journal is None:
        return BACK, *_by_cause(state, None)
    if state.failed and isinstance(state.failed.effect, UndoEffect) and not journal.undoes:
        return BACK, replace(RETRY, acts=False)  # it shows again what would be undone
    check = Action("check", "Check this role", "primary")
    if journal.complete and not journal.undoes:
        return BACK, check if journal.undoing or not applied(journal) else _to_proof(state)
    if journal.complete or (journal.undoing and not applied(journal)):
        return BACK, check
    return BACK, *_by_cause(state, journal)


def _by_cause(state: WizardState, journal: Journal | None) -> tuple[Action, ...]:
    """Trying again is primary only where it can help; see the table in the style guide of the screens."""
    step = failed_step(journal) if journal else None
    acts = not (journal and journal.undoing)
    retry = replace(RETRY, acts=acts)
    if step is None and state.failed is None:
        return (retry,)
    cause = cause_of(step) if step else Cause.DENIED if state.failed and state.failed.code == "refused" else Cause.OTHER
    match cause:
        case Cause.DENIED:
            hand_over = (HAND_OVER,) if state.setting.formats and not (journal and journal.undoes) else ()
            other = replace(OTHER_IDENTITY, look="primary")
            return replace(retry, look="second"), *hand_over, other
        case Cause.CHANGED:
            return replace(retry, look="second"), Action("check", "Check again", "primary")
        case Cause.SIGN_IN:
            return (Action("other-identity", "Sign in", "primary"),)
        case Cause.UNCONFIRMED | Cause.NETWORK:
            return (retry,)
        case Cause.OTHER:
            return OTHER_IDENTITY, retry


def _to_proof(state: WizardState) -> Action:
    if state.report is None:
        return Action("check", "Check this role", "primary")
    return Action("proof", "Continue to the proof", "primary")


# Rows


def _rows(state: WizardState, now: datetime) -> tuple[Row, ...]:
    """A row for each change, from the first moment on: of the plan until the journal is there."""
    journal, asked = state.journal, state.asked.plan if state.asked else None
    if state.doing(UndoEffect) and asked is not None:
        begun = {step.id: step for step in journal.steps} if journal and journal.undoes else {}
        plan, steps = asked, [begun.get(each.id, JournalStep(each.id)) for each in asked.changes]
        return tuple(
            _row(step, each, state, plan, now, undoes=True) for step, each in zip(steps, plan.changes, strict=True)
        )
    if journal is None:
        found = state.plan if is_running(state) else None
        return tuple(_row(JournalStep(c.id), c, state, found, now) for c in found.changes) if found else ()
    undoes = bool(journal.undoes)
    return tuple(
        _row(journal.step(each.id), each, state, journal.plan, now, undoes=undoes) for each in journal.plan.changes
    )


def _row(
    step: JournalStep, change: Change, state: WizardState, plan: Plan, now: datetime, *, undoes: bool = False
) -> Row:
    icon, word, tone = (UNDOING if undoes else STEP).get(step.status, STEP[step.status])
    running = is_running(state)
    failed = step.status in _FAILED
    if step.status is StepStatus.IN_DOUBT and running:  # it is being resolved
        (icon, word, tone), failed = STEP[StepStatus.WAITING], False
    if step.status is StepStatus.PENDING and not running:
        word = "Still applied" if undoes else "Not started"
    call = change.calls[0] if change.calls else None
    doing = f"{call.service}:{call.operation}" if call else ""
    seconds = _seconds(step, state, now)
    over = step.status in _SETTLED and seconds is not None
    return Row(
        id=change.id,
        icon=icon,
        title=change_blocks.removal(change) if undoes else _title(change, plan),
        word=f"{word}, {duration(seconds)}" if over and seconds is not None else word,
        tone=tone,
        fact="" if failed else _fact(step, doing),
        blocks=(step_problem(step, doing, state),) if failed else (),
        seconds=round(seconds) if seconds is not None and not over and not failed else None,
    )


def _title(change: Change, plan: Plan) -> str:
    several = sum(each.finding == change.finding for each in plan.changes) > 1
    user = str(plan.target.get("user") or "")
    purpose = "" if several else change_blocks.purpose(change.finding, plan.region, user)
    return purpose or change_blocks.title(change)


def _seconds(step: JournalStep, state: WizardState, now: datetime) -> float | None:
    """How long a change has taken, or is taking; ``None`` if its start was not seen."""
    begun = state.begun.get(step.id)
    if begun is None or step.status is StepStatus.PENDING:
        return None
    return max(0.0, seconds_between(begun, step.at if step.status in _SETTLED else now))


def _fact(step: JournalStep, doing: str) -> str:
    match step.status:
        case StepStatus.WORKING:
            return f"`{doing}`"
        case StepStatus.WAITING:
            return marked(step.detail) or "Written. Waiting for AWS to show it."
        case StepStatus.DONE:
            return marked(step.detail) or "Read back from AWS"
        case _:
            return marked(step.detail)
