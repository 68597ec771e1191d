"""The policy that ``plan --admin-policy`` prints is enough for that plan, and nothing in it can be left out.

An IAM user who has that policy and no other signs in, applies the plan, verifies it with a proof, and undoes it. With
any statement fewer, or any action, resource or condition's value of a statement, one of these does not succeed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.export import render
from sm_ssh_widget.pipeline import ExistingSession, Selection, SignedIn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.observation import Target
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario
from tests.support.sessions import keyed_session
from tests.support.story import acting, target_of

pytestmark = pytest.mark.slow

OPERATOR = "operator"
LOCAL_USERS = {"role": "role/DataScientist", "iam-user": "user/jane"}
JANE = {
    "UserName": "jane",
    "GroupList": ["scientists"],
    "AttachedManagedPolicies": ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"],
}
SCIENTISTS = {
    "GroupName": "scientists",
    "GroupPolicyList": [
        {"PolicyName": "Buckets", "PolicyDocument": {"Version": "2012-10-17", "Statement": [], "Id": "empty"}}
    ],
    "AttachedManagedPolicies": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
}


@dataclass(frozen=True)
class Scene:
    """An account, what is to be set up in it, the policy for that, and the operator who has it."""

    account: SimulatedAccount
    operator: SignedIn
    role_session: boto3.Session
    before: dict[str, Any]
    selection: Selection
    target: Target
    plan: pipeline.Plan
    journals: Path

    @property
    def policy(self) -> dict[str, Any]:
        return dict(json.loads(render(self.plan, "admin-policy")))

    def failure(self, policy: dict[str, Any]) -> str:
        """What this policy is not enough for, empty where all goes well."""
        self.account.set_state(with_operator(self.before, policy))
        before = self.account.state()
        try:
            journal = pipeline.apply(self.plan, self.operator, self.journals)
            if not journal.complete:
                return "apply"
            report = pipeline.verify(
                self.target,
                selection=self.selection,
                proof=True,
                session=self.operator,
                role_session=self.role_session,
            )
            if not report.ready:
                return "verify"
            if report.proof is None or "deleted" not in report.proof.reason:
                return "proof"
            undone = pipeline.undo(journal, self.operator, self.journals)
        except Problem as problem:
            return problem.where
        return "" if undone.complete and self.account.state() == before else "undo"


def with_operator(state: dict[str, Any], policy: dict[str, Any]) -> dict[str, Any]:
    """The account, and in it a user with this policy and no other."""
    arn = f"arn:aws:iam::{state['Account']}:policy/{OPERATOR}"
    user = {"UserName": OPERATOR, "AttachedManagedPolicies": [arn]}
    document = {"PolicyName": OPERATOR, "Arn": arn, "PolicyVersionList": [{"Document": policy}]}
    people = [*state["UserDetailList"], user]
    return {**state, "UserDetailList": people, "Policies": [*state["Policies"], document]}


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as account:
        yield account


@pytest.fixture(scope="module")
def operator(running: SimulatedAccount) -> SignedIn:
    running.set_state(with_operator(running.state(), {"Version": "2012-10-17", "Statement": []}))
    keys = running.world.credentials.of_user(running.world.state, OPERATOR)
    session = keyed_session(keys.access_key_id, keys.secret, None, running.region)
    return pipeline.sign_in(ExistingSession(session), region=running.region, endpoint=running.url)


@pytest.fixture(
    params=[
        ("classic", "role"),
        ("least-privilege", "iam-user"),
        pytest.param(("least-privilege", "role"), marks=pytest.mark.deep),
        pytest.param(("classic", "iam-user"), marks=pytest.mark.deep),
    ],
    ids="-".join,
)
def scene(request: pytest.FixtureRequest, running: SimulatedAccount, operator: SignedIn, tmp_path: Path) -> Scene:
    baseline, local_user = request.param
    seeded = running.scenario.state
    people = {"UserDetailList": [*seeded["UserDetailList"], JANE], "GroupDetailList": [SCIENTISTS]}
    running.set_state({**seeded, **people, "TierPendingSeconds": 0})
    selection = Selection.of(baseline, ("owner-guard",))
    target = target_of(running, f"arn:aws:iam::{running.account}:{LOCAL_USERS[local_user]}")
    plan = pipeline.plan(pipeline.check_target(target, selection, acting(running)))
    assert {change.finding for change in plan.changes} >= {"trust.ssm", "ssm.tier", "user.permissions"}
    role_session = running.session("execution-role")
    return Scene(running, operator, role_session, running.state(), selection, target, plan, tmp_path)


def without_a_statement(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    statements = policy["Statement"]
    for index, left_out in enumerate(statements):
        yield json.dumps(left_out), {**policy, "Statement": statements[:index] + statements[index + 1 :]}


def without_an_action(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    statements = policy["Statement"]
    for index, statement in enumerate(statements):
        for action in statement["Action"]:
            fewer = {**statement, "Action": [other for other in statement["Action"] if other != action]}
            rest = [*statements[:index], *([fewer] if fewer["Action"] else []), *statements[index + 1 :]]
            yield f"{action} on {statement['Resource']}", {**policy, "Statement": rest}


def without_a_resource(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for statement in policy["Statement"]:
        several = statement["Resource"] if isinstance(statement["Resource"], list) else []
        for resource in several:
            fewer = {**statement, "Resource": [other for other in several if other != resource]}
            rest = [fewer if other is statement else other for other in policy["Statement"]]
            yield f"{statement['Action']} on {resource}", {**policy, "Statement": rest}


def without_a_value(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for statement in policy["Statement"]:
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                for value in values if isinstance(values, list) else []:
                    fewer = {operator: {**keys, key: [other for other in values if other != value]}}
                    changed = {**statement, "Condition": {**statement["Condition"], **fewer}}
                    rest = [changed if other is statement else other for other in policy["Statement"]]
                    yield f"{statement['Action']} with {value}", {**policy, "Statement": rest}


def superfluous(scene: Scene) -> list[str]:
    policy, ways = scene.policy, (without_a_statement, without_an_action, without_a_resource, without_a_value)
    fewer = [each for way in ways for each in way(policy)]
    print(f"{scene.plan.options}: {len(fewer)} policies with one thing fewer")
    return [name for name, lesser in fewer if scene.failure(lesser) == ""]


def test_it_is_enough_and_nothing_can_be_left_out(scene: Scene) -> None:
    assert superfluous(scene) == []
    assert scene.failure(scene.policy) == ""


@pytest.fixture(params=["host-management", "instance-check"])
def long_scene(request: pytest.FixtureRequest, running: SimulatedAccount, operator: SignedIn, tmp_path: Path) -> Scene:
    """Host management first; the instance is started where it is there, with Quick Setup's instance profile."""
    scenario = load_scenario("quick-setup-present" if request.param == "instance-check" else "fresh-studio-role")
    hurried = {"QuickSetupSeconds": 0.02, "InstanceSeconds": 0.02}
    running.set_state({**scenario.state, "TierPendingSeconds": 0, "Conditions": hurried})
    selection, target = Selection.of("classic", (request.param,)), target_of(running, None)
    plan = pipeline.plan(pipeline.check_target(target, selection, acting(running)))
    assert f"ssm.{request.param}" in {change.finding for change in plan.changes}
    role_session = running.session("execution-role")
    return Scene(running, operator, role_session, running.state(), selection, target, plan, tmp_path)


@pytest.mark.deep
def test_nothing_of_it_can_be_left_out(long_scene: Scene) -> None:
    assert superfluous(long_scene) == []
    assert long_scene.failure(long_scene.policy) == ""


def test_what_can_be_named_is_named(long_scene: Scene) -> None:
    of_no_resource = {
        *("ec2:DescribeInstances", "ssm:DeleteActivation", "ssm:GetServiceSetting"),
        *("ssm-quicksetup:CreateConfigurationManager", "ssm-quicksetup:ListConfigurationManagers"),
        *("iam:GetPolicy", "iam:GetPolicyVersion", "ssm:ListAssociations"),
    }
    statements = long_scene.policy["Statement"]
    anywhere = {action for each in statements if each["Resource"] == "*" for action in each["Action"]}
    assert anywhere <= of_no_resource
    passing = [each for each in statements if "iam:PassRole" in each["Action"]]
    assert passing
    for each in passing:
        assert "*" not in json.dumps(each["Resource"])
        assert "iam:PassedToService" in each["Condition"]["StringEquals"]
