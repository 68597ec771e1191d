"""Calls of an agent with the credentials of its role: report, fetch messages, open channels.

Each call is authorized by the role's policies, as in AWS. Session streams are not simulated: the token of a channel
opens nothing, and its address is on this machine.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html and
github.com/aws/amazon-ssm-agent 1c217c8, ``agent/ssm``, ``agent/runcommand/mds`` and ``agent/session/service``.
"""

from __future__ import annotations

import secrets

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.mailbox import DELIVERED, Command
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.nodes import keys_of_node, node, on_node
from sm_ssh_widget.simulator.state import Record

SCHEMA = "1.0"
_REPORTED = (
    *("AgentName", "AgentStatus", "AgentVersion", "ComputerName", "IPAddress"),
    *("PlatformName", "PlatformType", "PlatformVersion"),
)


@operation("ssm", "UpdateInstanceInformation", on=on_node, context=keys_of_node)
def _report(call: ServiceCall) -> Record:
    found = _itself(call, "InstanceId")
    found |= {key: call.parameters[key] for key in _REPORTED if call.parameters.get(key)}
    found["LastPingDateTime"] = call.state.now()
    return {}


@operation("ssm", "ListInstanceAssociations", on=on_node, context=keys_of_node)
def _associations(call: ServiceCall) -> Record:
    _itself(call, "InstanceId")
    return {"Associations": []}


@operation("ec2messages", "GetMessages")
def _messages(call: ServiceCall) -> Record:
    identity = _itself(call, "Destination")["InstanceId"]
    waiting = [command.message() for command in call.state.mailbox.waiting(identity)]
    return {"Destination": identity, "Messages": waiting, "MessagesRequestId": call.parameters["MessagesRequestId"]}


@operation("ec2messages", "AcknowledgeMessage")
def _acknowledge(call: ServiceCall) -> Record:
    command = _command(call)
    command.acknowledged, command.status = True, DELIVERED
    return {}


@operation("ec2messages", "SendReply")
def _reply(call: ServiceCall) -> Record:
    _command(call).answered(call.parameters["Payload"], call.state.now())
    given = {key: call.parameters[key] for key in ("MessageId", "ReplyId")}
    return {**given, "ReplyStatus": "Completed"}


@operation("ec2messages", "FailMessage")
def _fail(call: ServiceCall) -> Record:
    _command(call).failed(call.parameters["FailureType"], call.state.now())
    return {}


@operation("ec2messages", "DeleteMessage")
def _delete(call: ServiceCall) -> Record:
    _command(call)
    return {}


@operation("ssmmessages", "CreateControlChannel")
def _control_channel(call: ServiceCall) -> Record:
    _itself(call, "ChannelId")["ControlChannel"] = call.state.now()
    return {"MessageSchemaVersion": SCHEMA, "TokenValue": secrets.token_urlsafe(60)}


@operation("ssmmessages", "CreateDataChannel")
def _data_channel(call: ServiceCall) -> Record:
    if call.parameters["ChannelId"] not in call.state.regional["Sessions"]:
        raise AwsError("ResourceNotFoundException", f"Session {call.parameters['ChannelId']} does not exist.")
    return {"MessageSchemaVersion": SCHEMA, "TokenValue": secrets.token_urlsafe(60)}


def _itself(call: ServiceCall, parameter: str) -> Record:
    """Return the node of a call. Only its own agent can call: the role session is named by the node's ID."""
    found = node(call, str(call.parameters[parameter]))
    credential = call.caller.credential if call.caller else None
    if call.caller is None or credential is None or credential.session != found["InstanceId"]:
        raise AwsError("AccessDeniedException", f"Only the agent of {found['InstanceId']} can call {call.action}.")
    return found


def _command(call: ServiceCall) -> Command:
    """Return the command of a message that was delivered to the caller."""
    found = call.state.mailbox.by_message(str(call.parameters["MessageId"]))
    credential = call.caller.credential if call.caller else None
    if found is None or credential is None or credential.session != found.node:
        raise AwsError("InvalidMessageId", f"There is no message {call.parameters['MessageId']} for this node.")
    return found
