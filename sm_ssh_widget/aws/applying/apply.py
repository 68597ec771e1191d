"""Apply: write what the reviewed plan lists, if the world still equals its ``before``, and leave the truth on disk.

In this order: the account is the plan's; the journal is on disk; the tripwire lets exactly the plan's calls pass; every
``before`` is read again, and any drift ends it before the first write. Then, step by step: *working* on disk, the
step's own ``before`` once more, the write, and reading until AWS shows what was written. A write whose connection was
cut is never sent again before its effect was looked for. The first step that fails ends it; a journal can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying.change_runner import READ_BACKOFFS, ChangeRunner, Failure, StepRecorder
from sm_ssh_widget.aws.applying.instance_check import InstanceCheck
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, ResourceKind, live_facts, read_live, unreadable
from sm_ssh_widget.aws.session.backoff import WAIT_IN_DOUBT, WAIT_THROTTLED, Clock, Stopped, SystemClock, never
from sm_ssh_widget.aws.session.denial import parse_denial
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import SETTLED, SETTLED_UNDOING, Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.undo import Resource, resource_of
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Fact, Known, Unknown

Json: TypeAlias = Any

_IN_FLIGHT = (StepStatus.WORKING, StepStatus.WAITING, StepStatus.IN_DOUBT)
DRIFTED = "It is not as it was when the plan was made; nothing was written to it."
ALREADY = "It was so already; this journal did not write it, and undo leaves it."


class Observer(Protocol):
    """Is told of every move of every step, after it is on disk."""

    def step(self, journal: Journal, step: JournalStep) -> None:
        """One step moved on."""


class Silent:
    """Tells nobody."""

    def step(self, journal: Journal, step: JournalStep) -> None:
        """Nothing is told."""


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

    Whatever happens once the journal is on disk is told by the journal that is returned: see :func:`outcome`.
    Raises :class:`Problem` before anything is written: ``refused`` for another account, ``invalid`` where no journal
    can be kept; and later only where the journal can no longer be written (the next step is then not begun).
    """
    _check_account(plan, acting)
    timer = clock or SystemClock()
    started = timer.now().isoformat(timespec="milliseconds")
    journal = Journal.begin(
        plan, acted_as=acting.face.arn, endpoint=acting.face.endpoint, started=started, undoes=undoes
    )
    with files.JournalFile.create(journal, directory or files.place()) as (file, placed):
        return _Run(file, placed, acting, observer or Silent(), timer, stop).finish(fresh=True)


def resume(
    journal: Journal,
    acting: SignedIn,
    *,
    observer: Observer | None = None,
    clock: Clock | None = None,
    stop: Callable[[], bool] = never,
    judge: Callable[[Journal], None] = lambda _: None,
) -> Journal:
    """Go on with a journal that was left at any point: every step that is not settled is judged by what is there.

    What equals its ``after`` is done, what equals its ``before`` is written, anything else has drifted. ``judge`` is
    called with the journal as it is on disk, once no other process can write to it, and raises where nothing may go on.
    Raises :class:`Problem`: ``refused`` for another account, another kind of endpoint, a journal in use or undone.
    """
    _check_account(journal.plan, acting)
    check_endpoint(journal, acting)
    with files.JournalFile.hold(journal.path) as (file, placed):
        check_same(journal, placed)
        check_resumable(placed)
        judge(placed)
        return _Run(file, placed, acting, observer or Silent(), clock or SystemClock(), stop).finish()


def check_same(shown: Journal, placed: Journal) -> None:
    """Raise :class:`Problem` (``refused``) where the journal on disk has another plan than the one that was shown."""
    if (shown.plan.digest, shown.undoes) != (placed.plan.digest, placed.undoes):
        said = "The journal was replaced by another one after it was read."
        raise Problem(f"Reading the journal {placed.path}", said, "Review it again.", Code.REFUSED)


def check_endpoint(journal: Journal, acting: SignedIn, doing: str = "Resuming") -> None:
    """Raise :class:`Problem` (``refused``) for a session at a custom endpoint and a journal of AWS, or the reverse."""
    if bool(journal.endpoint) != bool(acting.face.endpoint):
        said = f"it was begun at {journal.endpoint or 'AWS'}, and this session is at {acting.face.endpoint or 'AWS'}."
        raise Problem(f"{doing} {journal.path}", said, "Sign in where it was begun.", Code.REFUSED)


