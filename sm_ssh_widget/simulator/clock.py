"""The account's time: one clock for the ends of tokens, for what is visible when, and for what takes AWS a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, from ``source`` (the system's time of day), plus what it was moved on by.

    The age of a signature is not taken from it: who signs does so by real time.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source, self._ahead, self._lock = source, 0.0, threading.Lock()

    def now(self) -> float:
        """Seconds since the epoch in this account."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on. Raises :class:`ValueError` for a step back: time does not."""
        if seconds < 0:
            raise ValueError(f"a clock does not go back: {seconds} s")
        with self._lock:
            self._ahead += seconds
