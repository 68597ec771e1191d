"""boto3 clients, made once per service and Region, within limits and with documents to the letter.

IAM stores a policy document as text. botocore decodes it into a dictionary, which loses white space and the order of
equal keys: everything that an exact undo has to write back. This module therefore removes botocore's handler from its
clients and only reverses the URL encoding.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html (URL-encoded by RFC 3986)
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.handlers import json_decode_policies

from sm_ssh_widget.aws.session.limits import LIMITS, Limits, limit_client
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.session.retry import retry_requests

MOST_CONNECTIONS = 40
CONNECT_SECONDS, READ_SECONDS = 5, 20
OPTIONAL_CONNECT_SECONDS = 2

OPTIONAL_SERVICES = ("pricing",)
"""Services whose answer a check can do without: it waits less long for their connection and their answer."""

_DOCUMENT = "policyDocumentType"
_AWS_DOMAINS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".csp.hci.ic.gov",
    ".cloud.adc-e.uk",
)


@dataclass(frozen=True)
class Site:
    """Destination of a client's calls: its Region, as botocore names it, and the origin of its endpoint."""

    region: str
    origin: str


class Clients:
    """Clients of one session. ``region`` is the default; ``endpoint`` replaces the AWS endpoint of every service.

    ``limits`` apply to every response.
    """

    def __init__(
        self, session: boto3.Session, region: str, endpoint: str | None = None, limits: Limits = LIMITS
    ) -> None:
        mask_secrets()
        self.limits = limits
        self._session, self._region, self._endpoint = session, region, endpoint
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @property
    def region(self) -> str:
        """Default Region of the clients."""
        return self._region

    @property
    def custom_endpoint(self) -> str | None:
        """The endpoint that replaces those of all services, ``None`` where botocore decides."""
        return self._endpoint

    def get(self, service: str, region: str | None = None) -> Any:
        """The client of ``service`` in ``region``, which sends a read again as ``retry`` says, and a write once.

        Raises botocore's ``UnknownServiceError`` for an old boto3.
        """
        key = (service, region or self._region)
        with self._lock:  # a session makes clients one at a time
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def endpoint(self, service: str) -> str:
        """Return the endpoint of ``service`` if it is a custom one, else an empty string."""
        return foreign_endpoint(self.get(service).meta.endpoint_url)

    def site(self, service: str, region: str | None = None) -> Site:
        """Return the Region and the endpoint origin that the client of ``service`` uses."""
        meta = self.get(service, region).meta
        return Site(meta.region_name, origin(meta.endpoint_url))

    def close(self) -> None:
        """Close the connections and drop the clients."""
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _make(self, service: str, region: str) -> Any:
        client = self._session.client(  # type: ignore[call-overload]  # the service is only known at run time
            service, region_name=region, endpoint_url=self._endpoint, config=_config_of(service)
        )
        limit_client(client, self._limits_of(service))
        retry_requests(client.meta.events)
        if service == "iam":
            exact_documents(client)
        return client

    def _limits_of(self, service: str) -> Limits:
        if service not in OPTIONAL_SERVICES:
            return self.limits
        return replace(self.limits, call_seconds=min(self.limits.call_seconds, self.limits.optional_seconds))


def config() -> Config:
    """No retry of botocore's own (those of ``retry`` are the only ones), 5 s to connect, 20 s to answer."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=MOST_CONNECTIONS,
        user_agent_extra=f"sm-ssh-widget/{_version()}",
    )


def _config_of(service: str) -> Config:
    patience = Config(connect_timeout=OPTIONAL_CONNECT_SECONDS)
    return config().merge(patience) if service in OPTIONAL_SERVICES else config()


def exact_documents(client: Any) -> None:
    """Make an IAM client return policy documents as the stored text, not as dictionaries."""
    client.meta.events.unregister("after-call.iam", json_decode_policies)
    client.meta.events.register("after-call.iam", _decode_documents)


def origin(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def foreign_endpoint(url: str) -> str:
    """Return ``url`` unless it is an AWS endpoint over TLS: a custom endpoint is always shown."""
    parts = urlsplit(url)
    own = parts.scheme == "https" and (parts.hostname or "").endswith(_AWS_DOMAINS)
    return "" if own else url


def _decode_documents(parsed: Any, model: Any, **_: object) -> None:
    if model.output_shape is not None:  # operations such as PutRolePolicy return nothing
        _decode(parsed, model.output_shape)


def _decode(value: Any, shape: Any) -> Any:
    """Reverse the URL encoding of every document in ``value``, in place; return the new value."""
    if shape.name == _DOCUMENT and isinstance(value, str):
        return unquote(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.members.keys() & value.keys():
            value[name] = _decode(value[name], shape.members[name])
    elif shape.type_name == "list" and isinstance(value, list):
        value[:] = [_decode(item, shape.member) for item in value]
    return value


@cache
def _version() -> str:
    try:
        return version("sm-ssh-widget")
    except PackageNotFoundError:
        return "source"
