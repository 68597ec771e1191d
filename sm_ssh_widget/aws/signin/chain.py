"""The credential chain: what boto3 itself would use here, or a session that a program hands over.

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
    "sso": "Identity Center",
    "login": "aws login",
    "explicit": "keys",
}


@dataclass(frozen=True)
class Chain:
    """The first credentials that boto3's chain finds: environment, profile, container, instance metadata."""

    ask: Ask | None = field(default=None, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Raises :class:`Problem` (``sign-in``) when the chain is empty or broken."""
        where = "Sign-in (chain)"
        with told_as_problem(where):
            core = new_core(place.region)
            credentials = load(core, where, self.ask)
        if credentials is None:
            said = "No credentials were found in the environment, the AWS configuration, the container or the instance."
            raise Problem(where, said, "Sign in with a profile, temporary keys or a role.", Code.SIGN_IN)
        return FoundCredentials(credentials, f"chain: {source_label(credentials)}", expiry(credentials))


@dataclass(frozen=True)
class ExistingSession:
    """A boto3 session that a program hands over (``session=`` of the public verbs)."""

    session: boto3.Session

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Raises :class:`Problem` (``sign-in``) when the session has no credentials."""
        where = "Sign-in (session)"
        mask_secrets()
        with told_as_problem(where):
            credentials = within(LONGEST_WAIT_SECONDS, where, self.session.get_credentials)
            if credentials is None:
                raise Problem(where, "The session has no credentials.", "Hand over one that has.", Code.SIGN_IN)
            return FoundCredentials(
                credentials,
                f"session, {source_label(credentials)}",
                expiry(credentials),
                profile=self._profile(),
                endpoint=self._endpoint(place.region),
            )

    def _profile(self) -> str | None:
        """The session's profile, if others find it too: a session may have configuration files of its own."""
        name = self.session.profile_name
        return name if name in botocore.session.Session().available_profiles else None

    def _endpoint(self, region: str) -> str | None:
        """Where the session's own clients go, when that is not AWS: a program may point them elsewhere."""
        client: Any = self.session.client("sts", region_name=region)
        with closing(client):
            return foreign_endpoint(client.meta.endpoint_url) or None


def load(core: botocore.session.Session, where: str, ask: Ask | None, *, rename: bool = True) -> Any:
    """The credentials of a botocore session, fetched once so that what is wrong shows now; ``None`` where are none.

    ``rename`` gives the role sessions of its profiles our name, where they have none.
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
        except (ValueError, KeyError) as error:  # what it gave stays unsaid: it may hold a secret
            said = f"What the credential provider gave cannot be read ({type(error).__name__})."
            raise Problem(
                where, said, "Run its command in a terminal to see why, then sign in again.", Code.SIGN_IN
            ) from None
        return credentials

    return within(LONGEST_WAIT_SECONDS, where, fetch)


def source_label(credentials: Any) -> str:
    """Where botocore found the credentials, in words."""
    return SOURCE_LABELS.get(credentials.method, str(credentials.method))


def expiry(credentials: Any) -> Any:
    """When the credentials end, where no one but a person can renew them: the environment does not renew itself."""
    return getattr(credentials, "_expiry_time", None) if credentials.method == "env" else None
