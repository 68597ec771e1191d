"""No test leaves a thread behind that goes on working: it would take processor time from every test that follows.

Linux tells the time of a thread; elsewhere nothing is looked at. The garbage collector runs in whichever thread fills
its threshold, so the time that it takes is no thread's own.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

MOST_SECONDS = 1.0
MOST_SHARE = 0.2
"""Of the process's own time in a test. The thread of a shared account accepts connections, which is far less."""
_TASKS = Path("/proc/self/task")
_USER, _SYSTEM = 11, 12  # of the fields behind the name, proc(5)


class IdleThreads:
    """Measures, during each test, the threads that were there before it."""

    def __init__(self) -> None:
        self._collecting: dict[int, float] = {}
        self._collected: dict[int, float] = {}
        gc.callbacks.append(self._count)

    def pytest_unconfigure(self) -> None:
        """Stop counting."""
        gc.callbacks.remove(self._count)

    def _count(self, phase: str, _info: dict[str, int]) -> None:
        thread = threading.get_native_id()
        if phase == "start":
            self._collecting[thread] = time.thread_time()
        elif thread in self._collecting:
            took = time.thread_time() - self._collecting.pop(thread)
            self._collected[thread] = self._collected.get(thread, 0.0) + took

    def _worked(self, thread: int | None) -> float:
        return _used(thread) - self._collected.get(thread or 0, 0.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        here, began = threading.get_native_id(), time.process_time()
        before = {
            each.native_id: self._worked(each.native_id) for each in threading.enumerate() if each.native_id != here
        }
        yield
        most = max(MOST_SECONDS, MOST_SHARE * (time.process_time() - began))
        names = {each.native_id: each.name for each in threading.enumerate()}
        busy = [
            names[thread] for thread, used in before.items() if thread in names and self._worked(thread) - used > most
        ]
        if busy:
            pytest.fail(f"an earlier test left threads behind that work on: {', '.join(busy)}")


def _used(thread: int | None) -> float:
    """Return the processor time of a thread in seconds; 0 if it has ended or the system does not tell."""
    try:
        fields = (_TASKS / str(thread) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK")
