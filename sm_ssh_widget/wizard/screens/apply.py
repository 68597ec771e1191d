"""Screen 5: a plan being applied, gone on with, or taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.labels import (
    BACK,
    FORGET,
    STEP,
    UNDOING,
    clock,
    counted,
    cut,
    marked,
    plain,
    problem,
    undo_button,
)
from sm_ssh_widget.wizard.screens.permission import applied, minutes, short
from sm_ssh_widget.wizard.state import Apply, Resume, UndoEffect, WizardState
from sm_ssh_widget.wizard.view import Action, Block, Fact, Facts, Note, Row, Rows, Skeleton, Tone, View

_FAILED = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT)
_LEFT = "What somebody changed since is left as it is."
OTHER = Action("other-identity", "Sign in as somebody else")
RETRY = Action("retry", "Retry", "primary", acts=True)


def run(state: WizardState, now: datetime) -> View:
    """Every step with its status."""
    journal, failed = state.journal, state.failed
    running = state.doing(Apply, Resume, UndoEffect)
    blocks: list[Block] = []
    if failed:
        remedy = f"{failed.remedy} The journal tells what was written." if journal else failed.remedy
        blocks.append(problem(failed.where, failed.said, remedy, OTHER))
    if state.face:
        acting = f"`{plain(short(state.face.arn))}`, {minutes(state.face, now)}"
        blocks.append(Facts((Fact("Acting as", acting),), small=True))
    if rows := _rows(state):
        blocks.append(Rows("Steps", rows, ordered=True))
    elif running:
        blocks.append(Skeleton("Reading the state once more before the first write", 3))
    if running:
        text = (
            "Closing this page loses nothing. The journal holds what was done; the wizard offers to go on or to undo."
        )
        blocks.append(Note("", text))
    elif journal and journal.path:
        undo = undo_button(done) if (done := applied(journal)) else None
        blocks.append(Facts((Fact("Journal", f"`{plain(journal.path)}`", "It holds no secret.", undo),)))
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


def _footnote(state: WizardState) -> str:
    plan = state.journal.plan if state.journal else state.plan
    return f"Digest `{cut(plan.digest)}` is the one that was reviewed." if plan and not _undoing(state) else ""


def _undoing(state: WizardState) -> bool:
    return state.doing(UndoEffect) or bool(state.journal and (state.journal.undoing or state.journal.undoes))


def _heading(state: WizardState) -> tuple[str, str, str, Tone]:
    journal = state.journal
    if state.busy and state.doing(Apply, Resume, UndoEffect):
        verb = "Undoing" if _undoing(state) else "Applying"
        lede = (
            "Stopping after the step that is under way."
            if state.busy.stopping
            else "The notebook stays free; other cells run as usual."
        )
        return f"{verb} {counted(_number(state), 'change')}", lede, "", ""
    if journal is None:
        return "Nothing was written", "The plan is as it was; it can be applied again.", "", ""
    return _ended(journal)


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
        lede = "What this run changed is as it was before."
        return f"{counted(undone, 'change')} {_are(undone)} undone", lede, "undone", "ok"
    if journal.undoing:
        lede = (
            "The rest stays applied until Retry undoes it."
            if done or number[StepStatus.FAILED] + number[StepStatus.IN_DOUBT]
            else _LEFT
        )
        written = undone + done + bad
        return f"{undone} of {counted(written, 'change')} {_are(undone)} undone", lede, "", ""
    if journal.complete:
        return f"{counted(done, 'change')} {_are(done)} applied", "Each was read back from AWS.", "satisfied", "ok"
    if bad:
        lede = "What is applied stays and can be undone. Retry goes on from the failed step."
        return f"{done} of {counted(total, 'change')} {_are(done)} applied, {bad} failed", lede, "", ""
    return (
        f"Stopped: {done} of {counted(total, 'change')} {_are(done)} applied",
        "Retry goes on where it stopped.",
        "",
        "",
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


# Actions


def _actions(state: WizardState) -> tuple[Action, ...]:
    """What can be done in the footer. Undo is not among it: it stands by the journal, where no other button was."""
    journal = state.journal
    if state.busy and state.doing(Apply, Resume, UndoEffect):
        reason = "It stops after the step that is under way." if state.busy.stopping else ""
        return (Action("stop", "Stop after this step", "second", unavailable=reason, side="start"),)
    forget = (FORGET,) if state.face else ()
    if journal is None:
        return BACK, *forget, RETRY
    if state.failed and isinstance(state.failed.effect, UndoEffect) and not journal.undoes:
        return BACK, *forget, replace(RETRY, acts=False)  # it shows again what would be undone
    check = Action("check", "Check this role", "primary")
    if journal.complete and not journal.undoes:
        return BACK, *forget, check if journal.undoing or not applied(journal) else _to_proof(state)
    if journal.complete or (journal.undoing and not applied(journal)):
        return BACK, *forget, check
    return BACK, *forget, replace(RETRY, acts=not journal.undoing)


def _to_proof(state: WizardState) -> Action:
    if state.report is None:
        return Action("check", "Check this role", "primary")
    return Action("proof", "See the proof", "primary")


# Rows


def _rows(state: WizardState) -> tuple[Row, ...]:
    """A row for each change; while an undo runs, for each change that it undoes, from the first moment on."""
    journal, plan = state.journal, state.asked.plan if state.asked else None
    if state.doing(UndoEffect) and plan is not None:
        begun = {step.id: step for step in journal.steps} if journal and journal.undoes else {}
        return tuple(_row(begun.get(each.id, JournalStep(each.id)), each, state, undoes=True) for each in plan.changes)
    if journal is None:
        return ()
    undoes = bool(journal.undoes)
    return tuple(_row(journal.step(each.id), each, state, undoes=undoes) for each in journal.plan.changes)


def _row(step: JournalStep, change: Change, state: WizardState, *, undoes: bool) -> Row:
    icon, word, tone = (UNDOING if undoes else STEP).get(step.status, STEP[step.status])
    failed = step.status in _FAILED
    if step.status is StepStatus.IN_DOUBT and state.doing(Apply, Resume, UndoEffect):  # it is being resolved
        (icon, word, tone), failed = STEP[StepStatus.WAITING], False
    call = change.calls[0] if change.calls else None
    doing = f"{call.service}:{call.operation}" if call else ""
    return Row(
        id=change.id,
        icon=icon,
        title=change_blocks.removal(change) if undoes else change_blocks.title(change),
        word=word,
        tone=tone,
        fact="" if failed else _fact(step, doing),
        blocks=(_problem(step, doing, state),) if failed else (),
    )


def _fact(step: JournalStep, doing: str) -> str:
    if step.status is StepStatus.WORKING:
        return f"`{doing}`"
    if step.status is StepStatus.WAITING:
        return marked(step.detail) or "Written. AWS does not show it yet."
    if step.status is StepStatus.DONE:
        return marked(step.detail) or f"Read back at {clock(step.at)}." if step.at else "Read back."
    return marked(step.detail)


def _problem(step: JournalStep, doing: str, state: WizardState) -> Block:
    running = state.doing(Apply, Resume, UndoEffect)
    at = f", {clock(step.at)}" if step.at else ""
    over = (step.notes or {}).get("code") == "sign-in"
    mend = "Mend what AWS names, then retry; or sign in as somebody who may."
    remedy = {
        StepStatus.FAILED: "Sign in again; the run goes on from this step." if over else mend,
        StepStatus.DRIFTED: "Check the role again and make a new plan; nothing was written to it.",
        StepStatus.IN_DOUBT: "Retry reads what became of it before anything is written.",
    }[step.status]
    again = (Action("check", "Check again"),)
    buttons = () if running or over else (OTHER,) if step.status is StepStatus.FAILED else again
    return problem(f"{doing}{at}", step.detail or "no reason was given.", remedy, *buttons)
