"""Undo a run, and resume one: check the journal, read the live state, apply, and mark the undone steps.

:func:`prepare_undo` writes nothing, neither to AWS nor to disk. :func:`run_undo` applies the result.
:func:`mark_undone` is the only place that marks a journal as undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, live_states
from sm_ssh_widget.aws.session.backoff import never
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import SETTLED, Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.step_notes import StepNotes, run_notes
from sm_ssh_widget.changes.undo import CHANGED_SINCE, UndoPlan, inverse_plan, resource_of, was_applied
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

ALREADY = "Already in its previous state."
WROTE_NOTHING = "Nothing was written."


@dataclass(frozen=True)
class PreparedUndo:
    """The undo of ``journal``, planned from the live state.

    ``resolved`` is the journal with its in-flight steps decided by reading; ``unwritten`` are the steps that wrote
    nothing.
    """

    journal: Journal
    resolved: Journal
    undo: UndoPlan
    unwritten: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The inverse plan."""
        return self.undo.plan


def prepare_undo(journal: Journal, acting: SignedIn, *, clock: Clock | None = None) -> PreparedUndo:
    """Check the journal, read the live state of each step, and plan the undo.

    Raises :class:`Problem` with the guard's reasons, before anything is read.
    """
    guard.check_journal(journal, account=acting.face.account, undoing=True)
    engine.check_endpoint(journal, acting, "Undoing")
    resolved = engine.resolve_in_flight(journal, acting.reader, clock or current_clock())
    written = [change for change in resolved.changes if was_applied(resolved.step(change.id))]
    lost = [change for change in resolved.changes if _is_lost(resolved.step(change.id))]
    live = live_states(acting.reader, [*written, *lost])
    unwritten = tuple(each.id for each in lost if _is_as_before(each, live[resource_of(each)]))
    return PreparedUndo(journal, resolved, inverse_plan(resolved, live), unwritten)


def run_undo(
    prepared: PreparedUndo,
    acting: SignedIn,
    directory: Path,
    *,
    observer: engine.Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
) -> Journal:
    """Apply the inverse plan; its own journal is saved in ``directory``. Returns the journal that is undone.

    Raises :class:`Problem`: ``refused`` if another process wrote to the journal since it was read.
    """
    with files.JournalFile.hold(prepared.journal.path) as (file, kept):
        if kept != prepared.journal:
            said = "Another process wrote to the journal after it was read."
            raise Problem(f"Undoing {prepared.journal.path}", said, "Undo it again.", Code.REFUSED)
        if prepared.resolved != kept:
            file.write(prepared.resolved)
    undo = None
    if not prepared.plan.empty:
        name = Path(prepared.journal.path).name
        undo = engine.apply(
            prepared.plan, acting, directory=directory, observer=observer, stop=stop, clock=clock, undoes=name
        )
    return mark_undone(prepared.journal.path, undo, prepared)


def mark_undone(path: str | Path, undo: Journal | None, prepared: PreparedUndo | None = None) -> Journal:
    """Mark in the journal at ``path`` the steps that ``undo``, the journal of its undo, undid or ``prepared`` skipped.

    Raises :class:`Problem` if the journal cannot be written: ``partly-applied`` once anything was undone.
    """
    with files.JournalFile.hold(path) as (file, kept):
        marked = _skipped(kept, prepared) if prepared else kept
        for step in undo.steps if undo else ():
            marked = _after_undo(marked, step)
        if marked != kept:
            _write(file, marked)
    return replace(marked, undoing=True)


def _skipped(journal: Journal, prepared: PreparedUndo) -> Journal:
    for step_id in prepared.unwritten:
        journal = journal.marked(step_id, StepStatus.SKIPPED, WROTE_NOTHING)
    for step_id in prepared.undo.drifted:
        journal = journal.marked(step_id, StepStatus.DRIFTED, CHANGED_SINCE)
    for change in journal.plan.changes:
        if change.id in prepared.undo.already:
            journal = journal.marked(change.id, StepStatus.UNDONE, f"{ALREADY} {change.leaves}".strip())
    return journal


def _after_undo(journal: Journal, undone: JournalStep) -> Journal:
    """The journal with one step after its undo. The notes that identify what the step created stay."""
    step = journal.step(undone.id)
    if undone.status in (StepStatus.DONE, StepStatus.SKIPPED):
        (change,) = (each for each in journal.plan.changes if each.id == undone.id)
        return journal.marked(undone.id, StepStatus.UNDONE, change.leaves, at=undone.at)
    if undone.status is StepStatus.PENDING:
        return journal
    notes: StepNotes = {**undone.notes, **run_notes(step.notes)}
    return journal.marked(undone.id, undone.status, undone.detail, notes=notes)


def _write(file: files.JournalFile, journal: Journal) -> None:
    try:
        file.write(journal)
    except Problem as problem:
        undone = sum(step.status is StepStatus.UNDONE for step in journal.steps)
        said = f"{problem.said} {undone} of {len(journal.steps)} changes were undone; the journal does not record it."
        verb = f"sm-ssh-widget undo {file.path}"
        remedy = f"Free space on the disk, or make the directory writable, then undo the rest: {verb}"
        raise Problem(problem.where, said, remedy, Code.PARTLY_APPLIED) from problem


def _is_lost(step: JournalStep) -> bool:
    """Whether the step was in flight and its write is not visible: it might have written nothing."""
    return step.observed is None and step.status not in (StepStatus.PENDING, *SETTLED)


def _is_as_before(change: Change, now: Json) -> bool:
    return RESOURCE_KINDS[change.kind].unchanged(change.before, now)


def check_same_plan(shown: str, plan: Plan) -> None:
    """Raise :class:`Problem` (``refused``) unless the undo has the digest ``shown``."""
    if shown != plan.digest:
        said = f"The undo differs from the reviewed one. Its digest is {plan.digest}."
        raise Problem("Checking the undo", said, "Review it again: sm-ssh-widget undo JOURNAL", Code.REFUSED)


def resume_run(
    journal: Journal,
    acting: SignedIn,
    *,
    observer: engine.Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
) -> Journal:
    """Resume a run if the guard accepts its journal. The journal of an undo marks the one that it undoes.

    Raises :class:`Problem` with the guard's reasons, and ``invalid`` if the journal that it undoes is not beside it.
    """
    undone = files.load_journal(Path(journal.path).with_name(journal.undoes)) if journal.undoes else None

    def judge(held: Journal) -> None:
        guard.check_journal(held, account=acting.face.account, undone=undone)

    resumed = engine.resume(journal, acting, observer=observer, stop=stop, clock=clock, judge=judge)
    if undone:
        mark_undone(undone.path, resumed)
    return resumed
