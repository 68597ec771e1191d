"""Sign-in with the credential chain that boto3 itself uses here, or with an existing boto3 session.

Source: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session

from sm_ssh_widget.aws.session.clients import foreign_endpoint
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.limits import limit_clients
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.session.service_models import shared_core
from sm_ssh_widget.aws.signin.login_support import METHOD, login_lack
from sm_ssh_widget.aws.signin.method import Ask, FoundCredentials, SignInContext, new_core
from sm_ssh_widget.aws.signin.time_limit import LONGEST_WAIT_SECONDS, name_our_sessions, never_prompt, within
from sm_ssh_widget.problem import Code, Problem

SOURCE_LABELS = {
    "env": "environment",
    "container-role": "container",
    "iam-role": "instance metadata",
    "shared-credentials-file": "credentials file",
    "config-file": "configuration file",
    "custom-process": "credential_process",
    "assume-role": "role of a profile",
    "assume-role-with-web-identity": "web identity",
    "sso": "IAM Identity Center",
    METHOD: "aws login",
    "explicit": "keys",
}

AGAIN = "Run its command in a terminal to see the reason, then sign in again."
"""The remedy for unreadable output of a credential provider."""


@dataclass(frozen=True)
class Chain:
    """The first credentials that boto3's chain finds: environment, profile, container, instance metadata."""

    ask: Ask | None = field(default=None, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Search the chain. Raises :class:`Problem` (``sign-in``) if it is empty or broken."""
        where = "Signing in (chain)"
        with told_as_problem(where):
            core = new_core(place.region)
            credentials = load(core, where, self.ask)
        if credentials is None:
            if "login_session" in core.get_scoped_config() and (lack := login_lack()):
                raise lack.problem(where)
            said = (
                "No credentials were found in environment variables, the AWS configuration, or container and instance "
                "metadata."
            )
            raise Problem(where, said, "Sign in with a profile, temporary keys or a role.", Code.SIGN_IN)
        return FoundCredentials(
            credentials, f"chain: {source_label(credentials)}", expiry(credentials), renews=renews(credentials)
        )


@dataclass(frozen=True)
class ExistingSession:
    """A boto3 session passed by a program (``session=`` of the public functions)."""

    session: boto3.Session

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Take the credentials of the session. Raises :class:`Problem` (``sign-in``) if it has none."""
        where = "Signing in (session)"
        mask_secrets()
        with told_as_problem(where):
            credentials = within(LONGEST_WAIT_SECONDS, where, self.session.get_credentials)
            if credentials is None:
                said = "The Python session has no credentials."
                raise Problem(where, said, "Pass a session with credentials.", Code.SIGN_IN)
            return FoundCredentials(
                credentials,
                f"session, {source_label(credentials)}",
                expiry(credentials),
                profile=self._profile(),
                endpoint=self._endpoint(place.region),
                renews=renews(credentials),
            )

    def _profile(self) -> str | None:
        """The session's profile, if a new session finds it too: a session can have its own configuration files."""
        name = self.session.profile_name
        return name if name in shared_core().available_profiles else None

    def _endpoint(self, region: str) -> str | None:
        """The session's endpoint if it is a custom one: a program can point its session anywhere."""
        client: Any = self.session.client("sts", region_name=region)
        with closing(client):
            return foreign_endpoint(client.meta.endpoint_url) or None


def load(
    core: botocore.session.Session, where: str, ask: Ask | None, *, rename: bool = True, again: str = AGAIN
) -> Any:
    """Load and fetch the credentials of a botocore session, so that errors show now; ``None`` if there are none.

    ``rename`` sets our session name for profiles that assume a role without naming the session. ``again`` is the
    remedy for unreadable output of a provider.
    """
    limit_clients(core)
    never_prompt(core, where, ask)
    if rename:
        name_our_sessions(core)

    def fetch() -> Any:
        try:
            credentials = core.get_credentials()
            if credentials is not None:
                credentials.get_frozen_credentials()
        except (ValueError, KeyError, RuntimeError) as error:  # its text can contain a secret of the provider's output
            said = f"The credential provider returned unreadable output ({type(error).__name__})."
            raise Problem(where, said, again, Code.SIGN_IN) from None
        return credentials

    return within(LONGEST_WAIT_SECONDS, where, fetch)


def source_label(credentials: Any) -> str:
    """Describe where botocore found the credentials."""
    return SOURCE_LABELS.get(credentials.method, str(credentials.method))


def expiry(credentials: Any) -> Any:
    """Return when credentials of the environment end: nothing renews them. ``None`` for all others."""
    return getattr(credentials, "_expiry_time", None) if credentials.method == "env" else None


def renews(credentials: Any) -> bool:
    """Whether AWS renews the credentials for a limited time only, as after ``aws login``."""
    return bool(credentials.method == METHOD)
