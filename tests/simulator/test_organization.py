"""The organization of the account: what a member is told of it, and the condition keys that rest on it."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, allow, deny, document, refusal
from tests.simulator.test_enforcement import a_role, client

OWN = {"Id": "o-acme123456", "MasterAccountId": "210987654321", "Path": "o-acme123456/r-ab12/ou-ab12-11111111/"}


def test_an_account_that_is_in_none_is_told_so(account: SimulatedAccount) -> None:
    code, said, _ = refusal(account.session().client("organizations").describe_organization)
    assert code == "AWSOrganizationsNotInUseException"
    assert said == "Your account is not a member of an organization."


def test_a_member_is_told_its_organization(account: SimulatedAccount) -> None:
    account.set_state({**account.state(), "Organization": OWN})
    found = account.session().client("organizations").describe_organization()["Organization"]
    assert (found["Id"], found["MasterAccountId"]) == (OWN["Id"], OWN["MasterAccountId"])
    assert refusal(account.session("user").client("organizations").describe_organization)[0] == "AccessDeniedException"
    assert account.state()["Organization"] == OWN


def test_policies_of_an_organization_imply_one() -> None:
    with SimulatedAccount("scp-blocks") as account:
        found = account.session().client("organizations").describe_organization()["Organization"]
    assert found["Id"].startswith("o-")


KEYS: list[tuple[str, str, Any]] = [
    ("StringEquals", "aws:PrincipalOrgID", OWN["Id"]),
    ("StringEquals", "aws:ResourceOrgID", OWN["Id"]),
    ("StringEquals", "aws:PrincipalOrgMasterAccountId", OWN["MasterAccountId"]),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-acme123456/r-ab12/*"),
    ("ForAnyValue:StringLike", "aws:ResourceOrgPaths", "o-acme123456/r-ab12/*"),
]


@pytest.mark.parametrize("member", [True, False])
@pytest.mark.parametrize(("operator", "key", "value"), KEYS, ids=[key for _, key, _ in KEYS])
def test_a_key_of_the_organization_is_in_the_request_of_a_member(
    account: SimulatedAccount, operator: str, key: str, value: str, member: bool
) -> None:
    account.set_state({**account.state(), "Organization": OWN if member else {}})
    own = client(account, a_role(account, allow("iam:GetRole", Condition={operator: {key: value}})), "iam")
    if member:
        assert own.get_role(RoleName=ROLE)["Role"]
    else:
        assert refusal(own.get_role, RoleName=ROLE)[0] == "AccessDenied"


def test_a_perimeter_around_the_organization_locks_nobody_of_it_out(account: SimulatedAccount) -> None:
    perimeter = deny("*", Condition={"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}})
    full = {"Name": "FullAWSAccess", "Content": document(allow("*"))}
    policies = [full, {"Name": "resource_perimeter", "Content": document(perimeter)}]
    account.set_state({**account.state(), "Organization": OWN, "ServiceControlPolicies": policies})
    assert account.session().client("iam").get_role(RoleName=ROLE)["Role"]


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("ssm", "get_document", {"Name": "AWS-RunShellScript"}),
        ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}),
    ],
)
def test_what_is_aws_s_own_is_outside_of_the_perimeter(
    account: SimulatedAccount, service: Any, operation: str, asked: dict[str, str]
) -> None:
    """As AWS's samples of perimeters say by what they let through by name."""
    let = {"Effect": "Deny", "NotAction": [], "Resource": "*"}
    condition = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    full = {"Name": "FullAWSAccess", "Content": document(allow("*"))}
    for through, allowed in ((["ssm:Get*", "iam:GetPolicy"], True), (["s3:GetObject"], False)):
        perimeter = {"Name": "perimeter", "Content": document({**let, "NotAction": through, "Condition": condition})}
        account.set_state({**account.state(), "Organization": OWN, "ServiceControlPolicies": [full, perimeter]})
        call = getattr(account.session().client(service), operation)
        if allowed:
            assert call(**asked)
        else:
            assert refusal(call, **asked)[0].startswith("AccessDenied")
