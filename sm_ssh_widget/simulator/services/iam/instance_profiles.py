"""Instance profiles, which give a role to an EC2 instance; one role each.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError, limit_exceeded
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.iam.entities import entity_operation, paged, seen, shown
from sm_ssh_widget.simulator.state import Record, unique_id

NAME = "InstanceProfileName"


def _on_profile(call: ServiceCall) -> Sequence[str]:
    record = call.state.iam["instance-profile"].get(call.parameters[NAME]) or call.parameters
    return (call.state.arn("instance-profile", record),)


def _missing(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)


def _stored(call: ServiceCall) -> Record:
    name = call.parameters[NAME]
    record = call.state.iam["instance-profile"].get(name)
    if record is None:
        raise _missing(name)
    call.before_write("instance-profile", name)
    return record


def described(call: ServiceCall, profile: Record) -> Record:
    """Return an instance profile in IAM's form, with its complete role."""
    roles = [call.state.visible("role", name) for name in profile["Roles"]]
    return profile | {"Roles": [shown("role", role) for role in roles if role is not None]}


@operation("iam", "CreateInstanceProfile", on=_on_profile)
def _create(call: ServiceCall) -> Record:
    name = call.parameters[NAME]
    if name in call.state.iam["instance-profile"]:
        raise AwsError("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)
    record: Record = {"Path": "/", "Tags": [], **call.parameters, "Roles": []}
    record |= {"Arn": _on_profile(call)[0], "InstanceProfileId": unique_id("AIPA", uuid.uuid4().hex)}
    record["CreateDate"] = dt.datetime.fromtimestamp(call.state.now(), dt.timezone.utc).isoformat(timespec="seconds")
    call.before_write("instance-profile", name)
    call.state.iam["instance-profile"][name] = record
    return {"InstanceProfile": described(call, record)}


@operation("iam", "GetInstanceProfile", on=_on_profile)
def _get(call: ServiceCall) -> Record:
    record = call.state.visible("instance-profile", call.parameters[NAME])
    if record is None:
        raise _missing(call.parameters[NAME])
    return {"InstanceProfile": described(call, record)}


@operation("iam", "ListInstanceProfiles")
def _list(call: ServiceCall) -> Record:
    prefix = call.parameters.get("PathPrefix") or "/"
    found = (profile for profile in call.state.all_visible("instance-profile") if profile["Path"].startswith(prefix))
    return paged(call, "InstanceProfiles", [described(call, profile) for profile in found])


@entity_operation("role", "ListInstanceProfilesForRole")
def _list_for_role(call: ServiceCall) -> Record:
    name = seen("role", call)["RoleName"]
    found = (profile for profile in call.state.all_visible("instance-profile") if name in profile["Roles"])
    return paged(call, "InstanceProfiles", [described(call, profile) for profile in found])


@operation("iam", "AddRoleToInstanceProfile", on=_on_profile)
def _add(call: ServiceCall) -> Record:
    record, role = _stored(call), seen("role", call)
    call.require("iam:PassRole", role["Arn"], {"iam:PassedToService": "ec2.amazonaws.com"})
    if record["Roles"]:
        raise limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    record["Roles"] = [role["RoleName"]]
    return {}


@operation("iam", "RemoveRoleFromInstanceProfile", on=_on_profile)
def _remove(call: ServiceCall) -> Record:
    record = _stored(call)
    if call.parameters["RoleName"] not in record["Roles"]:
        raise AwsError("NoSuchEntity", f"Role {call.parameters['RoleName']} is not in the instance profile.", 404)
    record["Roles"] = []
    return {}


@operation("iam", "DeleteInstanceProfile", on=_on_profile)
def _delete(call: ServiceCall) -> Record:
    record = _stored(call)
    if record["Roles"]:
        raise AwsError("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409)
    del call.state.iam["instance-profile"][record[NAME]]
    return {}
