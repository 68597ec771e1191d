"""Calls that the simulated account holds back until a test lets them go on: a pause without a clock."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sm_ssh_widget.simulator.account import SimulatedAccount


class HeldCalls:
    """Holds back the calls that the fault ``latency`` hits; ``reached`` can be read once the first one is there."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self.reached, self._there = os.pipe()

    def pause(self, _seconds: float) -> None:
        os.write(self._there, b".")
        assert self._released.wait(60), "a call was held and never let go"

    def release(self) -> None:
        self._released.set()

    def wait(self) -> None:
        """Wait until a call is held."""
        assert os.read(self.reached, 1)

    def close(self) -> None:
        os.close(self._there)
        os.close(self.reached)


@contextmanager
def held_calls(account: SimulatedAccount) -> Iterator[HeldCalls]:
    """Inside, what a latency hits waits for :meth:`HeldCalls.release`, or for the end."""
    clock, held = account.world.clock, HeldCalls()
    before, clock.pause = clock.pause, held.pause
    try:
        yield held
    finally:
        clock.pause = before
        held.release()
