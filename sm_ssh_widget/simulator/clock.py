"""Clock of the account: for token expiry, delayed visibility, and operations that take AWS a while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sm_ssh_widget.clock import current_clock


def time_of_day() -> float:
    """Return the seconds since the epoch by the clock of this process."""
    return current_clock().now().timestamp()


class AccountClock:
    """Seconds since the epoch from ``source`` (the time of day in this process), plus all advances.

    Signatures are checked against real time instead, because clients sign with real time.
    """

    def __init__(self, source: Callable[[], float] = time_of_day) -> None:
        self._source, self._ahead, self._lock = source, 0.0, threading.Lock()

    def now(self) -> float:
        """Return the seconds since the epoch in this account."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raises :class:`ValueError` for a negative value."""
        if seconds < 0:
            raise ValueError(f"the clock cannot go back: {seconds} s")
        with self._lock:
            self._ahead += seconds
