"""The template as a text: what linters and readers see of it, and that nothing in it is misread."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import adder_function, cloudformation
from sm_ssh_widget.export.yaml import Commented, dump
from sm_ssh_widget.problem import Code, Problem
from tests.properties import examples
from tests.support.exported_code import faults_of
from tests.support.templates import lint_problems

from .plans import READ, TRUST, hostile, plan


def faults(planned: Plan, region: str = "eu-west-1") -> list[str]:
    """Errors and warnings of cfn-lint, as its command gives them."""
    return lint_problems(export.render(planned, "cloudformation"), region)


def template(planned: Plan) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(export.render(planned, "cloudformation"))
    return found


@pytest.mark.parametrize(("partition", "region"), [("aws", "eu-west-1"), ("aws-cn", "cn-north-1")])
@pytest.mark.parametrize("path", ["/", "/service-role/"])
def test_cfn_lint_has_nothing_to_say(path: str, partition: str, region: str) -> None:
    assert faults(plan(path=path, partition=partition), region) == []


def test_cfn_lint_would_say_something() -> None:
    broken = export.render(plan(), "cloudformation").replace("python3.13", "python2.6")
    assert lint_problems(broken)


def test_an_empty_plan_needs_no_function() -> None:
    assert template(replace(plan(), changes=()))["Resources"] == {}


def test_what_is_native_waits_for_a_guard() -> None:
    native = replace(plan(), changes=tuple(c for c in plan().changes if c.id == "role.sagemaker-ssm-policy"))
    found = template(native)["Resources"]
    guard = found[found["RoleSagemakerSsmPolicy"]["DependsOn"]]
    assert (guard["Type"], guard["Properties"]["Items"], guard["Properties"]["Was"]) == ("Custom::Addition", "[]", "[]")
    assert guard["Properties"]["Policy"] == found["RoleSagemakerSsmPolicy"]["Properties"]["PolicyName"]
    [policy] = found["AdderRole"]["Properties"]["Policies"]
    writes = [a for s in policy["PolicyDocument"]["Statement"] for a in s["Action"] if a.startswith("iam:Put")]
    assert writes == []  # CloudFormation writes it, the function looks only
    assert faults(native) == []


def test_what_may_be_there_is_said_where_it_matters() -> None:
    found = {name: r["Properties"] for name, r in template(plan())["Resources"].items() if r["Type"][:6] == "Custom"}
    assert {name: "Was" in properties for name, properties in found.items()} == {
        "TrustSsm": False,
        "RoleManagedInstanceCore": False,
        "RoleSagemakerSsmPolicyIsNew": True,
        "UserOwnerGuard": True,
        "UserPermissions": False,
        "SsmTier": True,
    }
    assert json.loads(found["UserOwnerGuard"]["Was"]) == [READ]
    assert json.loads(found["SsmTier"]["Was"]) == ["standard"]


def test_a_later_plan_is_another_stack() -> None:
    """Its template lacks what an earlier one added; CloudFormation would delete that from a stack of the same name."""
    names = {cloudformation.stack_name(each) for each in (plan(), plan(tag="other"))}
    assert len(names) == 2
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", name) for name in names)


def test_only_what_is_new_is_native() -> None:
    types = {name: resource["Type"] for name, resource in template(plan())["Resources"].items()}
    assert types["RoleSagemakerSsmPolicy"] == "AWS::IAM::RolePolicy"
    assert types["UserOwnerGuard"] == "Custom::Addition"  # the policy of that name is somebody's


def test_the_code_fits_and_is_clean() -> None:
    code = adder_function.one_addition()
    assert len(code) < 5000  # "one small custom resource"
    assert code.isascii()
    assert template(plan())["Resources"]["AdderFunction"]["Properties"]["Code"]["ZipFile"] == code
    assert faults_of(code) == ""


def test_the_template_fits_into_one_request() -> None:
    assert len(export.render(plan(), "cloudformation").encode()) < 51_200


def test_the_function_may_do_what_it_needs_and_nothing_anywhere_else() -> None:
    statements = template(plan())["Resources"]["AdderRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert all(statement["Resource"] != "*" for statement in statements)
    attaching = [s for s in statements if "iam:AttachRolePolicy" in s["Action"]]
    assert all("iam:PolicyARN" in s["Condition"]["ArnEquals"] for s in attaching)
    assert {action.partition(":")[0] for s in statements for action in s["Action"]} == {"iam", "ssm", "logs"}


def test_no_account_and_no_role_is_fixed() -> None:
    body = {key: value for key, value in template(plan(user="some.user")).items() if key != "Parameters"}
    assert "123456789012" not in json.dumps(body)
    assert "ExecutionRole" not in json.dumps(body)
    assert "some.user" not in json.dumps(body)


def test_a_policy_variable_stays_one() -> None:
    resource = template(plan(tag="${aws:userid}"))["Resources"]["RoleSagemakerSsmPolicy"]
    [statement] = resource["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"]["aws:x"] == "${aws:userid}"
    custom = template(plan(tag="${aws:userid}"))["Resources"]["UserOwnerGuard"]["Properties"]["Items"]
    assert "${!aws:userid}" in custom["Fn::Sub"]


@settings(max_examples=examples(60))
@given(role=hostile, user=hostile, policy=hostile, tag=hostile)
def test_hostile_names_are_read_as_they_are(role: str, user: str, policy: str, tag: str) -> None:
    assume("{{resolve:" not in role + user + policy + tag)
    planned = plan(role=role, user=user, policy=policy, tag=tag, reason=tag)
    found = template(planned)
    assert (
        found["Parameters"]["RolePath"]["Default"] + found["Parameters"]["RoleName"]["Default"]
        == f"/service-role/{role}"
    )
    assert found["Parameters"]["UserPath"]["Default"] + found["Parameters"]["UserName"]["Default"] == f"/{user}"
    for resource in found["Resources"].values():
        if resource["Type"] == "Custom::Addition" and resource["Properties"].get("Owner") == "User":
            assert resource["Properties"]["Name"] == {"Ref": "UserName"}
    assert {r["Type"] for r in found["Resources"].values()} == {
        r["Type"] for r in template(plan())["Resources"].values()
    }


@pytest.mark.parametrize("where", ["role", "user", "policy", "tag", "trust"])
def test_no_text_that_cloudformation_would_replace(where: str) -> None:
    secret = "{{resolve:secretsmanager:admin}}"
    trust = TRUST.replace("sagemaker.amazonaws.com", secret)
    planned = plan(**{where: trust if where == "trust" else secret})
    if where == "trust":  # a custom resource adds to it; what was there is not in the template
        assert secret not in cloudformation.template(planned)
        return
    with pytest.raises(Problem) as refused:
        export.render(planned, "cloudformation")
    assert refused.value.code is Code.INVALID
    assert "{{resolve:…" in refused.value.said
    assert secret in export.render(planned, "cli-script")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(150))
@given(value=st.dictionaries(hostile, json_values, min_size=1, max_size=3), comment=hostile)
def test_yaml_gives_every_value_back(value: Any, comment: str) -> None:
    commented = {name: Commented([comment], each) for name, each in value.items()}
    assert yaml.safe_load(dump(commented)) == value


def test_the_runtime_is_supported() -> None:
    assert adder_function.RUNTIME == "python3.13"  # created until 2029-06-30 and later: Lambda's page on runtimes


def test_the_example_file_is_no_module() -> None:
    assert not (Path(cloudformation.__file__).parent / "texts" / "additions.py").exists()
