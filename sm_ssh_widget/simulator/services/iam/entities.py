"""IAM roles, users and groups: create, read, list, update, delete; trust policies and boundaries.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sm_ssh_widget.simulator import documents
from sm_ssh_widget.simulator.authorise import policy_text
from sm_ssh_widget.simulator.errors import AwsError, limit_exceeded, no_such_entity
from sm_ssh_widget.simulator.operations import Handler, ServiceCall, operation
from sm_ssh_widget.simulator.state import Kind, Record, unique_id

NAME = {"role": "RoleName", "user": "UserName", "group": "GroupName"}
ENTITIES: tuple[Kind, ...] = ("role", "user", "group")
_SHOWN = {
    "role": (
        *("Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "Description"),
        *("MaxSessionDuration", "PermissionsBoundary", "Tags", "RoleLastUsed"),
    ),
    "user": ("Path", "UserName", "UserId", "Arn", "CreateDate", "PermissionsBoundary", "Tags"),
    "group": ("Path", "GroupName", "GroupId", "Arn", "CreateDate"),
}
_OMITTED_IN_LISTS = ("PermissionsBoundary", "Tags", "RoleLastUsed")


def name_of(kind: Kind, call: ServiceCall) -> str:
    """Return the name in the request; for a user request without a name, the caller's."""
    given = call.parameters.get(NAME[kind])
    if not given and kind == "user" and call.caller and call.caller.kind == "user":
        return call.caller.name
    if not given:
        raise AwsError("ValidationError", f"Must specify {NAME[kind]}")
    return str(given)


def seen(kind: Kind, call: ServiceCall) -> Record:
    """Return the entity as visible to readers. Raises ``NoSuchEntity``."""
    name = name_of(kind, call)
    record = call.state.visible(kind, name)
    if record is None:
        raise no_such_entity(kind, name)
    return record


def stored(kind: Kind, call: ServiceCall) -> Record:
    """Return the current entity for a write. Raises ``NoSuchEntity``, or ``UnmodifiableEntity`` for AWS's own roles."""
    name = name_of(kind, call)
    record = call.state.iam[kind].get(name)
    if record is None:
        raise no_such_entity(kind, name)
    if kind == "role" and record["Path"].startswith(("/aws-service-role/", "/aws-reserved/")):
        said = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        raise AwsError("UnmodifiableEntity", said)
    call.before_write(kind, name)
    return record


