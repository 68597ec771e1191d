"""boto3 clients, made once per service and Region, with finite backoff and documents to the letter.

IAM stores a policy document as text. botocore decodes it into a dictionary and the text is lost: white space, the
order of equal keys, everything that an exact undo has to write back. So botocore's handler is taken off our clients
and the URL encoding is undone here.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html (URL-encoded by RFC 3986)
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.handlers import json_decode_policies

from sm_ssh_widget.aws.session.limits import LIMITS, Limits, limit_client
from sm_ssh_widget.aws.session.redact import mask_secrets

MOST_CONNECTIONS = 40
CONNECT_SECONDS, READ_SECONDS = 5, 20
ATTEMPTS = 3

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
    """Where a client sends its calls: its Region, as botocore names it, and the origin of its endpoint."""

    region: str
    origin: str


class Clients:
    """The clients of one session. ``region`` is the default; ``endpoint`` replaces AWS's own for every service.

    ``limits`` hold for every answer.
    """

    def __init__(
        self, session: boto3.Session, region: str, endpoint: str | None = None, limits: Limits = LIMITS
    ) -> None:
        mask_secrets()
        self.limits = limits
        self._session, self._region, self._endpoint = session, region, endpoint
        self._made: dict[tuple[str, str, int], Any] = {}
        self._lock = threading.Lock()

    @property
    def region(self) -> str:
        """The Region of clients that are asked for without one."""
        return self._region

    def get(self, service: str, region: str | None = None, *, attempts: int = ATTEMPTS) -> Any:
        """The client of ``service`` in ``region``, which sends each call at most ``attempts`` times.

        Raises botocore's ``UnknownServiceError`` for an old boto3.
        """
        key = (service, region or self._region, attempts)
        with self._lock:  # a session makes clients one at a time
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def endpoint(self, service: str) -> str:
        """The endpoint of ``service`` where it is not AWS's own, else an empty text."""
        return foreign_endpoint(self.get(service).meta.endpoint_url)

    def site(self, service: str, region: str | None = None) -> Site:
        """Where the client of ``service`` in ``region`` sends its calls."""
        meta = self.get(service, region).meta
        return Site(meta.region_name, origin(meta.endpoint_url))

    def close(self) -> None:
        """Close the connections and drop the clients."""
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _make(self, service: str, region: str, attempts: int) -> Any:
        client = self._session.client(  # type: ignore[call-overload]  # the service is only known at run time
            service, region_name=region, endpoint_url=self._endpoint, config=config(attempts)
        )
        limit_client(client, self.limits)
        if service == "iam":
            exact_documents(client)
        return client


def config(attempts: int = ATTEMPTS) -> Config:
    """Retries by botocore's standard mode (three attempts in all), 5 s to connect, 20 s to answer."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=MOST_CONNECTIONS,
        user_agent_extra=f"sm-ssh-widget/{_version()}",
    )


def exact_documents(client: Any) -> None:
    """Make an IAM client answer policy documents as the text that is stored, not as dictionaries."""
    client.meta.events.unregister("after-call.iam", json_decode_policies)
    client.meta.events.register("after-call.iam", _decode_documents)


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def foreign_endpoint(url: str) -> str:
    """``url`` when it is not AWS's own endpoint over TLS, else nothing: what is foreign is always shown."""
    parts = urlsplit(url)
    own = parts.scheme == "https" and (parts.hostname or "").endswith(_AWS_DOMAINS)
    return "" if own else url


def _decode_documents(parsed: Any, model: Any, **_: object) -> None:
    if model.output_shape is not None:
        _decode(parsed, model.output_shape)


def _decode(value: Any, shape: Any) -> Any:
    """Undo the URL encoding of every document in ``value``, in place; returns what stands in its place."""
    if shape.name == _DOCUMENT and isinstance(value, str):
        return unquote(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.members.keys() & value.keys():
            value[name] = _decode(value[name], shape.members[name])
    elif shape.type_name == "list" and isinstance(value, list):
        value[:] = [_decode(item, shape.member) for item in value]
    return value


def _version() -> str:
    try:
        return version("sm-ssh-widget")
    except PackageNotFoundError:
        return "source"
