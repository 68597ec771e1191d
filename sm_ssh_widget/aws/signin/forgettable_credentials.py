"""Credentials held by one object in memory, removed for all clients by one call.

botocore's clients ask their credentials object before every request, so every client that was created with this object
loses the credentials at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials

from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.signin.method import new_core
from sm_ssh_widget.problem import Code, Problem


class ForgettableCredentials(Credentials):
    """A botocore credentials object around another one (``source``), which can renew itself.

    ``again`` is what to do once it can no longer be renewed, if that is not a command of the AWS CLI.
    """

    def __init__(
        self, source: Any, way: str, profile: str | None = None, again: str = ""
    ) -> None:  # the parent would keep a copy of the keys
        # The double underscore mangles the name: botocore and its subclasses cannot find or replace it by accident.
        self.__source, self._way, self._profile, self._again = source, way, profile, again
        self.method = getattr(source, "method", None) or "sm-ssh-widget"

    def forget(self) -> None:
        """Drop the credentials. Every later use raises :class:`Problem` (``sign-in``)."""
        self.__source = None

    @property
    def is_forgotten(self) -> bool:
        """Whether the credentials were dropped."""
        return self.__source is None

    def get_frozen_credentials(self) -> Any:
        """Return the keys for one request, renewed if possible. Raises :class:`Problem` (``sign-in``)."""
        where = f"Session ({self._way})"
        if self.__source is None:
            raise Problem(where, "The credentials were removed from memory.", "Sign in again.", Code.SIGN_IN)
        try:
            with told_as_problem(where):
                return self.__source.get_frozen_credentials()
        except Problem as problem:
            remedy = problem.remedy.replace("NAME", self._profile or "NAME")
            if self._again and "aws login" in remedy:  # botocore's provider knows its profiles only
                remedy = self._again
            raise Problem(problem.where, problem.said, remedy, problem.code) from None
        except RuntimeError:  # botocore raises it if the renewed credentials are expired too
            raise Problem(where, "The credentials have expired.", "Sign in again.", Code.SIGN_IN) from None

    @property
    def expires(self) -> datetime | None:
        """Return when the current keys end, ``None`` if that is not known. Renews nothing."""
        return getattr(self.__source, "_expiry_time", None)

    @property
    def access_key(self) -> Any:  # type: ignore[override]  # the parent keeps a copy
        """The access key ID."""
        return self.get_frozen_credentials().access_key

    @property
    def secret_key(self) -> Any:  # type: ignore[override]
        """The secret access key."""
        return self.get_frozen_credentials().secret_key

    @property
    def token(self) -> Any:  # type: ignore[override]
        """The session token."""
        return self.get_frozen_credentials().token

    @property
    def account_id(self) -> Any:
        """Account ID, if the credentials contain it."""
        return getattr(self.get_frozen_credentials(), "account_id", None)

    def get_deferred_property(self, property_name: str) -> Callable[[], Any]:
        """Return a function that reads the property when botocore needs it."""
        return lambda: getattr(self, property_name, None)

    def __repr__(self) -> str:
        return f"<HeldCredentials {self._way}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Credentials cannot be saved or pickled.")


class _Held(CredentialProvider):
    """Provider chain of a session that has its credentials already."""

    METHOD = "sm-ssh-widget"
    CANONICAL_NAME = "sm-ssh-widget"

    def __init__(self, held: ForgettableCredentials) -> None:
        super().__init__()
        self._held = held

    def load(self) -> ForgettableCredentials:
        return self._held


def core_with(held: ForgettableCredentials, region: str, profile: str | None = None) -> botocore.session.Session:
    """Create a botocore session that uses ``held`` only; ``profile`` supplies its other settings."""
    core = new_core(region, profile)
    core.register_component("credential_provider", CredentialResolver([_Held(held)]))
    return core