def on_entity(kind: Kind, call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the entity, even if it does not exist."""
    name = name_of(kind, call)
    record = call.state.iam[kind].get(name)
    path = call.parameters.get("Path") or "/"
    return (record["Arn"] if record else f"arn:{call.state.partition}:iam::{call.state.account}:{kind}{path}{name}",)


def _keys(kind: Kind, call: ServiceCall, _: str) -> Mapping[str, Any]:
    record = call.state.iam[kind].get(str(call.parameters.get(NAME[kind], ""))) or {}
    found: dict[str, Any] = {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    found |= {f"iam:ResourceTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    boundary = call.parameters.get("PermissionsBoundary")
    boundary = boundary or record.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    found |= {"iam:PermissionsBoundary": boundary} if boundary else {}
    policy = call.parameters.get("PolicyArn")
    return found | ({"iam:PolicyARN": policy} if policy else {})


def entity_operation(kind: Kind, name: str) -> Callable[[Handler], Handler]:
    """Declare an IAM operation that is authorized on the entity in its request."""
    return operation("iam", name, on=partial(on_entity, kind), context=partial(_keys, kind))


def shown(kind: Kind, record: Record) -> Record:
    """Return an entity in the form of ``Get…``."""
    never_used: Record = {"RoleLastUsed": {}} if kind == "role" else {}
    return {key: value for key, value in (never_used | record).items() if key in _SHOWN[kind]}


def _get(kind: Kind, call: ServiceCall) -> Record:
    return {kind.title(): shown(kind, seen(kind, call))}


def _get_group(call: ServiceCall) -> Record:
    record = seen("group", call)
    users = [user for user in call.state.all_visible("user") if record["GroupName"] in user["GroupList"]]
    return {"Group": shown("group", record), "Users": [shown("user", user) for user in users], "IsTruncated": False}


def paged(call: ServiceCall, member: str, items: Sequence[Any]) -> Record:
    """Return a page in IAM's form."""
    page, marker = call.page(items, call.parameters.get("MaxItems"), call.parameters.get("Marker"))
    return {member: page, "IsTruncated": marker is not None, "Marker": marker}


def _list(kind: Kind, call: ServiceCall) -> Record:
    prefix = call.parameters.get("PathPrefix") or "/"
    records = (record for record in call.state.all_visible(kind) if record["Path"].startswith(prefix))
    items = [{k: v for k, v in shown(kind, r).items() if k not in _OMITTED_IN_LISTS} for r in records]
    return paged(call, f"{kind.title()}s", items)


def _on_list(kind: Kind, call: ServiceCall) -> Sequence[str]:
    path = call.parameters.get("PathPrefix") or "/"
    return (f"arn:{call.state.partition}:iam::{call.state.account}:{kind}{path}",)


def _create(kind: Kind, call: ServiceCall) -> Record:
    name = name_of(kind, call)
    if name in call.state.iam[kind]:
        raise AwsError("EntityAlreadyExists", f"{kind.title()} with name {name} already exists.", 409)
    given = {key: value for key, value in call.parameters.items() if key not in ("PermissionsBoundary",)}
    record: Record = {"Path": "/", f"{kind.title()}PolicyList": [], "AttachedManagedPolicies": [], **given}
    if kind == "role":
        trust = record["AssumeRolePolicyDocument"]
        documents.check_trust(call.state, trust)
        check_trust_size(call, trust)
        record = {"MaxSessionDuration": 3600, "Tags": [], **record}
    if kind == "user":
        record = {"GroupList": [], "MFADevices": [], "Tags": [], **record}
    prefix = {"role": "AROA", "user": "AIDA", "group": "AGPA"}[kind]
    record |= {"Arn": call.state.arn(kind, record), f"{kind.title()}Id": unique_id(prefix, uuid.uuid4().hex)}
    record["CreateDate"] = dt.datetime.fromtimestamp(call.state.now(), dt.timezone.utc).isoformat(timespec="seconds")
    call.before_write(kind, name)
    call.state.iam[kind][name] = record
    if call.parameters.get("PermissionsBoundary"):
        _put_boundary(kind, call)
    return {kind.title(): shown(kind, record)}


def _delete(kind: Kind, call: ServiceCall) -> Record:
    record = stored(kind, call)
    profiles = call.state.iam["instance-profile"].values()
    used = kind == "role" and any(name_of(kind, call) in profile["Roles"] for profile in profiles)
    if used:
        raise AwsError("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409)
    if record["AttachedManagedPolicies"]:
        raise AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)
    if record[f"{kind.title()}PolicyList"]:
        raise AwsError("DeleteConflict", "Cannot delete entity, must delete policies first.", 409)
    del call.state.iam[kind][name_of(kind, call)]
    for role in call.state.iam["role"].values():
        identity = record.get("RoleId") or record.get("UserId")
        trust = role["AssumeRolePolicyDocument"]
        role["AssumeRolePolicyDocument"] = trust.replace(f'"{record["Arn"]}"', f'"{identity}"')
    return {}


def check_trust_size(call: ServiceCall, text: str) -> None:
    """Raise ``LimitExceeded`` for a trust policy longer than the account's quota."""
    limit = call.state.quotas["AssumeRolePolicySizeQuota"]
    if documents.size(text) > limit:
        raise limit_exceeded(f"Cannot exceed quota for ACLSizePerRole: {limit}")


@entity_operation("role", "UpdateAssumeRolePolicy")
def _update_trust(call: ServiceCall) -> Record:
    text = call.parameters["PolicyDocument"]
    record = stored("role", call)
    documents.check_trust(call.state, text)
    check_trust_size(call, text)
    record["AssumeRolePolicyDocument"] = text
    return {}


@entity_operation("role", "UpdateRole")
def _update_role(call: ServiceCall) -> Record:
    record = stored("role", call)
    record |= {k: call.parameters[k] for k in ("Description", "MaxSessionDuration") if k in call.parameters}
    return {}


def _put_boundary(kind: Kind, call: ServiceCall) -> Record:
    arn = call.parameters["PermissionsBoundary"]
    if policy_text(call.state, arn) is None:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    stored(kind, call)["PermissionsBoundary"] = boundary
    return {}


def _delete_boundary(kind: Kind, call: ServiceCall) -> Record:
    if stored(kind, call).pop("PermissionsBoundary", None) is None:
        raise AwsError(
            "NoSuchEntity", f"{kind.title()} {name_of(kind, call)} does not have a permissions boundary.", 404
        )
    return {}


def _tag(kind: Kind, call: ServiceCall) -> Record:
    record = stored(kind, call)
    new = {tag["Key"]: tag["Value"] for tag in call.parameters["Tags"]}
    tags = {tag["Key"]: tag["Value"] for tag in record["Tags"]} | new
    record["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {}


def _untag(kind: Kind, call: ServiceCall) -> Record:
    record = stored(kind, call)
    record["Tags"] = [tag for tag in record["Tags"] if tag["Key"] not in call.parameters["TagKeys"]]
    return {}


def _list_tags(kind: Kind, call: ServiceCall) -> Record:
    return paged(call, "Tags", seen(kind, call)["Tags"])


def _declare(kind: Kind) -> None:
    title = kind.title()
    entity_operation(kind, f"Get{title}")(_get_group if kind == "group" else partial(_get, kind))
    operation("iam", f"List{title}s", on=partial(_on_list, kind))(partial(_list, kind))
    entity_operation(kind, f"Create{title}")(partial(_create, kind))
    entity_operation(kind, f"Delete{title}")(partial(_delete, kind))
    if kind != "group":
        entity_operation(kind, f"Put{title}PermissionsBoundary")(partial(_put_boundary, kind))
        entity_operation(kind, f"Delete{title}PermissionsBoundary")(partial(_delete_boundary, kind))
        entity_operation(kind, f"Tag{title}")(partial(_tag, kind))
        entity_operation(kind, f"Untag{title}")(partial(_untag, kind))
        entity_operation(kind, f"List{title}Tags")(partial(_list_tags, kind))


for _kind in ENTITIES:
    _declare(_kind)


@entity_operation("user", "ListGroupsForUser")
def _groups_of(call: ServiceCall) -> Record:
    names = seen("user", call)["GroupList"]
    groups = [group for group in call.state.all_visible("group") if group["GroupName"] in names]
    return paged(call, "Groups", [shown("group", group) for group in groups])


@entity_operation("group", "AddUserToGroup")
def _add_to_group(call: ServiceCall) -> Record:
    group, user = stored("group", call)["GroupName"], stored("user", call)
    user["GroupList"] = sorted({*user["GroupList"], group})
    return {}


@entity_operation("group", "RemoveUserFromGroup")
def _remove_from_group(call: ServiceCall) -> Record:
    group, user = stored("group", call)["GroupName"], stored("user", call)
    user["GroupList"] = [name for name in user["GroupList"] if name != group]
    return {}
