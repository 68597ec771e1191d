"""Credentials that are held in memory by one object, and gone when it forgets them.

botocore's clients ask their credentials object before every request; so what is forgotten here is forgotten by every
client that was ever made with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials

from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.signin.method import new_core
from sm_ssh_widget.problem import Code, Problem


class ForgettableCredentials(Credentials):
    """A botocore credentials object around another one (``source``), which may renew itself."""

    def __init__(self, source: Any, way: str) -> None:  # the parent would keep a copy of the keys
        self.__source, self._way = source, way
        self.method = getattr(source, "method", None) or "sm-ssh-widget"

    def forget(self) -> None:
        """Drop the credentials; every later use raises :class:`Problem` (``sign-in``)."""
        self.__source = None

    @property
    def is_forgotten(self) -> bool:
        """Whether the credentials were dropped."""
        return self.__source is None

    def get_frozen_credentials(self) -> Any:
        """The keys for one request, renewed if they can be; raises :class:`Problem` (``sign-in``)."""
        where = f"Session ({self._way})"
        if self.__source is None:
            raise Problem(where, "The credentials were forgotten.", "Sign in again.", Code.SIGN_IN)
        try:
            with told_as_problem(where):
                return self.__source.get_frozen_credentials()
        except RuntimeError:  # botocore's word for: renewed, and still expired
            raise Problem(where, "The credentials have expired.", "Sign in again.", Code.SIGN_IN) from None

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
        """The account, where the credentials say it."""
        return getattr(self.get_frozen_credentials(), "account_id", None)

    def get_deferred_property(self, property_name: str) -> Callable[[], Any]:
        """A function that reads the property when botocore needs it."""
        return lambda: getattr(self, property_name, None)

    def __repr__(self) -> str:
        return f"<HeldCredentials {self._way}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("credentials are not written down")


class _Held(CredentialProvider):
    """The whole provider chain of a session that has its credentials already."""

    METHOD = "sm-ssh-widget"
    CANONICAL_NAME = "sm-ssh-widget"

    def __init__(self, held: ForgettableCredentials) -> None:
        super().__init__()
        self._held = held

    def load(self) -> ForgettableCredentials:
        return self._held


def core_with(held: ForgettableCredentials, region: str, profile: str | None = None) -> botocore.session.Session:
    """A botocore session that acts with ``held`` and nothing else; ``profile`` gives its other settings."""
    core = new_core(region, profile)
    core.register_component("credential_provider", CredentialResolver([_Held(held)]))
    return core
