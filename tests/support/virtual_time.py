"""Virtual time: the one clock of the tests, for the product's waits and for what takes the simulated account a while.

Sleeping takes no time: the clock of the whole process is moved on by it. Between sleeps it goes on like the machine's,
so that what botocore compares with the time of the machine (the ends of keys) stays in its future.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from datetime import datetime, timezone


class VirtualTime:
    """A clock with the pauses that were made on it; all such clocks show the same time."""

    _ahead = 0.0
    _lock = threading.Lock()
    _flows = threading.Event()
    _flows.set()

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + VirtualTime._ahead, timezone.utc)

    def elapsed(self) -> float:
        return time.monotonic() + VirtualTime._ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert self._flows.wait(60), "time was held and never let go"
        self.advance(seconds)

    @staticmethod
    def hold() -> None:
        """Let who sleeps sleep on, until :meth:`flow`: the test does something meanwhile."""
        VirtualTime._flows.clear()

    @staticmethod
    def flow() -> None:
        """Let time go on; every test begins so."""
        VirtualTime._flows.set()

    @staticmethod
    def advance(seconds: float) -> None:
        """Let time pass for everything in this process."""
        with VirtualTime._lock:
            VirtualTime._ahead += seconds


class StoppedTime(VirtualTime):
    """A clock of its own that goes on by sleeping and by nothing else: what it shows can be compared to the letter."""

    def __init__(self, start: float = 1_795_000_000.0) -> None:
        super().__init__()
        self._start = start

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.elapsed(), timezone.utc)

    def elapsed(self) -> float:
        return self._start + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class RemoteTime(VirtualTime):
    """The clock of another process that uses a simulated account of ours: its sleep moves the account's time on."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        body = json.dumps({"advance": seconds}).encode()
        request = urllib.request.Request(f"{self._endpoint}/_simulator/clock", body, method="PUT")
        with urllib.request.urlopen(request):
            pass
