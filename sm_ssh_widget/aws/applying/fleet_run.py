"""Apply, resume and undo a fleet plan, member by member, each with an ordinary journal.

In this order: the canaries, the person and the Regions, a check of the canaries, the other roles. Each member reads its
``before`` states again before its first write, under a tripwire that lets only its own calls pass; a member that has
drifted is left as it is. The index of the run is written before and after each member, so that a run that was killed
anywhere is resumed and undone by its journals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.applying import undoing
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, live_states
from sm_ssh_widget.aws.observation.acting_identity import refuse_denied
from sm_ssh_widget.aws.session.backoff import never
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.undo import resource_of
from sm_ssh_widget.clock import Clock
from sm_ssh_widget.fleet.audit import line_of
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member, read_fleet_plan
from sm_ssh_widget.fleet.run_index import DONE, RunIndex, read_index
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any
Sessions: TypeAlias = Callable[[], Any]
"""Opens a session for one member: a context manager of :class:`SignedIn`."""

INDEX, PLAN = "run.jsonl", "fleet.jsonl"


class FleetObserver(Protocol):
    """Observer of a run."""

    def member(self, number: int, of: int, member: Member, outcome: str) -> None:
        """Receive the result of a member: ``begun``, ``done``, ``undone``, or the value of a code."""


class NoFleetObserver:
    """Observer that ignores everything."""

    def member(self, number: int, of: int, member: Member, outcome: str) -> None:
        """Ignore the member."""


@dataclass(frozen=True)
class RunLimits:
    """``canaries``: roles that are applied and checked first. ``max_failures``: failed members before the run ends.

    ``all_or_nothing``: nothing is written if any member has drifted.
    """

    canaries: int = 3
    max_failures: int = 0
    all_or_nothing: bool = False


@dataclass
class FleetRun:
    """A run in its directory. ``ready`` checks a canary: whether what its plan added is found."""

    directory: Path
    plan: FleetPlan
    index: RunIndex
    sessions: Sessions
    ready: Callable[[Member, SignedIn], bool]
    observer: FleetObserver
    clock: Clock | None = None
    stop: Callable[[], bool] = never

    # Apply and resume

    def apply(self) -> RunIndex:
        """Apply what is not done yet. Raises :class:`Problem` if the index or a journal cannot be written."""
        with files.LineFile.append(self.directory / INDEX, sync=True) as file:
            for number in self._order():
                if self.stop() or self.index.failures > self.index.max_failures or self.index.verified is False:
                    break
                if number == _VERIFY:
                    self._verify(file)
                elif self.index.outcomes.get(number) != DONE:
                    self._member(number, file)
        return self.index

    def _order(self) -> Iterator[int]:
        """The members in order, with the check of the canaries behind the last member that they need."""
        members, canaries = self.plan.members, self.index.canaries
        roles = [number for number, member in enumerate(members) if member.role]
        others = [number for number, member in enumerate(members) if not member.role]
        yield from (*roles[:canaries], *others)
        if roles[:canaries]:
            yield _VERIFY
        yield from roles[canaries:]

    def _member(self, number: int, file: files.LineFile) -> None:
        member = self.plan.members[number]
        self._tell(number, "begun")
        self._write(file, {"kind": "begin", "member": number})
        try:
            journal = self._applied(number, member)
            code = engine.outcome(journal)
            outcome, name = DONE if code is None else code.value, Path(journal.path).name
        except Problem as problem:
            if problem.code in (Code.SIGN_IN, Code.INVALID):
                raise  # the session or the disk is at its end: no further member could do better
            outcome, name = problem.code.value, ""
        self._write(file, {"kind": "member", "member": number, "journal": name, "outcome": outcome})
        self._tell(number, outcome)

    def _applied(self, number: int, member: Member) -> Journal:
        begun = self._journal(number, member)
        how: dict[str, Any] = {"clock": self.clock, "stop": self.stop}
        with self.sessions() as session:
            guard.check(member.plan, account=session.face.account)
            if begun is not None and begun.unfinished and not _all_drifted(begun):
                return undoing.resume_run(begun, session, **how)
            if begun is not None and begun.complete:
                return begun
            if self._is_canary(number):
                refuse_denied(member.plan, session)
            return engine.apply(member.plan, session, directory=self.directory, **how)

    def _is_canary(self, number: int) -> bool:
        return number in list(self._order())[: self.index.canaries]

    def _journal(self, number: int, member: Member) -> Journal | None:
        """Return the newest journal of a member's apply, ``None`` if there is none."""
        if name := self.index.journals.get(number):
            return files.load_journal(self.directory / name)
        if number not in self.index.begun:
            return None
        return self._by_digest().get(member.plan.digest)

    def _by_digest(self) -> dict[str, Journal]:
        """The journals of the directory by the digest of their plan: those that the index lost when it was killed."""
        listed = files.list_journals(self.directory)
        found = [each.journal for each in reversed(listed) if each.journal and not each.journal.undoes]
        return {journal.plan.digest: journal for journal in found}

    def _verify(self, file: files.LineFile) -> None:
        if self.index.verified is not None:
            return
        canaries = [self.plan.members[number] for number in self._order() if number != _VERIFY][: self.index.canaries]
        done = [member for member in canaries if member.role]
        if any(self.index.outcomes.get(self.plan.members.index(member)) != DONE for member in done):
            return  # its failure counts by itself
        with self.sessions() as session:
            ready = all(self.ready(member, session) for member in done)
        self._write(file, {"kind": "verified", "ready": ready})

    # Undo

    def plans_to_undo(self) -> list[tuple[int, Plan]]:
        """Return the undo of each member that wrote anything, newest first. Writes nothing."""
        with self.sessions() as session:
            return [
                (number, undoing.prepare_undo(journal, session, clock=self.clock).plan)
                for number, journal in self._to_undo()
            ]

    def undo(self) -> tuple[RunIndex, list[Journal]]:
        """Undo the members, newest first. Returns the index, and the journal of each member after its undo."""
        undone = []
        with files.LineFile.append(self.directory / INDEX, sync=True) as file:
            for number, journal in self._to_undo():
                if self.stop():
                    break
                with self.sessions() as session:
                    way = undoing.prepare_undo(journal, session, clock=self.clock)
                    back = undoing.run_undo(way, session, self.directory, clock=self.clock, stop=self.stop)
                self._write(file, {"kind": "undone", "member": number, "complete": back.complete})
                self._tell(number, "undone" if back.complete else (engine.outcome(back) or Code.STOPPED).value)
                undone.append(back)
        return self.index, undone

    def _to_undo(self) -> list[tuple[int, Journal]]:
        lost = self._by_digest()
        found = []
        for number in reversed(self.index.begun):
            journal = lost.get(self.plan.members[number].plan.digest)
            if journal is not None and number not in self.index.undone and _wrote(journal):
                found.append((number, journal))
        return found

    # Both

    def _write(self, file: files.LineFile, value: dict[str, Json]) -> None:
        file.write([line_of(value)])
        self.index.take(value)

    def _tell(self, number: int, outcome: str) -> None:
        self.observer.member(number + 1, len(self.plan.members), self.plan.members[number], outcome)