def check_resumable(journal: Journal) -> None:
    """Raise :class:`Problem` (``refused``) for a journal that was undone, if only in part: nothing goes on in it."""
    if journal.resumable:
        return
    undone = sum(step.status is StepStatus.UNDONE for step in journal.steps)
    whole = all(step.status in SETTLED_UNDOING for step in journal.steps)
    remedy = "Plan what is missing now: sm-ssh-widget plan --out plan.json"
    raise Problem(
        f"Resuming {journal.path}",
        f"it was undone ({undone} of {len(journal.steps)} steps), and nothing is applied again that was taken back.",
        remedy if whole else f"Take back the rest: sm-ssh-widget undo {journal.path}. {remedy}",
        Code.REFUSED,
    )


def find_out(journal: Journal, reader: Reader, clock: Clock) -> Journal:
    """The journal with what reading tells of its unsettled steps: one whose ``after`` is there is done.

    So an unfinished journal can be undone. Nothing is written, neither to AWS nor to a disk.
    """
    known = journal
    for change in journal.changes:
        step = journal.step(change.id)
        if _begun(step) and (found := _arrived(change, reader, clock, patient=step.status in _IN_FLIGHT)):
            known = known.marked(change.id, StepStatus.DONE, "Found done.", observed=found.value)
    return known


def outcome(journal: Journal) -> Code | None:
    """What the journal comes to: ``None`` when complete, else the code that decides the exit code."""
    if journal.complete:
        return None
    statuses = {step.status for step in journal.steps}
    if not statuses & {StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT}:
        return Code.STOPPED
    notes = next((step.notes for step in journal.steps if step.status is StepStatus.FAILED), {})
    if _partly(statuses, undoing=journal.undoing) or (notes.get("stays") and not journal.undoing):
        return Code.PARTLY_APPLIED
    if StepStatus.DRIFTED in statuses:
        return Code.DRIFTED
    return Code(notes.get("code", Code.AWS_REFUSED))


def _partly(statuses: set[StepStatus], *, undoing: bool) -> bool:
    """Whether some of it was done and some not; when undoing, *done* is what was not taken back.

    An undo that leaves alone what somebody changed, and takes back the rest, is not cut short: it has drifted.
    """
    if not undoing:
        return bool(statuses & {StepStatus.DONE, StepStatus.IN_DOUBT})
    cut_short = StepStatus.UNDONE in statuses and bool(statuses & {StepStatus.DONE, StepStatus.FAILED})
    return cut_short or StepStatus.IN_DOUBT in statuses


def _sent(step: JournalStep) -> bool:
    """Whether a write of this journal may have been sent for the step."""
    return bool(step.notes.get("begun")) and step.status is not StepStatus.SKIPPED


def _begun(step: JournalStep) -> bool:
    """Whether a write of this journal may have been sent for the step, and what became of it is not known."""
    return step.status not in SETTLED and _sent(step)


def _check_account(plan: Plan, acting: SignedIn) -> None:
    if acting.face.account != plan.account:
        said = f"The plan is for account {plan.account}, and {acting.face.arn} is in account {acting.face.account}."
        raise Problem("Before applying", said, f"Sign in to account {plan.account}.", Code.REFUSED)


def _arrived(change: Change, reader: Reader, clock: Clock, *, patient: bool) -> Known[Json] | None:
    """The state where it equals ``after``; what may have been written a moment ago is given a moment to appear."""
    state = RESOURCE_KINDS[change.kind]
    for _ in chain((0.0,), WAIT_IN_DOUBT.pauses(clock, never) if patient else ()):
        found = read_live(reader, change)
        if isinstance(found, Known) and (state.reached(change.after, found.value) or _left(state, found.value)):
            return found
    return None


def _left(state: ResourceKind, found: Json) -> bool:
    """Whether this is what an errand left behind that was cut short: it can be taken away."""
    return state.always_run and found is not None


