"""``GetAccountAuthorizationDetails``: the model's limits, each entity once over all pages, what is told of each."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, allow, document, refusal

USED = {"LastUsedDate": "2026-11-01T12:00:00+00:00", "Region": "eu-west-1"}


@pytest.fixture
def many() -> Any:
    with SimulatedAccount("many-roles") as account:
        yield account


def test_a_page_has_a_hundred_entries_unless_told_otherwise(many: SimulatedAccount) -> None:
    iam = many.session().client("iam")
    assert len(iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]) == 100
    assert len(iam.get_account_authorization_details(Filter=["Role"], MaxItems=300)["RoleDetailList"]) == 300


def test_the_limits_are_those_of_the_model(many: SimulatedAccount) -> None:
    shape = get_session().get_service_model("iam").operation_model("GetAccountAuthorizationDetails").input_shape
    most = shape.members["MaxItems"].metadata["max"]  # type: ignore[union-attr]
    call: Any = many.session().client("iam").get_account_authorization_details
    assert call(MaxItems=most)["RoleDetailList"]
    code, said, status = refusal(call, MaxItems=most + 1)
    assert (code, status) == ("ValidationError", 400)
    assert said == (
        f"1 validation error detected: Value '{most + 1}' at 'maxItems' failed to satisfy constraint: Member must have "
        f"value less than or equal to {most}"
    )


def test_all_pages_tell_each_entity_once(many: SimulatedAccount) -> None:
    pages = (
        many.session()
        .client("iam")
        .get_paginator("get_account_authorization_details")
        .paginate(PaginationConfig={"PageSize": 77})
    )
    names = [role["RoleName"] for page in pages for role in page["RoleDetailList"]]
    assert sorted(names) == sorted(role["RoleName"] for role in many.state()["RoleDetailList"])


def test_attachments_profiles_and_last_use_are_told(account: SimulatedAccount) -> None:
    state = account.state()
    role = next(role for role in state["RoleDetailList"] if role["RoleName"] == ROLE)
    role["RoleLastUsed"] = USED
    role["AttachedManagedPolicies"].append(
        {"PolicyName": "Own", "PolicyArn": f"arn:aws:iam::{account.account}:policy/Own"}
    )
    state["Policies"].append({"PolicyName": "Own", "PolicyVersionList": [{"Document": document(allow("*"))}]})
    state["InstanceProfiles"] = [{"InstanceProfileName": "Own", "Roles": [ROLE]}]
    account.set_state(state)
    iam = account.session().client("iam")
    told: Any = iam.get_account_authorization_details(Filter=["Role", "LocalManagedPolicy"])
    roles = {each["RoleName"]: each for each in told["RoleDetailList"]}
    assert roles[ROLE]["RoleLastUsed"]["Region"] == "eu-west-1"
    assert [each["InstanceProfileName"] for each in roles[ROLE]["InstanceProfileList"]] == ["Own"]
    assert roles["DataScientist"]["InstanceProfileList"] == []
    counts = {each["PolicyName"]: each["AttachmentCount"] for each in told["Policies"]}
    assert (
        counts["Own"]
        == iam.get_policy(PolicyArn=f"arn:aws:iam::{account.account}:policy/Own")["Policy"]["AttachmentCount"]
        == 1
    )
    assert iam.get_role(RoleName=ROLE)["Role"]["RoleLastUsed"]["LastUsedDate"].isoformat() == USED["LastUsedDate"]
    assert iam.get_role(RoleName="DataScientist")["Role"]["RoleLastUsed"] == {}
    assert "RoleLastUsed" not in iam.list_roles()["Roles"][0]
