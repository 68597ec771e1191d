"""Clients for the calls of a sign-in, which need no credentials and search for none."""

from __future__ import annotations

from typing import Any

from botocore.credentials import CredentialResolver

from sm_ssh_widget.aws.session.limits import limit_clients
from sm_ssh_widget.aws.signin.method import new_core


def unsigned_client(service: str, region: str, endpoint: str | None) -> Any:
    """Create a client without credentials; ``endpoint`` replaces the AWS endpoint, by default botocore decides."""
    core = new_core(region)
    limit_clients(core)
    core.register_component("credential_provider", CredentialResolver([]))
    return core.create_client(service, region_name=region, endpoint_url=endpoint)
