"""Each fault switch does what it says, to the calls that it names, as often as it says."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.parsers import ResponseParserError

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, TIER, document, refusal
from tests.support.held_calls import held_calls
from tests.support.virtual_time import VirtualTime

ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
TRUST = document({"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"})


def client(account: SimulatedAccount, service: str = "iam", profile: str = "admin") -> Any:
    return account.session(profile).client(service, config=ONCE)  # type: ignore[call-overload]


def test_the_second_call_is_throttled(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "throttle", "operation": "iam:GetRole", "after": 2, "count": 1}])
    iam = client(account)
    iam.list_roles()
    iam.get_role(RoleName=ROLE)
    assert refusal(iam.get_role, RoleName=ROLE) == ("Throttling", "Rate exceeded", 400)
    iam.get_role(RoleName=ROLE)


def test_systems_manager_throttles_in_its_own_words(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "throttle", "operation": "ssm:*"}])
    assert refusal(client(account, "ssm").get_service_setting, SettingId=TIER)[0] == "ThrottlingException"


@pytest.mark.parametrize(("kind", "written"), [("cut-before", False), ("cut-after", True)])
def test_the_connection_is_cut(account: SimulatedAccount, kind: str, written: bool) -> None:
    account.set_faults([{"kind": kind, "operation": "iam:UpdateAssumeRolePolicy", "count": 1}])
    with pytest.raises(ConnectionClosedError):
        client(account).update_assume_role_policy(RoleName=ROLE, PolicyDocument=TRUST)
    role = next(r for r in account.state()["RoleDetailList"] if r["RoleName"] == ROLE)
    assert (role["AssumeRolePolicyDocument"] == TRUST) is written


def test_a_write_is_seen_late(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "delay-visibility", "operation": "iam:*", "seconds": 0.6}])
    iam, ssm = client(account), client(account, "ssm")
    before = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=TRUST)
    assert iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] == before
    said = f"Nonexistent role or missing ssm service principal in trust policy: {ROLE_ARN}"
    assert refusal(ssm.create_activation, IamRole=f"service-role/{ROLE}")[1] == said
    VirtualTime.advance(0.65)
    assert iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] != before
    assert ssm.create_activation(IamRole=f"service-role/{ROLE}")["ActivationId"]


def test_a_new_role_is_seen_late(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "delay-visibility", "operation": "iam:CreateRole", "seconds": 0.3}])
    iam = client(account)
    iam.create_role(RoleName="New", AssumeRolePolicyDocument=TRUST)
    assert refusal(iam.get_role, RoleName="New")[0] == "NoSuchEntity"
    VirtualTime.advance(0.35)
    assert iam.get_role(RoleName="New")["Role"]


def test_a_token_expires_in_the_middle(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "expired-token", "principal": "*:assumed-role/*"}])
    assert refusal(client(account, profile="user").list_roles)[0] == "ExpiredToken"
    assert client(account).list_roles()


def test_latency(account: SimulatedAccount) -> None:
    iam = client(account)
    iam.list_roles()
    account.set_faults([{"kind": "latency", "milliseconds": 150}])
    began = time.monotonic()
    iam.list_roles()
    assert time.monotonic() - began >= 0.15


def test_an_error_of_one_s_own_choice(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "error", "operation": "iam:ListRoles", "code": "ServiceFailure", "status": 500}])
    assert refusal(client(account).list_roles)[::2] == ("ServiceFailure", 500)


def test_an_answer_that_nobody_can_read(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "garbage", "operation": "iam:ListRoles"}])
    with pytest.raises(ResponseParserError):
        client(account).list_roles()


def test_a_switch_that_there_is_not(account: SimulatedAccount) -> None:
    with pytest.raises(ValueError, match="not a fault"):
        account.set_faults([{"kind": "earthquake"}])


def test_calls_are_noted(account: SimulatedAccount) -> None:
    iam = client(account)
    iam.get_role(RoleName=ROLE)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=TRUST)
    refusal(iam.get_role, RoleName="Nobody")
    seen = [(c["operation"], c["access"], c["status"], c.get("error")) for c in account.calls()]
    assert seen == [
        ("iam:GetRole", "read", 200, None),
        ("iam:UpdateAssumeRolePolicy", "write", 200, None),
        ("iam:GetRole", "read", 404, "NoSuchEntity"),
    ]
    assert account.calls()[0]["principal"] == "arn:aws:iam::123456789012:user/admin"


def test_an_answer_that_comes_late_is_noted_before(account: SimulatedAccount) -> None:
    iam = client(account)
    iam.list_roles()
    account.forget_calls()
    account.set_faults([{"kind": "late-answer", "operation": "iam:UpdateAssumeRolePolicy"}])
    given = {"RoleName": ROLE, "PolicyDocument": TRUST}
    writer = threading.Thread(target=iam.update_assume_role_policy, kwargs=given)
    with held_calls(account) as held:
        writer.start()
        held.wait()
        role = next(r for r in account.state()["RoleDetailList"] if r["RoleName"] == ROLE)
        assert role["AssumeRolePolicyDocument"] == TRUST
        assert writer.is_alive()
    writer.join()


def test_what_a_switch_denies_the_simulator_of_policies_denies_too(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "deny-by-scp", "operation": "ssm:CreateActivation"}])
    answer = client(account).simulate_principal_policy(PolicySourceArn=ROLE_ARN, ActionNames=["ssm:CreateActivation"])
    assert answer["EvaluationResults"][0]["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
