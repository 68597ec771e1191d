"""Sessions of boto3 with the keys of an identity of the simulated account."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader, create_loader

from sm_ssh_widget.simulator.credentials import Credential


@cache
def model_loader(data_path: str | None) -> Loader:
    """Return botocore's service models, read once for all sessions."""
    return create_loader(data_path)


@cache
def regions_of(service: str, partition: str) -> frozenset[str]:
    """Return the Regions of a partition where botocore knows the service."""
    return frozenset(new_core().get_available_regions(service, partition))


class _Core(botocore.session.Session):
    """A session whose clients reach one address: ``AWS_ENDPOINT_URL`` of the surroundings may name another account."""

    def __init__(self, url: str | None, **options: Any) -> None:
        super().__init__(**options)
        self._url = url

    def create_client(self, service_name: str, *arguments: Any, **options: Any) -> Any:
        """Make a client of this address, unless its caller names another."""
        options["endpoint_url"] = options.get("endpoint_url") or self._url
        return super().create_client(service_name, *arguments, **options)


def new_core(profile: str | None = None, url: str | None = None) -> botocore.session.Session:
    """Return a botocore session, with a copy of the standard handlers: to register them takes eight times as long.

    Its clients reach ``url``; without it, what they or the surroundings name.
    """
    return _Core(url, event_hooks=copy(_standard_handlers()), include_builtin_handlers=False, profile=profile)


def clients_of(credential: Credential, region: str, url: str) -> Callable[[str], Any]:
    """Return a function that makes clients by service, with these keys and at this address."""
    core = new_core()
    core.set_credentials(credential.access_key_id, credential.secret, credential.token or None)
    core.register_component("data_loader", model_loader(core.get_config_variable("data_path")))
    session = boto3.Session(botocore_session=core, region_name=region)
    return lambda service: session.client(service, endpoint_url=url)  # type: ignore[call-overload]


@cache
def _standard_handlers() -> HierarchicalEmitter:
    """Return the handlers that every botocore session registers."""
    handlers = HierarchicalEmitter()
    botocore.session.Session(event_hooks=handlers)
    return handlers
