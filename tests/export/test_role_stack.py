"""The template for many roles: one resource a role, permissions within the quotas, the same text in every account."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import role_stack
from sm_ssh_widget.export.role_stack import RoleStack, additions, grants, packed, rendered
from sm_ssh_widget.policy.merge import size
from sm_ssh_widget.problem import Problem
from tests.fleet.plans import member
from tests.properties import examples
from tests.support.templates import lint_problems

from .plans import READ, hostile, plan

NAMES = tuple(f"service-role/AmazonSageMaker-ExecutionRole-20240101T{number:06}" for number in range(100))


def of_roles(*names: str) -> RoleStack:
    return RoleStack(tuple(member(name).plan for name in names))


def resources(stack: RoleStack) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(stack.text())["Resources"]
    return found


def only(found: Plan, *findings: str) -> Plan:
    return replace(found, changes=tuple(change for change in found.changes if change.finding in findings))


def test_a_role_is_one_resource_with_all_additions() -> None:
    found = [each for each in resources(of_roles("a", "b")).values() if each["Type"] == role_stack.CUSTOM]
    assert [each["Properties"]["Name"] for each in found] == ["a", "b"]
    assert [each["Kind"] for each in found[0]["Properties"]["Additions"]] == ["attachments", "trust", "inline"]
    assert all(each["Properties"]["Owner"] == "Role" for each in found)


def test_what_the_plan_saw_is_required_where_it_could_be_overwritten() -> None:
    changed = only(plan(), "trust.ssm", "role.managed-instance-core", "role.sagemaker-ssm-policy", "ssm.tier")
    found = {each["Kind"]: each for each in additions(rendered(changed))}
    assert list(found) == ["attachments", "trust", "inline", "setting"]
    assert "Was" not in found["trust"]
    assert "Was" not in found["attachments"]
    assert json.loads(found["inline"]["Was"]) == []
    assert json.loads(found["setting"]["Was"]) == ["standard"]
    assert json.loads(found["setting"]["Items"]) == ["advanced"]
    held = {each["Kind"]: each for each in additions(rendered(only(plan(), "user.owner-guard")))}
    assert json.loads(held["inline"]["Was"]) == [READ]


def test_at_most_ten_resources_are_made_at_once() -> None:
    found = resources(of_roles(*NAMES[:25]))
    custom = {name: each for name, each in found.items() if each["Type"] == role_stack.CUSTOM}
    names = list(custom)
    assert [custom[name].get("DependsOn") for name in names] == [None] * 10 + names[:15]


def test_a_hundred_roles_keep_the_quotas() -> None:
    stack = of_roles(*NAMES)
    assert stack.fits
    assert 1 < len(stack.policies) <= role_stack.POLICIES_PER_ROLE
    assert all(size(json.dumps(policy)) <= role_stack.POLICY_CHARACTERS for policy in stack.policies)
    text = stack.text()
    assert len(text.encode()) < 1_000_000
    assert len(yaml.safe_load(text)["Resources"]) <= 500
    held = list(resources(stack)["AdderRole"]["Properties"]["ManagedPolicyArns"])
    assert held == [{"Ref": f"AdderPolicy{number}"} for number in range(1, len(stack.policies) + 1)]


def test_long_paths_do_not_fit() -> None:
    assert not of_roles(*(f"{'p' * 500}/{name.rpartition('/')[2]}" for name in NAMES)).fits


def granted(policies: list[Any]) -> set[tuple[str, str, str]]:
    return {
        (action, arn, json.dumps(statement.get("Condition")))
        for policy in policies
        for statement in policy["Statement"]
        for action in statement["Action"]
        for arn in statement["Resource"]
    }


def test_the_function_can_do_what_it_needs_on_these_roles_and_nothing_else() -> None:
    stack = of_roles("path/a", "b")
    found = granted(stack.policies)
    named = {arn for _, arn, _ in found}
    place = "arn:aws:iam::123456789012:role"
    assert named == {f"{place}/path/a", f"{place}/a", f"{place}/b"}
    writes = {
        action
        for action, arn, _ in found
        if arn == f"{place}/path/a" and not action.startswith(("iam:Get", "iam:List"))
    }
    assert writes == {
        *("iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        *("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
    }
    assert {action for action, arn, _ in found if arn == f"{place}/a"} == {
        *("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"),
    }
    attaching = {condition for action, _, condition in found if action == "iam:AttachRolePolicy"}
    policies = [
        f"arn:aws:iam::aws:policy/{name}" for name in ("AmazonSSMManagedInstanceCore", "CloudWatchLogsFullAccess")
    ]
    assert attaching == {json.dumps({"ArnEquals": {"iam:PolicyARN": policies}})}


@settings(max_examples=examples(30))
@given(
    st.dictionaries(
        st.tuples(st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(tuple), st.sampled_from(["", "{}"])),
        st.lists(st.text("xyz", min_size=1, max_size=300), min_size=1, max_size=40, unique=True),
        max_size=4,
    )
)
def test_packing_loses_no_grant_and_keeps_the_quota(found: dict[Any, list[str]]) -> None:
    policies = packed(found)
    assert all(size(json.dumps(policy)) <= role_stack.POLICY_CHARACTERS for policy in policies)
    expected = {(action, arn) for (actions, _), arns in found.items() for action in actions for arn in arns}
    assert {(action, arn) for action, arn, _ in granted(policies)} == expected


def test_attachments_of_a_role_share_one_grant() -> None:
    writes = of_roles("a").writes
    conditions = [condition for _, condition in grants(writes) if condition]
    assert len(conditions) == 1


def test_account_and_partition_are_those_of_the_deployment() -> None:
    text = of_roles("a", "b").text()
    assert "123456789012" not in text
    assert "arn:aws:" not in text
    theirs = replace(only(plan(), "role.sagemaker-ssm-policy"), target={**plan().target, "account": "210000000002"})
    assert "123456789012" in RoleStack((theirs,)).text()  # the ARN of another account stays


def test_names_that_look_alike_are_different_resources() -> None:
    found = [
        name for name, each in resources(of_roles("a-b", "a.b", "A_b")).items() if each["Type"] == role_stack.CUSTOM
    ]
    assert found == ["RoleAB", "RoleAB2", "RoleAB3"]


def test_the_settings_of_a_region_have_no_role() -> None:
    stack = RoleStack((member("a", "region").plan,))
    [settings_of] = [each for each in resources(stack).values() if each["Type"] == role_stack.CUSTOM]
    assert settings_of["Properties"]["Id"] == "settings"
    assert "Owner" not in settings_of["Properties"]
    assert [each["Kind"] for each in settings_of["Properties"]["Additions"]] == ["setting"]


@pytest.mark.parametrize(
    "stack", [of_roles(*NAMES[:12]), RoleStack((member("a", "region").plan,))], ids=["roles", "region"]
)
def test_cfn_lint_has_nothing_to_say(stack: RoleStack) -> None:
    assert lint_problems(stack.text()) == []


def test_policy_variables_stay_as_they_are() -> None:
    changed = only(plan(tag="${aws:userid}"), "role.sagemaker-ssm-policy")
    text = RoleStack((changed,)).text()
    assert re.search(r"\$\{!aws:userid\}", text)


@settings(max_examples=examples(30))
@given(role=hostile, policy=hostile, tag=hostile)
def test_hostile_names_are_read_as_they_are(role: str, policy: str, tag: str) -> None:
    assume("{{resolve:" not in role + policy + tag)
    changed = only(plan(role=role, policy=policy, tag=tag), "trust.ssm", "role.sagemaker-ssm-policy")
    [found] = [each for each in resources(RoleStack((changed,))).values() if each["Type"] == role_stack.CUSTOM]
    assert found["Properties"]["Name"] == role.rpartition("/")[2]
    assert found["Properties"]["Additions"][-1]["Policy"] in (policy, {"Fn::Sub": policy.replace("${", "${!")})


def test_no_text_that_cloudformation_would_replace() -> None:
    changed = only(plan(tag="{{resolve:ssm-secure:key}}"), "role.sagemaker-ssm-policy")
    with pytest.raises(Problem, match="would replace it"):
        RoleStack((changed,)).text()
