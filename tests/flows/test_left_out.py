"""Leave one thing out of a set-up that is done: the proof or the session fails with AWS's own error, and the finding
that predicted it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sm_ssh_widget import pipeline
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked

Role = dict[str, Any]


def without_action(action: str) -> Callable[[Role], None]:
    def edit(role: Role) -> None:
        policy = next(p for p in role["RolePolicyList"] if p["PolicyName"] == "SageMakerSSMPolicy")
        document = json.loads(policy["PolicyDocument"])
        kept = [s for s in document["Statement"] if s["Action"] != action]
        assert len(kept) == len(document["Statement"]) - 1
        policy["PolicyDocument"] = json.dumps({**document, "Statement": kept})

    return edit


def without_trust(role: Role) -> None:
    document = json.loads(role["AssumeRolePolicyDocument"])
    kept = [s for s in document["Statement"] if "ssm.amazonaws.com" not in str(s["Principal"])]
    assert len(kept) == len(document["Statement"]) - 1
    role["AssumeRolePolicyDocument"] = json.dumps({**document, "Statement": kept})


def without_agent(role: Role) -> None:
    attached = role["AttachedManagedPolicies"]
    role["AttachedManagedPolicies"] = [p for p in attached if p["PolicyName"] != "AmazonSSMManagedInstanceCore"]
    assert len(role["AttachedManagedPolicies"]) == len(attached) - 1


@dataclass(frozen=True)
class LeftOut:
    """What is taken away, the finding that tells, and what AWS says where it is needed."""

    edit: Callable[[Role], None]
    finding: str
    error: str


OF_THE_PROOF = {
    "trust": LeftOut(without_trust, "trust.ssm", "missing ssm service principal in trust policy"),
    "PassRole": LeftOut(without_action("iam:PassRole"), "role.sagemaker-ssm-policy", "iam:PassRole"),
    "CreateActivation": LeftOut(
        without_action("ssm:CreateActivation"), "role.sagemaker-ssm-policy", "ssm:CreateActivation"
    ),
    "AddTagsToResource": LeftOut(
        without_action("ssm:AddTagsToResource"), "role.sagemaker-ssm-policy", "ssm:AddTagsToResource"
    ),
}


def edited(account: SimulatedAccount, edit: Callable[[Role], None]) -> None:
    state = account.state()
    edit(next(role for role in state["RoleDetailList"] if "ExecutionRole" in role["RoleName"]))
    account.set_state(state)


def missing(account: SimulatedAccount) -> list[str]:
    return [f.id for f in checked(account).findings if f.required and f.status is FindingStatus.MISSING]


@pytest.mark.parametrize("name", OF_THE_PROOF)
def test_the_proof_fails_and_names_the_finding(name: str, accounts: Callable[[str], SimulatedAccount]) -> None:
    account, left_out = accounts("everything-done"), OF_THE_PROOF[name]
    edited(account, left_out.edit)
    assert missing(account) == [left_out.finding]
    report = pipeline.verify(
        checked(account), proof=True, session=admin_of(account), role_session=account.session("execution-role")
    )
    assert report.proof is not None
    assert report.proof.status.value == "failed"
    assert left_out.error in report.proof.reason
    assert report.proof.finding == left_out.finding


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "a session of boto3"])
def test_the_proof_leaves_nothing_behind(signed_in: bool, accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("everything-done")
    session = admin_of(account) if signed_in else account.session("admin")
    role_session, before = account.session("execution-role"), account.state()
    report = pipeline.verify(checked(account), proof=True, session=session, role_session=role_session)
    assert report.proof is not None
    assert report.proof.status.value == "proved"
    assert account.state() == before


def node_of(account: SimulatedAccount) -> str:
    """A container that registers itself, as SSH Helper's does."""
    ssm = account.session("execution-role").client("ssm")
    role = "service-role/AmazonSageMaker-ExecutionRole-20240101T000000"
    made = ssm.create_activation(IamRole=role, RegistrationLimit=1, Tags=[{"Key": "SSHOwner", "Value": "jane"}])
    return account.register(made["ActivationId"], made["ActivationCode"])


def start_session(account: SimulatedAccount, node: str) -> str:
    return str(account.session("admin").client("ssm").start_session(Target=node)["SessionId"])


def test_with_nothing_left_out_a_session_opens(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("everything-done")
    assert start_session(account, node_of(account))


def test_without_the_tier_the_session_fails(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("everything-done")
    node = node_of(account)
    account.session("admin").client("ssm").reset_service_setting(SettingId="/ssm/managed-instance/activation-tier")
    with pytest.raises(ClientError, match="Enable advanced-instances tier"):
        start_session(account, node)
    assert missing(account) == ["ssm.tier"]


def test_without_the_agents_permissions_the_session_fails(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("everything-done")
    edited(account, without_agent)
    node = node_of(account)
    with pytest.raises(ClientError, match="TargetNotConnected"):
        start_session(account, node)
    assert missing(account) == ["role.managed-instance-core"]
