"""Turns of the accounts of an audit: several at once, each in a thread with a session of its own.

An account that cannot be read is a line of the audit with the reason, never the end of the audit.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace

from sm_ssh_widget.aws.account_audit import AccountAudit, AuditScope
from sm_ssh_widget.aws.account_sources import AccountSource
from sm_ssh_widget.aws.audit_recorder import AuditRecorder
from sm_ssh_widget.aws.observation.regions import choose_regions
from sm_ssh_widget.aws.pace import Pace, PacedReader
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import watching
from sm_ssh_widget.aws.session.retry import watching_throttles
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.fleet.accounts import AccountEntry
from sm_ssh_widget.fleet.audit import AccountLine
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.fleet.rows import RegionRow
from sm_ssh_widget.notices import telling
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Observation

SUSPENDED = "The account is suspended or being closed. It was not read."


def parts_of(problem: Problem | None) -> dict[str, str] | None:
    """Return the parts of a problem as an account's line has them."""
    if problem is None:
        return None
    return {"where": problem.where, "said": problem.said, "next": problem.remedy, "code": problem.code.value}


@dataclass
class _Meter:
    """Calls of one account, and the pauses of those that AWS throttled."""

    calls: int = 0
    throttled: int = 0
    waited: float = 0.0
    began: float = field(default_factory=lambda: current_clock().elapsed())

    def count(self, _action: str) -> None:
        self.calls += 1

    def wait(self, pause: float) -> None:
        self.throttled += 1
        self.waited += pause

    def line(self, line: AccountLine) -> AccountLine:
        """Return the line with what was measured."""
        seconds = current_clock().elapsed() - self.began
        return replace(line, calls=self.calls, seconds=seconds, throttled=self.throttled, waited=self.waited)


@dataclass
class AccountTurns:
    """Reads the accounts of ``source``. ``every`` chooses the Regions of each (``used``, ``all``), else the scope's.

    ``progress`` is called after each account, ``seen`` with each observation, ``role`` with the number of roles.
    """

    scope: AuditScope
    source: AccountSource
    recorder: AuditRecorder
    pace: Pace
    every: str = ""
    progress: Callable[[AccountsProgress], None] = lambda _: None
    seen: Callable[[Observation], None] = lambda _: None
    role: Callable[[int], None] = lambda _: None
    _claimed: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Read every account that the audit's file does not tell of already. Raises what is no :class:`Problem`."""
        settled = {each.id for each in self.recorder.found.accounts if each.status == "read"}
        entries = [each for each in self.source.entries if each.id not in settled]
        waiting, answers = deque(entries), queue.SimpleQueue[_Answer]()
        state, running = _State(len(self.source.entries), len(self.source.entries) - len(entries)), 0
        while waiting or running:
            while waiting and running < self.pace.limit:
                self._start(waiting.popleft(), answers)
                running += 1
            answer = answers.get()
            running -= 1
            if answer.error is not None:
                raise answer.error
            self.pace.settle(clean=answer.clean)
            state.done += 1
            state.unread += not answer.read
            self.progress(state.told(len(self.recorder.found.rows), self.pace, answer))

    def _start(self, entry: AccountEntry, answers: queue.SimpleQueue[_Answer]) -> None:
        turn = self.pace.begin()

        def work() -> None:
            try:
                answers.put(self._account(entry, turn))
            except BaseException as error:  # raised again in the thread that waits
                answers.put(_Answer(error=error))

        # A daemon thread: a person who presses Ctrl-C does not wait for a call that is under way
        threading.Thread(target=copy_context().run, args=(work,), daemon=True, name="sm-ssh-widget-account").start()

    def _account(self, entry: AccountEntry, turn: int) -> _Answer:
        """Read one account and record its line."""
        if entry.suspended:
            self.recorder.close_account(AccountLine(entry.id, "suspended", name=entry.name, unit=entry.unit))
            return _Answer(read=True, clean=False, account=entry.id, status="suspended")
        meter = _Meter()
        with _metered(meter, lambda pause: self.pace.slow_down(turn, pause)):
            line = self._line(entry)
        if line is not None:
            self.recorder.close_account(meter.line(line))
        read = line is None or line.status == "read"
        about = (line.id, line.status) if line else ("", "")
        return _Answer(read, read and not meter.throttled, *about)

    def _line(self, entry: AccountEntry) -> AccountLine | None:
        """Read an account; ``None`` if another profile reads the same one."""
        about = AccountLine(entry.label, "not-read", name=entry.name, unit=entry.unit)
        try:
            with self.source.open(entry) as session:
                about = replace(about, id=session.face.account)
                if other := self._claim(session.face.account, entry):
                    self.recorder.found.notes.append(f"Profile {entry.profile} is of the same account as {other}.")
                    return None
                if entry.profile and self._is_settled(about.id):
                    return None
                return self._read(about, PacedReader(session.reader, gentle=self.pace.gentle))
        except Problem as problem:
            if problem.code is Code.INVALID:
                raise  # the audit's file cannot be written: no further account could do better
            status = "partly" if self.recorder.done_roles(about.id) else "not-read"
            return replace(about, status=status, problem=parts_of(problem))

    def _claim(self, account: str, entry: AccountEntry) -> str:
        """Take an account for this entry; returns the label of another one that has it."""
        with self._lock:
            holder = self._claimed.setdefault(account, entry.label)
        return "" if holder == entry.label else holder

    def _is_settled(self, account: str) -> bool:
        return any(each.id == account and each.status == "read" for each in self.recorder.found.accounts)

    def _read(self, about: AccountLine, reader: AccountReader) -> AccountLine:
        chosen = choose_regions(reader, self.scope.regions, self.every)
        if not chosen.regions:
            said = "None of the Regions is enabled in the account."
            raise Problem("Choosing the Regions", said, "Name an enabled one: --regions REGION", Code.UNKNOWN)
        scope = replace(self.scope, regions=chosen.regions, account=about.id)
        line = record_account(about, AccountAudit(scope, reader, self.recorder.found.table), self.recorder, self)
        return replace(line, notes=(*chosen.notes, *line.notes))


