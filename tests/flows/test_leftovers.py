"""What SSH Helper's CDK left: found in every account, removed only when chosen, put back exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked

CHOSEN = ("remove-leftovers",)


def finding(report: pipeline.Report) -> Finding:
    return next(each for each in report.findings if each.id == "account.leftovers")


def edited(account: SimulatedAccount, edit: Callable[[dict[str, Any]], None]) -> SimulatedAccount:
    state = account.state()
    edit(state)
    account.set_state(state)
    return account


def role_of(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in state["RoleDetailList"] if "ExecutionRole" in each["RoleName"])
    return found


def services(account: SimulatedAccount) -> list[str]:
    trust = json.loads(role_of(account.state())["AssumeRolePolicyDocument"])
    return [service for each in trust["Statement"] for service in each["Principal"]["Service"]]


def test_the_stacks_the_policies_and_the_function_are_named(accounts: Callable[[str], SimulatedAccount]) -> None:
    found = finding(checked(accounts("cdk-leftovers")))
    assert (found.required, found.status.value) == (False, "missing")
    for part in (
        "the stack SSH-IAM-SSM-Stack (CREATE_COMPLETE)",
        "the policy SSHSageMakerClientPolicy (attached to role DataScientist)",
        "that can replace this role's trust policy",
        "a trust statement for codebuild.amazonaws.com",
    ):
        assert part in found.fact
    assert "SSMAdvancedTierLambdaRole" not in found.fact


def test_it_is_never_removed_unless_chosen(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("cdk-leftovers")
    pipeline.apply(pipeline.plan(checked(account)), admin_of(account))
    assert "codebuild.amazonaws.com" in services(account)


def test_chosen_it_is_removed_and_put_back_exactly(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("cdk-leftovers")
    admin, before = admin_of(account), account.state()
    journal = pipeline.apply(pipeline.plan(checked(account, options=CHOSEN)), admin)
    assert journal.complete
    assert services(account) == ["sagemaker.amazonaws.com", "ssm.amazonaws.com"]
    again = checked(account, options=CHOSEN)
    assert again.ready
    plan = pipeline.plan(again)
    assert plan.empty
    assert [(each.finding, each.code.value) for each in plan.refused] == [("account.leftovers", "protected")]
    assert not plan.required_refused
    assert pipeline.undo(journal, admin).complete
    assert account.state() == before


def test_a_statement_with_a_condition_is_left_and_mentioned(accounts: Callable[[str], SimulatedAccount]) -> None:
    def conditional(state: dict[str, Any]) -> None:
        trust = json.loads(role_of(state)["AssumeRolePolicyDocument"])
        trust["Statement"][1]["Condition"] = {"StringEquals": {"aws:SourceAccount": state["Account"]}}
        role_of(state)["AssumeRolePolicyDocument"] = json.dumps(trust)

    account = edited(accounts("cdk-leftovers"), conditional)
    report = checked(account, options=CHOSEN)
    assert "a trust statement" not in finding(report).fact
    assert not any(change.finding == "account.leftovers" for change in pipeline.plan(report).changes)


def test_deleted_stacks_leave_the_trust_statement(accounts: Callable[[str], SimulatedAccount]) -> None:
    def deleted(state: dict[str, Any]) -> None:
        state["Stacks"] = [{**each, "StackStatus": "DELETE_COMPLETE"} for each in state["Stacks"]]
        state["Policies"] = [each for each in state["Policies"] if not each["PolicyName"].startswith("SSHSageMaker")]
        for role in state["RoleDetailList"]:
            held = role["AttachedManagedPolicies"]
            role["AttachedManagedPolicies"] = [p for p in held if not p["PolicyName"].startswith("SSHSageMaker")]

    report = checked(edited(accounts("cdk-leftovers"), deleted), options=CHOSEN)
    assert finding(report).fact == "SageMaker SSH Helper's CDK left a trust statement for codebuild.amazonaws.com."
    assert "account.leftovers" in [change.finding for change in pipeline.plan(report).changes]


def _builds(state: dict[str, Any]) -> None:
    arn = f"arn:aws:iam::{state['Account']}:role/service-role/{role_of(state)['RoleName']}"
    state["Projects"] = [{"Name": "nightly", "ServiceRole": arn}, {"Name": "other", "ServiceRole": f"{arn}-other"}]


def test_a_build_that_uses_the_role_refuses_the_removal(accounts: Callable[[str], SimulatedAccount]) -> None:
    plan = pipeline.plan(checked(edited(accounts("cdk-leftovers"), _builds), options=CHOSEN))
    (refused,) = [each for each in plan.refused if each.finding == "account.leftovers"]
    assert refused.code.value == "blocked"
    assert "nightly" in refused.reason
    assert "other" not in refused.reason.replace("another", "")


def test_a_build_that_came_since_the_plan_stops_the_removal(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("cdk-leftovers")
    plan = pipeline.plan(checked(account, options=CHOSEN))
    edited(account, _builds)
    journal = pipeline.apply(plan, admin_of(account))
    assert journal.step("account.leftovers").status is StepStatus.DRIFTED
    assert "nightly" in journal.step("account.leftovers").detail
    assert "codebuild.amazonaws.com" in services(account)


def test_a_plan_that_removes_another_statement_is_refused(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("cdk-leftovers")
    plan = pipeline.plan(checked(account, options=CHOSEN))
    value = json.loads(json.dumps(plan.to_file()))
    change = next(each for each in value["changes"] if each["id"] == "account.leftovers")
    trust = json.loads(change["after"])
    trust["Statement"] = trust["Statement"][:1]
    change["after"] = change["calls"][0]["parameters"]["PolicyDocument"] = json.dumps(trust)
    again = pipeline.Plan._read(value)
    with pytest.raises(Problem):
        pipeline.apply(again, admin_of(account))
    assert "ssm.amazonaws.com" in services(account)


def test_reads_that_are_denied_are_unknown(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("fresh-studio-role")
    own = pipeline.detect(session=account.session("execution-role"))
    assert own.target is not None
    report = pipeline.check_target(own.target, pipeline.Selection.of(), account.session("execution-role"))
    assert finding(report).status.value == "unknown"
    assert "cloudformation:DescribeStacks" in finding(report).fact


@pytest.mark.parametrize("operation", ["cloudformation:ListStackResources", "iam:GetRolePolicy"])
def test_a_denied_read_of_a_stacks_roles_is_not_taken_for_no_role(
    accounts: Callable[[str], SimulatedAccount], operation: str
) -> None:
    account = accounts("cdk-leftovers")
    account.set_faults([{"kind": "deny", "operation": operation}])
    found = finding(checked(account))
    assert "that can replace this role's trust policy" not in found.fact
    assert found.reason.startswith("not all was read: ")
    assert operation in found.reason


def test_one_denied_stack_of_several_is_told(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("cdk-leftovers")
    account.set_faults([{"kind": "deny", "operation": "cloudformation:DescribeStacks", "count": 1}])
    found = finding(checked(account))
    assert found.reason == "not all was read: cloudformation:DescribeStacks was denied"
