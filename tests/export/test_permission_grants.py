"""The printed permissions are enough for what they are there for, and no action stands in them without use.

An IAM user who has them and nothing else reads what an administrator reads, and applies, proves and undoes every kind
of plan. The calls of those runs name every action that is granted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import export, fleet_pipeline, pipeline
from sm_ssh_widget.aws.session.read_operations import ACTIONS
from sm_ssh_widget.export.permissions import permissions
from sm_ssh_widget.pipeline import ExistingSession, Report, Selection, SignedIn
from sm_ssh_widget.requirements.observation import Target
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario
from tests.flows.test_admin_policy import OPERATOR, with_operator
from tests.support.networks import ENDPOINTS, NAT, SUBNET, in_vpc, network
from tests.support.sessions import keyed_session
from tests.support.story import acting

pytestmark = pytest.mark.slow

HURRIED = {"QuickSetupSeconds": 0.02, "InstanceSeconds": 0.02}
PERSON = "role/DataScientist"

# Granted for calls that AWS makes itself while it answers, or that only detection and a real denial make.
NOT_CALLED_BY_A_CHECK = {
    "iam:GetRequestAuthorizationDetails",
    "iam:GetRequestAuthorizationPolicy",
    "iam:ListRoles",
    "sagemaker:DescribeNotebookInstance",
}
FOLLOW_UPS = {"codebuild:BatchGetProjects", "iam:GetUserPolicy", "logs:DescribeLogGroups", "ssm:DescribeSessions"}
"""Made where a list names something: a project, an inline policy of the user, a log group, an earlier instance."""
EACH_BY_ITSELF = (
    "Each role was read by itself, because iam:GetAccountAuthorizationDetails was denied. With it, an audit needs "
    "about 30 calls, without it 30 for each role."
)
NOT_CALLED_BY_A_RUN = {"ec2:CreateTags", "iam:PassRole", "ssm:GetParameters"}
CHECKS = (
    ("fresh-studio-role", PERSON, ("owner-guard", "host-management", "instance-check")),
    ("quick-setup-present", None, ("default-host-management", "instance-check")),
    ("iam-user-with-groups", "user/people/alice", ()),
    ("session-preferences", PERSON, ()),
    ("cdk-leftovers", None, ("remove-leftovers",)),
    ("organisation-member", PERSON, ()),
    ("boundary-blocks", None, ()),
    ("fresh-studio-role", None, (f"subnet={SUBNET}",)),
)
RUNS = (
    ("fresh-studio-role", PERSON, ("owner-guard", "host-management")),
    ("fresh-studio-role", PERSON, ("default-host-management",)),
    ("quick-setup-present", None, ("instance-check",)),
    ("iam-user-with-groups", "user/people/alice", ("owner-guard",)),
    ("session-preferences", PERSON, ()),
    ("cdk-leftovers", None, ("remove-leftovers",)),
)


def filled(account: SimulatedAccount, target: Target, *purposes: str) -> dict[str, Any]:
    """The policies of the purposes as one, with what stands for the placeholders in this account."""
    found = [permissions()["purposes"][each]["policy"] for each in purposes]
    text = json.dumps({"Version": "2012-10-17", "Statement": [s for each in found for s in each["Statement"]]})
    values = {
        "<partition>": target.partition,
        "<account>": account.account,
        "<region>": account.region,
        "<role ARN>": str(target.role),
        "<person ARN>": str(target.user or target.role),
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return dict(json.loads(text))


def with_sids_once(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Two policies in one: a Sid may stand in it once only."""
    return {**policy, "Statement": [{k: v for k, v in s.items() if k != "Sid"} for s in policy["Statement"]]}


def operator_of(account: SimulatedAccount, policy: Mapping[str, Any]) -> SignedIn:
    """Sign in as a user who has this policy and no other."""
    account.set_state(with_operator(account.state(), with_sids_once(policy)))
    keys = account.world.credentials.of_user(account.world.state, OPERATOR)
    session = keyed_session(keys.access_key_id, keys.secret, None, account.region)
    return pipeline.sign_in(ExistingSession(session), region=account.region, endpoint=account.url)


def target_in(account: SimulatedAccount, person: str | None) -> Target:
    named = f"arn:aws:iam::{account.account}:{person}" if person else None
    detected = pipeline.detect(session=account.session("execution-role"), user=named)
    assert detected.target is not None
    return detected.target


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path))
    return monkeypatch


