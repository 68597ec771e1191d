"""Hybrid activations and managed nodes: created only if role, trust and caller allow it, online only while they do.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-multicloud-managed-nodes.html
"""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.errors import AwsError, PassOn, constraint
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.agent import HEARTBEAT, ec2_nodes, refused
from sm_ssh_widget.simulator.state import AccountState, Record
from sm_ssh_widget.simulator.wire.answer import moment
from sm_ssh_widget.simulator.world import World

DAY = 86400
PING_SECONDS = 600
"""Seconds that a node stays online without a report: agents report every 5 minutes."""
_TAG_VALUE = r"satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"


def tag_keys(tags: Sequence[Record], prefix: str) -> dict[str, Any]:
    """Return tags as condition keys: ``prefix/KEY`` → value."""
    return {f"{prefix}/{tag['Key']}": tag["Value"] for tag in tags}


def _request_tags(call: ServiceCall, _: str) -> Mapping[str, Any]:
    tags = call.parameters.get("Tags") or ()
    keys = {"aws:TagKeys": [tag["Key"] for tag in tags]} if tags else {}
    return {**tag_keys(tags, "aws:RequestTag"), **keys}


def check_tags(tags: Sequence[Record]) -> None:
    """Raise ``ValidationException`` for a tag that Systems Manager does not accept."""
    for number, tag in enumerate(tags, 1):
        for part, longest in (("key", 128), ("value", 256)):
            text = str(tag[part.title()])
            if len(text) > longest:
                rule = f"have length less than or equal to {longest}"
                raise constraint(text, f"tags.{number}.member.{part}", rule)
            if not all(unicodedata.category(c)[0] in "LZN" or c in "_.:/=+-@" for c in text):
                raise constraint(text, f"tags.{number}.member.{part}", _TAG_VALUE)


@operation("ssm", "CreateActivation", context=_request_tags)
def _create(call: ServiceCall) -> Record:
    given, tags = call.parameters["IamRole"], call.parameters.get("Tags") or []
    if len(given) > 64:
        raise constraint(given, "iamRole", "have length less than or equal to 64")
    check_tags(tags)
    arn = f"arn:{call.state.partition}:iam::{call.state.account}:role/{given}"
    call.require("iam:PassRole", arn, {"iam:PassedToService": "ssm.amazonaws.com"})
    if tags:
        call.require("ssm:AddTagsToResource", arn, _request_tags(call, arn))
    _check_role(call, arn)
    activation = _activation(call, tags)
    code = secrets.token_urlsafe(15)[:20]
    call.state.regional["Activations"][activation["ActivationId"]] = activation | {"ActivationCode": code}
    return {"ActivationId": activation["ActivationId"], "ActivationCode": code}


def _check_role(call: ServiceCall, arn: str) -> None:
    found = call.state.by_arn(arn)
    if found is None:
        raise AwsError("ValidationException", f"Not existing role: {arn}")
    if not authorise.trusts_service(call.state, found[1], "ssm.amazonaws.com", call.region):
        said = f"Nonexistent role or missing ssm service principal in trust policy: {arn}"
        raise AwsError("ValidationException", said)


def _activation(call: ServiceCall, tags: Sequence[Record]) -> Record:
    limit = int(call.parameters.get("RegistrationLimit") or 1)
    if not 1 <= limit <= 1000:
        raise constraint(str(limit), "registrationLimit", "have value between 1 and 1000")
    now = call.state.now()
    given = call.parameters.get("ExpirationDate")
    expires = now + DAY if given is None else moment(given).timestamp()
    if not now < expires <= now + 30 * DAY:
        raise AwsError("InvalidParameters", "Expiration date must be in the future and within 30 days.")
    known: Record = {
        key: call.parameters[key] for key in ("Description", "DefaultInstanceName") if key in call.parameters
    }
    return {
        **known,
        "ActivationId": str(uuid.uuid4()),
        "IamRole": call.parameters["IamRole"],
        "Region": call.region,
        "RegistrationLimit": limit,
        "RegistrationsCount": 0,
        "CreatedDate": now,
        "ExpirationDate": expires,
        "Tags": list(tags),
    }


@operation("ssm", "DeleteActivation")
def _delete(call: ServiceCall) -> Record:
    identity = call.parameters["ActivationId"]
    record = call.state.regional["Activations"].get(identity)
    if record is None or record["Region"] != call.region:
        raise AwsError("InvalidActivation", f"Activation {identity} does not exist.")
    del call.state.regional["Activations"][identity]
    return {}


