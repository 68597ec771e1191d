"""The simulated account starts about as fast as the server of moto, and a page of a large account costs what it tells.

Every figure is a ratio of two that are taken in turn in one run; of several runs the best counts, since noise only
adds. The seconds are printed beside it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount

pytestmark = pytest.mark.benchmark

RUNS = 3
MANY, FEW = 5000, 1000
READY_OF_MOTO, READY_OF_MANY, PAGE_OF_MANY = 1.5, 2.0, 2.0


def ready(*command: str) -> float:
    """Seconds of CPU until a process says its first line, and is told to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


MOTO = "from moto.server import create_backend_app, DomainDispatcherApplication; print('ready', flush=True)"


def test_ready_about_when_moto_is(record_property: Callable[[str, object], None]) -> None:
    """moto's own server has imported what it needs by then, and not yet listened."""
    taken = [(ready("-m", "sm_ssh_widget.simulator"), ready("-c", MOTO)) for _ in range(RUNS)]
    ours, moto = (min(each) for each in zip(*taken, strict=True))
    record_property("ratio", round(ours / moto, 3))
    print(
        f"READY after {ours * 1000:.0f} ms of CPU, moto after {moto * 1000:.0f} ms: "
        f"ratio {ours / moto:.2f} of {READY_OF_MOTO}"
    )
    assert ours / moto <= READY_OF_MOTO


def test_two_thousand_roles_are_loaded_in_little_more_time(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    large = tmp_path / "large.json"
    large.write_text(json.dumps({"more_roles": 2000}))
    command = ("-m", "sm_ssh_widget.simulator")
    taken = [(ready(*command, "--scenario", str(large)), ready(*command)) for _ in range(RUNS)]
    many, one = (min(each) for each in zip(*taken, strict=True))
    record_property("ratio", round(many / one, 3))
    print(
        f"2,000 roles READY after {many * 1000:.0f} ms of CPU, few after {one * 1000:.0f} ms: "
        f"ratio {many / one:.2f} of {READY_OF_MANY}"
    )
    assert many / one <= READY_OF_MANY


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SimulatedAccount, SimulatedAccount]]:
    """One account with five times the roles of the other, both with a thousand policies."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_account(tmp_path_factory.mktemp("x"), roles)) for roles in (MANY, FEW))  # type: ignore[misc]


def _account(place: Path, roles: int) -> SimulatedAccount:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    policies = [{"PolicyName": f"P{n:04}", "PolicyVersionList": [{"Document": document}]} for n in range(FEW)]
    path = place / "large.json"
    path.write_text(json.dumps({"more_roles": roles, "state": {"Policies": policies}}))
    return SimulatedAccount(str(path))


@pytest.mark.parametrize("kind", ["Role", "LocalManagedPolicy"])
def test_a_page_costs_what_it_tells_and_not_what_the_account_holds(
    accounts: tuple[SimulatedAccount, SimulatedAccount], kind: Any, record_property: Callable[[str, object], None]
) -> None:
    calls = [account.session().client("iam").get_account_authorization_details for account in accounts]

    def seconds(call: Callable[..., Any]) -> float:
        began = time.process_time()
        told = call(Filter=[kind], MaxItems=FEW)
        assert len([*told["RoleDetailList"], *told["Policies"]]) == FEW
        return time.process_time() - began

    taken = [tuple(seconds(call) for call in calls) for _ in range(RUNS)]
    many, few = (min(each) for each in zip(*taken, strict=True))
    record_property("ratio", round(many / few, 3))
    print(
        f"a page of {FEW} ({kind}): {many * 1000:.0f} ms of CPU, client included, in an account of {MANY} roles; "
        f"{few * 1000:.0f} ms in one of {FEW}"
    )
    assert many / few <= PAGE_OF_MANY
