"""Lists come in pages, also small ones, and nothing is lost between them."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, refusal

LISTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("iam", "list_roles", {}, "Roles"),
    ("iam", "list_users", {}, "Users"),
    ("iam", "list_attached_role_policies", {"RoleName": ROLE}, "AttachedPolicies"),
    ("iam", "list_policies", {"Scope": "AWS", "PathPrefix": "/"}, "Policies"),
    ("iam", "get_account_authorization_details", {"Filter": ["Role"]}, "RoleDetailList"),
    ("sagemaker", "list_user_profiles", {}, "UserProfiles"),
]


@pytest.fixture(scope="module")
def account() -> Any:
    with SimulatedAccount() as running:
        yield running


@pytest.mark.parametrize(("service", "operation", "given", "member"), LISTS)
def test_small_pages_lose_nothing(
    account: SimulatedAccount, service: str, operation: str, given: dict[str, Any], member: str
) -> None:
    client: Any = account.session().client(service)  # type: ignore[call-overload]

    def everything() -> list[Any]:
        pages = client.get_paginator(operation).paginate(**given)
        return [item for page in pages for item in page[member]]

    account.set_faults([])
    whole = everything()
    account.set_faults([{"kind": "small-pages", "size": 200 if operation == "list_policies" else 1}])
    account.forget_calls()
    assert everything() == whole
    assert len(whole) < 2 or len(account.calls()) > 1


def test_a_marker_of_somebody_else(account: SimulatedAccount) -> None:
    account.set_faults([])
    assert refusal(account.session().client("iam").list_roles, Marker="not ours")[0] == "ValidationError"


def test_a_page_is_as_long_as_asked(account: SimulatedAccount) -> None:
    account.set_faults([])
    page = account.session().client("iam").list_roles(MaxItems=2)
    assert (len(page["Roles"]), page["IsTruncated"]) == (2, True)
    assert {"PermissionsBoundary", "Tags"}.isdisjoint(page["Roles"][0])


def test_authorisation_details_are_complete(account: SimulatedAccount) -> None:
    iam: Any = account.session().client("iam")
    details = iam.get_account_authorization_details()
    role = next(role for role in details["RoleDetailList"] if role["RoleName"] == ROLE)
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    names = {policy["PolicyName"] for policy in details["Policies"]}
    assert {"AmazonSageMakerFullAccess", "AmazonSageMaker-ExecutionPolicy-20240101T000000"} <= names
    assert all(policy["PolicyVersionList"][0]["Document"]["Statement"] for policy in details["Policies"])
