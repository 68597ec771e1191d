"""Screen 5: a plan being applied, gone on with, or taken back."""

from __future__ import annotations

from datetime import datetime

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.labels import BACK, FORGET, STEP, clock, counted, cut, marked, plain, problem
from sm_ssh_widget.wizard.screens.permission import applied, minutes, short
from sm_ssh_widget.wizard.state import Apply, Resume, UndoEffect, WizardState
from sm_ssh_widget.wizard.view import Action, Block, Fact, Facts, Note, Row, Rows, Skeleton, Tone, View

_FAILED = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT)
_LEFT = "What somebody changed since is left as it is."
OTHER = Action("other-identity", "Sign in as somebody else")


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
    if journal:
        rows = tuple(_row(journal, change, state) for change in journal.plan.changes)
        blocks.append(Rows("Steps", rows, ordered=True))
    elif running:
        blocks.append(Skeleton("Reading the state once more before the first write", 3))
    if running:
        text = (
            "Closing this page loses nothing. The journal holds what was done; the wizard offers to go on or to undo."
        )
        blocks.append(Note("", text))
    elif journal and journal.path:
        blocks.append(Facts((Fact("Journal", f"`{plain(journal.path)}`", "It holds no secret."),)))
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
        verb = "Taking back" if _undoing(state) else "Applying"
        total = len(journal.steps) if journal else len(state.plan.changes) if state.plan else 0
        lede = (
            "Stopping after the step that is under way."
            if state.busy.stopping
            else "The notebook stays free; other cells run as usual."
        )
        return f"{verb} {counted(total, 'change')}", lede, "", ""
    if journal is None:
        return "Nothing was written", "The plan is as it was; it can be applied again.", "", ""
    return _ended(journal)


def _ended(journal: Journal) -> tuple[str, str, str, Tone]:
    total = len(journal.steps)
    number = {status: sum(step.status is status for step in journal.steps) for status in StepStatus}
    done, undone, bad = number[StepStatus.DONE], number[StepStatus.UNDONE], sum(number[status] for status in _FAILED)
    if journal.complete and (journal.undoing or undone):
        lede = "What this run changed is as it was before."
        return f"{counted(undone, 'change')} {_are(undone)} undone", lede, "undone", "ok"
    if journal.undoing:
        cut_short = number[StepStatus.FAILED] + number[StepStatus.IN_DOUBT]
        lede = "The rest stays applied until Retry takes it back." if cut_short else _LEFT
        return f"{undone} of {counted(total, 'change')} are undone", lede, "", ""
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
    journal = state.journal
    if state.busy and state.doing(Apply, Resume, UndoEffect):
        reason = "It stops after the step that is under way." if state.busy.stopping else ""
        return (Action("stop", "Stop after this step", "primary", unavailable=reason),)
    forget = (FORGET,) if state.face else ()
    if journal is None:
        return BACK, *forget, Action("retry", "Retry", "primary")
    done = applied(state)
    undo = (Action("undo", f"Undo {counted(done, 'change')}", "second", icon="undone"),) if done else ()
    if journal.complete:
        taken_back = journal.undoing or not done
        primary = Action("check", "Check this role", "primary")
        return BACK, *forget, *undo, primary if taken_back else _to_proof(state)
    if journal.undoing and not done:
        return BACK, *forget, Action("check", "Check this role", "primary")
    if journal.undoing:
        return BACK, *forget, Action("retry", "Retry", "primary")
    return BACK, *forget, *undo, Action("retry", "Retry", "primary")


def _to_proof(state: WizardState) -> Action:
    if state.report is None:
        return Action("check", "Check this role", "primary")
    return Action("proof", "See the proof", "primary")


# Rows


def _row(journal: Journal, change: Change, state: WizardState) -> Row:
    step = journal.step(change.id)
    icon, word, tone = STEP[step.status]
    failed = step.status in _FAILED
    if step.status is StepStatus.IN_DOUBT and state.doing(Apply, Resume, UndoEffect):  # it is being resolved
        (icon, word, tone), failed = STEP[StepStatus.WAITING], False
    call = change.calls[0] if change.calls else None
    doing = f"{call.service}:{call.operation}" if call else ""
    return Row(
        id=change.id,
        icon=icon,
        title=change_blocks.title(change) if not journal.undoes else f"Take back: {_forward_title(change)}",
        word=word,
        tone=tone,
        fact="" if failed else _fact(step, doing),
        blocks=(_problem(step, doing, state),) if failed else (),
    )


def _forward_title(change: Change) -> str:
    names = change.resource
    return names.get("policy") or names.get("policy_arn", "").rpartition("/")[2] or change.id


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
