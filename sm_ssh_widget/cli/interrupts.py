"""Ctrl-C that is noticed while the main thread waits for another one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 0.5


@contextmanager
def noticed_while_waiting() -> Iterator[None]:
    """Let the main thread, which must be this one, look for a signal twice a second.

    Python runs the handler of a signal in the main thread. A signal that another thread receives does not end a wait
    of the main thread, and Ctrl-C would seem to do nothing. The interval timer interrupts each wait for a moment, and
    Python then continues it (PEP 475). Windows has no such timer.
    Source: https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
