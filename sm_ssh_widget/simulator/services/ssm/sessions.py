"""Session Manager: a session needs the advanced tier for hybrid nodes, and an agent that may open its channels.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-default-session-document.html
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ec2.instances import end_session
from sm_ssh_widget.simulator.services.ssm.agent import ec2_nodes, ec2_refused
from sm_ssh_widget.simulator.services.ssm.nodes import keys_of_node, on_node, paged, refused_to_agent
from sm_ssh_widget.simulator.services.ssm.settings import tier_is_advanced
from sm_ssh_widget.simulator.state import Record

SHELL = "SSM-SessionManagerRunShell"
TIER_NEEDED = "Enable advanced-instances tier to use Session Manager with your on-premises instances"


def connected(call: ServiceCall, target: str) -> bool:
    """Whether the agent of a node holds its control channel open."""
    if target.startswith("i-"):
        nodes = {node["InstanceId"] for node in ec2_nodes(call.state, call.region)}
        return target in nodes and not ec2_refused(call.state, call.state.regional["Instances"][target])
    record = call.state.regional["ManagedInstances"].get(target)
    return bool(record and record["Region"] == call.region and not refused_to_agent(call.state, record))


@operation("ssm", "GetConnectionStatus", on=on_node, context=keys_of_node)
def _status(call: ServiceCall) -> Record:
    target = call.parameters["Target"]
    return {"Target": target, "Status": "connected" if connected(call, target) else "notconnected"}


def _document(call: ServiceCall) -> str:
    return str(call.parameters.get("DocumentName") or SHELL)


def _on_start(call: ServiceCall) -> Sequence[str]:
    document = _document(call)
    owner = "" if document.startswith("AWS-") else call.state.account
    return (*on_node(call), f"arn:{call.state.partition}:ssm:{call.region}:{owner}:document/{document}")


@operation("ssm", "StartSession", on=_on_start, context=keys_of_node)
def _start(call: ServiceCall) -> Record:
    target = call.parameters["Target"]
    if target.startswith("mi-") and not tier_is_advanced(call.state, call.region):
        raise AwsError("BadRequest", TIER_NEEDED)
    if not connected(call, target):
        raise AwsError("TargetNotConnected", f"{target} is not connected.")
    owner = call.caller.arn if call.caller else ""
    identity = f"{owner.rsplit('/', 1)[-1]}-{secrets.token_hex(9)[:17]}"
    call.state.regional["Sessions"][identity] = {
        "SessionId": identity,
        "Region": call.region,
        "Target": target,
        "Status": "Connected",
        "StartDate": time.time(),
        "DocumentName": _document(call),
        "Owner": owner,
        "Reason": call.parameters.get("Reason", ""),
    }
    stream = f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{identity}?role=publish_subscribe"
    return {"SessionId": identity, "TokenValue": secrets.token_urlsafe(48), "StreamUrl": stream}


def _on_session(call: ServiceCall) -> Sequence[str]:
    return (call.arn(f"session/{call.parameters['SessionId']}"),)


def _owner_keys(call: ServiceCall, _: str) -> Mapping[str, Any]:
    found = call.state.regional["Sessions"].get(call.parameters["SessionId"], {})
    return {"ssm:resourceTag/aws:ssmmessages:session-id": found["Owner"].rsplit("/", 1)[-1]} if found else {}


@operation("ssm", "TerminateSession", on=_on_session, context=_owner_keys)
def _terminate(call: ServiceCall) -> Record:
    """Ending a session that is not there is no error, as on AWS; one that has ended is history."""
    record = call.state.regional["Sessions"].get(call.parameters["SessionId"])
    if record:
        end_session(record)
    return {"SessionId": call.parameters["SessionId"]}


@operation("ssm", "DescribeSessions")
def _describe(call: ServiceCall) -> Record:
    """Those that are open, or those that have ended, as it is asked."""
    ended = call.parameters["State"] == "History"
    here = (each for each in call.state.regional["Sessions"].values() if each["Region"] == call.region)
    found = [each for each in here if ("EndDate" in each) == ended]
    for each in call.parameters.get("Filters") or ():
        found = [session for session in found if _matches(session, each)]
    return paged(call, "Sessions", found, 20)


def _matches(session: Record, each: Mapping[str, Any]) -> bool:
    member = {"Target": "Target", "Owner": "Owner", "Status": "Status", "SessionId": "SessionId"}.get(each["key"])
    if member is None:
        raise AwsError("InvalidFilterKey", f"The filter key {each['key']} is not valid.")
    return bool(session[member] == each["value"])