@operation("ssm", "DescribeActivations")
def _describe(call: ServiceCall) -> Record:
    members = {"ActivationIds": "ActivationId", "IamRole": "IamRole", "DefaultInstanceName": "DefaultInstanceName"}
    found = [a for a in call.state.regional["Activations"].values() if a["Region"] == call.region]
    for each in call.parameters.get("Filters") or ():
        if each["FilterKey"] not in members:
            raise AwsError("InvalidFilter", f"The filter name is not valid: {each['FilterKey']}")
        found = [a for a in found if a.get(members[each["FilterKey"]]) in each["FilterValues"]]
    shown = [activation | {"Expired": activation["ExpirationDate"] < call.state.now()} for activation in found]
    return paged(call, "ActivationList", shown, 50)


def paged(call: ServiceCall, member: str, items: Sequence[Any], default: int) -> Record:
    """Return a page in the form of Systems Manager and SageMaker."""
    page, token = call.page(items, call.parameters.get("MaxResults"), call.parameters.get("NextToken"), default)
    return {member: page, "NextToken": token}


def register(world: World, activation_id: str, code: str, region: str) -> Record:
    """Register a node with an activation, as ``amazon-ssm-agent -register``: return ``{"InstanceId": "mi-…"}``."""
    activation = world.state.regional["Activations"].get(activation_id)
    if activation is None or activation["ActivationCode"] != code or activation["Region"] != region:
        raise AwsError("InvalidActivation", "The activation isn't valid. The activation might have been deleted.")
    if (
        activation["ExpirationDate"] < world.clock.now()
        or activation["RegistrationsCount"] >= activation["RegistrationLimit"]
    ):
        raise AwsError("InvalidActivation", "The activation has expired or its registration limit is reached.")
    activation["RegistrationsCount"] += 1
    instance = f"mi-{secrets.token_hex(9)[:17]}"
    world.state.regional["ManagedInstances"][instance] = {
        "InstanceId": instance,
        "Region": region,
        "ActivationId": activation_id,
        "IamRole": activation["IamRole"],
        "Name": activation.get("DefaultInstanceName", ""),
        "RegistrationDate": world.clock.now(),
        "Tags": list(activation["Tags"]),
    }
    return {"InstanceId": instance}


def refused_to_agent(state: AccountState, node: Record) -> tuple[str, ...]:
    """Return the actions that the agent needs but its role does not allow; ``sts:AssumeRole`` without trust."""
    found = state.by_arn(f"arn:{state.partition}:iam::{state.account}:role/{node['IamRole']}")
    own = f"arn:{state.partition}:ssm:{node['Region']}:{state.account}:managed-instance/{node['InstanceId']}"
    return refused(state, found[1] if found else None, "ssm.amazonaws.com", own, node_keys(node))


def node_keys(node: Record) -> dict[str, Any]:
    """Return the condition keys of a managed node: its tags."""
    return tag_keys(node["Tags"], "ssm:resourceTag") | tag_keys(node["Tags"], "aws:ResourceTag")


def ping(state: AccountState, node: Record) -> str:
    """Return ``Online`` while the agent is allowed to report; a scenario can set ``PingStatus``.

    A node with a real agent, which has a key, is online while that agent reports.
    """
    if "PingStatus" in node:
        return str(node["PingStatus"])
    if "PublicKey" in node:
        silent = state.now() - node.get("LastPingDateTime", 0)
        return "Online" if silent <= PING_SECONDS else "ConnectionLost"
    lacking = refused_to_agent(state, node)
    return "ConnectionLost" if "sts:AssumeRole" in lacking or HEARTBEAT in lacking else "Online"


def node(call: ServiceCall, identity: str) -> Record:
    """Return the hybrid node with this ID in the call's Region. Raises ``InvalidInstanceId``."""
    found = call.state.regional["ManagedInstances"].get(identity)
    if found is None or found["Region"] != call.region:
        raise AwsError("InvalidInstanceId", f"Instance {identity} does not exist or is not in a valid state.")
    return found


def _shown(call: ServiceCall, record: Record) -> Record:
    return {
        "ResourceType": "ManagedInstance",
        "PlatformType": "Linux",
        "PlatformName": "Ubuntu",
        "PlatformVersion": "22.04",
        "AgentVersion": "3.3.3050.0",
        "IsLatestVersion": True,
        "IPAddress": "169.254.255.2",
        "ComputerName": "localhost",
        "LastPingDateTime": call.state.now(),
        "PingStatus": record["PingStatus"] if "PingStatus" in record else ping(call.state, record),
        **record,
    }


