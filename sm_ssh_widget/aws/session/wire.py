"""A request as it goes over the wire, to compare what is sent with what was checked.

botocore lets any handler change a request between the check and the signature. So the parameters that were checked are
built into a request once more, by botocore's own handlers and serializers and nobody else's, and the two have to be
equal: method, path, query and body.
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

_TARGET = "X-Amz-Target"  # where the JSON protocols name the operation


@dataclass(frozen=True)
class Sent:
    """What a request asks for: HTTP method, path with query, the operation where a header names it, and body."""

    method: str
    path: str
    target: bytes
    body: bytes

    @classmethod
    def of(cls, prepared: Any) -> Sent:
        """Of botocore's prepared request."""
        parts = urlsplit(prepared.url)
        path = f"{parts.path or '/'}?{parts.query}"
        return cls(prepared.method, path, *(_bytes(each) for each in (prepared.headers.get(_TARGET), prepared.body)))


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def expected(model: Any, checked: Mapping[str, Json], live: Mapping[str, Json], endpoint: str) -> Sent:
    """What botocore by itself sends for the ``checked`` parameters of an operation.

    ``live`` are the parameters of this very call: only the idempotency tokens that botocore filled in are taken of
    them, since they are random.
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
    prepare_request_dict(made, endpoint_url=endpoint, context={})
    return Sent.of(create_request_object(made).prepare())


@cache
def _pristine() -> Any:
    """The event system of a session that nobody has added a handler to."""
    return botocore.session.Session().get_component("event_emitter")
