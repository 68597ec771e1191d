"""Stack sets of the simulated organization: who may have them, which accounts they reach, and how failures end them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.services.cloudformation.stack_sets import BODY_LIMIT
from sm_ssh_widget.simulator.stacks.rollout import EXECUTION_ROLE
from tests.simulator.conftest import allow, document, refusal

RESEARCH, FORECASTING, RANKING, FORMER, SPEECH, SECURITY = (f"2100000000{place:02}" for place in (2, 3, 4, 7, 11, 12))
ROOT = "r-sim1"
TEMPLATE = json.dumps(
    {
        "Resources": {
            "Reader": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": json.loads(
                        document(
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "lambda.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        )
                    ),
                    "ManagedPolicyArns": [{"Ref": "Reads"}],
                },
            },
            "Reads": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": json.loads(document(allow("iam:GetRole")))},
            },
        }
    }
)


@pytest.fixture
def organization() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation") as running:
        yield running


@pytest.fixture
def stacks(organization: SimulatedAccount) -> Any:
    return organization.session().client("cloudformation")


def create(stacks: Any, body: str = TEMPLATE, **more: Any) -> None:
    asked = {"PermissionModel": "SERVICE_MANAGED", "AutoDeployment": {"Enabled": False}, "TemplateBody": body}
    stacks.create_stack_set(StackSetName="readers", Capabilities=["CAPABILITY_IAM"], **{**asked, **more})


def exactly(*accounts: str) -> dict[str, Any]:
    return {"Accounts": list(accounts), "AccountFilterType": "INTERSECTION", "OrganizationalUnitIds": [ROOT]}


def operate(
    stacks: Any, what: str, targets: dict[str, Any], *regions: str, **more: Any
) -> tuple[str, dict[tuple[str, str], str]]:
    """Run an operation to its end: its status, and the status by account and Region."""
    asked = {"StackSetName": "readers", "DeploymentTargets": targets, "Regions": list(regions or ("eu-west-1",))}
    number = getattr(stacks, f"{what}_stack_instances")(**asked, **more)["OperationId"]
    named = {"StackSetName": "readers", "OperationId": number}
    for _ in range(600):
        status = stacks.describe_stack_set_operation(**named)["StackSetOperation"]["Status"]
        if status != "RUNNING":
            break
        time.sleep(0.02)  # the operation runs in a thread
    results = stacks.list_stack_set_operation_results(**named)["Summaries"]
    return status, {(each["Account"], each["Region"]): each["Status"] for each in results}


def instances(stacks: Any) -> dict[str, str]:
    return {
        each["Account"]: each["Status"] for each in stacks.list_stack_instances(StackSetName="readers")["Summaries"]
    }


def made(organization: SimulatedAccount, account: str) -> list[str]:
    state = organization.state(account)
    names = [each["RoleName"] for each in state["RoleDetailList"]] + [each["PolicyName"] for each in state["Policies"]]
    return [name for name in names if name.startswith("StackSet-")]


def test_stacks_are_made_and_deleted(organization: SimulatedAccount, stacks: Any) -> None:
    before = {each.id: organization.state(each.id) for each in organization.members}
    create(stacks)
    status, results = operate(stacks, "create", exactly(RESEARCH, SPEECH))
    assert (status, set(results.values())) == ("SUCCEEDED", {"SUCCEEDED"})
    assert instances(stacks) == {RESEARCH: "CURRENT", SPEECH: "CURRENT"}
    assert len(made(organization, RESEARCH)) == len(made(organization, SPEECH)) == 2
    assert not made(organization, FORECASTING)
    [stack] = organization.session(account=RESEARCH).client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackName"].startswith("StackSet-readers-")
    assert refusal(stacks.delete_stack_set, StackSetName="readers")[0] == "StackSetNotEmptyException"
    assert operate(stacks, "delete", exactly(RESEARCH, SPEECH), RetainStacks=False)[0] == "SUCCEEDED"
    stacks.delete_stack_set(StackSetName="readers")
    assert {each.id: organization.state(each.id) for each in organization.members} == before


def test_the_management_account_and_suspended_ones_are_not_reached(organization: SimulatedAccount, stacks: Any) -> None:
    create(stacks)
    status, results = operate(
        stacks,
        "create",
        exactly(organization.account, FORMER, RESEARCH),
        OperationPreferences={"FailureToleranceCount": 1},
    )
    assert status == "SUCCEEDED"
    assert results == {(RESEARCH, "eu-west-1"): "SUCCEEDED", (FORMER, "eu-west-1"): "FAILED"}
    assert not made(organization, organization.account)


def test_a_unit_names_the_accounts_below_it(organization: SimulatedAccount, stacks: Any) -> None:
    create(stacks)
    organizations = organization.session().client("organizations")
    units = organizations.list_organizational_units_for_parent(ParentId=ROOT)["OrganizationalUnits"]
    [security] = [unit["Id"] for unit in units if unit["Name"] == "Security"]
    assert operate(stacks, "create", {"OrganizationalUnitIds": [security]})[1] == {(SECURITY, "eu-west-1"): "SUCCEEDED"}
    without_filter = {"Accounts": [RESEARCH], "OrganizationalUnitIds": [ROOT]}
    for targets in (without_filter, {"Accounts": [RESEARCH]}, {"OrganizationalUnitIds": ["ou-none-12345678"]}):
        asked = {"StackSetName": "readers", "DeploymentTargets": targets, "Regions": ["eu-west-1"]}
        assert refusal(stacks.create_stack_instances, **asked)[0] == "ValidationError"


def without_role(organization: SimulatedAccount, account: str) -> None:
    state = organization.state(account)
    state["RoleDetailList"] = [each for each in state["RoleDetailList"] if each["RoleName"] != EXECUTION_ROLE]
    organization.set_state(state, account)


def test_without_tolerance_the_first_failure_ends_it(organization: SimulatedAccount, stacks: Any) -> None:
    create(stacks)
    without_role(organization, RESEARCH)
    status, results = operate(stacks, "create", exactly(RESEARCH, FORECASTING), "eu-west-1", "eu-north-1")
    assert status == "FAILED"
    assert results == {
        (RESEARCH, "eu-west-1"): "FAILED",
        (FORECASTING, "eu-west-1"): "CANCELLED",
        (RESEARCH, "eu-north-1"): "CANCELLED",
        (FORECASTING, "eu-north-1"): "CANCELLED",
    }
    [failed] = [
        each
        for each in stacks.list_stack_instances(StackSetName="readers", StackInstanceAccount=RESEARCH)["Summaries"]
        if each["Region"] == "eu-west-1"
    ]
    assert (failed["Status"], failed["StackInstanceStatus"]["DetailedStatus"]) == ("OUTDATED", "FAILED")
    assert EXECUTION_ROLE in failed["StatusReason"]


@pytest.mark.parametrize(("percent", "expected"), [(49, "FAILED"), (50, "SUCCEEDED")])
def test_a_percentage_of_failures_is_tolerated(
    organization: SimulatedAccount, stacks: Any, percent: int, expected: str
) -> None:
    create(stacks)
    without_role(organization, RESEARCH)
    preferences = {"FailureTolerancePercentage": percent}
    assert operate(stacks, "create", exactly(RESEARCH, RANKING), OperationPreferences=preferences)[0] == expected


def test_a_stack_that_fails_leaves_nothing(organization: SimulatedAccount, stacks: Any) -> None:
    create(stacks)
    before = organization.state(RESEARCH)
    organization.set_faults(
        [{"kind": "error", "operation": "iam:CreateRole", "status": 400, "code": "LimitExceeded", "account": RESEARCH}]
    )
    assert operate(stacks, "create", exactly(RESEARCH))[0] == "FAILED"
    assert organization.state(RESEARCH) == before


def test_a_disabled_region_fails(stacks: Any) -> None:
    create(stacks)
    status, results = operate(stacks, "create", exactly(SPEECH, RESEARCH), "eu-south-1")
    assert (status, results[SPEECH, "eu-south-1"]) == ("FAILED", "FAILED")


def test_a_delegated_administrator_says_for_whom_it_acts(organization: SimulatedAccount, stacks: Any) -> None:
    delegated = organization.session(account=SECURITY).client("cloudformation")
    asked: dict[str, Any] = {
        "StackSetName": "readers",
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": False},
    }
    asked |= {"TemplateBody": TEMPLATE, "Capabilities": ["CAPABILITY_IAM"]}
    assert "management account or delegated admin" in refusal(delegated.create_stack_set, **asked)[1]
    delegated.create_stack_set(**asked, CallAs="DELEGATED_ADMIN")
    assert [each["StackSetName"] for each in stacks.list_stack_sets()["Summaries"]] == ["readers"]
    assert delegated.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"]
    other = organization.session(account=RESEARCH).client("cloudformation")
    assert refusal(other.create_stack_set, **asked, CallAs="DELEGATED_ADMIN")[0] == "ValidationError"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Capabilities": []}, "InsufficientCapabilitiesException"),
        ({"TemplateBody": "Resources: ["}, "ValidationError"),
        ({"TemplateBody": "{}"}, "ValidationError"),
        ({"TemplateBody": TEMPLATE + " " * BODY_LIMIT}, "ValidationError"),
        ({"PermissionModel": "SELF_MANAGED"}, "NotImplemented"),
    ],
)
def test_what_cannot_be_a_stack_set_is_refused(stacks: Any, more: dict[str, Any], code: str) -> None:
    asked: dict[str, Any] = {
        "StackSetName": "readers",
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": False},
    }
    asked |= {"TemplateBody": TEMPLATE, "Capabilities": ["CAPABILITY_IAM"]}
    assert refusal(stacks.create_stack_set, **{**asked, **more})[0] == code


def test_a_large_template_is_read_from_a_bucket(organization: SimulatedAccount, stacks: Any) -> None:
    s3 = organization.session().client("s3")
    s3.create_bucket(Bucket="templates-of-ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates-of-ours", Key="readers.yaml", Body=(TEMPLATE + " " * BODY_LIMIT).encode())
    stacks.create_stack_set(
        StackSetName="readers",
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
        TemplateURL="https://templates-of-ours.s3.eu-west-1.amazonaws.com/readers.yaml",
        Capabilities=["CAPABILITY_IAM"],
    )
    assert len(stacks.describe_stack_set(StackSetName="readers")["StackSet"]["TemplateBody"]) > BODY_LIMIT


def test_what_is_not_there_is_told(stacks: Any) -> None:
    create(stacks)
    assert refusal(stacks.describe_stack_set, StackSetName="none")[0] == "StackSetNotFoundException"
    asked = {"StackSetName": "readers", "OperationId": "none"}
    assert refusal(stacks.describe_stack_set_operation, **asked)[0] == "OperationNotFoundException"
    place = {"StackSetName": "readers", "StackInstanceAccount": RESEARCH, "StackInstanceRegion": "eu-west-1"}
    assert refusal(stacks.describe_stack_instance, **place)[0] == "StackInstanceNotFoundException"
    assert refusal(create, stacks=stacks)[0] == "NameAlreadyExistsException"
    assert operate(stacks, "create", exactly(RESEARCH))[0] == "SUCCEEDED"
    assert stacks.describe_stack_instance(**place)["StackInstance"]["Status"] == "CURRENT"
    assert len(stacks.list_stack_set_operations(StackSetName="readers")["Summaries"]) == 1
