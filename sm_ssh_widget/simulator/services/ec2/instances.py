"""EC2 instances: started once per client token, placed and given a profile with AWS's checks, removed after their end.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html,
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ec2.networks import filtered, network, paged
from sm_ssh_widget.simulator.state import AccountState, Record

IMAGES = "/aws/service/ami-amazon-linux-latest/"
HOUR = 3600
_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48}
_ENDED = {
    "Code": "Client.UserInitiatedShutdown",
    "Message": "Client.UserInitiatedShutdown: User initiated shutdown",
}
_STARTED_BEFORE = (
    "The request to launch an instance uses the same client token as a previous request for which the instance has "
    "been terminated."
)


def state_of(record: Record, state: AccountState) -> str:
    """``pending``, ``running``, ``shutting-down`` or ``terminated``; each change takes AWS its ``InstanceSeconds``."""
    now, seconds = state.now(), state.conditions["InstanceSeconds"]
    ended = record.get("Terminated")
    if ended is not None:
        return "shutting-down" if now < ended + seconds else "terminated"
    return "pending" if now < record["LaunchTime"] + seconds else "running"


def running(state: AccountState, region: str) -> list[Record]:
    """Return the running instances of a Region."""
    here = (each for each in state.regional["Instances"].values() if each["Region"] == region)
    return [each for each in here if state_of(each, state) == "running"]


def end_session(session: Record, now: float) -> None:
    """End a session, on request or with its node; it then belongs to the history."""
    session.setdefault("EndDate", now)
    session["Status"] = "Terminated"


def _on_run(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that AWS authorizes: of the new resources, of the image, and of the placement."""
    made = tuple(call.arn(f"{kind}/*") for kind in ("instance", "network-interface", "security-group", "volume"))
    subnet = _subnet_id(call)
    image = f"arn:{call.state.partition}:ec2:{call.region}::image/{_image_id(call)}"
    return (*made, *((call.arn(f"subnet/{subnet}"),) if subnet else ()), image)


@operation("ec2", "RunInstances", on=_on_run)
def _run(call: ServiceCall) -> Record:
    tags = [tag for spec in call.parameters.get("TagSpecifications") or () for tag in spec.get("Tags", ())]
    if tags:
        call.require("ec2:CreateTags", call.arn("instance/*"), {"ec2:CreateAction": "RunInstances"})
    asked = _digest({name: value for name, value in call.parameters.items() if name != "ClientToken"})
    known = _by_token(call, asked)
    if known is None:
        known = _started(call, tags) | {"ClientToken": call.parameters.get("ClientToken", ""), "Asked": asked}
        call.state.regional["Instances"][known["InstanceId"]] = known
    return {"ReservationId": f"r-{known['InstanceId'][2:]}", "OwnerId": call.state.account, **_reservation(call, known)}


def _digest(parameters: Record) -> str:
    return hashlib.sha256(repr(sorted(parameters.items(), key=str)).encode()).hexdigest()[:16]


def _by_token(call: ServiceCall, asked: str) -> Record | None:
    """Return the instance of an earlier call with this client token; raise AWS's error if the calls differ."""
    token = call.parameters.get("ClientToken")
    for record in call.state.regional["Instances"].values():
        if token and record["ClientToken"] == token and record["Region"] == call.region:
            if record["Asked"] != asked:
                said = (
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
                )
                raise AwsError("IdempotentParameterMismatch", said)
            if "Terminated" in record:
                raise AwsError("IdempotentInstanceTerminated", _STARTED_BEFORE)
            return dict(record)
    return None


def _started(call: ServiceCall, tags: Sequence[Record]) -> Record:
    given = call.parameters
    subnet = _subnet(call)
    instance_type = given.get("InstanceType", "m1.small")
    offers = network(call.state, call.region)["Offerings"]
    if (instance_type, subnet["AvailabilityZone"]) not in {(o["InstanceType"], o["Location"]) for o in offers}:
        zone = subnet["AvailabilityZone"]
        said = f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone"
        raise AwsError("Unsupported", f"{said} ({zone}).")
    record: Record = {
        "InstanceId": f"i-{secrets.token_hex(9)[:17]}",
        "Region": call.region,
        "ImageId": _image(call),
        "InstanceType": instance_type,
        "LaunchTime": call.state.now(),
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "Tags": list(tags),
    }
    profile = _profile(call)
    return record | ({"Profile": profile} if profile else {})


def _image(call: ServiceCall) -> str:
    """Return the specified image, or the one behind ``resolve:ssm:…``. Raises ``InvalidAMIID``."""
    given = str(call.parameters.get("ImageId", ""))
    parameter = given.removeprefix("resolve:ssm:")
    if parameter == given:
        if not given.startswith("ami-"):
            raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{given}" (expecting "ami-...")')
        return given
    call.require("ssm:GetParameters", f"arn:{call.state.partition}:ssm:{call.region}::parameter{parameter}")
    if not parameter.startswith(IMAGES):
        raise AwsError("InvalidParameterValue", f"Invalid value '{given}' for ImageId: the parameter does not exist.")
    return _image_id(call)


def _image_id(call: ServiceCall) -> str:
    """Return the specified ID, or an ID derived from the specified parameter."""
    given = str(call.parameters.get("ImageId", ""))
    parameter = given.removeprefix("resolve:ssm:")
    if parameter == given:
        return given
    return f"ami-{hashlib.sha256(f'{call.region}{parameter}'.encode()).hexdigest()[:17]}"


