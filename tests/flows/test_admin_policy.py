"""The policy that ``plan --admin-policy`` prints is enough for that plan, and nothing in it can be left out.

An IAM user who has that policy and no other signs in, applies the plan, verifies it with a proof, and undoes it. With
any statement fewer, or any action of a statement, one of these does not succeed.
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
from sm_ssh_widget.changes.journal import Status
from sm_ssh_widget.export import tell
from sm_ssh_widget.pipeline import Given, Selection, SignedIn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.observation import Target
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario
from tests.aws.story import acting, target_of
from tests.flows.test_systems_manager import HurriedClock

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
        return dict(json.loads(tell(self.plan, "admin-policy")))

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
            if report.proof is None or "deleted again" not in report.proof.reason:
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
    session = boto3.Session(keys.access_key_id, keys.secret, region_name=running.region)
    return pipeline.sign_in(Given(session), region=running.region, endpoint=running.url)


@pytest.fixture(
    params=[("classic", "role"), ("least-privilege", "role"), ("classic", "iam-user"), ("least-privilege", "iam-user")],
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


def test_it_is_enough_and_nothing_can_be_left_out(scene: Scene) -> None:
    assert scene.failure(scene.policy) == ""
    fewer = [*without_a_statement(scene.policy), *without_an_action(scene.policy)]
    superfluous = [name for name, policy in fewer if scene.failure(policy) == ""]
    print(f"{scene.selection.baseline.name}: {len(fewer)} policies with one thing fewer, each refused")
    assert superfluous == []


@pytest.fixture(scope="module", params=["host-management", "instance-check"])
def long_scene(request: pytest.FixtureRequest, running: SimulatedAccount, operator: SignedIn) -> tuple[Any, ...]:
    """Host management first; the instance is started where it is there, with Quick Setup's instance profile."""
    options = (request.param,)
    scenario = load_scenario("quick-setup-present" if request.param == "instance-check" else "fresh-studio-role")
    running.set_state({**scenario.state, "TierPendingSeconds": 0})
    plan = pipeline.plan(
        pipeline.check_target(target_of(running, None), Selection.of("classic", options), acting(running))
    )
    [wanted] = {
        change.finding for change in plan.changes if change.finding in ("ssm.host-management", "ssm.instance-check")
    }
    return wanted, plan, running.state()


def test_it_is_enough_for_what_is_waited_for(
    long_scene: tuple[Any, ...], running: SimulatedAccount, operator: SignedIn, tmp_path: Path
) -> None:
    _, plan, before = long_scene
    policy = json.loads(tell(plan, "admin-policy"))
    running.set_state(with_operator(before, policy))
    journal = pipeline.apply(plan, operator, tmp_path, clock=HurriedClock())
    assert journal.complete, [(each.id, each.detail) for each in journal.steps if each.status is not Status.DONE]
    undone = pipeline.undo(journal, operator, tmp_path, clock=HurriedClock())
    assert undone.complete, [(each.id, each.detail) for each in undone.steps if each.detail]


def test_what_can_be_named_is_named(long_scene: tuple[Any, ...]) -> None:
    _, plan, _ = long_scene
    of_no_resource = {
        *("ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DeleteActivation", "ssm:GetServiceSetting"),
        *("ssm-quicksetup:CreateConfigurationManager", "ssm-quicksetup:ListConfigurationManagers"),
        *("iam:GetPolicy", "iam:GetPolicyVersion", "ssm:ListAssociations"),
    }
    statements = json.loads(tell(plan, "admin-policy"))["Statement"]
    anywhere = {action for each in statements if each["Resource"] == "*" for action in each["Action"]}
    assert anywhere <= of_no_resource
    passing = [each for each in statements if "iam:PassRole" in each["Action"]]
    assert passing
    for each in passing:
        assert "*" not in json.dumps(each["Resource"])
        assert "iam:PassedToService" in each["Condition"]["StringEquals"]