_VERIFY = -1


def create_run(plan: FleetPlan, directory: Path, limits: RunLimits) -> RunIndex:
    """Create the directory of a run with its index and a copy of the plan. Raises :class:`Problem` (``invalid``)."""
    index = RunIndex(plan.digest, limits.canaries, limits.max_failures)
    with files.as_problem(f"Writing the run {directory}", "Choose another directory: --journal-dir DIR"):
        directory.mkdir(mode=0o700, parents=True)
    for name, lines in ((PLAN, plan.lines()), (INDEX, [line_of(index.header())])):
        with files.LineFile.create(directory / name, sync=True) as file:
            file.write(lines)
    return index


def open_run(directory: Path) -> tuple[FleetPlan, RunIndex]:
    """Read the plan and the index of a run. Raises :class:`Problem` (``invalid``) if one was edited."""
    plan = read_fleet_plan(files.read_lines(directory / PLAN), str(directory / PLAN))
    index = read_index(files.read_lines(directory / INDEX), str(directory / INDEX))
    if index.digest != plan.digest or any(number not in range(len(plan.members)) for number in index.begun):
        said = "The index and the fleet plan in the directory do not belong together."
        raise Problem(f"Reading the run {directory}", said, "Undo its journals one by one.", Code.INVALID)
    return plan, index


def drifted_members(plan: FleetPlan, session: SignedIn) -> list[Member]:
    """Return the members with a resource that differs from what their plan was made from. Writes nothing."""
    found = []
    for member in plan.members:
        first = {resource_of(change): change for change in reversed(member.plan.changes)}
        live = live_states(session.reader, first.values())
        if any(not RESOURCE_KINDS[each.kind].unchanged(each.before, live[key]) for key, each in first.items()):
            found.append(member)
    return found


@contextmanager
def same_session(session: SignedIn) -> Iterator[SignedIn]:
    """A session for one member: that of the whole run, whose tripwire lists only the member's calls."""
    with ExitStack() as stack:
        stack.callback(session.tripwire.disallow)
        yield session


def _wrote(journal: Journal) -> bool:
    """Whether a run wrote or might have written anything that is not undone."""
    return any(
        (step.observed is not None or step.notes.get("begun"))
        and step.status not in (StepStatus.UNDONE, StepStatus.SKIPPED)
        for step in journal.steps
    )


def _all_drifted(journal: Journal) -> bool:
    """Whether a run ended before its first write, because a resource had changed."""
    statuses = {step.status for step in journal.steps}
    return StepStatus.DRIFTED in statuses and statuses <= {StepStatus.DRIFTED, StepStatus.PENDING}


def with_limits(index: RunIndex, limits: RunLimits | None) -> RunIndex:
    """Return the index with another limit of failures, for a run that is resumed."""
    return replace(index, max_failures=limits.max_failures) if limits else index
