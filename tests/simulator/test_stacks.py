"""Templates of the simulated CloudFormation: order, conditions, intrinsic functions, and what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.sessions import clients_of
from sm_ssh_widget.simulator.stacks.stack import Stack, StackFailed, StackPlace
from sm_ssh_widget.simulator.stacks.template import as_texts, creation_order, parse, resolved


def test_a_resource_is_made_after_those_that_it_names() -> None:
    resources = {
        "Last": {"DependsOn": ["Second", "Third"]},
        "Third": {"Properties": {"A": [{"Fn::GetAtt": ["First", "Arn"]}]}},
        "Second": {"Properties": {"Ref": "First"}},
        "First": {"Properties": {"Ref": "AWS::Region"}},
        "Never": {"DependsOn": "First"},
    }
    assert creation_order(resources, lambda name: name != "Never") == ["First", "Second", "Third", "Last"]


def test_intrinsic_functions_are_resolved_wherever_they_stand() -> None:
    value = {"a": [{"Ref": "X"}, {"Fn::Sub": "${X}-${!aws:userid}-${Y}"}], "b": {"Fn::GetAtt": ["X", "Arn"]}, "c": 1}
    found = resolved(value, lambda name: name.lower(), lambda name, attribute: f"{name}.{attribute}")
    assert found == {"a": ["x", "x-${aws:userid}-y"], "b": "X.Arn", "c": 1}


def test_a_custom_resource_gets_texts() -> None:
    assert as_texts({"a": [1, True, None, "x"]}) == {"a": ["1", "true", "null", "x"]}


@pytest.mark.parametrize("text", ["a: [", "[]", "{}", "Resources: 1"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Template format error"):
        parse(text)


def stack_of(account: SimulatedAccount, template: dict[str, Any], **parameters: str) -> Stack:
    admin = clients_of(account.world.credentials.of_user(account.world.state, "admin"), account.region, account.url)
    place = StackPlace(
        account.account, account.region, "aws", admin, lambda _: admin, sleep=account.world.clock.advance
    )
    return Stack(place, template, parameters)


def test_a_resource_whose_condition_does_not_hold_is_not_made(account: SimulatedAccount) -> None:
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Condition": "Here", "Properties": {}}
    template = {
        "Parameters": {"Where": {"Default": "eu-west-1"}},
        "Conditions": {"Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "Where"}]}},
        "Resources": {"Policy": policy},
    }
    assert stack_of(account, template).order() == ["Policy"]
    assert stack_of(account, template, Where="us-east-1").order() == []


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ({"Type": "AWS::SNS::Topic"}, "Unrecognized resource types"),
        ({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": []}}}, "MalformedPolicy"),
        (
            {"Type": "AWS::Logs::LogGroup", "DependsOn": "Log", "Properties": {"X": {"Fn::GetAtt": ["Log", "Name"]}}},
            "does not support attribute type Name",
        ),
    ],
)
def test_what_it_cannot_make_fails(account: SimulatedAccount, resource: dict[str, Any], said: str) -> None:
    stack = stack_of(account, {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}, "Other": resource}})
    before = account.state()
    with pytest.raises(StackFailed, match=said):
        stack.deploy()
    stack.delete()
    assert account.state() == before
