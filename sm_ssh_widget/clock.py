"""Time as a port: code that waits or reads the time uses the clock of the process.

Tests replace it (:func:`use_clock`), so that no test waits. Socket deadlines, the dates of signatures and botocore's
own renewal of credentials use the time of the machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Time of day, stopwatch and pause; durations in seconds."""

    def now(self) -> datetime:
        """Return the time of day, with its time zone."""

    def elapsed(self) -> float:
        """Return seconds on a stopwatch that changes of the system time do not move."""

    def sleep(self, seconds: float) -> None:
        """Pause for ``seconds``."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(timezone.utc)

    def elapsed(self) -> float:
        """Return seconds on the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Pause this thread."""
        time.sleep(seconds)


_IN_USE: list[Clock] = [SystemClock()]


def current_clock() -> Clock:
    """Return the clock of this process."""
    return _IN_USE[-1]


@contextmanager
def use_clock(clock: Clock) -> Iterator[None]:
    """Replace the clock of this process, for all threads."""
    _IN_USE.append(clock)
    try:
        yield
    finally:
        _IN_USE.remove(clock)
