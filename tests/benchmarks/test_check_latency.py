"""A check is at most three round trips deep, and reads side by side: measured by what each request costs more.

With 100 ms added to every request the whole takes longer by depth × 100 ms, and no more than 15 % beside that, which
is what the threads of one process and the machine add. Both figures come from the same run; of several runs the best
counts, since noise only adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.requirements.observation import Target
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import look, target_of

pytestmark = pytest.mark.benchmark

DEPTH, MOST = 3, 1.15
RUNS = 4


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("everything-done") as account:
        yield account


@pytest.fixture
def check(account: SimulatedAccount) -> Iterator[Callable[[], None]]:
    """A check of role and user as an administrator, with warm connections."""
    target = target_of(account, f"arn:aws:iam::{account.account}:role/DataScientist")
    reader = Reader(account.session("admin"), region=account.region)
    look(reader, target)
    yield lambda: _look(reader, target)
    reader.close()


def _look(reader: Reader, target: Target) -> None:
    look(reader, target)


def _best(work: Callable[[], None]) -> float:
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


@pytest.mark.parametrize("step", [0.100, 0.400])
def test_the_depth_is_three_at_most(
    account: SimulatedAccount, check: Callable[[], None], record_property: Callable[[str, object], None], step: float
) -> None:
    """The longer step is for what the shorter one might hide: work that goes on while requests are waited for."""
    account.set_faults([])
    without = _best(check)
    account.set_faults([{"kind": "latency", "milliseconds": step * 1000}])
    with_latency = _best(check)
    account.set_faults([])
    ratio = (with_latency - without) / (DEPTH * step)
    record_property("ratio", round(ratio, 3))
    print(f"T0 {without * 1000:.0f} ms, T{step * 1000:.0f} {with_latency * 1000:.0f} ms, ratio {ratio:.3f} of {MOST}")
    assert ratio <= MOST
