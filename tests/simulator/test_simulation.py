"""SimulatePrincipalPolicy answers as the running account enforces, and names the layer."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, change_role, deny, document


def simulate(account: SimulatedAccount, action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    iam: Any = account.session().client("iam")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE_ARN, ActionNames=[action], ResourceArns=[resource], **more
    )
    found: dict[str, Any] = answer["EvaluationResults"][0]
    return found


def missing(found: dict[str, Any]) -> list[str]:
    """What was not given: told beside the resource that was named, and not above."""
    assert found["MissingContextValues"] == []
    (specific,) = found["ResourceSpecificResults"]
    assert (specific["EvalResourceDecision"], specific["EvalResourceName"]) == (
        found["EvalDecision"],
        found["EvalResourceName"],
    )
    keys: list[str] = specific["MissingContextValues"]
    return keys


def entry(key: str, value: str) -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}


def test_allowed_by_name(done: SimulatedAccount) -> None:
    found = simulate(done, "ssm:CreateActivation")
    assert found["EvalDecision"] == "allowed"
    assert found["MatchedStatements"][0]["SourcePolicyId"] == "SageMakerSSMPolicy"
    assert "OrganizationsDecisionDetail" not in found


def test_context_decides(account: SimulatedAccount) -> None:
    found = simulate(account, "iam:PassRole", ROLE_ARN)
    assert (found["EvalDecision"], missing(found)) == ("implicitDeny", ["iam:PassedToService"])
    given = [entry("iam:PassedToService", "sagemaker.amazonaws.com")]
    found = simulate(account, "iam:PassRole", ROLE_ARN, ContextEntries=given)
    assert (found["EvalDecision"], missing(found)) == ("allowed", [])


def test_a_boundary_is_named() -> None:
    with SimulatedAccount("boundary-blocks") as account:
        found = simulate(account, "ssmmessages:OpenDataChannel")
        assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
        found = simulate(account, "logs:CreateLogGroup")
        assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_an_organization_is_named() -> None:
    with SimulatedAccount("scp-blocks") as account:
        found = simulate(account, "ssmmessages:OpenDataChannel")
        assert found["EvalDecision"] == "explicitDeny"
        assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
        assert simulate(account, "s3:GetObject")["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}


def test_a_policy_that_is_not_there_yet(account: SimulatedAccount) -> None:
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ssm:*","Resource":"*"}]}'
    assert simulate(account, "ssm:CreateActivation")["EvalDecision"] == "implicitDeny"
    assert simulate(account, "ssm:CreateActivation", PolicyInputList=[text])["EvalDecision"] == "allowed"


def test_groups_count(account: SimulatedAccount) -> None:
    iam = account.session().client("iam")
    iam.create_group(GroupName="team")
    iam.attach_group_policy(GroupName="team", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    made = iam.create_user(UserName="joe")["User"]["Arn"]
    iam.add_user_to_group(GroupName="team", UserName="joe")
    answer = iam.simulate_principal_policy(PolicySourceArn=made, ActionNames=["s3:PutObject"])
    assert answer["EvaluationResults"][0]["EvalDecision"] == "allowed"
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="joe")["Groups"]] == ["team"]
    assert iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]


PERIMETER = deny(
    "*",
    Condition={
        "StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123"},
        "StringEquals": {"aws:PrincipalTag/dp:include:network": "true"},
    },
)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("tagged", [True, False])
def test_tags_of_the_principal_count_and_keys_of_the_organization_are_told(named: bool, tagged: bool) -> None:
    """Whether the keys of SCPs are told is reported both ways: https://github.com/aws/aws-cli/issues/10525."""
    with SimulatedAccount("organisation-member") as account:
        state = account.state()
        state["ServiceControlPolicies"][-1]["Content"] = document(PERIMETER)
        state["Conditions"] = {"SimulationNamesKeysOfOrganization": named}
        account.set_state(state)
        tags = [{"Key": "dp:include:network", "Value": "true"}]
        change_role(account, ROLE, Tags=tags if tagged else [])
        found = simulate(account, "ssm:GetDocument", "arn:aws:ssm:eu-west-1:123456789012:document/x")
        assert found["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": not tagged}
        keys = {"aws:SourceVpc"} if tagged else {"aws:SourceVpc", "aws:PrincipalTag/dp:include:network"}
        assert set(missing(found)) == (keys if named else set())


def test_without_a_resource_the_keys_stand_with_the_action(account: SimulatedAccount) -> None:
    found = simulate(account, "iam:PassRole")
    assert found["MissingContextValues"] == ["iam:PassedToService"]
    assert "ResourceSpecificResults" not in found
