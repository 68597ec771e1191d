"""Session Manager: sessions to hybrid nodes need the advanced-instances tier and an agent that can open its channels.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-default-session-document.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.mailbox import has_agent
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ec2.instances import end_session
from sm_ssh_widget.simulator.services.ssm.agent import ec2_nodes, ec2_refused
from sm_ssh_widget.simulator.services.ssm.documents import SHELL, document_arn, known
from sm_ssh_widget.simulator.services.ssm.nodes import keys_of_node, on_node, paged, ping, refused_to_agent
from sm_ssh_widget.simulator.services.ssm.settings import tier_is_advanced
from sm_ssh_widget.simulator.state import Record

TIER_NEEDED = "Enable advanced-instances tier to use Session Manager with your on-premises instances"


def connected(call: ServiceCall, target: str) -> bool:
    """Whether the agent of a node has an open control channel."""
    if target.startswith("i-"):
        nodes = {node["InstanceId"] for node in ec2_nodes(call.state, call.region)}
        return target in nodes and not ec2_refused(call.state, call.state.regional["Instances"][target])
    record = call.state.regional["ManagedInstances"].get(target)
    if (
        record is None
        or record["Region"] != call.region
        or (has_agent(record) and ping(call.state, record) != "Online")
    ):
        return False
    return not refused_to_agent(call.state, record)


@operation("ssm", "GetConnectionStatus", on=on_node, context=keys_of_node)
def _status(call: ServiceCall) -> Record:
    target = call.parameters["Target"]
    return {"Target": target, "Status": "connected" if connected(call, target) else "notconnected"}


def _document(call: ServiceCall) -> str:
    return str(call.parameters.get("DocumentName") or SHELL)


def _on_start(call: ServiceCall) -> Sequence[str]:
    return (*on_node(call), document_arn(call.state, _document(call), call.region))


def _keys(call: ServiceCall, resource: str) -> Mapping[str, Any]:
    """Return the context keys: the node's tags, and that the document is checked even if it is not specified."""
    return {**keys_of_node(call, resource), "ssm:SessionDocumentAccessCheck": "true"}


@operation("ssm", "StartSession", on=_on_start, context=_keys)
def _start(call: ServiceCall) -> Record:
    target = call.parameters["Target"]
    _check_document(call)
    if target.startswith("mi-") and not tier_is_advanced(call.state, call.region):
        raise AwsError("BadRequest", TIER_NEEDED)
    if not connected(call, target):
        raise AwsError("TargetNotConnected", f"{target} is not connected.")
    owner, owner_id = (call.caller.arn, call.caller.user_id) if call.caller else ("", "")
    identity = f"{owner.rsplit('/', 1)[-1]}-{secrets.token_hex(9)[:17]}"
    call.state.regional["Sessions"][identity] = {
        "SessionId": identity,
        "Region": call.region,
        "Target": target,
        "Status": "Connected",
        "StartDate": call.state.now(),
        "DocumentName": _document(call),
        "Owner": owner,
        "OwnerId": owner_id,
        "Reason": call.parameters.get("Reason", ""),
    }
    return _opened(call, identity)


def _check_document(call: ServiceCall) -> None:
    """Raise ``InvalidDocument`` for a missing document or one not for sessions; the preferences can be missing."""
    name = _document(call)
    if name != SHELL and known(call, name)["DocumentType"] != "Session":
        raise AwsError("InvalidDocument", f"Document type of {name} is not Session.")


def _opened(call: ServiceCall, identity: str) -> Record:
    """Return the stream address for the plugin: on this machine, never AWS."""
    here = call.world.sign_in.url.replace("http://", "ws://", 1)
    stream = f"{here}/v1/data-channel/{identity}?role=publish_subscribe"
    return {"SessionId": identity, "TokenValue": secrets.token_urlsafe(48), "StreamUrl": stream}


def _on_session(call: ServiceCall) -> Sequence[str]:
    return (call.arn(f"session/{call.parameters['SessionId']}"),)


def _owner_keys(call: ServiceCall, _: str) -> Mapping[str, Any]:
    """Return the two tags that AWS sets on a session: ``session-id`` is the ``aws:userid`` of its starter."""
    found = call.state.regional["Sessions"].get(call.parameters["SessionId"])
    if found is None:
        return {}
    own = {"session-id": found.get("OwnerId", ""), "target-id": found["Target"]}
    return {f"{key}/aws:ssmmessages:{n}": v for key in ("ssm:resourceTag", "aws:ResourceTag") for n, v in own.items()}


@operation("ssm", "ResumeSession", on=_on_session, context=_owner_keys)
def _resume(call: ServiceCall) -> Record:
    record = call.state.regional["Sessions"].get(call.parameters["SessionId"])
    if record is None or "EndDate" in record:
        raise AwsError("DoesNotExistException", f"Session {call.parameters['SessionId']} does not exist.")
    return _opened(call, record["SessionId"])


@operation("ssm", "TerminateSession", on=_on_session, context=_owner_keys)
def _terminate(call: ServiceCall) -> Record:
    """End a session. As on AWS, a missing session is not an error; an ended one belongs to the history."""
    record = call.state.regional["Sessions"].get(call.parameters["SessionId"])
    if record:
        end_session(record, call.state.now())
    return {"SessionId": call.parameters["SessionId"]}


@operation("ssm", "DescribeSessions")
def _describe(call: ServiceCall) -> Record:
    """Return the open or the ended sessions, as requested."""
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