@dataclass
class _Run:
    """One go at a journal."""

    file: files.JournalFile
    journal: Journal
    acting: SignedIn
    observer: Observer
    clock: Clock
    stop: Callable[[], bool]
    uses: dict[str, Fact[str]] = field(default_factory=dict)

    def mark(self, change: Change, status: StepStatus, detail: str = "", **fields: Json) -> None:
        """Move a step on: on disk first, then told. A step that was *working* once stays marked as begun."""
        notes = dict(self.journal.step(change.id).notes)
        notes |= {"begun": True} if status is StepStatus.WORKING else {}
        notes |= fields.pop("add", {})
        at = self.clock.now().isoformat(timespec="milliseconds")
        self._write(self.journal.marked(change.id, status, detail, **{"at": at, "notes": notes} | fields))
        self.observer.step(self.journal, self.journal.step(change.id))

    def _write(self, journal: Journal) -> None:
        """Put the journal on disk; raises :class:`Problem`: ``partly-applied`` once a write may have been sent."""
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
            f"{problem.said} {begun} of {len(self.journal.steps)} changes were begun. The journal {path} "
            "records them up to the last one."
        )
        verb = "undo the rest" if undoes else "undo"
        remedy = f"Free space on the disk, or make the directory writable, then {verb}: sm-ssh-widget undo {back}"
        return Problem(problem.where, said, remedy, Code.PARTLY_APPLIED)

    def _fail(self, change: Change, status: StepStatus, problem: Problem, *, stays: bool = False) -> None:
        notes = {**self.journal.step(change.id).notes, "code": problem.code.value, "stays": stays}
        notes |= {"next": problem.remedy} if problem.remedy else {}
        denial = parse_denial(problem.said)
        notes |= {"denied": denial.action} if denial and denial.another_may else {}
        self.mark(change, status, f"{problem.said} {problem.remedy}", notes=notes)

    def _unchanged(self) -> bool:
        """Read every ``before`` again, side by side; whether all are as planned. What is not is marked."""
        changes = self.journal.changes
        try:
            now = self._read_all(changes)
        except Failure as failure:
            self._fail(changes[0], failure.status, failure.problem)
            return False
        last = {resource_of(change): change for change in changes}
        if not any(self._is_errand(change) for change in changes) and all(
            RESOURCE_KINDS[change.kind].reached(change.after, now[key]) for key, change in last.items()
        ):
            for change in changes:
                self.mark(change, StepStatus.SKIPPED, ALREADY)
            return False
        first = {resource_of(change): change.id for change in reversed(changes)}
        drifted = [
            change
            for change in changes
            if first[resource_of(change)] == change.id
            and not self._is_errand(change)
            and not self._as_planned(change, now[resource_of(change)])
        ]
        for change in drifted:
            self.mark(change, StepStatus.DRIFTED, DRIFTED)
        return not drifted

    def _read_all(self, changes: tuple[Change, ...]) -> dict[Resource, Json]:
        """Every live state; what AWS throttles, and what is cut, is asked for again. Raises :class:`Failure`."""
        try:
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
    def _is_errand(change: Change) -> bool:
        """Whether it is done anew each time; taking away what one left behind is a change like any other."""
        return RESOURCE_KINDS[change.kind].always_run and change.after is not None

    @staticmethod
    def _as_planned(change: Change, now: Json) -> bool:
        state = RESOURCE_KINDS[change.kind]
        return state.unchanged(change.before, now) and state.settled(now)

    def finish(self, *, fresh: bool = False) -> Journal:
        """Carry out what is not settled, in order, until one fails or somebody stops it."""
        try:
            if not fresh or self._unchanged():
                calls = (call for change in self.journal.plan.changes for call in change.calls)
                self.acting.tripwire.allow(calls, self.journal.plan.region)
                self._carry_out_all()
        except Stopped:
            pass  # the step that waits is on disk as waiting
        finally:
            self.acting.tripwire.disallow()
        return self.journal

    def _carry_out_all(self) -> None:
        for change in self.journal.changes:
            if self.journal.step(change.id).status in SETTLED:
                continue
            if self.stop() or not (self._carry_out(change) or self._left_alone(change)):
                return

    def _left_alone(self, change: Change) -> bool:
        """Whether an undo goes on without the step: somebody else's is left as it is, and the rest is taken back."""
        return bool(self.journal.undoes) and self.journal.step(change.id).status is StepStatus.DRIFTED

    def _carry_out(self, change: Change) -> bool:
        """Whether the step is settled now."""
        begun = _begun(self.journal.step(change.id))
        runner = self._carrier(change)
        try:
            observed, wrote = runner.run()
        except Failure as failure:
            self._fail(change, failure.status, failure.problem, stays=failure.stays)
            return False
        if wrote or begun:
            self.mark(change, StepStatus.DONE, runner.detail, observed=observed)
        else:
            self.mark(change, StepStatus.SKIPPED, ALREADY)
        return True

    def _carrier(self, change: Change) -> ChangeRunner:
        common = {"acting": self.acting, "clock": self.clock, "stop": self.stop, "mark": self._marker(change)}
        about: dict[str, Json] = {"change": change, "expected": self._expected(change), "uses": self.uses, **common}
        if not self._is_errand(change):
            return ChangeRunner(**about)
        return InstanceCheck(**about, notes=dict(self.journal.step(change.id).notes))

    def _marker(self, change: Change) -> StepRecorder:
        return lambda status, detail, /, **notes: self.mark(change, status, detail, **({"add": notes} if notes else {}))

    def _expected(self, change: Change) -> tuple[Json, ...]:
        """What may be there before the write: first what has to be, then what a slow read may still show."""
        states = [change.before]
        for other in self.journal.changes:
            if other.id == change.id:
                break
            step = self.journal.step(other.id)
            if resource_of(other) == resource_of(change) and step.status is StepStatus.DONE:
                states = [step.observed, other.before, *states[1:]]
        return tuple(states)
