"""Five hundred roles in the account do not slow the check of one.

Both accounts run at once and are checked in turn, so that what else the machine does meets both alike; the medians are
compared.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sm_ssh_widget.aws.identity import detect
from sm_ssh_widget.aws.reader import Reader
from sm_ssh_widget.simulator import SimulatedAccount
from tests.aws.story import look, target_of

pytestmark = pytest.mark.benchmark

ROLES, MOST = 500, 1.10
RUNS = 15


def with_many_roles(state: dict[str, Any]) -> dict[str, Any]:
    """The account with as many roles beside the one, each as that one is."""
    one = next(role for role in state["RoleDetailList"] if "ExecutionRole" in role["RoleName"])
    names = [f"AmazonSageMaker-ExecutionRole-{number:04d}" for number in range(ROLES)]
    others = [
        {**copy.deepcopy({k: v for k, v in one.items() if k not in ("Arn", "RoleId")}), "RoleName": name}
        for name in names
    ]
    return {**state, "RoleDetailList": [*state["RoleDetailList"], *others]}


@pytest.fixture(scope="module")
def checks() -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """A check, detection included, in an account with few roles and in one with many."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(SimulatedAccount("everything-done")) for _ in range(2))
        many.set_state(with_many_roles(many.state()))
        assert len(many.state()["RoleDetailList"]) > ROLES
        yield _check_of(few, stack), _check_of(many, stack)


def _check_of(account: SimulatedAccount, stack: ExitStack) -> Callable[[], None]:
    target = target_of(account)
    session = account.session("admin")
    reader = Reader(session, region=account.region)
    stack.callback(reader.close)

    def check() -> None:
        assert detect(role=str(target.role), reader=reader, session=session).target is not None
        look(reader, target)

    check()
    return check


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def test_five_hundred_roles_do_not_slow_the_check_of_one(
    checks: tuple[Callable[[], None], Callable[[], None]], record_property: Callable[[str, object], None]
) -> None:
    few, many = checks
    taken: list[tuple[float, float]] = [(_seconds(few), _seconds(many)) for _ in range(RUNS)]
    of_few, of_many = (statistics.median(each) for each in zip(*taken, strict=True))
    ratio = of_many / of_few
    record_property("ratio", round(ratio, 3))
    print(f"few {of_few * 1000:.0f} ms, {ROLES} more {of_many * 1000:.0f} ms, ratio {ratio:.3f} of {MOST}")
    assert ratio <= MOST
