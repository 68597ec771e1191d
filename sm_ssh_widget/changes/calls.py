"""The one call that brings a resource into a state, by kind: what a change writes, and what undoes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Call, Change, Kind

Json: TypeAlias = Any

# Creating these takes more than their state says: see :mod:`.systems_manager`.
MORE_THAN_THE_STATE: Mapping[Kind, frozenset[str]] = {
    Kind.QUICK_SETUP: frozenset({"ssm-quicksetup:CreateConfigurationManager"}),
    Kind.INSTANCE: frozenset(
        {"ec2:RunInstances", "ssm:StartSession", "ssm:TerminateSession", "ec2:TerminateInstances"}
    ),
}
"""The calls that create what :func:`call_for` can only delete."""


def call_for(kind: Kind, resource: Mapping[str, str], state: Json) -> Call | None:
    """The call after which ``resource`` is in ``state`` (in the form of its kind).

    ``None`` where that takes more than the state says: creating a Quick Setup configuration, starting an instance.
    """
    match kind:
        case Kind.TRUST:
            return Call("iam", "UpdateAssumeRolePolicy", {"RoleName": resource["role"], "PolicyDocument": state})
        case Kind.ATTACH_ROLE_POLICY | Kind.ATTACH_USER_POLICY:
            return _attachment(_owner(kind), resource, attached=state)
        case Kind.ROLE_INLINE | Kind.USER_INLINE:
            return _inline(_owner(kind), resource, state)
        case Kind.SERVICE_SETTING:
            return _setting(resource, state)
        case Kind.ROLE:
            return _role(resource, state)
        case Kind.QUICK_SETUP:
            parameters = {"ManagerArn": placeholder("manager")}
            return Call("ssm-quicksetup", "DeleteConfigurationManager", parameters) if state is None else None
        case Kind.INSTANCE:
            return (
                Call("ec2", "TerminateInstances", {"InstanceIds": [placeholder("instance")]}) if state is None else None
            )


def inverse_of(change: Change) -> Call:
    """The call that undoes a change; raises :class:`ValueError` where its ``before`` cannot be reached by one."""
    call = call_for(change.kind, change.resource, change.before)
    if call is None:
        raise ValueError(f"{change.id}: nothing undoes it")
    return call


def _owner(kind: Kind) -> str:
    return "User" if kind in (Kind.ATTACH_USER_POLICY, Kind.USER_INLINE) else "Role"


def _attachment(owner: str, resource: Mapping[str, str], *, attached: bool) -> Call:
    parameters = {f"{owner}Name": resource[owner.lower()], "PolicyArn": resource["policy_arn"]}
    return Call("iam", f"{'Attach' if attached else 'Detach'}{owner}Policy", parameters)


def _inline(owner: str, resource: Mapping[str, str], text: str | None) -> Call:
    where = {f"{owner}Name": resource[owner.lower()], "PolicyName": resource["policy"]}
    if text is None:
        return Call("iam", f"Delete{owner}Policy", where)
    return Call("iam", f"Put{owner}Policy", {**where, "PolicyDocument": text})


def _setting(resource: Mapping[str, str], state: Mapping[str, str]) -> Call:
    setting = {"SettingId": resource["setting_id"]}
    if state["status"] == "Default":
        return Call("ssm", "ResetServiceSetting", setting)
    return Call("ssm", "UpdateServiceSetting", {**setting, "SettingValue": state["value"]})


def _role(resource: Mapping[str, str], trust: str | None) -> Call:
    name = {"RoleName": resource["role"]}
    if trust is None:
        return Call("iam", "DeleteRole", name)
    return Call("iam", "CreateRole", {**name, "AssumeRolePolicyDocument": trust})