@operation("ssm", "DescribeInstanceInformation")
def _instances(call: ServiceCall) -> Record:
    nodes = (*call.state.nodes(call.region), *ec2_nodes(call.state, call.region))
    found = [_shown(call, record) for record in nodes if "PublicKey" not in record or "LastPingDateTime" in record]
    for each in call.parameters.get("Filters") or ():
        found = [record for record in found if _matches(record, each["Key"], each["Values"])]
    for each in call.parameters.get("InstanceInformationFilterList") or ():
        found = [record for record in found if _matches(record, each["key"], each["valueSet"])]
    return paged(call, "InstanceInformationList", found, 10)


def _matches(record: Record, key: str, values: Sequence[str]) -> bool:
    member = {"InstanceIds": "InstanceId", "ActivationIds": "ActivationId", "PlatformTypes": "PlatformType"}.get(
        key, key
    )
    if key.startswith("tag:"):
        return any(tag["Key"] == key[4:] and tag["Value"] in values for tag in record["Tags"])
    if key == "tag-key":
        return any(tag["Key"] in values for tag in record["Tags"])
    if member not in (
        "InstanceId",
        "ActivationId",
        "PlatformType",
        "PingStatus",
        "ResourceType",
        "IamRole",
        "AgentVersion",
    ):
        raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return record.get(member) in values


def _on_resource(call: ServiceCall) -> Sequence[str]:
    kind = {"ManagedInstance": "managed-instance/", "Parameter": "parameter/", "Document": "document/"}
    prefix = kind.get(call.parameters["ResourceType"], f"{call.parameters['ResourceType'].lower()}/")
    return (call.arn(prefix + str(call.parameters["ResourceId"]).lstrip("/")),)


def _resource_keys(call: ServiceCall, resource: str) -> Mapping[str, Any]:
    found = call.state.regional["ManagedInstances"].get(resource.rsplit("/", 1)[-1])
    return {**_request_tags(call, resource), **(node_keys(found) if found else {})}


def _tagged(call: ServiceCall) -> Record:
    if call.parameters["ResourceType"] != "ManagedInstance":
        raise PassOn
    identity = call.parameters["ResourceId"]
    found = call.state.regional["ManagedInstances"].get(identity)
    if found is None or found["Region"] != call.region:
        raise AwsError("InvalidResourceId", "")
    return found


@operation("ssm", "ListTagsForResource", on=_on_resource, context=_resource_keys)
def _tags(call: ServiceCall) -> Record:
    return {"TagList": _tagged(call)["Tags"]}


@operation("ssm", "AddTagsToResource", on=_on_resource, context=_resource_keys)
def _add_tags(call: ServiceCall) -> Record:
    record, new = _tagged(call), call.parameters["Tags"]
    check_tags(new)
    merged = {tag["Key"]: tag["Value"] for tag in [*record["Tags"], *new]}
    record["Tags"] = [{"Key": key, "Value": value} for key, value in merged.items()]
    return {}


@operation("ssm", "RemoveTagsFromResource", on=_on_resource, context=_resource_keys)
def _remove_tags(call: ServiceCall) -> Record:
    record, keys = _tagged(call), call.parameters["TagKeys"]
    record["Tags"] = [tag for tag in record["Tags"] if tag["Key"] not in keys]
    return {}


def on_node(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the node in ``Target`` or ``InstanceId`` of a call."""
    return (node_arn(call, str(call.parameters.get("Target") or call.parameters.get("InstanceId"))),)


def node_arn(call: ServiceCall, identity: str) -> str:
    """Return the ARN of a hybrid node or an EC2 instance, even if it does not exist."""
    hybrid = identity.startswith("mi-")
    return call.arn(f"managed-instance/{identity}") if hybrid else call.arn(f"instance/{identity}", "ec2")


def keys_of_node(call: ServiceCall, resource: str) -> Mapping[str, Any]:
    """Return the condition keys of the node with an ARN; none if it does not exist."""
    identity = resource.rsplit("/", 1)[-1]
    regional = call.state.regional
    found = regional["ManagedInstances"].get(identity) or regional["Instances"].get(identity)
    return node_keys(found) if found else {}


@operation("ssm", "DeregisterManagedInstance", on=on_node, context=keys_of_node)
def _deregister(call: ServiceCall) -> Record:
    del call.state.regional["ManagedInstances"][node(call, call.parameters["InstanceId"])["InstanceId"]]
    return {}
