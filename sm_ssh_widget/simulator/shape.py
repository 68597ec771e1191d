"""Structure of a state as data: a deviation is refused with its location, before the state is used.

Only members that the simulated account uses are listed; other members of a record are kept unchanged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = Any
"""A type, several types, :class:`Moment`, :class:`ListOf`, :class:`MapOf` or :class:`Object`."""


@dataclass(frozen=True)
class Moment:
    """A time: seconds since 1970, or a text in the format of ISO 8601."""


@dataclass(frozen=True)
class ListOf:
    """A list whose items have a shape."""

    item: Shape


@dataclass(frozen=True)
class MapOf:
    """An object with any names, whose values have a shape."""

    value: Shape


@dataclass(frozen=True)
class Object:
    """An object: ``members`` by name, those of ``needed`` present; ``closed`` has no others."""

    members: Mapping[str, Shape] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    closed: bool = False


NUMBER = (int, float)
MOMENT = Moment()
DOCUMENT = (str, dict)
_TAGS = ListOf(Object({"Key": str, "Value": str}, ("Key", "Value")))
_ATTACHED = ListOf((str, dict))
_INLINE = ListOf(Object({"PolicyName": str, "PolicyDocument": DOCUMENT}, ("PolicyName", "PolicyDocument")))
_BOUNDARY = Object({"PermissionsBoundaryArn": str}, ("PermissionsBoundaryArn",))
_ENTITY = {
    "Path": str,
    "Arn": str,
    "CreateDate": MOMENT,
    "Tags": _TAGS,
    "AttachedManagedPolicies": _ATTACHED,
    "PermissionsBoundary": _BOUNDARY,
}
_ROLE = {
    **_ENTITY,
    "RoleName": str,
    "RoleId": str,
    "AssumeRolePolicyDocument": DOCUMENT,
    "RolePolicyList": _INLINE,
    "MaxSessionDuration": int,
    "RoleLastUsed": Object({"LastUsedDate": MOMENT, "Region": str}),
}
_USER = {
    **_ENTITY,
    "UserName": str,
    "UserId": str,
    "UserPolicyList": _INLINE,
    "GroupList": ListOf(str),
    "MFADevices": ListOf(Object({"SerialNumber": str}, ("SerialNumber",))),
}
_VERSION = Object({"VersionId": str, "Document": DOCUMENT, "IsDefaultVersion": bool}, ("Document",))
_POLICY = {"PolicyName": str, "Path": str, "Arn": str, "PolicyVersionList": ListOf(_VERSION)}
_CONTROL = Object({"Name": str, "Content": DOCUMENT, "Level": int, "Id": str}, ("Name", "Content"))
_ENCRYPTION = Object({"SSEAlgorithm": str, "KMSMasterKeyID": str, "BucketKeyEnabled": bool}, ("SSEAlgorithm",))
_EVENT = Object({"timestamp": int, "message": str}, ("timestamp", "message"))

_IDENTIFIED = ("LogicalResourceId", "PhysicalResourceId", "ResourceType")
_RESOURCE = Object(dict.fromkeys(_IDENTIFIED, str), _IDENTIFIED)


def _named(*names: str, **members: Shape) -> ListOf:
    """Return the structure of records with required names and further members."""
    return ListOf(Object({**dict.fromkeys(names, str), **members}, names))


STATE = Object(
    {
        "Account": str,
        "Partition": str,
        "RoleDetailList": ListOf(Object(_ROLE, ("RoleName", "AssumeRolePolicyDocument"))),
        "UserDetailList": ListOf(Object(_USER, ("UserName",))),
        "GroupDetailList": ListOf(Object({**_ENTITY, "GroupName": str, "GroupPolicyList": _INLINE}, ("GroupName",))),
        "Policies": ListOf(Object(_POLICY, ("PolicyVersionList",))),
        "InstanceProfiles": _named("InstanceProfileName", Roles=ListOf(str)),
        "ServiceSettings": MapOf(MapOf(Object({"SettingValue": str, "PendingUntil": NUMBER}, ("SettingValue",)))),
        "Activations": _named("ActivationId", "ActivationCode", "IamRole", "Region", Tags=_TAGS),
        "ManagedInstances": ListOf(
            Object(
                {
                    "InstanceId": str,
                    "Region": str,
                    "IamRole": str,
                    "Tags": _TAGS,
                    "PingStatus": str,
                    "Users": ListOf(str),
                },
                ("InstanceId", "Region", "IamRole", "Tags"),
            )
        ),
        "Sessions": _named("SessionId", "Region", "Target", "Owner"),
        "Instances": _named("InstanceId", "Region", Tags=_TAGS, LaunchTime=NUMBER),
        "Domains": _named("DomainId"),
        "UserProfiles": _named("DomainId", "UserProfileName"),
        "Spaces": _named("DomainId", "SpaceName"),
        "Apps": _named("DomainId", "AppType", "AppName"),
        "NotebookInstances": _named("NotebookInstanceName"),
        "Endpoints": _named("EndpointName", Tags=_TAGS),
        "TrainingJobs": _named("TrainingJobName", Tags=_TAGS, CreationTime=MOMENT),
        "ProcessingJobs": _named("ProcessingJobName", Tags=_TAGS, CreationTime=MOMENT),
        "TransformJobs": _named("TransformJobName", Tags=_TAGS, CreationTime=MOMENT),
        "LogGroups": _named("LogGroupName", Streams=MapOf(ListOf(_EVENT)), KmsKeyId=str),
        "Documents": _named(
            "Name",
            Content=DOCUMENT,
            EarlierVersions=ListOf(DOCUMENT),
            DefaultVersion=str,
            DocumentType=str,
            Region=str,
        ),
        "Buckets": _named("Name", "Region", Encryption=_ENCRYPTION, Policy=DOCUMENT),
        "Keys": _named("KeyId", Policy=DOCUMENT, Aliases=ListOf(str), Region=str, KeyState=str, KeySpec=str),
        "ConfigurationManagers": _named("ManagerArn", "Region"),
        "Associations": _named("AssociationId", "AssociationName", "Region"),
        "Stacks": _named("StackName", "StackStatus", Region=str, Resources=ListOf(_RESOURCE)),
        "StackSets": _named(
            "StackSetName", "StackSetId", "Region", "TemplateBody", Instances=ListOf(dict), Operations=ListOf(dict)
        ),
        "Projects": _named("Name", "ServiceRole", Region=str),
        "Networks": MapOf(dict),
        "Conditions": Object(
            {
                "QuickSetupSeconds": NUMBER,
                "QuickSetupFails": str,
                "InstanceSeconds": NUMBER,
                "InstancesNeverOnline": bool,
                "AuthorizationIds": bool,
                "SimulationNamesKeysOfOrganization": bool,
                "SessionTokenBytes": int,
                "NodeHourUsd": str,
                "DisabledRegions": ListOf(str),
            },
            closed=True,
        ),
        "Quotas": MapOf(int),
        "TierPendingSeconds": NUMBER,
        "AccountAlias": str,
        "Organization": Object({"Id": str, "MasterAccountId": str, "Path": str}, closed=True),
        "ServiceControlPolicies": ListOf(_CONTROL),
        "ResourceControlPolicies": ListOf(_CONTROL),
    },
    closed=True,
)
"""Structure of a whole state; see :mod:`.state` for the meaning of the members."""
PROFILE = Object({"User": str, "Role": str, "SessionName": str, "Seconds": NUMBER}, closed=True)
"""Structure of a scenario's profile."""
METADATA = MapOf(str)
"""Structure of a scenario's ``resource-metadata.json``."""
_CALLED = {str: "a text", bool: "true or false", int: "a number", float: "a number", dict: "an object"}


