"""SimulatePrincipalPolicy answers as the running account enforces, and names the layer."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN


def simulate(account: SimulatedAccount, action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    iam: Any = account.session().client("iam")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE_ARN, ActionNames=[action], ResourceArns=[resource], **more
    )
    found: dict[str, Any] = answer["EvaluationResults"][0]
    return found


def entry(key: str, value: str) -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}


def test_allowed_by_name(done: SimulatedAccount) -> None:
    found = simulate(done, "ssm:CreateActivation")
    assert found["EvalDecision"] == "allowed"
    assert found["MatchedStatements"][0]["SourcePolicyId"] == "SageMakerSSMPolicy"
    assert "OrganizationsDecisionDetail" not in found


def test_context_decides(account: SimulatedAccount) -> None:
    found = simulate(account, "iam:PassRole", ROLE_ARN)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["iam:passedtoservice"])
    given = [entry("iam:PassedToService", "sagemaker.amazonaws.com")]
    found = simulate(account, "iam:PassRole", ROLE_ARN, ContextEntries=given)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])


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
