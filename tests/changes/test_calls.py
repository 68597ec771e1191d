"""The call that brings a resource into a state, for each kind and each state."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.changes.calls import call_for, inverse_of
from sm_ssh_widget.changes.plan import Call, Kind
from tests.changes.story import whole_plan

ROLE, USER = {"role": "R", "arn": "a"}, {"user": "U", "arn": "a"}
R, U = {"RoleName": "R"}, {"UserName": "U"}
SETTING = {"setting_id": "/s", "region": "eu-west-1"}
TEXT = "{}"
NAMED = {"PolicyName": "P"}


@pytest.mark.parametrize(
    ("kind", "resource", "state", "operation", "parameters"),
    [
        (Kind.TRUST, ROLE, TEXT, "UpdateAssumeRolePolicy", {**R, "PolicyDocument": TEXT}),
        (Kind.ROLE, ROLE, TEXT, "CreateRole", {**R, "AssumeRolePolicyDocument": TEXT}),
        (Kind.ROLE, ROLE, None, "DeleteRole", R),
        (
            Kind.ROLE_INLINE,
            {**ROLE, "policy": "P"},
            TEXT,
            "PutRolePolicy",
            {**R, **NAMED, "PolicyDocument": TEXT},
        ),
        (Kind.ROLE_INLINE, {**ROLE, "policy": "P"}, None, "DeleteRolePolicy", {**R, **NAMED}),
        (
            Kind.USER_INLINE,
            {**USER, "policy": "P"},
            TEXT,
            "PutUserPolicy",
            {**U, **NAMED, "PolicyDocument": TEXT},
        ),
        (Kind.USER_INLINE, {**USER, "policy": "P"}, None, "DeleteUserPolicy", {**U, **NAMED}),
        (Kind.ATTACH_ROLE_POLICY, {**ROLE, "policy_arn": "P"}, True, "AttachRolePolicy", {**R, "PolicyArn": "P"}),
        (Kind.ATTACH_ROLE_POLICY, {**ROLE, "policy_arn": "P"}, False, "DetachRolePolicy", {**R, "PolicyArn": "P"}),
        (Kind.ATTACH_USER_POLICY, {**USER, "policy_arn": "P"}, True, "AttachUserPolicy", {**U, "PolicyArn": "P"}),
        (Kind.ATTACH_USER_POLICY, {**USER, "policy_arn": "P"}, False, "DetachUserPolicy", {**U, "PolicyArn": "P"}),
    ],
)
def test_a_call_of_iam(kind: Kind, resource: dict[str, str], state: Any, operation: str, parameters: Any) -> None:
    assert call_for(kind, resource, state) == Call("iam", operation, parameters)


def test_a_setting_is_set_or_reset_to_what_it_was_by_default() -> None:
    customized = call_for(Kind.SERVICE_SETTING, SETTING, {"value": "standard", "status": "Customized"})
    assert customized == Call("ssm", "UpdateServiceSetting", {"SettingId": "/s", "SettingValue": "standard"})
    default = call_for(Kind.SERVICE_SETTING, SETTING, {"value": "standard", "status": "Default"})
    assert default == Call("ssm", "ResetServiceSetting", {"SettingId": "/s"})


def test_what_takes_more_than_its_state_can_only_be_deleted() -> None:
    for kind, parameters in (
        (Kind.QUICK_SETUP, {"ManagerArn": {"known-later": "manager"}}),
        (Kind.INSTANCE, {"InstanceIds": [{"known-later": "instance"}]}),
    ):
        deleted = call_for(kind, {}, None)
        assert deleted is not None
        assert deleted.parameters == parameters
        assert call_for(kind, {}, {"name": "x"}) is None


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_every_change_of_ours_tells_its_own_calls(baseline: str) -> None:
    for change in whole_plan(baseline).changes:
        there = call_for(change.kind, change.resource, change.after)
        assert there is None or change.calls == (there,)
        assert change.inverse == (inverse_of(change),)


def test_what_nothing_undoes() -> None:
    (change,) = (each for each in whole_plan().changes if each.kind is Kind.QUICK_SETUP)
    with pytest.raises(ValueError, match="nothing undoes it"):
        inverse_of(type(change)(**{**vars(change), "before": change.after}))