def check(value: Any, place: str = "state", shape: Shape = STATE, *, partly: bool = False) -> None:
    """Raise :class:`ValueError` with the location and the expected type of the first deviation.

    ``partly``: the state is merged into another one, so a record can lack members, and ``null`` removes one.
    """
    said = next(_faults(value, shape, place, partly), "")
    if said:
        raise ValueError(said)


def _faults(value: Any, shape: Shape, place: str, partly: bool) -> Iterator[str]:
    if isinstance(shape, ListOf):
        if not isinstance(value, list):
            yield f"{place} is not a list{_of(shape.item)}"
            return
        for number, item in enumerate(value):
            yield from _faults(item, shape.item, f"{place}[{number}]", partly)
    elif isinstance(shape, MapOf):
        if not isinstance(value, dict):
            yield f"{place} is not an object"
            return
        for name, item in value.items():
            yield from _faults(item, shape.value, f"{place}.{name}", partly)
    elif isinstance(shape, Object):
        yield from _of_object(value, shape, place, partly)
    elif not _is(value, shape):
        yield f"{place} is not {_called(shape)}"


def _of_object(value: Any, shape: Object, place: str, partly: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is not an object"
        return
    unknown = sorted(value.keys() - shape.members.keys())
    if shape.closed and unknown:
        yield f"{place} has unknown members: {', '.join(unknown)}"
    if (lacking := [name for name in shape.needed if name not in value]) and not partly:
        yield f"{place} has no {' and no '.join(lacking)}"
    for name, member in shape.members.items():
        if name in value and not (partly and value[name] is None and shape is not STATE):
            yield from _faults(value[name], member, f"{place}.{name}", partly)


def _is(value: Any, shape: Shape) -> bool:
    """Whether a plain value is of a type: a Boolean is not a number, as in JSON."""
    if isinstance(shape, Moment):
        return _is(value, NUMBER) or (isinstance(value, str) and _is_time(value))
    kinds = shape if isinstance(shape, tuple) else (shape,)
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _is_time(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _called(shape: Shape) -> str:
    if isinstance(shape, Moment):
        return "a time (seconds since 1970, or a text such as 2024-01-01T00:00:00Z)"
    kinds = shape if isinstance(shape, tuple) else (shape,)
    return " or ".join(dict.fromkeys(_CALLED[kind] for kind in kinds))


def _of(item: Shape) -> str:
    return " of objects" if isinstance(item, Object) else ""
