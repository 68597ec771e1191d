"""Apply a reviewed plan: check for drift, write each change, and journal every step.

In this order: check the account; save the journal; allow exactly the plan's calls in the tripwire; read every
``before`` again and stop before the first write if any has drifted. Then for each step: save *working*, read its
``before`` once more, write, and read until AWS shows the change. A write without a usable response is never sent again
before its effect was read. The first step that fails ends the run; a journal can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying.change_runner import READ_BACKOFFS, ChangeRunner, Failure, StepRecorder
from sm_ssh_widget.aws.applying.instance_check import InstanceCheck
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, live_facts, read_live, unreadable
from sm_ssh_widget.aws.applying.session_check import refuse_other_preferences
from sm_ssh_widget.aws.session.backoff import WAIT_IN_DOUBT, WAIT_THROTTLED, Stopped, never
from sm_ssh_widget.aws.session.denial import parse_denial
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.session.retry import sent_once
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import SETTLED, SETTLED_UNDOING, Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.kinds import KINDS, reached
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.step_notes import StepNotes
from sm_ssh_widget.changes.undo import Resource, resource_of
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Fact, Known, Unknown
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any

_IN_FLIGHT = (StepStatus.WORKING, StepStatus.WAITING, StepStatus.IN_DOUBT)
DRIFTED = "Changed since the plan was created. Nothing was written to it."
ALREADY = "Already in place. This run did not write it, so undo leaves it unchanged."


class Observer(Protocol):
    """Observer of journal steps, called after each state is saved."""

    def step(self, journal: Journal, step: JournalStep) -> None:
        """Receive the step with its new status, and its journal."""


class NoObserver:
    """Observer that ignores every step."""

    def step(self, journal: Journal, step: JournalStep) -> None:
        """Ignore the step."""


def apply(
    plan: Plan,
    acting: SignedIn,
    *,
    directory: Path | None = None,
    observer: Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
    undoes: str = "",
) -> Journal:
    """Apply a reviewed plan, or with ``undoes`` (the file name of a journal) the inverse of one.

    Once the journal is saved, the returned journal records every result: see :func:`outcome`. Raises :class:`Problem`
    before anything is written: ``refused`` for another account, ``invalid`` if no journal can be saved. Raises it
    later only if the journal can no longer be written; then the next step is not started.
    """
    _check_account(plan, acting)
    if not undoes:
        refuse_other_preferences(plan, acting)
    timer = clock or current_clock()
    started = timer.now().isoformat(timespec="milliseconds")
    journal = Journal.begin(
        plan, acted_as=acting.face.arn, endpoint=acting.face.endpoint, started=started, undoes=undoes
    )
    with files.JournalFile.create(journal, directory or files.place()) as (file, placed):
        return _Run(file, placed, acting, observer or NoObserver(), timer, stop).finish(fresh=True)


def resume(
    journal: Journal,
    acting: SignedIn,
    *,
    observer: Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
    judge: Callable[[Journal], None] = lambda _: None,
) -> Journal:
    """Resume an interrupted run. Unsettled steps are decided by reading the live state.

    A step is done if the state equals its ``after``, written if it equals its ``before``, and drifted otherwise.
    ``judge`` is called with the journal on disk while it is locked, and raises to refuse it. Raises :class:`Problem`:
    ``refused`` for another account, another kind of endpoint, a journal in use or undone.
    """
    _check_account(journal.plan, acting)
    check_endpoint(journal, acting)
    if not journal.undoes:
        refuse_other_preferences(journal.plan, acting)
    with files.JournalFile.hold(journal.path) as (file, placed):
        check_same_journal(journal, placed)
        check_resumable(placed)
        judge(placed)
        return _Run(file, placed, acting, observer or NoObserver(), clock or current_clock(), stop).finish()


def check_same_journal(shown: Journal, placed: Journal) -> None:
    """Raise :class:`Problem` (``refused``) if the journal on disk has another plan than the reviewed one."""
    if (shown.plan.digest, shown.undoes) != (placed.plan.digest, placed.undoes):
        said = "The journal was replaced by another one after it was read."
        raise Problem(f"Reading the journal {placed.path}", said, "Review it again.", Code.REFUSED)


def check_endpoint(journal: Journal, acting: SignedIn, doing: str = "Resuming") -> None:
    """Raise :class:`Problem` (``refused``) for a session at a custom endpoint and a journal of AWS, or the reverse."""
    if bool(journal.endpoint) != bool(acting.face.endpoint):
        started_at, signed_in_at = journal.endpoint or "AWS", acting.face.endpoint or "AWS"
        said = f"The run started at {started_at}, but this session uses {signed_in_at}."
        raise Problem(f"{doing} {journal.path}", said, "Sign in at the endpoint where the run started.", Code.REFUSED)


def check_resumable(journal: Journal) -> None:
    """Raise :class:`Problem` (``refused``) for a journal that was undone, even in part."""
    if journal.resumable:
        return
    undone = sum(step.status is StepStatus.UNDONE for step in journal.steps)
    whole = all(step.status in SETTLED_UNDOING for step in journal.steps)
    remedy = "Create a new plan: sm-ssh-widget plan --out FILE"
    changes = counted(len(journal.steps), "change")
    raise Problem(
        f"Resuming {journal.path}",
        f"{undone} of {changes} of this run were undone. An undone run cannot be resumed.",
        remedy if whole else f"Undo the rest: sm-ssh-widget undo {journal.path}. {remedy}",
        Code.REFUSED,
    )


def resolve_in_flight(journal: Journal, reader: Reader, clock: Clock) -> Journal:
    """Resolve the in-flight step by reading its live state, so that the run can be undone.

    A step whose ``after`` AWS shows is done. Nothing is written, neither to AWS nor to disk.
    """
    known = journal
    for change in journal.changes:
        step = journal.step(change.id)
        if _begun(step) and (found := _found_result(change, reader, clock, patient=step.status in _IN_FLIGHT)):
            known = known.marked(change.id, StepStatus.DONE, "Confirmed: the change is in place.", observed=found.value)
    return known


def outcome(journal: Journal) -> Code | None:
    """Return the result of a run: ``None`` when complete, else the code that decides the exit code."""
    if journal.complete:
        return None
    statuses = {step.status for step in journal.steps}
    if not statuses & {StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT}:
        return Code.STOPPED
    notes = next((step.notes for step in journal.steps if step.status is StepStatus.FAILED), StepNotes())
    if _partly(statuses, undoing=journal.undoing) or (notes.get("stays") and not journal.undoing):
        return Code.PARTLY_APPLIED
    if StepStatus.DRIFTED in statuses:
        return Code.DRIFTED
    return Code(notes.get("code", Code.AWS_REFUSED))


def _partly(statuses: set[StepStatus], *, undoing: bool) -> bool:
    """Whether some changes were made and some not. When undoing, *done* is a change that was not undone.

    An undo that skips changed resources and undoes the rest is not partial: it has drifted.
    """
    if not undoing:
        return bool(statuses & {StepStatus.DONE, StepStatus.IN_DOUBT})
    cut_short = StepStatus.UNDONE in statuses and bool(statuses & {StepStatus.DONE, StepStatus.FAILED})
    return cut_short or StepStatus.IN_DOUBT in statuses


def _sent(step: JournalStep) -> bool:
    """Whether the run might have sent a write for the step."""
    return bool(step.notes.get("begun")) and step.status is not StepStatus.SKIPPED


def _begun(step: JournalStep) -> bool:
    """Whether the run might have sent a write for the step, with unknown result."""
    return step.status not in SETTLED and _sent(step)


def _check_account(plan: Plan, acting: SignedIn) -> None:
    if acting.face.account != plan.account:
        face = acting.face
        said = f"The plan is for account {plan.account}, but {face.arn} belongs to account {face.account}."
        raise Problem("Checking the plan", said, f"Sign in to account {plan.account}.", Code.REFUSED)


def _found_result(change: Change, reader: Reader, clock: Clock, *, patient: bool) -> Known[Json] | None:
    """The live state if it is a result of the change. ``patient`` waits for a write that was sent a moment ago."""
    for _ in chain((0.0,), WAIT_IN_DOUBT.pauses(clock, never) if patient else ()):
        live = read_live(reader, change)
        if isinstance(live, Known) and reached(change, live.value):
            return live
    return None


@dataclass
class _Run:
    """One run of a journal."""

    file: files.JournalFile
    journal: Journal
    acting: SignedIn
    observer: Observer
    clock: Clock
    stop: Callable[[], bool]
    uses: dict[str, Fact[str]] = field(default_factory=dict)

    def mark(
        self, change: Change, status: StepStatus, detail: str = "", notes: StepNotes | None = None, **fields: Json
    ) -> None:
        """Save a step's new status, then notify the observer. ``notes`` are added to those that it has.

        A step that was *working* once stays marked as begun.
        """
        held: StepNotes = {**self.journal.step(change.id).notes, **(notes or {})}
        if status is StepStatus.WORKING:
            held["begun"] = True
        at = self.clock.now().isoformat(timespec="milliseconds")
        self._write(self.journal.marked(change.id, status, detail, at=at, notes=held, **fields))
        self.observer.step(self.journal, self.journal.step(change.id))

    def _write(self, journal: Journal) -> None:
        """Save the journal; raises :class:`Problem`: ``partly-applied`` once a write might have been sent."""
        try:
            self.file.write(journal)
        except Problem as problem:
            raise problem if not any(map(_sent, self.journal.steps)) else self._cut_off(problem) from problem
        self.journal = journal

    def _cut_off(self, problem: Problem) -> Problem:
        begun = sum(map(_sent, self.journal.steps))
        path, undoes = self.file.path, self.journal.undoes
        back = path.with_name(undoes) if undoes else path
        said = (
            f"{problem.said} {begun} of {counted(len(self.journal.steps), 'change')} were started. The journal {path} "
            "records them up to the last one."
        )
        verb = "undo the rest" if undoes else "undo"
        remedy = f"Free space on the disk, or make the directory writable, then {verb}: sm-ssh-widget undo {back}"
        return Problem(problem.where, said, remedy, Code.PARTLY_APPLIED)

    def _fail(self, change: Change, status: StepStatus, problem: Problem, *, stays: bool = False) -> None:
        notes: StepNotes = {"code": problem.code.value, "stays": stays}
        if problem.remedy:
            notes["next"] = problem.remedy
        denial = parse_denial(problem.said)
        if denial and denial.another_may:
            notes["denied"] = denial.action
        self.mark(change, status, f"{problem.said} {problem.remedy}", notes=notes)

    def _unchanged(self) -> bool:
        """Read every ``before`` again, in parallel. Returns whether all are as planned; marks the others."""
        changes = self.journal.changes
        try:
            now = self._read_all(changes)
        except Failure as failure:
            self._fail(changes[0], failure.status, failure.problem)
            return False
        last = {resource_of(change): change for change in changes}
        if not any(self._always_runs(change) for change in changes) and all(
            KINDS[change.kind].same(change.after, now[key]) for key, change in last.items()
        ):
            for change in changes:
                self.mark(change, StepStatus.SKIPPED, ALREADY)
            return False
        first = {resource_of(change): change.id for change in reversed(changes)}
        drifted = [
            change
            for change in changes
            if first[resource_of(change)] == change.id
            and not self._always_runs(change)
            and not self._as_planned(change, now[resource_of(change)])
        ]
        for change in drifted:
            self.mark(change, StepStatus.DRIFTED, DRIFTED)
        return not drifted

    def _read_all(self, changes: tuple[Change, ...]) -> dict[Resource, Json]:
        """Read every live state, with retries for throttling and network errors. Raises :class:`Failure`."""
        try:
            with sent_once():
                facts = live_facts(self.acting.reader, changes)
                for _ in WAIT_THROTTLED.pauses(self.clock, self.stop):
                    if not any(isinstance(f, Unknown) and f.reason in READ_BACKOFFS for f in facts.values()):
                        break
                    facts = live_facts(self.acting.reader, changes)
        except Problem as problem:
            raise Failure(StepStatus.FAILED, problem) from None
        for change in changes:
            if isinstance(fact := facts[resource_of(change)], Unknown):
                raise Failure(StepStatus.FAILED, unreadable(fact, change))
        return {key: fact.value for key, fact in facts.items() if isinstance(fact, Known)}

    @staticmethod
    def _always_runs(change: Change) -> bool:
        """Whether the change runs whatever exists. Removing what an earlier run left is an ordinary change."""
        return KINDS[change.kind].per_run and change.after is not None

    @staticmethod
    def _as_planned(change: Change, now: Json) -> bool:
        state = RESOURCE_KINDS[change.kind]
        return state.unchanged(change.before, now) and state.settled(now)

    def finish(self, *, fresh: bool = False) -> Journal:
        """Apply the unsettled changes in order, until one fails or a stop is requested."""
        try:
            if not fresh or self._unchanged():
                calls = (call for change in self.journal.plan.changes for call in change.calls)
                self.acting.tripwire.allow(calls, self.journal.plan.region)
                self._apply_all()
        except Stopped:
            pass  # the step that waits is on disk as waiting
        finally:
            self.acting.tripwire.disallow()
        return self.journal

    def _apply_all(self) -> None:
        for change in self.journal.changes:
            if self.journal.step(change.id).status in SETTLED:
                continue
            if self.stop() or not (self._apply_change(change) or self._skipped_by_undo(change)):
                return

    def _skipped_by_undo(self, change: Change) -> bool:
        """Whether undo skips this step because its resource was changed, and continues."""
        return bool(self.journal.undoes) and self.journal.step(change.id).status is StepStatus.DRIFTED

    def _apply_change(self, change: Change) -> bool:
        """Apply one change. Returns whether its step is settled."""
        begun = _begun(self.journal.step(change.id))
        runner = self._runner_for(change)
        try:
            with sent_once():
                observed, wrote = runner.run()
        except Failure as failure:
            self._fail(change, failure.status, failure.problem, stays=failure.stays)
            return False
        if wrote or begun:
            self.mark(change, StepStatus.DONE, runner.detail, observed=observed)
        else:
            self.mark(change, StepStatus.SKIPPED, ALREADY)
        return True

    def _runner_for(self, change: Change) -> ChangeRunner:
        common = {"acting": self.acting, "clock": self.clock, "stop": self.stop, "mark": self._recorder_for(change)}
        where = {"region": self.journal.plan.region, "uses": self.uses}
        about: dict[str, Json] = {"change": change, "expected": self._expected(change), **where, **common}
        if not self._always_runs(change):
            return ChangeRunner(**about)
        return InstanceCheck(**about, notes=self.journal.step(change.id).notes.copy())

    def _recorder_for(self, change: Change) -> StepRecorder:
        return partial(self.mark, change)

    def _expected(self, change: Change) -> tuple[Json, ...]:
        """The states expected before the write: first the required one, then those that a stale read can show."""
        states = [change.before]
        for other in self.journal.changes:
            if other.id == change.id:
                break
            step = self.journal.step(other.id)
            if resource_of(other) == resource_of(change) and step.status is StepStatus.DONE:
                states = [step.observed, other.before, *states[1:]]
        return tuple(states)
