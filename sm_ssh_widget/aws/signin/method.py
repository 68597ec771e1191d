"""Interface of a sign-in method: find credentials and record their source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import botocore.session

from sm_ssh_widget.aws.session.clients import config
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.session.retry import retry_requests
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.session.service_models import shared_core

SESSION_NAME = "sm-ssh-widget"
"""Name of our role sessions in CloudTrail."""

Ask: TypeAlias = Callable[[str], Secret]
"""Callback that asks the person for a secret, described by its argument; it must not block forever."""


@dataclass(frozen=True)
class SignInContext:
    """Context of a sign-in: Region whose STS is called, custom endpoint, and account if known."""

    region: str
    endpoint: str | None = None
    account: str | None = None


class Forgettable(Protocol):
    """What can be dropped from memory."""

    def forget(self) -> None:
        """Drop it. Idempotent."""


@dataclass(frozen=True)
class Ending:
    """Whether AWS can end a session before its time, and what that ends, in a sentence.

    ``call`` is the IAM action, empty if AWS has none. ``run`` makes it with the session's own keys.
    """

    said: str = "AWS has no call that ends this session. Its keys expire by themselves."
    call: str = ""
    run: Callable[[Any], None] | None = field(default=None, repr=False, compare=False)


NO_ENDING = Ending()


@dataclass(frozen=True)
class FoundCredentials:
    """Credentials with their source.

    ``credentials`` is a botocore credentials object, which can renew itself; ``until`` is the end of credentials that
    cannot. ``renews`` marks those that AWS renews for a limited time: their session tells when the current keys end.
    ``profile`` is the configuration profile to continue with, ``endpoint`` the custom endpoint of an existing
    session. ``secrets`` are forgotten together with the session, and ``ending`` ends it at AWS.
    ``again`` is what to do once they can no longer be renewed, if that is not a command of the AWS CLI.
    """

    credentials: Any
    way: str
    until: datetime | None = None
    warnings: tuple[str, ...] = ()
    profile: str | None = None
    endpoint: str | None = None
    secrets: tuple[Forgettable, ...] = ()
    renews: bool = False
    ending: Ending = NO_ENDING
    again: str = ""


class SignInMethod(Protocol):
    """A sign-in method. One module per method."""

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Find the credentials; never prompt or hang. Raises :class:`Problem` (``sign-in``, ``unreachable``)."""
        ...


def new_core(region: str, profile: str | None = None) -> botocore.session.Session:
    """A botocore session with our retries and time limits, regional STS, and no secret in its log."""
    core = shared_core(profile)
    mask_secrets()
    core.set_config_variable("sts_regional_endpoints", "regional")
    core.set_config_variable("region", region)
    core.set_default_client_config(config())
    retry_requests(core)
    return core
