"""Models of the SSM Agent's operations that botocore lacks, in botocore's form.

``AmazonSSM`` has additional operations for agents; ``ec2messages`` delivers commands; ``ssmmessages`` takes
JSON, answers XML with status 201, and carries the streams of sessions.
Sources: github.com/aws/amazon-ssm-agent 1c217c8, ``agent/ssm``, ``agent/runcommand/mds``, ``agent/session/service``,
and its copy of aws-sdk-go, ``service/ssm`` and ``service/ssmmds``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import ServiceModel

Members = Mapping[str, str]

_JSON = {"protocol": "json", "jsonVersion": "1.1"}
_MESSAGE = ("CreatedDate", "Destination", "MessageId", "Payload", "PayloadDigest", "Topic")
_OUTPUTS: dict[str, dict[str, Members]] = {
    "ssm": {
        "RegisterManagedInstance": {"InstanceId": "string"},
        "RequestManagedInstanceRoleToken": {
            **dict.fromkeys(("AccessKeyId", "SecretAccessKey", "SessionToken"), "string"),
            "TokenExpirationDate": "timestamp",
            "UpdateKeyPair": "boolean",
        },
        "UpdateManagedInstancePublicKey": {},
        "UpdateInstanceInformation": {},
        "ListInstanceAssociations": {"Associations": "strings", "NextToken": "string"},
    },
    "ec2messages": {
        "GetMessages": {"Destination": "string", "Messages": "messages", "MessagesRequestId": "string"},
        "AcknowledgeMessage": {},
        "SendReply": dict.fromkeys(("Description", "MessageId", "ReplyId", "ReplyStatus"), "string"),
        "FailMessage": {},
        "DeleteMessage": {},
    },
    "ssmmessages": {
        "CreateControlChannel": {"MessageSchemaVersion": "string", "TokenValue": "string"},
        "CreateDataChannel": {"MessageSchemaVersion": "string", "TokenValue": "string"},
    },
}
_CHANNELS = {"CreateControlChannel": "control-channel", "CreateDataChannel": "data-channel"}
_METADATA = {
    "ec2messages": {**_JSON, "targetPrefix": "EC2WindowsMessageDeliveryService"},
    "ssmmessages": {"protocol": "rest-xml"},
}


def model(service: str) -> ServiceModel | None:
    """Return the model of a service that only agents call; ``None`` for any other."""
    if service not in _METADATA:
        return None
    return ServiceModel({"metadata": _METADATA[service], **extended(service, {})}, service)


def extended(service: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a service with its operations for agents."""
    outputs = _OUTPUTS.get(service, {})
    operations = {name: _operation(name) for name in outputs}
    shapes = {f"Agent{name}Output": _structure(members) for name, members in outputs.items()}
    return {
        **described,
        "operations": {**described.get("operations", {}), **operations},
        "shapes": {**described.get("shapes", {}), **_SHAPES, **shapes},
    }


def _operation(name: str) -> dict[str, Any]:
    http: dict[str, Any] = {"method": "POST", "requestUri": "/"}
    described: dict[str, Any] = {"name": name, "http": http, "output": {"shape": f"Agent{name}Output"}}
    if name in _CHANNELS:
        http |= {"requestUri": f"/v1/{_CHANNELS[name]}/{{ChannelId}}", "responseCode": 201}
        described["input"] = {"shape": "AgentChannelInput"}
    return described


def _structure(members: Members) -> dict[str, Any]:
    return {"type": "structure", "members": {name: {"shape": f"Agent-{kind}"} for name, kind in members.items()}}


_SHAPES: dict[str, Any] = {
    **{f"Agent-{kind}": {"type": kind} for kind in ("string", "boolean", "timestamp")},
    "Agent-strings": {"type": "list", "member": {"shape": "Agent-string"}},
    "Agent-message": _structure(dict.fromkeys(_MESSAGE, "string")),
    "Agent-messages": {"type": "list", "member": {"shape": "Agent-message"}},
    "AgentChannelInput": {
        "type": "structure",
        "members": {"ChannelId": {"shape": "Agent-string", "location": "uri", "locationName": "ChannelId"}},
    },
}
