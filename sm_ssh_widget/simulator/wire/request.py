"""Parsing of an HTTP request: service, operation, parameters, Region, access key."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, ParseError, fromstring

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.wire import models

HEADERS = "simulator.headers"
"""Key of the original headers: WSGI does not distinguish ``_`` and ``-``, but AWS does."""
UNSIGNED_TARGETS = {"AmazonSSM.RegisterManagedInstance": "ssm"}
"""Operations without credentials: the registration of an agent."""
PROOF = "dpop"
"""Header, and parameter, of the proof of possession of a key (RFC 9449)."""
_SCOPE = re.compile(r"Credential=([^/]+)/(\d{8})/([^/]*)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class HttpRequest:
    """One received request: raw path, raw query, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, environ: dict[str, Any]) -> HttpRequest:
        """Read it from WSGI; the body stays readable for moto."""
        body = _read_body(environ)
        headers = {name.lower(): value for name, value in environ[HEADERS]}
        path = (environ.get("RAW_URI") or environ.get("PATH_INFO", "/")).split("?")[0]
        return cls(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)


def _read_body(environ: dict[str, Any]) -> bytes:
    """Read the whole body; a chunked one, as agents send it, gets a length."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("wsgi.input_terminated"):
        body: bytes = environ["wsgi.input"].read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


@dataclass(frozen=True)
class Addressed:
    """Operation, parameters and access key of a request. ``access_key_id`` is empty for an unsigned request."""

    service: str
    operation: str
    region: str
    access_key_id: str
    signing_name: str
    parameters: dict[str, Any] = field(default_factory=dict)


def address(request: HttpRequest) -> Addressed:
    """Find service, operation and parameters. Raises :class:`AwsError` for an invalid request."""
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    if scope is None:
        return _unsigned(request)
    key, _, region, signing_name = scope.groups()
    service = models.SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    if request.path.startswith("/authorization-details/"):
        service = "iam-toolbox"  # it signs as IAM does
    operation, parameters = _operation(service, request)
    return Addressed(service, operation, region, key, signing_name, parameters)


def _unsigned(request: HttpRequest) -> Addressed:
    target = request.headers.get("x-amz-target", "")
    if target:
        return _unsigned_target(request, target)
    for service in models.UNSIGNED_SERVICES:
        found = _routed(service, request)
        if found:
            operation, labels = found
            parameters = _rest_parameters(service, operation, labels, request)
            if PROOF in request.headers:  # no member of the model: a client proves its key with it
                parameters[PROOF] = request.headers[PROOF]
            return Addressed(service, operation, "", "", "", parameters)
    raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def _unsigned_target(request: HttpRequest, target: str) -> Addressed:
    if target not in UNSIGNED_TARGETS:
        raise AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    return Addressed(UNSIGNED_TARGETS[target], target.rsplit(".", 1)[-1], "", "", "", _json(request.body))


def _routed(service: str, request: HttpRequest) -> tuple[str, dict[str, str]] | None:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    path = request.path.rstrip("/") or "/"
    found = models.route(service, request.method, request.path, query, request.headers)
    return found or models.route(service, request.method, path, query, request.headers)


def _operation(service: str, request: HttpRequest) -> tuple[str, dict[str, Any]]:
    target = request.headers.get("x-amz-target")
    if target:
        return target.rsplit(".", 1)[-1], _json(request.body)
    if models.protocol(service) in ("query", "ec2"):
        form = dict(parse_qsl(request.body.decode() or request.query, keep_blank_values=True))
        return form.get("Action", ""), _form_parameters(service, form)
    operation, labels = _routed(service, request) or ("", {})
    return operation, _rest_parameters(service, operation, labels, request) if operation else {}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "the body is not JSON") from None
    return value if isinstance(value, dict) else {}


def _form_parameters(service: str, form: dict[str, str]) -> dict[str, Any]:
    model = models.service_model(service)
    operation = form.get("Action", "")
    if not model or operation not in model.operation_names:
        raise AwsError("InvalidAction", f"Could not find operation {operation} for version {form.get('Version')}")
    shape = model.operation_model(operation).input_shape
    return _structure(shape, form, "", models.protocol(service) == "ec2") if shape else {}


def _structure(shape: Any, form: dict[str, str], prefix: str, ec2: bool) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        key = prefix + _form_name(name, member, ec2)
        if key in form or any(k.startswith(key + ".") for k in form):
            found[name] = _form_value(member, form, key, ec2)
    return found


def _form_name(name: str, member: Any, ec2: bool) -> str:
    given: str | None = member.serialization.get("name")
    if not ec2:
        return given or name
    return str(member.serialization.get("queryName") or (given[:1].upper() + given[1:] if given else name))


def _form_value(shape: Any, form: dict[str, str], key: str, ec2: bool) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, form, key + ".", ec2)
    if shape.type_name == "list":
        return _form_list(shape, form, key, ec2)
    if shape.type_name == "map":
        pairs = ((f"{key}.entry.{n}.key", f"{key}.entry.{n}.value") for n in range(1, 1000))
        return {form[k]: form.get(v, "") for k, v in pairs if k in form}
    text = form.get(key, "")
    if shape.type_name in ("integer", "long"):
        return int(text)
    return text == "true" if shape.type_name == "boolean" else text


def _form_list(shape: Any, form: dict[str, str], key: str, ec2: bool) -> list[Any]:
    flat = ec2 or shape.serialization.get("flattened")
    stem = key if flat else f"{key}.{shape.member.serialization.get('name', 'member')}"
    found = []
    number = 1
    while f"{stem}.{number}" in form or any(k.startswith(f"{stem}.{number}.") for k in form):
        found.append(_form_value(shape.member, form, f"{stem}.{number}", ec2))
        number += 1
    return found


def _body(service: str, shape: Any, request: HttpRequest) -> dict[str, Any]:
    """Parse the input members in the body; a stream is not parsed, because authorization does not need it."""
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "string":
        return {payload: request.body.decode(errors="replace")}
    if models.protocol(service) != "rest-xml":
        found = _json(request.body) if request.body[:1] == b"{" else {}
        return {payload: found} if payload and shape.members[payload].type_name == "structure" else found
    if payload and shape.members[payload].type_name == "structure":
        member = shape.members[payload]
        return {member.serialization.get("name", payload): _from_xml(member, _root(request.body))}
    return {}


def _root(body: bytes) -> Element:
    try:
        return fromstring(body)  # noqa: S314 - expat limits what entities may grow to
    except ParseError:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed") from None


def _from_xml(shape: Any, element: Element) -> Any:
    if shape.type_name == "structure":
        named = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        found: dict[str, Any] = {}
        for child in element:
            name, member = named.get(child.tag.rpartition("}")[2], ("", None))
            if member is not None and member.type_name == "list":
                inner = [child] if member.serialization.get("flattened") else list(child)
                found.setdefault(name, []).extend(_from_xml(member.member, each) for each in inner)
            elif member is not None:
                found[name] = _from_xml(member, child)
        return found
    text = element.text or ""
    return text == "true" if shape.type_name == "boolean" else text


def _rest_parameters(service: str, operation: str, labels: dict[str, str], request: HttpRequest) -> dict[str, Any]:
    shape = models.service_model(service).operation_model(operation).input_shape
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    body = _body(service, shape, request) if shape and request.body else {}
    found: dict[str, Any] = {}
    for name, member in (shape.members if shape else {}).items():
        wire_name = member.serialization.get("name", name)
        place = {"uri": labels, "querystring": query, "header": request.headers}.get(
            member.serialization.get("location")
        )
        source: Mapping[str, Any] = body if place is None else place
        key = wire_name.lower() if source is request.headers else wire_name
        if key in source:
            found[name] = source[key]
    return found
