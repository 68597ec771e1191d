"""Clock of the account: for token expiry, delayed visibility, and operations that take AWS a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sm_ssh_widget.clock import current_clock


def time_of_day() -> float:
    """Return the seconds since the epoch by the clock of this process."""
    return current_clock().now().timestamp()


class AccountClock:
    """Seconds since the epoch from ``source`` (the time of day in this process), plus all advances.

    Signatures are checked against real time instead, because clients sign with real time. ``pause`` delays a call or a
    response (faults ``latency`` and ``late-answer``) by a number of seconds.
    """

    def __init__(
        self, source: Callable[[], float] = time_of_day, pause: Callable[[float], object] = time.sleep
    ) -> None:
        self._source, self._ahead, self._lock = source, 0.0, threading.Lock()
        self.pause = pause

    def now(self) -> float:
        """Return the seconds since the epoch in this account."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raises :class:`ValueError` for a negative value."""
        if seconds < 0:
            raise ValueError(f"the clock cannot go back: {seconds} s")
        with self._lock:
            self._ahead += seconds
