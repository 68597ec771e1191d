"""Apply, resume and undo a fleet plan, member by member, each with an ordinary journal.

Account by account, in this order: the canaries, the person and the Regions, a check of the canaries, the other
roles. Each member reads its
``before`` states again before its first write, under a tripwire that lets only its own calls pass; a member that has
drifted is left as it is. The index of the run is written before and after each member, so that a run that was killed
anywhere is resumed and undone by its journals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
Sessions: TypeAlias = Callable[[Member], Any]
"""Opens a session for one member, in its account: a context manager of :class:`SignedIn`."""

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
                if isinstance(number, str):
                    self._verify(number, file)
                elif self.index.outcomes.get(number) != DONE:
                    self._member(number, file)
        return self.index

    def _order(self) -> Iterator[int | str]:
        """The members in order; an account's ID stands for the check of its canaries, behind what they need."""
        for account in self.plan.accounts:
            roles, others = self._roles_and_others(account)
            canaries = roles[: self.index.canaries]
            yield from (*canaries, *others)
            if canaries:
                yield account
            yield from roles[self.index.canaries :]

    def _roles_and_others(self, account: str) -> tuple[list[int], list[int]]:
        numbers = self.plan.numbers_of(account)
        roles = [number for number in numbers if self.plan.members[number].role]
        return roles, [number for number in numbers if number not in roles]

    def _canaries(self, account: str) -> list[int]:
        return self._roles_and_others(account)[0][: self.index.canaries]

    def _member(self, number: int, file: files.LineFile) -> None:
        member = self.plan.members[number]
        self._tell(number, "begun")
        self._write(file, {"kind": "begin", "member": number})
        try:
            journal = self._applied(number, member)
            code = engine.outcome(journal)
            outcome, name = DONE if code is None else code.value, Path(journal.path).name
        except Problem as problem:
            several = len(self.plan.accounts) > 1
            if problem.code is Code.INVALID or (problem.code is Code.SIGN_IN and not several):
                raise  # the disk or the only session is at its end: no further member could do better
            outcome, name = problem.code.value, ""
        self._write(file, {"kind": "member", "member": number, "journal": name, "outcome": outcome})
        self._tell(number, outcome)

    def _applied(self, number: int, member: Member) -> Journal:
        begun = self._journal(number, member)
        how: dict[str, Any] = {"clock": self.clock, "stop": self.stop}
        with self.sessions(member) as session:
            guard.check(member.plan, account=session.face.account)
            if begun is not None and begun.unfinished and not _all_drifted(begun):
                return undoing.resume_run(begun, session, **how)
            if begun is not None and begun.complete:
                return begun
            if self._is_canary(number):
                refuse_denied(member.plan, session)
            return engine.apply(member.plan, session, directory=self.directory, **how)

    def _is_canary(self, number: int) -> bool:
        return number in self._canaries(self.plan.members[number].plan.account)

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

    def _verify(self, account: str, file: files.LineFile) -> None:
        canaries = self._canaries(account)
        if self.index.is_checked(account) or any(self.index.outcomes.get(number) != DONE for number in canaries):
            return  # a failure counts by itself
        members = [self.plan.members[number] for number in canaries]
        with self.sessions(members[0]) as session:
            ready = all(self.ready(member, session) for member in members)
        self._write(file, {"kind": "verified", "ready": ready, "account": account})

    # Undo

    def plans_to_undo(self) -> list[tuple[int, Plan]]:
        """Return the undo of each member that wrote anything, newest first. Writes nothing."""
        found = []
        for number, journal in self._to_undo():
            with self.sessions(self.plan.members[number]) as session:
                found.append((number, undoing.prepare_undo(journal, session, clock=self.clock).plan))
        return found

    def undo(self) -> tuple[RunIndex, list[Journal]]:
        """Undo the members, newest first. Returns the index, and the journal of each member after its undo."""
        undone = []
        with files.LineFile.append(self.directory / INDEX, sync=True) as file:
            for number, journal in self._to_undo():
                if self.stop():
                    break
                self._tell(number, "begun")
                with self.sessions(self.plan.members[number]) as session:
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
    numbers = {*index.begun, *index.outcomes, *index.undone}
    if index.digest != plan.digest or not numbers <= set(range(len(plan.members))):
        said = "The index and the fleet plan in the directory do not belong together."
        raise Problem(f"Reading the run {directory}", said, "Undo its journals one by one.", Code.INVALID)
    return plan, index


def drifted_members(plan: FleetPlan, sessions: Sessions) -> list[Member]:
    """Return the members with a resource that differs from what their plan was made from. Writes nothing."""
    found = []
    for member in plan.members:
        first = {resource_of(change): change for change in reversed(member.plan.changes)}
        with sessions(member) as session:
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
