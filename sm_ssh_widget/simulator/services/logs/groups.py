"""Log groups, streams and events, which contain the logs of containers.

The ARN of a log group ends in ``:log-stream:`` and the stream's name, which can be empty.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

MISSING = "The specified log group does not exist."


def group_arn(call: ServiceCall, name: str, stream: str = "") -> str:
    """Return the ARN that authorizes a call about a log group or a stream."""
    return call.arn(f"log-group:{name}:log-stream:{stream}", "logs")


def group(call: ServiceCall, name: str) -> Record:
    """Return the log group of this name in the call's Region. Raises ``ResourceNotFoundException``."""
    for record in _here(call):
        if record["LogGroupName"] == name:
            return record
    raise AwsError("ResourceNotFoundException", MISSING)


def _here(call: ServiceCall) -> list[Record]:
    return [each for each in call.state.records["LogGroups"] if each.get("Region", call.region) == call.region]


def _name(call: ServiceCall) -> str:
    given = call.parameters.get("logGroupName") or call.parameters.get("logGroupIdentifier") or ""
    return str(given).rpartition(":log-group:")[2].removesuffix(":*")


def _on_group(call: ServiceCall) -> Sequence[str]:
    return (group_arn(call, _name(call)),)


def _on_stream(call: ServiceCall) -> Sequence[str]:
    return (group_arn(call, _name(call), str(call.parameters.get("logStreamName", ""))),)


@operation("logs", "CreateLogGroup", on=_on_group)
def _create(call: ServiceCall) -> Record:
    if any(each["LogGroupName"] == _name(call) for each in _here(call)):
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    made: Record = {"LogGroupName": _name(call), "Region": call.region, "Streams": {}}
    call.state.records["LogGroups"].append(made)
    return {}


@operation("logs", "DeleteLogGroup", on=_on_group)
def _delete(call: ServiceCall) -> Record:
    call.state.records["LogGroups"].remove(group(call, _name(call)))
    return {}


@operation("logs", "CreateLogStream", on=_on_stream)
def _create_stream(call: ServiceCall) -> Record:
    streams, name = group(call, _name(call)).setdefault("Streams", {}), str(call.parameters["logStreamName"])
    if name in streams:
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    streams[name] = []
    return {}


def _stream(call: ServiceCall) -> list[Record]:
    streams = group(call, _name(call)).get("Streams", {})
    name = str(call.parameters["logStreamName"])
    if name not in streams:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    found: list[Record] = streams[name]
    return found


@operation("logs", "PutLogEvents", on=_on_stream)
def _put(call: ServiceCall) -> Record:
    _stream(call).extend({"timestamp": e["timestamp"], "message": e["message"]} for e in call.parameters["logEvents"])
    return {"nextSequenceToken": "0"}


@operation("logs", "GetLogEvents", on=_on_stream)
def _get(call: ServiceCall) -> Record:
    events = [{**each, "ingestionTime": each["timestamp"]} for each in _stream(call)]
    return {"events": events[: int(call.parameters.get("limit") or 10000)], "nextForwardToken": "f/0"}


@operation("logs", "DescribeLogStreams", on=_on_group)
def _streams(call: ServiceCall) -> Record:
    prefix = call.parameters.get("logStreamNamePrefix") or ""
    names = [name for name in sorted(group(call, _name(call)).get("Streams", {})) if name.startswith(prefix)]
    shown = [{"logStreamName": name, "arn": group_arn(call, _name(call), name)} for name in names]
    page, token = call.page(shown, call.parameters.get("limit"), call.parameters.get("nextToken"), 50)
    return {"logStreams": page, "nextToken": token}


def _by_name(record: Record) -> str:
    return str(record["LogGroupName"])


@operation("logs", "DescribeLogGroups")
def _groups(call: ServiceCall) -> Record:
    prefix = call.parameters.get("logGroupNamePrefix") or ""
    found = sorted((each for each in _here(call) if each["LogGroupName"].startswith(prefix)), key=_by_name)
    shown = [
        {"logGroupName": name, "arn": call.arn(f"log-group:{name}:*"), "kmsKeyId": each.get("KmsKeyId")}
        for each in found
        for name in (each["LogGroupName"],)
    ]
    page, token = call.page(shown, call.parameters.get("limit"), call.parameters.get("nextToken"), 50)
    return {"logGroups": page, "nextToken": token}
