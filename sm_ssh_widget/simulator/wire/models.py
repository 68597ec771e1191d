"""botocore's service models, and which service and operation a request is meant for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel

from sm_ssh_widget.simulator.wire import agent_models

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
    """The model of a service by botocore's name, with what agents call; ``None`` for a service that nobody knows."""
    try:
        described = _session.get_component("data_loader").load_service_model(service, "service-2")
    except UnknownServiceError:
        return agent_models.model(service)
    return ServiceModel(agent_models.extended(service, described), service)


@cache
def protocol(service: str) -> str:
    """How the service speaks: ``query``, ``ec2``, ``json``, ``rest-json`` or ``rest-xml``; ``json`` if unknown."""
    model = service_model(service)
    return str(model.metadata["protocol"]) if model else "json"


@cache
def bounds(service: str, operation: str) -> dict[str, tuple[float, float]]:
    """The least and the most of the numbers that an operation takes, as far as its model says, by member."""
    shape = service_model(service).operation_model(operation).input_shape
    numbers = (
        (n, m.metadata) for n, m in (shape.members if shape else {}).items() if m.type_name in ("integer", "long")
    )
    return {
        name: (given.get("min", float("-inf")), given.get("max", float("inf")))
        for name, given in numbers
        if {"min", "max"} & given.keys()
    }


@dataclass(frozen=True)
class _Route:
    """Where an operation is: method, path, and what query and headers must have beside."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]
    keys: frozenset[str]
    headers: frozenset[str]

    @property
    def special(self) -> tuple[int, int]:
        """The more it asks for, the more special it is: it comes first."""
        return len(self.query) + len(self.keys) + len(self.headers), len(self.path.pattern)

    def meets(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a request has what the operation asks for beside its path."""
        fixed = all(query.get(name) == value for name, value in self.query)
        return fixed and self.keys <= query.keys() and self.headers <= headers.keys()


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    model = service_model(service)
    found = [_route(name, model.operation_model(name)) for name in (model.operation_names if model else ())]
    return tuple(sorted(found, key=lambda route: route.special, reverse=True))


def _route(name: str, operation: Any) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
    needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
    shape = operation.input_shape
    for member in shape.required_members if shape else ():
        written = shape.members[member].serialization
        needed.get(written.get("location"), set()).add(written.get("name", member))
    return _Route(
        name,
        operation.http["method"],
        re.compile(pattern),
        frozenset(parse_qsl(query, keep_blank_values=True)),
        frozenset(needed["querystring"]),
        frozenset(header.lower() for header in needed["header"]),
    )


def route(
    service: str,
    method: str,
    path: str,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[str, dict[str, str]] | None:
    """The operation behind a request by its method, raw path, query and headers, with what the path names.

    ``None`` where there is none. Operations that share a path are told apart by what their model asks for.
    """
    for each in _routes(service):
        match = each.path.fullmatch(path) if each.method == method else None
        if match and each.meets(query or {}, headers or {}):
            return each.operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
