"""Undo and go on: judge a journal, find its way back by reading, take it, and mark in the journal what is undone.

:func:`find_way_back` writes nothing, neither to AWS nor to a disk. :func:`take_back` writes what was found, and
:func:`mark_undone` is the one place where a journal learns what became of its undo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, live_states
from sm_ssh_widget.aws.session.backoff import Clock, SystemClock, never
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import SETTLED, Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.undo import CHANGED_BY_SOMEBODY, UndoPlan, inverse_plan, resource_of, was_applied
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

ALREADY = "It was as before already."
WROTE_NOTHING = "It wrote nothing."
_OF_THE_RUN = ("begun", "run", "instance", "attempt")


@dataclass(frozen=True)
class WayBack:
    """The way back of ``journal``.

    ``found`` is the journal with what reading told of its unsettled steps; ``unwritten`` are those that wrote nothing.
    """

    journal: Journal
    found: Journal
    undo: UndoPlan
    unwritten: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The inverse plan."""
        return self.undo.plan


def find_way_back(journal: Journal, acting: SignedIn, *, clock: Clock | None = None) -> WayBack:
    """Judge the journal, read what became of each step and what is there now, and plan the way back.

    Raises :class:`Problem`: the guard's reasons, before anything is read for it.
    """
    guard.check_journal(journal, account=acting.face.account, taking_back=True)
    engine.check_endpoint(journal, acting, "Undoing")
    found = engine.find_out(journal, acting.reader, clock or SystemClock())
    written = [change for change in found.changes if was_applied(found.step(change.id))]
    lost = [change for change in found.changes if _is_lost(found.step(change.id))]
    live = live_states(acting.reader, [*written, *lost])
    unwritten = tuple(each.id for each in lost if _is_as_before(each, live[resource_of(each)]))
    return WayBack(journal, found, inverse_plan(found, live), unwritten)


def take_back(
    way: WayBack,
    acting: SignedIn,
    directory: Path,
    *,
    observer: engine.Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
) -> Journal:
    """Apply the inverse plan; the journal of its undo is kept in ``directory``. Returns the journal that is undone.

    Raises :class:`Problem`: ``refused`` where another process wrote to the journal since it was read.
    """
    with files.JournalFile.hold(way.journal.path) as (file, kept):
        if kept != way.journal:
            said = "Another process wrote to the journal after it was read."
            raise Problem(f"Undoing {way.journal.path}", said, "Undo it again.", Code.REFUSED)
        if way.found != kept:
            file.write(way.found)
    back = None
    if not way.plan.empty:
        name = Path(way.journal.path).name
        back = engine.apply(
            way.plan, acting, directory=directory, observer=observer, stop=stop, clock=clock, undoes=name
        )
    return mark_undone(way.journal.path, back, way)


def mark_undone(path: str | Path, back: Journal | None, way: WayBack | None = None) -> Journal:
    """Mark in the journal at ``path`` what ``back``, the journal of its undo, took back, and what ``way`` left alone.

    Raises :class:`Problem` where the journal cannot be written: ``partly-applied`` once anything was undone.
    """
    with files.JournalFile.hold(path) as (file, kept):
        marked = _left_alone(kept, way) if way else kept
        for step in back.steps if back else ():
            marked = _after_undo(marked, step)
        if marked != kept:
            _write(file, marked)
    return replace(marked, undoing=True)


def _left_alone(journal: Journal, way: WayBack) -> Journal:
    for step_id in way.unwritten:
        journal = journal.marked(step_id, StepStatus.SKIPPED, WROTE_NOTHING)
    for step_id in way.undo.drifted:
        journal = journal.marked(step_id, StepStatus.DRIFTED, CHANGED_BY_SOMEBODY)
    for change in journal.plan.changes:
        if change.id in way.undo.already:
            journal = journal.marked(change.id, StepStatus.UNDONE, f"{ALREADY} {change.leaves}".strip())
    return journal


def _after_undo(journal: Journal, taken: JournalStep) -> Journal:
    """The journal with one step as the undo left it; what identifies what the step made stays in its notes."""
    step = journal.step(taken.id)
    if taken.status in (StepStatus.DONE, StepStatus.SKIPPED):
        (change,) = (each for each in journal.plan.changes if each.id == taken.id)
        return journal.marked(taken.id, StepStatus.UNDONE, change.leaves, at=taken.at)
    if taken.status is StepStatus.PENDING:
        return journal
    kept = {name: value for name, value in step.notes.items() if name in _OF_THE_RUN}
    return journal.marked(taken.id, taken.status, taken.detail, notes={**taken.notes, **kept})


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
    """Whether the step was under way and did not arrive: it may have left nothing behind."""
    return step.observed is None and step.status not in (StepStatus.PENDING, *SETTLED)


def _is_as_before(change: Change, now: Json) -> bool:
    return RESOURCE_KINDS[change.kind].unchanged(change.before, now)


def check_same_plan(shown: str, plan: Plan) -> None:
    """Raise :class:`Problem` (``refused``) where the undo is not the one with the digest ``shown``."""
    if shown != plan.digest:
        said = f"The undo differs from the one that was reviewed: its digest is {plan.digest}."
        raise Problem("Before undoing", said, "Review it again: sm-ssh-widget undo JOURNAL", Code.REFUSED)


def go_on(
    journal: Journal,
    acting: SignedIn,
    *,
    observer: engine.Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
) -> Journal:
    """Go on with a journal, if it is judged to be one of ours; the journal of an undo marks the one that it undoes.

    Raises :class:`Problem`: the guard's reasons, and ``invalid`` where the journal that it undoes is not beside it.
    """
    undone = files.load_journal(Path(journal.path).with_name(journal.undoes)) if journal.undoes else None

    def judge(held: Journal) -> None:
        guard.check_journal(held, account=acting.face.account, undone=undone)

    went_on = engine.resume(journal, acting, observer=observer, stop=stop, clock=clock, judge=judge)
    if undone:
        mark_undone(undone.path, went_on)
    return went_on