def prepared(account: SimulatedAccount, place: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    place.setenv("SM_SSH_WIDGET_METADATA", str(account.directory / "metadata.json"))
    state = {**account.state(), "TierPendingSeconds": 0, "Conditions": HURRIED}
    if any(each.startswith("subnet=") for each in options):
        in_vpc(state, network({"NatGatewayId": NAT["NatGatewayId"]}, ENDPOINTS, [NAT]))
    account.set_state(state)


def actions_called(account: SimulatedAccount) -> set[str]:
    pairs = [call["operation"].split(":", 1) for call in account.calls()]
    return {ACTIONS.get((service, operation), f"{service}:{operation}") for service, operation in pairs}


def denied_calls(account: SimulatedAccount) -> list[str]:
    mine = [call for call in account.calls() if call["principal"].endswith(f"/{OPERATOR}")]
    assert mine
    return [call["operation"] for call in mine if "AccessDenied" in call.get("error", "")]


def granted(*purposes: str) -> set[str]:
    policies = [permissions()["purposes"][each]["policy"] for each in purposes]
    return {action for policy in policies for each in policy["Statement"] for action in each["Action"]}


def findings(report: Report) -> list[tuple[str, str, str]]:
    return [(each.id, each.status.value, each.fact) for each in report.findings]


def checked(place: pytest.MonkeyPatch, scenario: str, person: str | None, options: tuple[str, ...]) -> set[str]:
    """Compare a check of the operator with that of an administrator; return the actions of its calls."""
    with SimulatedAccount(scenario) as account:
        prepared(account, place, options)
        target, selection = target_in(account, person), Selection.of("classic", options)
        by_admin = pipeline.check_target(target, selection, acting(account))
        operator = operator_of(account, filled(account, target, "check"))
        account.forget_calls()
        by_operator = pipeline.check_target(target, selection, operator)
        assert export.denied_reads(by_operator.observation) == (), (scenario, options)
        assert findings(by_operator) == findings(by_admin), (scenario, options)
        assert denied_calls(account) == [], (scenario, options)
        return actions_called(account)


def run(place: pytest.MonkeyPatch, scenario: str, person: str | None, options: tuple[str, ...]) -> set[str]:
    """Apply, prove and undo a plan as the operator; return the actions of all calls."""
    with SimulatedAccount(scenario) as account:
        prepared(account, place, options)
        target, selection = target_in(account, person), Selection.of("classic", options)
        operator = operator_of(account, filled(account, target, "check", "apply"))
        before = account.state()
        plan = pipeline.plan(pipeline.check_target(target, selection, operator))
        assert plan.changes
        journal = pipeline.apply(plan, operator)
        assert journal.complete, (scenario, options, [step.detail for step in journal.steps])
        role_session = account.session("execution-role")
        proved = pipeline.verify(target, selection=selection, proof=True, session=operator, role_session=role_session)
        assert proved.ready, (scenario, options)
        assert proved.proof is not None
        assert "deleted" in proved.proof.reason
        undone = pipeline.undo(journal, operator)
        assert denied_calls(account) == [], (scenario, options)
        assert undone.complete, (scenario, options, [step.detail for step in undone.steps])
        if "instance-check" not in options:  # the terminated instance is remembered
            assert account.state() == before, (scenario, options)
        return actions_called(account)


def test_a_check_reads_what_an_administrator_reads(place: pytest.MonkeyPatch) -> None:
    assert "iam:GetRole" in checked(place, *CHECKS[0])


def test_a_plan_is_applied_proved_and_undone(place: pytest.MonkeyPatch) -> None:
    assert "iam:UpdateAssumeRolePolicy" in run(place, *RUNS[0])


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_checks_make_every_call_that_is_granted(place: pytest.MonkeyPatch) -> None:
    called = {action for each in CHECKS for action in checked(place, *each)}
    assert granted("check") - called == NOT_CALLED_BY_A_CHECK | FOLLOW_UPS


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_runs_make_every_call_that_is_granted(place: pytest.MonkeyPatch) -> None:
    called = {action for each in RUNS for action in run(place, *each)}
    assert granted("apply") - called == NOT_CALLED_BY_A_RUN


@pytest.mark.parametrize("sweeps", [True, False])
def test_an_audit_reads_what_an_administrator_reads(place: pytest.MonkeyPatch, *, sweeps: bool) -> None:
    with SimulatedAccount("many-roles") as account:
        prepared(account, place, ())
        by_admin = fleet_pipeline.audit(regions=[account.region], session=acting(account))
        policy = filled(account, target_in(account, None), "audit")
        if not sweeps:
            kept = [each for each in policy["Statement"] if each["Sid"] != "ReadAccount"]
            policy = {**policy, "Statement": kept}
        operator = operator_of(account, policy)
        account.forget_calls()
        by_operator = fleet_pipeline.audit(regions=[account.region], session=operator)
        called = actions_called(account)
    assert [row.to_json() for row in by_operator] == [row.to_json() for row in by_admin]
    assert [each.to_json() for each in by_operator.places] == [each.to_json() for each in by_admin.places]
    (of_admin,), (of_operator,) = by_admin.accounts, by_operator.accounts
    assert of_operator.scps == of_admin.scps
    assert [note for note in of_operator.notes if note not in of_admin.notes] == ([] if sweeps else [EACH_BY_ITSELF])
    every_role = {"iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles"}
    assert every_role <= called if not sweeps else not every_role & called


def test_no_scenario_of_these_is_misspelt() -> None:
    assert all(load_scenario(name).name == name for name, _, _ in (*CHECKS, *RUNS))
