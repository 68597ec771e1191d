"""The account as data: it comes back as it was seeded, and a write and its inverse leave no trace."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario, scenario_names
from tests.simulator.conftest import ROLE, TIER, allow, document


def control(account: SimulatedAccount, what: str, value: Any = None, method: str = "") -> Any:
    body = None if value is None else json.dumps(value).encode()
    sent = urllib.request.Request(f"{account.url}/_simulator/{what}", body, method=method or ("PUT" if body else "GET"))
    with urllib.request.urlopen(sent) as reply:
        return json.loads(reply.read())


@pytest.mark.parametrize("scenario", scenario_names())
def test_a_state_survives_the_round_trip(scenario: str) -> None:
    with SimulatedAccount(scenario) as account:
        before = control(account, "state")
        assert before == account.state()
        assert control(account, "state", before) == before
        assert "{" not in json.dumps([role["Arn"] for role in before["RoleDetailList"]])


def test_a_write_and_its_inverse_leave_no_trace(account: SimulatedAccount) -> None:
    before = account.state()
    iam, ssm = account.session().client("iam"), account.session().client("ssm")
    text = next(r["AssumeRolePolicyDocument"] for r in before["RoleDetailList"] if r["RoleName"] == ROLE)
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    trust = document({"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"})
    account.set_state({**before, "TierPendingSeconds": 0})
    before = account.state()
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    iam.put_role_policy(RoleName=ROLE, PolicyName="Own", PolicyDocument=document(allow("ssm:*")))
    ssm.update_service_setting(SettingId=TIER, SettingValue="advanced")
    assert account.state() != before
    ssm.reset_service_setting(SettingId=TIER)
    iam.delete_role_policy(RoleName=ROLE, PolicyName="Own")
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=text)
    assert account.state() == before


def test_faults_and_calls_by_http(account: SimulatedAccount) -> None:
    (fault,) = control(account, "faults", [{"kind": "throttle", "operation": "iam:GetRole"}])
    assert (fault["kind"], fault["met"]) == ("throttle", 0)
    assert control(account, "faults", []) == []
    account.session().client("sts").get_caller_identity()
    (call,) = control(account, "calls")
    assert (call["operation"], call["access"]) == ("sts:GetCallerIdentity", "read")
    assert control(account, "calls", []) == []


@pytest.mark.parametrize(
    ("what", "value", "status"), [("faults", [{"kind": "no"}], 400), ("nothing", None, 404), ("state", [1], 400)]
)
def test_what_cannot_be_read_is_said(account: SimulatedAccount, what: str, value: Any, status: int) -> None:
    before = account.state()
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(account, what, value)
    assert caught.value.code == status
    assert json.loads(caught.value.read())["said"]
    assert account.state() == before


def test_members_that_there_are_not_are_refused_by_name(account: SimulatedAccount) -> None:
    before = account.state()
    with pytest.raises(urllib.error.HTTPError) as raised:
        control(account, "state", {"RoleDetailLists": [], "Hybrid": 1})
    assert raised.value.code == 400
    assert "Hybrid, RoleDetailLists" in json.loads(raised.value.read())["said"]
    assert account.state() == before


@pytest.mark.parametrize(
    ("content", "unknown"),
    [
        ({"stat": {}}, "stat"),
        ({"state": {"Roles": []}}, "Roles"),
        ({"RoleDetailList": [], "Rolls": []}, "Rolls"),
    ],
    ids=str,
)
def test_a_scenario_file_with_members_that_there_are_not(tmp_path: Path, content: Any, unknown: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(content))
    with pytest.raises(Problem) as raised:
        SimulatedAccount(str(file))
    assert raised.value.code is Code.USAGE
    assert f": {unknown}." in raised.value.said or f"not: {unknown}" in raised.value.said


def test_an_instance_profile_with_a_role_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"InstanceProfiles": [{"InstanceProfileName": "P", "Roles": ["Gone"]}]}))
    with pytest.raises(Problem) as raised:
        SimulatedAccount(str(file))
    assert (raised.value.code, "profile P has the role Gone" in raised.value.said) == (Code.USAGE, True)


def test_an_empty_scenario_file_is_what_it_extends(tmp_path: Path) -> None:
    file = tmp_path / "empty.json"
    file.write_text("{}")
    assert load_scenario(str(file)).state == load_scenario().state


@pytest.mark.parametrize("account", ["12", "1234567890123", "12345678901a"])
def test_an_account_has_twelve_digits(account: str) -> None:
    with pytest.raises(Problem) as raised:
        SimulatedAccount(account=account)
    assert (raised.value.code.exit_code, "12 digits" in raised.value.said) == (2, True)
    assert "--account" in raised.value.remedy


def test_keys_outlive_a_new_state(account: SimulatedAccount) -> None:
    sts = account.session("execution-role").client("sts")
    account.set_state(account.state())
    assert sts.get_caller_identity()["Arn"].endswith("/SageMaker")


def test_two_accounts_side_by_side() -> None:
    with SimulatedAccount() as one, SimulatedAccount(account="210987654321", region="us-east-2") as other:
        assert one.session().client("sts").get_caller_identity()["Account"] == "123456789012"
        assert other.session().client("sts").get_caller_identity()["Account"] == "210987654321"
        assert other.session().region_name == "us-east-2"


@pytest.mark.parametrize("region", ["mars-1", "eu-west-1a", "eu-west-\N{FULLWIDTH DIGIT ONE}"])
def test_a_region_has_the_name_of_one(region: str) -> None:
    with pytest.raises(Problem) as raised:
        SimulatedAccount(region=region)
    assert (raised.value.code.exit_code, "not a Region name" in raised.value.said) == (2, True)
