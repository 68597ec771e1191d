"""Rendering of responses in the protocol of a service, by botocore's output shapes."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.wire import models

XML = "text/xml"
JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP response."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = field(default=())


def answer(service: str, operation: str, value: dict[str, Any]) -> HttpResponse:
    """Render the result of an operation."""
    model = models.service_model(service).operation_model(operation)
    shape, protocol = model.output_shape, models.protocol(service)
    if protocol in ("json", "rest-json"):
        return HttpResponse(200, JSON, json.dumps(_json(*_payload(shape, value)) if shape else {}).encode())
    if protocol == "rest-xml":
        body = f"<{operation}Response>{_members(shape, value, False) if shape else ''}</{operation}Response>"
        return HttpResponse(model.http.get("responseCode", 200), XML, body.encode())
    return HttpResponse(200, XML, _envelope(service, operation, shape, value, protocol == "ec2").encode())


def refusal(service: str, error: AwsError) -> HttpResponse:
    """Render an error in the protocol of the service."""
    protocol = models.protocol(service)
    identity = uuid.uuid4()
    code, message = escape(error.code), escape(error.message)
    if protocol == "ec2":
        inner = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return HttpResponse(
            error.status, XML, f"<Response>{inner}<RequestID>{identity}</RequestID></Response>".encode()
        )
    if protocol == "rest-xml":
        inner = f"<Code>{code}</Code><Message>{message}</Message><RequestId>{identity}</RequestId>"
        return HttpResponse(error.status, "application/xml", f"<Error>{inner}</Error>".encode())
    if protocol == "query":
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{inner}<RequestId>{identity}</RequestId></ErrorResponse>"
        return HttpResponse(error.status, XML, text.encode())
    body = json.dumps({"__type": error.code, "message": error.message, **error.members}).encode()
    return HttpResponse(error.status, JSON, body, (("x-amzn-ErrorType", error.code),))


def _payload(shape: Any, value: dict[str, Any]) -> tuple[Any, Any]:
    """Return the shape and the value of the body: a structure can be the payload of a response."""
    name = shape.serialization.get("payload")
    if name and shape.members[name].type_name == "structure":
        return shape.members[name], value[name]
    return shape, value


def moment(value: Any) -> dt.datetime:
    """Parse a time of states and handlers: a datetime, seconds since the epoch, or ISO 8601 text."""
    if isinstance(value, (int, float)):
        return dt.datetime.fromtimestamp(value, dt.timezone.utc)
    found = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=dt.timezone.utc)


def _json(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        members = ((n, m) for n, m in shape.members.items() if value.get(n) is not None)
        return {m.serialization.get("name", n): _json(m, value[n]) for n, m in members}
    if shape.type_name == "list":
        return [_json(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _json(shape.value, item) for key, item in value.items()}
    return _json_time(shape, value) if shape.type_name == "timestamp" else value


def _json_time(shape: Any, value: Any) -> Any:
    when = moment(value)
    return when.isoformat() if shape.serialization.get("timestampFormat") == "iso8601" else when.timestamp()


def _envelope(service: str, operation: str, shape: Any, value: dict[str, Any], ec2: bool) -> str:
    namespace = models.service_model(service).metadata.get("xmlNamespace", "")
    inner = _members(shape, value, ec2) if shape else ""
    if ec2:
        inner = f"<requestId>{uuid.uuid4()}</requestId>{inner}"
    else:
        result = shape.serialization.get("resultWrapper", f"{operation}Result") if shape else ""
        inner = f"<{result}>{inner}</{result}>" if shape else ""
        inner += f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return f'<{operation}Response xmlns="{namespace}">{inner}</{operation}Response>'


def _members(shape: Any, value: dict[str, Any], ec2: bool) -> str:
    present = ((n, m) for n, m in shape.members.items() if value.get(n) is not None)
    return "".join(_xml(m, value[n], m.serialization.get("name", n), ec2) for n, m in present)


def _xml(shape: Any, value: Any, tag: str, ec2: bool) -> str:
    if shape.type_name == "structure":
        return f"<{tag}>{_members(shape, value, ec2)}</{tag}>"
    if shape.type_name == "list":
        inner_tag = shape.member.serialization.get("name", "item" if ec2 else "member")
        if shape.serialization.get("flattened"):
            return "".join(_xml(shape.member, item, tag, ec2) for item in value)
        return f"<{tag}>" + "".join(_xml(shape.member, item, inner_tag, ec2) for item in value) + f"</{tag}>"
    if shape.type_name == "map":
        entries = (_xml(shape.key, k, "key", ec2) + _xml(shape.value, v, "value", ec2) for k, v in value.items())
        return f"<{tag}>" + "".join(f"<entry>{entry}</entry>" for entry in entries) + f"</{tag}>"
    return f"<{tag}>{escape(_scalar(shape, value))}</{tag}>"


def _scalar(shape: Any, value: Any) -> str:
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        return moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return quote(value, safe="") if shape.name == "policyDocumentType" else str(value)
