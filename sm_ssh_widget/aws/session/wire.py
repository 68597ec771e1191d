"""A request as it goes over the wire, to compare the sent request with the checked one.

botocore lets any handler change a request between the check and the signature. The checked parameters are therefore
serialized a second time, by botocore's own handlers and serializers only, and both requests must be equal in method,
path, query and body.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer

Json: TypeAlias = Any

_TARGET = "X-Amz-Target"  # the JSON protocols name the operation here


@dataclass(frozen=True)
class Sent:
    """Content of a request: HTTP method, path with query, the operation if a header names it, and body."""

    method: str
    path: str
    target: bytes
    body: bytes

    @classmethod
    def of(cls, prepared: Any) -> Sent:
        """Build it from botocore's prepared request."""
        parts = urlsplit(prepared.url)
        path = f"{parts.path or '/'}?{parts.query}"
        return cls(prepared.method, path, *(_bytes(each) for each in (prepared.headers.get(_TARGET), prepared.body)))


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def expected(model: Any, checked: Mapping[str, Json], live: Mapping[str, Json], endpoint: str) -> Sent:
    """Return what botocore sends for the ``checked`` parameters of an operation if no other handler interferes.

    ``live`` are the parameters of the call in progress: only the idempotency tokens that botocore filled in are taken
    from them, because they are random.
    """
    parameters = copy.deepcopy(dict(checked))
    for token in model.idempotent_members:
        if token not in parameters and token in live:
            parameters[token] = live[token]
    service = model.service_model
    event = f"before-parameter-build.{service.service_id.hyphenize()}.{model.name}"
    _pristine().emit(event, params=parameters, model=model, context={})
    protocol = getattr(service, "resolved_protocol", None) or service.metadata["protocol"]
    made = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, model)
    prepare_request_dict(made, endpoint_url=_place(service.service_name, parameters, endpoint), context={})
    return Sent.of(create_request_object(made).prepare())


def _place(service: str, parameters: Mapping[str, Json], endpoint: str) -> str:
    """Return the endpoint of a call; S3's contains the bucket, in the host name or else at the start of the path."""
    bucket = str(parameters.get("Bucket", "")) if service == "s3" else ""
    in_host = not bucket or (urlsplit(endpoint).hostname or "").startswith(f"{bucket}.")
    return endpoint if in_host else f"{endpoint}/{bucket}"


@cache
def _pristine() -> Any:
    """Return the event system of a session without additional handlers."""
    return botocore.session.Session().get_component("event_emitter")
