"""The template, deployed to the simulated account: its native resources, and its custom ones by its own function."""

from __future__ import annotations

import json

import pytest

from sm_ssh_widget import export

from .cases import CASES, State, account_of, applied_state, reading_of, role_of, state_of
from .stack import Stack, StackFailed

pytestmark = pytest.mark.slow


def without_function(state: State) -> State:
    state["RoleDetailList"] = [role for role in state["RoleDetailList"] if role["RoleName"] != "made-AdderRole"]
    return state


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.removes])
def test_it_reaches_what_apply_reaches_and_deletion_the_state_before(
    name: str,
) -> None:
    expected = reading_of(applied_state(name))
    with account_of(CASES[name]) as (account, plan):
        before = state_of(account)
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        stack.deploy()
        assert reading_of(without_function(state_of(account))) == expected
        stack.update(export.render(plan, "cloudformation"))
        assert reading_of(without_function(state_of(account))) == expected
        stack.delete()
        assert reading_of(state_of(account)) == reading_of(before)


def test_a_removal_is_left_to_apply_and_said() -> None:
    with account_of(CASES["leftovers"]) as (account, plan):
        text = export.render(plan, "cloudformation")
        assert "account.leftovers: This format only adds." in text
        trust = role_of(account.state())["AssumeRolePolicyDocument"]
        Stack.of(account, text).deploy()
        assert role_of(account.state())["AssumeRolePolicyDocument"] == trust


def test_what_was_there_before_the_stack_stays_when_it_is_deleted() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        admin = account.session("admin")
        iam, ssm = admin.client("iam"), admin.client("ssm")
        for change in plan.changes:
            [call] = change.calls
            if call.operation == "UpdateAssumeRolePolicy":
                iam.update_assume_role_policy(**call.parameters)
            elif call.operation == "AttachRolePolicy":
                iam.attach_role_policy(**call.parameters)
            elif call.service == "ssm":
                ssm.update_service_setting(**call.parameters)
        before = state_of(account)
        stack.deploy()
        stack.delete()
        assert reading_of(state_of(account)) == reading_of(before)


def test_statements_of_others_stay_when_it_is_deleted() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        stack.deploy()
        iam = account.session("admin").client("iam")
        name = plan.changes[0].resource["role"]
        document = json.loads(role_of(account.state())["AssumeRolePolicyDocument"])
        theirs = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document["Statement"].insert(0, theirs)
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))
        stack.delete()
        left = json.loads(role_of(account.state())["AssumeRolePolicyDocument"])
        assert left["Statement"][0] == theirs
        assert len(left["Statement"]) == 2


def test_a_role_that_is_gone_does_not_hold_up_the_deletion() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        stack.deploy()
        state = account.state()
        name = role_of(state)["RoleName"]
        state["RoleDetailList"] = [role for role in state["RoleDetailList"] if role["RoleName"] != name]
        account.set_state(state)
        del stack.physical["RoleSagemakerSsmPolicy"]
        stack.delete()
        assert stack.answers[-1]["status"] == "SUCCESS"


def test_in_a_second_region_of_a_stack_set_only_the_setting_is_written() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        before = state_of(account)
        stack = Stack.of(account, export.render(plan, "cloudformation"), region="eu-north-1")
        stack.deploy()
        after = without_function(state_of(account))
        assert list(after.pop("ServiceSettings")) == ["eu-north-1"]
        before.pop("ServiceSettings")
        assert after == before


def test_another_role_can_be_named() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        role = (
            account.session("admin")
            .client("iam")
            .create_role(
                RoleName="Other", Path="/team/", AssumeRolePolicyDocument=json.dumps(json.loads(plan.changes[0].before))
            )["Role"]["Arn"]
        )
        stack = Stack.of(account, export.render(plan, "cloudformation"), RoleName="Other", RolePath="/team/")
        stack.deploy()
        [record] = [record for record in account.state()["RoleDetailList"] if record["RoleName"] == "Other"]
        [inline] = record["RolePolicyList"]
        assert json.loads(inline["PolicyDocument"])["Statement"][0]["Resource"] == role
        assert len(json.loads(record["AssumeRolePolicyDocument"])["Statement"]) == 2


def test_a_failure_is_answered_and_takes_nothing_away() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        account.set_faults(
            [{"kind": "error", "status": 400, "code": "LimitExceeded", "operation": "iam:UpdateAssumeRolePolicy"}]
        )
        with pytest.raises(StackFailed):
            stack.deploy()
        answer = stack.answers[-1]
        assert answer["id"] == "nothing"
        account.set_faults([])
        before = state_of(account)
        stack.call({**answer["event"], "RequestType": "Delete", "PhysicalResourceId": "nothing"})
        assert stack.answers[-1]["status"] == "SUCCESS"
        assert state_of(account) == before


def test_changed_items_are_refused() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        text = export.render(plan, "cloudformation")
        stack = Stack.of(account, text)
        stack.deploy()
        with pytest.raises(StackFailed, match="recreate the stack"):
            stack.update(text.replace("ssm.amazonaws.com", "glue.amazonaws.com"))


def test_an_inline_policy_of_the_same_name_made_since_is_not_written_over() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        theirs = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        account.session("admin").client("iam").put_role_policy(
            RoleName=plan.changes[0].resource["role"],
            PolicyName="SageMakerSSMPolicy",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}),
        )
        before = state_of(account)
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        with pytest.raises(StackFailed, match="SageMakerSSMPolicy is not as the plan saw it"):
            stack.deploy()
        stack.delete()
        assert reading_of(state_of(account)) == reading_of(before)


def test_an_inline_policy_that_changed_since_is_left_alone() -> None:
    with account_of(CASES["own-inline-policy"]) as (account, plan):
        iam, role = account.session("admin").client("iam"), plan.changes[0].resource["role"]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
        named = {"RoleName": role, "PolicyName": "SageMakerSSMPolicy"}
        iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
        before = state_of(account)
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        with pytest.raises(StackFailed, match="make a new plan"):
            stack.deploy()
        stack.delete()
        assert reading_of(state_of(account)) == reading_of(before)
        iam.delete_role_policy(**named)  # where there is none, nothing of anybody can be changed
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        stack.deploy()
        assert len(json.loads(role_of(account.state())["RolePolicyList"][0]["PolicyDocument"])["Statement"]) == 3


def test_a_trust_policy_that_changed_since_is_added_to() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        role = plan.changes[0].resource["role"]
        theirs = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.loads(role_of(account.state())["AssumeRolePolicyDocument"])
        document["Statement"].append(theirs)
        account.session("admin").client("iam").update_assume_role_policy(
            RoleName=role, PolicyDocument=json.dumps(document)
        )
        stack = Stack.of(account, export.render(plan, "cloudformation"))
        stack.deploy()
        after = json.loads(role_of(account.state())["AssumeRolePolicyDocument"])["Statement"]
        assert after[: len(document["Statement"])] == document["Statement"]
        assert after[-1]["Principal"] == {"Service": "ssm.amazonaws.com"}
