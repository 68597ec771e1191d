"""Five hundred roles in the account do not slow the check of one, detection included.

Both accounts run at once, with a latency as a network has it, and are checked in turn, so that what else the machine
does meets both alike. Of the runs the best counts, since noise only adds; the medians are told beside it. What cannot
be noise is compared too: the calls that a check makes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from sm_ssh_widget.aws.detection.detect import detect
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import look, target_of

pytestmark = pytest.mark.benchmark

ROLES, MOST, RUNS, LATENCY = 500, 1.10, 11, 100


@dataclass(frozen=True)
class Checked:
    """An account, and a check of its execution role with warm connections."""

    account: SimulatedAccount
    check: Callable[[], None]

    def seconds(self) -> float:
        began = time.perf_counter()
        self.check()
        return time.perf_counter() - began


@pytest.fixture(scope="module")
def accounts() -> Iterator[tuple[Checked, Checked]]:
    with ExitStack() as stack:
        few, many = (_checked(scenario, stack) for scenario in ("fresh-studio-role", "many-roles"))
        assert len(many.account.state()["RoleDetailList"]) >= ROLES
        yield few, many


def _checked(scenario: str, stack: ExitStack) -> Checked:
    account = stack.enter_context(SimulatedAccount(scenario))
    target, session = target_of(account), account.session("admin")
    reader = Reader(session, region=account.region)
    stack.callback(reader.close)

    def check() -> None:
        assert detect(role=str(target.role), reader=reader, session=session).target is not None
        look(reader, target)

    check()
    return Checked(account, check)


def test_five_hundred_roles_do_not_slow_the_check_of_one(
    accounts: tuple[Checked, Checked], record_property: Callable[[str, object], None]
) -> None:
    for each in accounts:
        each.account.set_faults([{"kind": "latency", "milliseconds": LATENCY}])
    taken = [tuple(each.seconds() for each in accounts) for _ in range(RUNS)]
    one, many = zip(*taken, strict=True)
    ratio, of_medians = min(many) / min(one), statistics.median(many) / statistics.median(one)
    record_property("ratio", round(ratio, 3))
    print(
        f"1 role {min(one) * 1000:.0f} ms, {ROLES} roles {min(many) * 1000:.0f} ms: ratio {ratio:.3f} of {MOST}, "
        f"of the medians {of_medians:.3f}"
    )
    assert ratio <= MOST


def test_five_hundred_roles_do_not_add_a_call(accounts: tuple[Checked, Checked]) -> None:
    made = []
    for each in accounts:
        each.account.forget_calls()
        each.check()
        made.append(sorted(call["operation"] for call in each.account.calls()))
    assert made[0] == made[1]