def record_account(
    about: AccountLine, work: AccountAudit, recorder: AuditRecorder, told: AccountTurns | None = None
) -> AccountLine:
    """Record the rows of one account that have none yet, and return its line. Raises as :meth:`AccountAudit.rows`."""
    work.done, regions = recorder.done_roles(about.id), recorder.done_regions(about.id)
    if told is not None:
        work.progress, work.seen = told.role, told.seen
    for row in work.rows():
        if not (isinstance(row, RegionRow) and row.region in regions):
            recorder.take(row)
    status = "partly" if work.problem else "read"
    return replace(about, status=status, problem=parts_of(work.problem), scps=work.scps, notes=tuple(work.notes))


@contextmanager
def _metered(meter: _Meter, slow_down: Callable[[float], None]) -> Iterator[None]:
    def throttled(pause: float) -> None:
        meter.wait(pause)
        slow_down(pause)

    with ExitStack() as stack:
        stack.enter_context(watching(meter.count))
        stack.enter_context(watching_throttles(throttled))
        stack.enter_context(telling(lambda _: None))  # the line of progress tells, not one line a call
        yield


@dataclass(frozen=True)
class _Answer:
    """What one account came to; ``account`` and ``status`` are those of its line, empty if it has none."""

    read: bool = False
    clean: bool = False
    account: str = ""
    status: str = ""
    error: BaseException | None = None


@dataclass
class _State:
    """How far the turns are."""

    of: int
    done: int
    unread: int = 0
    began: float = field(default_factory=lambda: current_clock().elapsed())

    def told(self, roles: int, pace: Pace, answer: _Answer) -> AccountsProgress:
        seconds = current_clock().elapsed() - self.began
        pauses, closed = (pace.throttled, pace.waited), (answer.account, answer.status)
        return AccountsProgress(self.done, self.of, roles, self.unread, seconds, *pauses, *closed)
