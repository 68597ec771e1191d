"""Pace of an audit of several accounts: how many at once, and one call at a time where AWS throttles an account.

AWS throttles IAM for each account, and STS, Organizations and the access portal for each caller. The number of
accounts at once therefore grows while nothing is throttled, and is halved when something is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias, TypeVar

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.requirements.observation import Fact

Json: TypeAlias = Any
T = TypeVar("T")

FIRST, MOST = 4, 16
"""Accounts at once: at the start, and at most."""


class Pace:
    """Accounts at once. ``gentle``: one, with one call at a time. Thread-safe.

    A burst of throttled calls halves the number once: those of accounts that began before it do not count again.
    """

    def __init__(self, *, gentle: bool = False) -> None:
        self.gentle = gentle
        self.limit = 1 if gentle else FIRST
        self.throttled, self.waited = 0, 0.0
        self._began, self._halved_at = 0, 0
        self._lock = threading.Lock()

    def begin(self) -> int:
        """Begin an account; returns its number, for :meth:`slow_down` and :meth:`settle`."""
        with self._lock:
            self._began += 1
            return self._began

    def slow_down(self, turn: int, pause: float) -> None:
        """Record a throttled call of an account and its pause in seconds."""
        with self._lock:
            self.throttled += 1
            self.waited += pause
            if turn > self._halved_at:
                self.limit = max(1, self.limit // 2)
                self._halved_at = self._began

    def settle(self, *, clean: bool) -> None:
        """End an account; ``clean``: it was read, and nothing of it was throttled."""
        with self._lock:
            if clean and not self.gentle:
                self.limit = min(self.limit + 1, MOST)


class PacedReader:
    """A reader that makes one IAM call at a time; ``gentle``: one call of any service."""

    def __init__(self, reader: AccountReader, *, gentle: bool = False) -> None:
        self._reader, self._gentle = reader, gentle
        self._one = threading.Lock()

    @property
    def region(self) -> str:
        """Default Region of the reads."""
        return self._reader.region

    def endpoint(self, service: str) -> str:
        """Return the custom endpoint of a service, empty for that of AWS."""
        return self._reader.endpoint(service)

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Json) -> Fact[Json]:
        """Make one call when its turn has come; see :class:`.session.reader.Reader`."""
        with self._turn(service):
            return self._reader.read(service, operation, region=region, **parameters)

    def read_all(
        self,
        service: str,
        operation: str,
        key: str,
        /,
        *,
        region: str | None = None,
        page_size: int | None = None,
        **parameters: Json,
    ) -> Fact[tuple[Json, ...]]:
        """Read every page when its turn has come; see :class:`.session.reader.Reader`."""
        with self._turn(service):
            return self._reader.read_all(service, operation, key, region=region, page_size=page_size, **parameters)

    def shared(self, name: Hashable, read: Callable[[], T]) -> T:
        """Pass on; see :class:`.session.reader.Reader`."""
        return self._reader.shared(name, read)

    def sampled(self, name: Hashable, read: Callable[[], Fact[tuple[T, ...]]]) -> Fact[tuple[T, ...]]:
        """Pass on; see :class:`.session.reader.Reader`."""
        return self._reader.sampled(name, read)

    def stage(self) -> AbstractContextManager[None]:
        """Set one time limit for all reads inside."""
        return self._reader.stage()

    def in_parallel(self, *thunks: Callable[[], T]) -> tuple[T, ...]:
        """Run the thunks in parallel, or one after the other if gentle."""
        return tuple(thunk() for thunk in thunks) if self._gentle else self._reader.in_parallel(*thunks)

    def _turn(self, service: str) -> AbstractContextManager[Any]:
        return self._one if self._gentle or service == "iam" else nullcontext()


class Rate:
    """At most so many calls a second, on the clock in use. Thread-safe."""

    def __init__(self, a_second: float, clock: Clock | None = None) -> None:
        self._gap, self._clock = 1 / a_second, clock
        self._next = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the next call's time."""
        clock = self._clock or current_clock()
        with self._lock:
            now = clock.elapsed()
            begins = max(now, self._next)
            self._next = begins + self._gap
        if begins > now:
            clock.sleep(begins - now)
        yield
