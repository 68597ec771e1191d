"""The table of kinds: every table has every kind, and the call that brings a resource into each of its states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS
from sm_ssh_widget.changes.kinds import (
    ATTACHMENTS,
    DOCUMENTS,
    KINDS,
    Form,
    Phase,
    call_for,
    describe_resource,
    in_order,
    inverse_call,
    of_form,
    phase_of,
)
from sm_ssh_widget.changes.plan import Call, Change, Kind
from sm_ssh_widget.export import cloudformation, identity_center, shell, terraform, ticket
from sm_ssh_widget.export.long_step_grants import LONG_STEP_GRANTS
from tests.changes.story import whole_plan

ROLE, USER = {"role": "R", "arn": "a"}, {"user": "U", "arn": "a"}
AT_ROOT, IN_PATH = ({"role": "R", "arn": f"arn:aws:iam::123456789012:role/{path}R"} for path in ("", "of/us/"))
R, U = {"RoleName": "R"}, {"UserName": "U"}
SETTING = {"setting_id": "/s", "region": "eu-west-1"}
TEXT = "{}"
NAMED = {"PolicyName": "P"}
TABLES: dict[str, Mapping[Kind, object]] = {
    "kinds": KINDS,
    "resource kinds": RESOURCE_KINDS,
    "cloudformation": cloudformation.RENDERERS,
    "identity center": identity_center.RENDERERS,
    "shell": shell.RENDERERS,
    "terraform": terraform.RENDERERS,
    "ticket": ticket.RENDERERS,
}
CHANGES: dict[Kind, Change] = {change.kind: change for change in whole_plan().changes}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_every_kind(table: str) -> None:
    assert set(TABLES[table]) == set(Kind)


def test_what_only_apply_writes_is_the_same_in_every_export() -> None:
    for table in ("cloudformation", "shell", "terraform"):
        skipped = {kind for kind, renderer in TABLES[table].items() if renderer is None}
        assert skipped == of_form(Form.CREATED) | {Kind.ROLE}


def test_every_kind_whose_calls_do_not_follow_from_its_state_has_grants_of_its_own() -> None:
    assert set(LONG_STEP_GRANTS) == of_form(Form.CREATED) == {kind for kind in Kind if KINDS[kind].created_by}


def test_the_forms() -> None:
    assert {Kind.TRUST, Kind.ROLE, Kind.ROLE_INLINE, Kind.USER_INLINE} == DOCUMENTS
    assert {Kind.ATTACH_ROLE_POLICY, Kind.ATTACH_USER_POLICY} == ATTACHMENTS
    assert of_form(Form.SETTING) == {Kind.SERVICE_SETTING}
    assert {kind for kind in Kind if KINDS[kind].is_inline} == {Kind.ROLE_INLINE, Kind.USER_INLINE}
    assert {kind for kind in Kind if KINDS[kind].is_trust} == {Kind.TRUST, Kind.ROLE}
    assert {kind for kind in Kind if KINDS[kind].per_run} == {Kind.INSTANCE}
    assert {kind for kind in Kind if KINDS[kind].leftover({"instance": "i-1"})} == {Kind.INSTANCE}


@pytest.mark.parametrize("kind", Kind)
def test_a_change_has_the_form_and_the_resource_of_its_kind(kind: Kind) -> None:
    change, facts = CHANGES[kind], KINDS[kind]
    assert set(change.resource) == facts.resource_keys
    assert facts.owner == next((owner for owner in ("role", "user") if owner in change.resource), "")
    shapes = {Form.DOCUMENT: str, Form.ATTACHMENT: bool, Form.SETTING: dict, Form.CREATED: dict}
    assert type(change.after) is shapes[facts.form]
    assert facts.created_by in ({f"{call.service}:{call.operation}" for call in change.calls}, frozenset())


@pytest.mark.parametrize(
    ("kind", "noun", "read"),
    [
        (Kind.TRUST, "trust policy of role R", "iam:GetRole"),
        (Kind.ROLE, "role R", "iam:GetRole"),
        (Kind.ROLE_INLINE, "inline policy P of role R", "iam:GetRolePolicy"),
        (Kind.USER_INLINE, "inline policy P of user U", "iam:GetUserPolicy"),
        (Kind.ATTACH_ROLE_POLICY, "attachment of A to role R", "iam:ListAttachedRolePolicies"),
        (Kind.ATTACH_USER_POLICY, "attachment of A to user U", "iam:ListAttachedUserPolicies"),
        (Kind.SERVICE_SETTING, "setting /s in eu-west-1", "ssm:GetServiceSetting"),
        (Kind.QUICK_SETUP, "Quick Setup in eu-west-1", "ssm-quicksetup:GetConfigurationManager"),
        (Kind.INSTANCE, "temporary EC2 instance in eu-west-1", "ec2:DescribeInstances"),
    ],
)
def test_the_noun_and_the_read(kind: Kind, noun: str, read: str) -> None:
    every = {"role": "R", "user": "U", "policy": "P", "policy_arn": "A", "setting_id": "/s", "region": "eu-west-1"}
    assert describe_resource(replace(CHANGES[kind], resource=every)) == noun
    assert KINDS[kind].read_action == read


@pytest.mark.parametrize(
    ("kind", "resource", "state", "operation", "parameters"),
    [
        (Kind.TRUST, ROLE, TEXT, "UpdateAssumeRolePolicy", {**R, "PolicyDocument": TEXT}),
        (Kind.ROLE, AT_ROOT, TEXT, "CreateRole", {**R, "AssumeRolePolicyDocument": TEXT}),
        (Kind.ROLE, IN_PATH, TEXT, "CreateRole", {**R, "Path": "/of/us/", "AssumeRolePolicyDocument": TEXT}),
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
        assert change.inverse == (inverse_call(change),)


def test_what_nothing_undoes() -> None:
    (change,) = (each for each in whole_plan().changes if each.kind is Kind.QUICK_SETUP)
    with pytest.raises(ValueError, match="no call undoes it"):
        inverse_call(type(change)(**{**vars(change), "before": change.after}))


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_a_plan_follows_one_fixed_order(baseline: str) -> None:
    """Documents and attachments of the role, the person's, the tier, host management, the temporary instance."""
    places = {"user": 3, "ssm.tier": 4, "ssm.host-management": 5, "ssm.instance-check": 6}
    found = [
        places.get(change.finding)
        or places.get(change.finding.partition(".")[0])
        or (2 if change.kind is Kind.ATTACH_ROLE_POLICY else 1)
        for change in whole_plan(baseline).changes
    ]
    assert found == sorted(found)
    assert set(found) == ({1, 2, 3, 4, 5, 6} if baseline == "classic" else {1, 3, 4, 5, 6})


def test_a_change_of_the_person_has_the_same_phase_whatever_its_kind() -> None:
    for change in CHANGES.values():
        assert phase_of(replace(change, finding="user.permissions")) is Phase.PERSON
    assert {phase_of(change) for change in whole_plan().changes} == set(Phase)


@given(st.permutations(whole_plan().changes))
def test_changes_of_one_phase_keep_their_order(changes: list[Change]) -> None:
    ordered = in_order(changes)
    assert sorted(map(phase_of, changes)) == list(map(phase_of, ordered))
    for phase in Phase:
        assert [each for each in ordered if phase_of(each) is phase] == [e for e in changes if phase_of(e) is phase]
