"""Waiting: pauses that grow, an end, and a way out."""

from __future__ import annotations

import pytest

from sm_ssh_widget.aws.session.backoff import Backoff, Stopped, never
from sm_ssh_widget.clock import SystemClock
from tests.support.virtual_time import StoppedTime, VirtualTime


def test_pauses_grow_to_the_longest_and_end_with_patience() -> None:
    clock = StoppedTime()
    waited = list(Backoff(10, initial_s=1, max_s=4).pauses(clock, never))
    assert clock.slept == [1, 2, 4, 3]
    assert waited == [1, 3, 7, 10]


def test_who_is_asked_to_stop_does_not_sleep() -> None:
    clock = VirtualTime()
    with pytest.raises(Stopped):
        next(Backoff(10).pauses(clock, lambda: True))
    assert clock.slept == []


def test_the_clock_of_this_machine_goes_on() -> None:
    clock = SystemClock()
    began = clock.elapsed()
    clock.sleep(0.001)
    assert clock.elapsed() > began
    assert clock.now().tzinfo is not None
