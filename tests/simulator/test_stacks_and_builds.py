"""CloudFormation stacks and CodeBuild projects: read by name, authorized on what they name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, allow, change_role, document, refusal

STACK = "SSH-IAM-SSM-Stack"


@pytest.fixture
def left() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("cdk-leftovers") as running:
        yield running


def test_a_stack_is_found_by_its_name_and_id(left: SimulatedAccount) -> None:
    client = left.session("admin").client("cloudformation")
    (found,) = client.describe_stacks(StackName=STACK)["Stacks"]
    assert (found["StackName"], found["StackStatus"]) == (STACK, "CREATE_COMPLETE")
    assert client.describe_stacks(StackName=found["StackId"])["Stacks"] == [found]
    assert {each["StackName"] for each in client.describe_stacks()["Stacks"]} > {STACK, "CDKToolkit"}


def test_a_stack_that_does_not_exist_or_was_deleted(left: SimulatedAccount) -> None:
    client = left.session("admin").client("cloudformation")
    said = ("ValidationError", "Stack with id gone does not exist", 400)
    assert refusal(client.describe_stacks, StackName="gone") == said
    state = left.state()
    state["Stacks"] = [{**each, "StackStatus": "DELETE_COMPLETE"} for each in state["Stacks"]]
    left.set_state(state)
    assert refusal(client.describe_stacks, StackName=STACK)[0] == "ValidationError"
    assert client.describe_stacks()["Stacks"] == []


def test_a_stack_of_another_region_is_not_here(left: SimulatedAccount) -> None:
    client = left.session("admin", region="us-east-1").client("cloudformation")
    assert refusal(client.describe_stacks, StackName=STACK)[0] == "ValidationError"


def test_resources_of_a_stack(left: SimulatedAccount) -> None:
    client = left.session("admin").client("cloudformation")
    found = client.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    assert {each["ResourceType"] for each in found} == {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}


def test_stacks_are_authorized_by_name(left: SimulatedAccount) -> None:
    place = f"arn:aws:cloudformation:{left.region}:{left.account}:stack"
    text = document(allow("cloudformation:DescribeStacks", f"{place}/{STACK}/*"))
    change_role(left, ROLE, RolePolicyList=[{"PolicyName": "Reads", "PolicyDocument": text}])
    client = left.session("execution-role").client("cloudformation")
    assert client.describe_stacks(StackName=STACK)["Stacks"]
    assert refusal(client.describe_stacks, StackName="CDKToolkit")[0] == "AccessDenied"
    assert refusal(client.list_stack_resources, StackName=STACK)[0] == "AccessDenied"


def test_projects_tell_their_role(left: SimulatedAccount) -> None:
    state = left.state()
    state["Projects"] = [{"Name": f"build-{number:03}", "ServiceRole": ROLE_ARN} for number in range(120)]
    left.set_state(state)
    client = left.session("admin").client("codebuild")
    pages = [page["projects"] for page in client.get_paginator("list_projects").paginate()]
    assert [len(page) for page in pages] == [100, 20]
    found = client.batch_get_projects(names=["build-007", "none"])
    assert [each["serviceRole"] for each in found["projects"]] == [ROLE_ARN]
    assert found["projectsNotFound"] == ["none"]
    assert refusal(client.batch_get_projects, names=pages[0] + pages[1])[0] == "InvalidInputException"


def test_projects_are_authorized_one_by_one(left: SimulatedAccount) -> None:
    place = f"arn:aws:codebuild:{left.region}:{left.account}:project"
    text = document(allow("codebuild:BatchGetProjects", f"{place}/mine"))
    change_role(left, ROLE, RolePolicyList=[{"PolicyName": "Reads", "PolicyDocument": text}])
    client = left.session("execution-role").client("codebuild")
    assert client.batch_get_projects(names=["mine"])["projectsNotFound"] == ["mine"]
    assert refusal(client.batch_get_projects, names=["mine", "theirs"])[0] == "AccessDeniedException"
    assert refusal(client.list_projects)[0] == "AccessDeniedException"
