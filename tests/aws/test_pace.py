"""The pace: it grows with clean accounts, is halved once by a burst, and never starves a reader."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from sm_ssh_widget.aws.pace import FIRST, MOST, Pace, PacedReader, Rate
from sm_ssh_widget.requirements.observation import Known
from tests.support.virtual_time import StoppedTime


def test_it_grows_by_one_for_each_clean_account() -> None:
    pace = Pace()
    assert pace.limit == FIRST == 4
    for _ in range(5):
        pace.settle(clean=True)
    assert pace.limit == 9
    pace.settle(clean=False)
    assert pace.limit == 9
    for _ in range(20):
        pace.settle(clean=True)
    assert pace.limit == MOST == 16


def test_a_burst_of_throttled_calls_halves_it_once() -> None:
    pace = Pace()
    turns = [pace.begin() for _ in range(4)]
    for turn in turns * 3:
        pace.slow_down(turn, 0.5)
    assert pace.limit == 2
    assert (pace.throttled, pace.waited) == (12, 6.0)
    pace.slow_down(pace.begin(), 1)
    assert pace.limit == 1, "an account that began afterwards counts again"
    pace.slow_down(pace.begin(), 1)
    assert pace.limit == 1


def test_gentle_is_one_account_whatever_happens() -> None:
    pace = Pace(gentle=True)
    for _ in range(5):
        pace.settle(clean=True)
    assert pace.limit == 1


class Crowd:
    """A reader that records how many calls were under way at once."""

    region = "eu-west-1"

    def __init__(self, expected: int) -> None:
        self._gate = threading.Barrier(expected)
        self._lock = threading.Lock()
        self.now = self.most = 0

    def read(self, *_: str, **__: Any) -> Known[str]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self._gate.wait(20)
        with self._lock:
            self.now -= 1
        return Known("", "")

    read_all = read

    def endpoint(self, service: str) -> str:
        return service

    def stage(self) -> Any:
        return nullcontext()

    def in_parallel(self, *thunks: Callable[[], Any]) -> tuple[Any, ...]:
        found: list[Any] = [None] * len(thunks)

        def put(number: int) -> None:
            found[number] = thunks[number]()

        threads = [threading.Thread(target=put, args=(number,)) for number in range(len(thunks))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return tuple(found)


@pytest.mark.parametrize(
    ("service", "gentle", "most"), [("iam", False, 1), ("ssm", False, 3), ("ssm", True, 1), ("iam", True, 1)]
)
def test_one_iam_call_at_a_time(service: str, *, gentle: bool, most: int) -> None:
    crowd = Crowd(most)
    reader: Any = PacedReader(crowd, gentle=gentle)  # type: ignore[arg-type]
    thunks = [lambda: reader.read(service, "X")] * 2 + [lambda: reader.read_all(service, "X", "Y")]
    assert len(reader.in_parallel(*thunks)) == 3
    assert crowd.most == most
    assert (reader.region, reader.endpoint("x")) == ("eu-west-1", "x")


def test_a_rate_spreads_calls_on_the_clock() -> None:
    clock = StoppedTime()
    rate = Rate(10, clock)
    for _ in range(4):
        with rate.turn():
            pass
    assert clock.slept == pytest.approx([0.1, 0.1, 0.1])
