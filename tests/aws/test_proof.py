"""The proof over the simulated account: the role's own activation, deleted again, or AWS's own words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from sm_ssh_widget.aws.proof import ProofStatus, prove
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Target
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import acting, assessed, iam_of, target_of
from tests.support.virtual_time import VirtualTime

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
SAGEMAKER_ONLY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("everything-done") as account:
        yield account


def activations(account: SimulatedAccount) -> list[Any]:
    return list(account.session("admin").client("ssm").describe_activations()["ActivationList"])


def findings(account: SimulatedAccount) -> tuple[Finding, ...]:
    session = acting(account)
    return assessed(session.reader, target_of(account)).findings


def test_the_role_proves_it_and_nothing_is_left(account: SimulatedAccount) -> None:
    session = acting(account)
    proof = prove(target_of(account), account.session("execution-role"), session)
    assert proof.status is ProofStatus.PROVED
    assert "deleted" in proof.reason
    assert activations(account) == []
    assert session.tripwire.refusals == ()


def test_without_an_acting_session_it_expires_and_says_so(account: SimulatedAccount) -> None:
    proof = prove(target_of(account), account.session("execution-role"), None)
    assert proof.status is ProofStatus.PROVED
    assert "expires" in proof.reason
    (left,) = activations(account)
    tags = {tag["Key"]: tag["Value"] for tag in left["Tags"]}
    assert left["RegistrationLimit"] == 1
    assert (left["ExpirationDate"] - left["CreatedDate"]).total_seconds() <= 601
    assert set(tags) == {"SSHOwner", "SSHCreator", "SSHTimestamp", "SSHResourceName", "SSHResourceArn"}
    assert "sm-ssh-widget" in tags["SSHResourceName"]


def test_a_session_that_may_not_delete_says_so(account: SimulatedAccount) -> None:
    proof = prove(target_of(account), account.session("execution-role"), acting(account, "read-only"))
    assert proof.status is ProofStatus.PROVED
    assert "ssm:DeleteActivation" in proof.reason
    assert "expires" in proof.reason


@pytest.mark.parametrize("profile", ["admin", "user", None])
def test_only_the_role_itself_can_give_it(account: SimulatedAccount, profile: str | None) -> None:
    session = account.session(profile) if profile else None
    proof = prove(target_of(account), session, acting(account))
    assert proof.status is ProofStatus.NOT_AVAILABLE
    assert activations(account) == []


def test_a_trust_that_is_missing_is_told_in_the_words_of_aws(account: SimulatedAccount) -> None:
    iam_of(account).update_assume_role_policy(RoleName=ROLE, PolicyDocument=SAGEMAKER_ONLY)
    clock = VirtualTime()
    proof = prove(
        target_of(account), account.session("execution-role"), acting(account), findings=findings(account), clock=clock
    )
    assert proof.status is ProofStatus.FAILED
    assert "missing ssm service principal" in proof.reason
    assert proof.finding == "trust.ssm"
    assert clock.slept == [], "what a finding predicted is not waited for"


def test_missing_rights_are_told_with_their_finding(account: SimulatedAccount) -> None:
    iam_of(account).delete_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy")
    proof = prove(target_of(account), account.session("execution-role"), acting(account), findings=findings(account))
    assert proof.status is ProofStatus.FAILED
    assert proof.finding == "role.sagemaker-ssm-policy"
    assert "AccessDenied" in proof.reason


def test_a_trust_on_its_way_is_waited_for(account: SimulatedAccount) -> None:
    before = findings(account)
    done = account.state()
    iam = iam_of(account)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=SAGEMAKER_ONLY)

    class Arriving(VirtualTime):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            account.set_state(done)

    proof = prove(
        target_of(account), account.session("execution-role"), acting(account), findings=before, clock=Arriving()
    )
    assert proof.status is ProofStatus.PROVED


def test_patience_has_an_end(account: SimulatedAccount) -> None:
    before = findings(account)
    iam_of(account).update_assume_role_policy(RoleName=ROLE, PolicyDocument=SAGEMAKER_ONLY)
    clock = VirtualTime()
    role = account.session("execution-role")
    proof = prove(target_of(account), role, acting(account), findings=before, clock=clock)
    assert proof.status is ProofStatus.FAILED
    assert 60 <= sum(clock.slept) <= 120


def test_the_code_is_nowhere(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        proof = prove(target_of(account), account.session("execution-role"), None)
    code = next(iter(account.world.state.regional["Activations"].values()))["ActivationCode"]
    assert code
    assert code not in proof.reason + repr(proof) + caplog.text


def test_a_path_that_is_not_known_is_said(account: SimulatedAccount) -> None:
    target = target_of(account)
    unknown = Target(target.role.role(None), target.region)
    proof = prove(unknown, account.session("execution-role"), None)
    assert proof.status is ProofStatus.NOT_AVAILABLE
    assert "path" in proof.reason
