"""No test sleeps: a plugin that counts ``time.sleep`` in this process and fails the test that sleeps too long.

A thread may sleep 0.2 s in a test. Not counted: what waits for a process (``subprocess``), threads that an earlier test
left behind, and in the sum the simulated account's own latency, each pause of which is short. Browser and benchmark
tests wait for what is not ours.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest

LONGEST = 0.2
EXEMPT_MARKS = ("browser", "benchmark", "real_client")
WAITING_FOR_OTHERS = ("subprocess", "multiprocessing", "concurrent", "execnet", "xdist", "pexpect", "hypothesis")
OWN_LATENCY = "sm_ssh_widget.simulator"
MAY_SLEEP = {
    "tests/aws/session/test_limits.py": "deadlines of real sockets",
    "tests/aws/detection/test_detect.py::TestRoundTrips": "how many waits of real connections lie one behind another",
    "tests/aws/session/test_redact.py::test_a_container": "botocore asks a container's endpoint again by its own clock",
    "tests/aws/signin/test_signin.py::TestProfile::test_one_without_credentials": "the same, where nobody answers",
    "tests/simulator/test_command.py": "processes of their own start and end",
    "tests/simulator/test_systems_manager.py::test_a_region_without": "a plain boto3 client tries a host again",
}
"""What still sleeps, and why. It only gets shorter."""


class Sleepless:
    """Counts the sleeps of one test at a time."""

    def __init__(self) -> None:
        self._sleep: Any = time.sleep
        self._slept: dict[tuple[int, str], float] = {}
        self._longest = (0.0, "")
        self._before: set[int] = set()
        self._lock = threading.Lock()

    def pytest_configure(self) -> None:
        time.sleep = self.sleep

    def pytest_unconfigure(self) -> None:
        time.sleep = self._sleep

    def sleep(self, seconds: Any) -> None:
        caller, thread = str(sys._getframe(1).f_globals.get("__name__", "")), threading.get_ident()
        with self._lock:
            if thread not in self._before and not caller.startswith(WAITING_FOR_OTHERS):
                self._slept[thread, caller] = self._slept.get((thread, caller), 0.0) + seconds
                self._longest = max(self._longest, (seconds, caller))
        self._sleep(seconds)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        with self._lock:
            self._slept, self._longest = {}, (0.0, "")
            self._before = {each.ident or 0 for each in threading.enumerate()} - {threading.get_ident()}
        yield
        if said := self._too_long():
            free = any(item.nodeid.startswith(name) for name in MAY_SLEEP)
            if not free and not any(item.get_closest_marker(mark) for mark in EXEMPT_MARKS):
                pytest.fail(f"{said}: let virtual time pass (tests/support/virtual_time.py), or wait for a signal")

    def _too_long(self) -> str:
        with self._lock:
            if self._longest[0] > LONGEST:
                return f"slept {self._longest[0]:.2f} s at once in {self._longest[1]}"
            counted = [(slept, name) for (_, name), slept in self._slept.items() if not name.startswith(OWN_LATENCY)]
            slept, name = max(counted, default=(0.0, ""))
            return f"slept {slept:.2f} s in all in {name}" if slept > LONGEST else ""
