"""botocore's service models, and which service and operation a request is meant for."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session

SERVICE_OF_SIGNING_NAME = {
    "sso": "sso-admin",
    "monitoring": "cloudwatch",
    "access-analyzer": "accessanalyzer",
    "tagging": "resourcegroupstaggingapi",
}
UNSIGNED_SERVICES = ("sso-oidc", "sso")

_session = botocore.session.get_session()


@cache
def service_model(service: str) -> Any:
    """The model of a service by botocore's name; ``None`` for a service that botocore does not know."""
    try:
        return _session.get_service_model(service)
    except Exception:
        return None


@cache
def protocol(service: str) -> str:
    """How the service speaks: ``query``, ``ec2``, ``json``, ``rest-json`` or ``rest-xml``; ``json`` if unknown."""
    model = service_model(service)
    return str(model.metadata["protocol"]) if model else "json"


@cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    model = service_model(service)
    found = []
    for name in model.operation_names if model else ():
        http = model.operation_model(name).http
        path = re.escape(http["requestUri"].split("?")[0])
        pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", r"(?P<\1>[^/]+)", path)
        found.append((http["method"], re.compile(pattern), name))
    return tuple(sorted(found, key=lambda route: len(route[1].pattern), reverse=True))


def route(service: str, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The operation behind a method and a raw path, with what the path names; ``None`` where there is none."""
    for verb, pattern, operation in _routes(service):
        match = pattern.fullmatch(path) if verb == method else None
        if match:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
