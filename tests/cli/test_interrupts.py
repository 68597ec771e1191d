"""Ctrl-C that does not reach the waiting main thread by itself is noticed all the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAITING = """
import signal, threading, time
from contextlib import nullcontext
from sm_ssh_widget.cli.interrupts import noticed_while_waiting

def press():  # the signal goes to the thread of the timer, which does not run Python's handler
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

def wait(seconds):
    began = time.monotonic()
    with {around}():
        threading.Timer(0.05, press).start()
        try:
            threading.Event().wait(seconds)
        except KeyboardInterrupt:
            return time.monotonic() - began < seconds / 2

print(wait({seconds}))
print(signal.getsignal(signal.SIGALRM) is signal.SIG_DFL, signal.getitimer(signal.ITIMER_REAL)[0] == 0)
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")


def waited(around: str, seconds: int) -> list[str]:
    code = WAITING.format(around=around, seconds=seconds)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout.split()


def test_a_signal_that_another_thread_received_ends_the_wait_and_the_timer_is_gone() -> None:
    assert waited("noticed_while_waiting", 60) == ["True", "True", "True"]


def test_without_the_timer_it_is_noticed_only_at_the_end() -> None:
    assert waited("nullcontext", 2)[0] == "False"