def _subnet(call: ServiceCall) -> Record:
    wanted = _subnet_id(call)
    if not wanted:
        said = "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC."
        raise AwsError("VPCIdNotSpecified", said)
    for subnet in network(call.state, call.region)["Subnets"]:
        if subnet["SubnetId"] == wanted:
            return dict(subnet)
    raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{wanted}' does not exist")


def _subnet_id(call: ServiceCall) -> str:
    """Return the requested subnet, else a default one; empty if there is none."""
    interfaces = call.parameters.get("NetworkInterfaces") or [{}]
    wanted = call.parameters.get("SubnetId") or interfaces[0].get("SubnetId")
    default = (each["SubnetId"] for each in network(call.state, call.region)["Subnets"] if each.get("DefaultForAz"))
    return str(wanted or next(default, ""))


def _profile(call: ServiceCall) -> str:
    """Return the name of the instance profile after checking iam:PassRole for its role; empty without profile."""
    given = call.parameters.get("IamInstanceProfile") or {}
    name = str(given.get("Name") or str(given.get("Arn", "")).rsplit("/", 1)[-1])
    if not name:
        return ""
    profile = call.state.visible("instance-profile", name)
    if profile is None:
        said = f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        raise AwsError("InvalidParameterValue", said)
    for role in profile["Roles"]:
        record = call.state.visible("role", role) or {}
        call.require("iam:PassRole", record.get("Arn", "*"), {"iam:PassedToService": "ec2.amazonaws.com"})
    return name


def _shown(call: ServiceCall, record: Record) -> Record:
    name = state_of(record, call.state)
    profile = call.state.iam["instance-profile"].get(record.get("Profile", ""))
    with_profile: Record = {"IamInstanceProfile": {"Arn": profile["Arn"]}} if profile else {}
    plain = ("InstanceId", "ImageId", "InstanceType", "LaunchTime", "SubnetId", "VpcId", "Tags", "ClientToken")
    ended: Record = {"StateReason": _ENDED} if "Terminated" in record else {}
    return {
        **{member: record[member] for member in plain},
        **with_profile,
        **ended,
        "State": {"Name": name, "Code": _CODES[name]},
        "Placement": {"AvailabilityZone": record["AvailabilityZone"]},
    }


def _reservation(call: ServiceCall, record: Record) -> Record:
    return {"Instances": [_shown(call, record)]}


@operation("ec2", "DescribeInstances")
def _describe(call: ServiceCall) -> Record:
    now, instances = call.state.now(), call.state.regional["Instances"].values()
    here = [record for record in instances if record["Region"] == call.region and _remembered(record, now)]
    wanted = call.parameters.get("InstanceIds")
    if wanted:
        here = [_instance(call, identity) for identity in wanted]
    tags = {f"tag:{tag['Key']}" for record in here for tag in record["Tags"]}
    asked = {each["Name"] for each in call.parameters.get("Filters") or () if each["Name"].startswith("tag:")}
    members = {name: name for name in (*tags, *asked, "tag-key", "instance-state-name", "instance-id", "client-token")}
    seen = filtered(call, [_flat(call, record) for record in here], members)
    reservations = [
        {"ReservationId": f"r-{each['instance-id'][2:]}", **_reservation(call, each["record"])} for each in seen
    ]
    return paged(call, "Reservations", reservations)


def _flat(call: ServiceCall, record: Record) -> Record:
    """Return the values that a filter compares."""
    return {
        **{f"tag:{tag['Key']}": tag["Value"] for tag in record["Tags"]},
        "tag-key": [tag["Key"] for tag in record["Tags"]],
        "instance-state-name": state_of(record, call.state),
        "instance-id": record["InstanceId"],
        "client-token": record["ClientToken"],
        "record": record,
    }


def _remembered(record: Record, now: float) -> bool:
    return bool(record.get("Terminated", now) > now - HOUR)


def _instance(call: ServiceCall, identity: str) -> Record:
    record = call.state.regional["Instances"].get(identity)
    if record is None or record["Region"] != call.region or not _remembered(record, call.state.now()):
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{identity}' does not exist")
    return record


def _on_instances(call: ServiceCall) -> Sequence[str]:
    return tuple(call.arn(f"instance/{identity}") for identity in call.parameters["InstanceIds"])


def _instance_keys(call: ServiceCall, resource: str) -> dict[str, Any]:
    record = call.state.regional["Instances"].get(resource.rsplit("/", 1)[-1]) or {}
    found = {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    return found | {f"ec2:ResourceTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}


@operation("ec2", "TerminateInstances", on=_on_instances, context=_instance_keys)
def _terminate(call: ServiceCall) -> Record:
    changes = []
    for record in [_instance(call, identity) for identity in call.parameters["InstanceIds"]]:
        before = state_of(record, call.state)
        record.setdefault("Terminated", call.state.now())
        for session in call.state.regional["Sessions"].values():
            if session["Target"] == record["InstanceId"]:
                end_session(session, call.state.now())
        after = state_of(record, call.state)
        changes.append(
            {
                "InstanceId": record["InstanceId"],
                "PreviousState": {"Name": before, "Code": _CODES[before]},
                "CurrentState": {"Name": after, "Code": _CODES[after]},
            }
        )
    return {"TerminatingInstances": changes}
