"""Every fault at every operation of what takes its time: Quick Setup, the temporary instance, the device code.

The long half of the fault matrix: ``make deep`` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sm_ssh_widget.aws.signin import DeviceCode, sign_in
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.aws.signin.test_device_code import REGION, URL
from tests.flows import matrix as rules
from tests.flows.matrix import FAULTS, Matrix, undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.deep]

DEVICE = frozenset(
    {
        *("sso-oidc:RegisterClient", "sso-oidc:StartDeviceAuthorization", "sso-oidc:CreateToken"),
        *("sso:ListAccounts", "sso:ListAccountRoles", "sso:GetRoleCredentials", "sts:GetCallerIdentity"),
    }
)


@pytest.fixture(scope="module")
def quick_setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    where = tmp_path_factory.mktemp("quick-setup")
    with undisturbed("everything-done", where, "ssm.host-management") as made:
        assert made.before != made.after
        yield made


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    where = tmp_path_factory.mktemp("instance")
    with undisturbed("quick-setup-present", where, "ssm.instance-check") as made:
        yield made


@pytest.fixture(scope="module", params=["quick_setup", "instance"])
def either(request: pytest.FixtureRequest) -> Matrix:
    made: Matrix = request.getfixturevalue(request.param)
    return made


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_says_the_same_or_that_it_does_not_know(either: Matrix, fault: str) -> None:
    rules.says_the_same_or_that_it_does_not_know(either, fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_quick_setup_arrives_or_is_resumed_and_is_taken_back(quick_setup: Matrix, fault: str, tmp_path: Path) -> None:
    rules.arrives_or_is_resumed_and_is_taken_back(quick_setup, fault, tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_instance_is_started_once_and_never_left(instance: Matrix, fault: str, tmp_path: Path) -> None:
    def look(journal: Journal) -> None:
        started = list(instance.account.world.state.regional["Instances"].values())
        assert len({each["ClientToken"] for each in started}) == len(started)
        (step,) = journal.steps
        assert len(started) <= (step.notes or {}).get("attempt", 1)
        running = [each["InstanceId"] for each in started if "Terminated" not in each]
        assert all(identity in step.detail for identity in running), step
        assert not (running and journal.complete), step

    rules.arrives_or_is_resumed_and_is_taken_back(instance, fault, tmp_path, look)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_undo_arrives_or_is_gone_on_with(either: Matrix, fault: str, tmp_path: Path) -> None:
    rules.is_undone_or_gone_on_with(either, fault, tmp_path)


def test_the_matrix_covers_what_is_called(quick_setup: Matrix, instance: Matrix) -> None:
    def operations(matrix: Matrix, stage: str, access: str) -> set[str]:
        return {call["operation"] for call in matrix.called[stage] if call["access"] == access}

    manager = "ssm-quicksetup:{}ConfigurationManager"
    assert manager.format("Create") in operations(quick_setup, "apply", "write")
    assert manager.format("Get") in operations(quick_setup, "apply", "read")
    assert manager.format("Delete") in operations(quick_setup, "undo", "write")
    assert len(operations(quick_setup, "apply", "write") | operations(quick_setup, "undo", "write")) >= 8
    assert operations(instance, "apply", "write") == {
        *("ec2:RunInstances", "ssm:StartSession", "ssm:TerminateSession", "ec2:TerminateInstances"),
    }
    assert operations(instance, "check", "read") >= {"ec2:DescribeInstances", "ec2:DescribeSubnets"}


# The device code


@pytest.fixture(scope="module")
def portal() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role", sso_auto=True) as account:
        yield account


def signed_in(account: SimulatedAccount) -> None:
    way = DeviceCode(URL, REGION, show=lambda _: None)
    session = sign_in(way, region=REGION, endpoint=account.url, account=account.account)
    assert session.face.account == account.account
    session.forget()


def test_the_sign_in_calls_these(portal: SimulatedAccount) -> None:
    portal.forget_calls()
    signed_in(portal)
    assert {call["operation"] for call in portal.calls()} == DEVICE


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", sorted(DEVICE))
def test_a_sign_in_succeeds_or_says_why_and_a_second_try_works(
    operation: str, fault: str, portal: SimulatedAccount
) -> None:
    portal.set_faults([{**FAULTS[fault], "operation": operation}])
    problem = problem_of(portal)
    portal.set_faults([])
    if problem:
        assert all((problem.where, problem.said, problem.remedy)), problem
        assert "Traceback" not in str(problem)
        signed_in(portal)


def problem_of(portal: SimulatedAccount) -> Problem | None:
    try:
        signed_in(portal)
    except Problem as problem:
        return problem
    return None
