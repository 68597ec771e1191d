"""Run Command: authorized on the document and every specified node; the node's agent, or an echo, answers.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.mailbox import Command
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.agent import ec2_nodes
from sm_ssh_widget.simulator.services.ssm.documents import document_arn, known
from sm_ssh_widget.simulator.services.ssm.nodes import keys_of_node, node_arn, paged, ping
from sm_ssh_widget.simulator.state import Record

PLUGIN = "aws:runShellScript"


def _named(call: ServiceCall) -> list[str]:
    """Return the nodes specified by ID, in ``InstanceIds`` or as a target."""
    found = [*(call.parameters.get("InstanceIds") or ())]
    for target in call.parameters.get("Targets") or ():
        if target["Key"].lower() == "instanceids":
            found += target["Values"]
    return [str(identity) for identity in found]


def _by_tags(call: ServiceCall) -> list[str]:
    """Return the nodes with the tags of the targets."""
    wanted = [each for each in call.parameters.get("Targets") or () if each["Key"].startswith("tag:")]
    nodes = (*call.state.nodes(call.region), *ec2_nodes(call.state, call.region)) if wanted else ()
    return [str(node["InstanceId"]) for node in nodes if all(_has(node, each) for each in wanted)]


def _has(node: Record, target: Record) -> bool:
    return any(tag["Key"] == target["Key"][4:] and tag["Value"] in target["Values"] for tag in node["Tags"])


def _on_send(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs of every node, the document, and the output bucket if specified."""
    nodes = [node_arn(call, identity) for identity in (*_named(call), *_by_tags(call))]
    bucket = call.parameters.get("OutputS3BucketName")
    output = [f"arn:{call.state.partition}:s3:::{bucket}"] if bucket else []
    return (*nodes, document_arn(call.state, str(call.parameters["DocumentName"]), call.region), *output)


@operation("ssm", "SendCommand", on=_on_send, context=keys_of_node)
def _send(call: ServiceCall) -> Record:
    document = known(call, str(call.parameters["DocumentName"]))
    if document["DocumentType"] != "Command":
        raise AwsError("InvalidDocument", f"The document type {document['DocumentType']} is not supported.")
    named, found = _named(call), _reachable(call)
    lost = [identity for identity in named if identity not in found]
    if lost:
        said = f"Instances [[{', '.join(lost)}]] not in a valid state for account {call.state.account}"
        raise AwsError("InvalidInstanceId", said)
    identity, now = str(uuid.uuid4()), call.state.now()
    given = call.parameters.get("Parameters") or {}
    for name in dict.fromkeys((*named, *_by_tags(call))):
        if name in found:
            call.state.mailbox.post(found[name], identity, str(document["Name"]), given, now)
    return {"Command": _command(call, identity)}


def _reachable(call: ServiceCall) -> dict[str, Record]:
    """Return the online nodes of the Region by ID."""
    hybrid = (node for node in call.state.nodes(call.region) if ping(call.state, node) == "Online")
    return {str(node["InstanceId"]): node for node in (*hybrid, *ec2_nodes(call.state, call.region))}


def _command(call: ServiceCall, identity: str) -> Record:
    """Return a command in its current state: a success only if every node has succeeded."""
    sent = [each for each in call.state.mailbox.commands if each.command_id == identity]
    waiting = next((each.status for each in sent if each.ended is None), None)
    failed = next((each.status for each in sent if each.status != "Success"), "Success")
    return {
        "CommandId": identity,
        "DocumentName": sent[0].document if sent else call.parameters.get("DocumentName", ""),
        "Comment": call.parameters.get("Comment", ""),
        "Parameters": dict(sent[0].parameters) if sent else {},
        "InstanceIds": [each.node for each in sent],
        "RequestedDateTime": sent[0].posted if sent else call.state.now(),
        "Status": waiting or failed,
        "StatusDetails": waiting or failed,
        "TargetCount": len(sent),
        "CompletedCount": sum(each.ended is not None for each in sent),
    }


@operation("ssm", "GetCommandInvocation")
def _get(call: ServiceCall) -> Record:
    found = call.state.mailbox.find(str(call.parameters["CommandId"]), str(call.parameters["InstanceId"]))
    if found is None or found.region != call.region:
        raise AwsError("InvocationDoesNotExist", "")
    if call.parameters.get("PluginName", PLUGIN) not in (PLUGIN, PLUGIN.partition(":")[2]):
        raise AwsError("InvalidPluginName", "")
    return {
        **_invocation(found),
        **_end(found),
        "PluginName": PLUGIN,
        "ResponseCode": found.code,
        "ExecutionStartDateTime": _iso(found.posted),
        "StandardOutputContent": found.output,
        "StandardErrorContent": found.error,
    }


def _end(found: Command) -> Record:
    if found.ended is None:
        return {}
    return {"ExecutionElapsedTime": f"PT{found.ended - found.posted:.3f}S", "ExecutionEndDateTime": _iso(found.ended)}


def _iso(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.timezone.utc).isoformat(timespec="milliseconds")


def _invocation(found: Command) -> Record:
    return {
        "CommandId": found.command_id,
        "InstanceId": found.node,
        "DocumentName": found.document,
        "Status": found.status,
        "StatusDetails": found.status,
    }


def _sent(call: ServiceCall) -> list[Command]:
    wanted: Mapping[str, Any] = {
        "command_id": call.parameters.get("CommandId"),
        "node": call.parameters.get("InstanceId"),
    }
    here = [each for each in call.state.mailbox.commands if each.region == call.region]
    return [each for each in here if all(value in (None, getattr(each, name)) for name, value in wanted.items())]


@operation("ssm", "ListCommandInvocations")
def _invocations(call: ServiceCall) -> Record:
    shown = [{**_invocation(each), "RequestedDateTime": each.posted} for each in _sent(call)]
    return paged(call, "CommandInvocations", shown, 50)


@operation("ssm", "ListCommands")
def _list(call: ServiceCall) -> Record:
    identities = dict.fromkeys(each.command_id for each in _sent(call))
    return paged(call, "Commands", [_command(call, identity) for identity in identities], 50)
