"""Time as a port: what waits, and what asks how late it is, asks the clock in use.

The tests put another one in its place (:func:`use_clock`), so that no test waits. Deadlines of sockets, the dates of
signatures and botocore's own renewal of credentials stay on the time of the machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """The time of day, a stopwatch, and a pause; all in seconds."""

    def now(self) -> datetime:
        """The time of day, with its time zone."""

    def elapsed(self) -> float:
        """Seconds on a stopwatch that nobody sets."""

    def sleep(self, seconds: float) -> None:
        """Pause."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        return datetime.now(timezone.utc)

    def elapsed(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Pause this thread."""
        time.sleep(seconds)


_IN_USE: list[Clock] = [SystemClock()]


def current_clock() -> Clock:
    """The clock that this process goes by."""
    return _IN_USE[-1]


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Let this process, all its threads included, go by ``clock`` instead."""
    _IN_USE.append(clock)
    try:
        yield
    finally:
        _IN_USE.remove(clock)
