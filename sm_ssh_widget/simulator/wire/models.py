"""botocore's service models, and the service and operation of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from sm_ssh_widget.simulator.sessions import model_loader
from sm_ssh_widget.simulator.wire import agent_models

SERVICE_OF_SIGNING_NAME = {
    "sso": "sso-admin",
    "monitoring": "cloudwatch",
    "access-analyzer": "accessanalyzer",
    "tagging": "resourcegroupstaggingapi",
}
UNSIGNED_SERVICES = ("sso-oidc", "sso", "signin")


@cache
def service_model(service: str) -> Any:
    """Return the model of a service by botocore's name, with the agents' operations; ``None`` if unknown."""
    try:
        described = _loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return agent_models.model(service)
    return ServiceModel(agent_models.extended(service, described), service)


def _loader() -> Loader:
    return model_loader(botocore.session.Session().get_config_variable("data_path"))


@cache
def protocol(service: str) -> str:
    """Return the protocol of a service: ``query``, ``ec2``, ``json``, ``rest-json``, ``rest-xml``; default ``json``."""
    model = service_model(service)
    return str(model.metadata["protocol"]) if model else "json"


@cache
def bounds(service: str, operation: str) -> dict[str, tuple[float, float]]:
    """Return minimum and maximum of an operation's numbers by member, as far as its model contains them."""
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
    """Route of an operation: method, path, and required query parameters and headers."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]
    keys: frozenset[str]
    headers: frozenset[str]

    @property
    def special(self) -> tuple[int, int]:
        """Return the sort key: a route with more requirements is more specific and comes first."""
        return len(self.query) + len(self.keys) + len(self.headers), len(self.path.pattern)

    def meets(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a request has the required query parameters and headers."""
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
    """Find the operation of a request by method, raw path, query and headers, with the path's parameters.

    ``None`` if there is none. Requirements in the models distinguish operations with the same path.
    """
    for each in _routes(service):
        match = each.path.fullmatch(path) if each.method == method else None
        if match and each.meets(query or {}, headers or {}):
            return each.operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
