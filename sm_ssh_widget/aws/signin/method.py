"""What every way in has in common: it finds credentials, and says how it came by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import botocore.session

from sm_ssh_widget.aws.session.clients import config
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.session.secret import Secret

SESSION_NAME = "sm-ssh-widget"
"""How our role sessions are called in CloudTrail."""

Ask: TypeAlias = Callable[[str], Secret]
"""Asks the person at the face for a secret, by the words it is given; it must not block for ever."""


@dataclass(frozen=True)
class SignInContext:
    """Where a way leads: the Region whose STS is asked, an endpoint in the place of AWS's own, the account if known."""

    region: str
    endpoint: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class FoundCredentials:
    """Credentials and their story.

    ``credentials`` is a botocore credentials object, which may renew itself; ``until`` is when they end if it cannot.
    ``profile`` is the configuration profile to go on with, ``endpoint`` the one that a session handed over points to.
    ``secrets`` are forgotten together with the session.
    """

    credentials: Any
    way: str
    until: datetime | None = None
    warnings: tuple[str, ...] = ()
    profile: str | None = None
    endpoint: str | None = None
    secrets: tuple[Secret, ...] = ()


class SignInMethod(Protocol):
    """A way in. One module per way."""

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Find the credentials; raises :class:`Problem` (``sign-in``, ``unreachable``) and never prompts or hangs."""
        ...


def new_core(region: str, profile: str | None = None) -> botocore.session.Session:
    """A botocore session with our patience, regional STS, no handlers but botocore's own, and no secret in its log."""
    core = botocore.session.Session(profile=profile)
    mask_secrets()
    core.set_config_variable("sts_regional_endpoints", "regional")
    core.set_config_variable("region", region)
    core.set_default_client_config(config())
    return core
