"""Sign-in to the accounts of an organization: keys are taken when an account's turn comes, and again near their end.

The keys come from the credentials of a session that is signed in (``sts:AssumeRole``) or from the access portal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.credentials import RefreshableCredentials

from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.aws.signin.session import SignedIn


@dataclass(frozen=True)
class Lent:
    """The credentials of a session, for a role that is assumed from it. They end with the session."""

    session: SignedIn

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Return them. Raises :class:`Problem` (``sign-in``) if the session was forgotten or has ended."""
        return self.session.lend()


@dataclass(frozen=True)
class RenewedMethod:
    """Temporary keys of ``method``, which are taken again the same way during their last minutes."""

    method: SignInMethod

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Take the first keys. Raises as the method does; so does a request for which no further keys are given."""
        first = self.method.find(place)
        if first.until is None:
            return first
        keys, again = first.credentials.get_frozen_credentials(), _again(self.method, place)
        credentials = _ShortKeys(keys.access_key, keys.secret_key, keys.token, first.until, again, "sm-ssh-widget")
        return replace(first, credentials=credentials, until=None)


class _ShortKeys(RefreshableCredentials):
    """Keys of 15 minutes: botocore's own limits would take new ones at every request."""

    _advisory_refresh_timeout = 120
    _mandatory_refresh_timeout = 60


def _again(method: SignInMethod, place: SignInContext) -> Callable[[], dict[str, Any]]:
    def keys() -> dict[str, Any]:
        found = method.find(place)
        made = found.credentials.get_frozen_credentials()
        ends = found.until.isoformat() if found.until else None
        return {"access_key": made.access_key, "secret_key": made.secret_key, "token": made.token, "expiry_time": ends}

    return keys
