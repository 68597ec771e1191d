"""The AWS access portal of IAM Identity Center after sign-in: accounts, roles, and the keys of a role.

Everything stays in memory. The portal's token is used once, to get keys, or until an audit of many accounts ends.
After that it is kept only to end the sign-in if the person asks for it: ``Logout`` also ends their session in the
browser.
Source: https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple, NoReturn, TypeAlias

from botocore.credentials import Credentials

from sm_ssh_widget.aws.session.errors import FAILURES, code_of, problem_from, said_by
from sm_ssh_widget.aws.session.limits import limited_pages
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.ending import logout
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.aws.signin.unsigned import unsigned_client
from sm_ssh_widget.problem import Code, Problem

WHERE = "Signing in (IAM Identity Center)"
AGAIN = "Sign in again for a new code."
_NOT_ASSIGNED = "Ask an administrator of IAM Identity Center to assign a permission set in that account to you."
_ENDED = ("UnauthorizedException", "ExpiredTokenException", "InvalidTokenException")
_REFUSED = ("ForbiddenException", "AccessDeniedException", "ResourceNotFoundException")

Json: TypeAlias = Any


class NotAssigned(Problem):
    """Raised for a role that is not assigned to the person in an account."""


class PortalRole(NamedTuple):
    """A role assigned to the person: account ID, account name, and role name (that of a permission set)."""

    account: str
    account_name: str
    role: str


Choose: TypeAlias = Callable[[tuple[PortalRole, ...]], PortalRole]
"""Callback that lets a person choose one of several roles; it must not block forever."""


class Portal:
    """An access portal after sign-in. ``accounts`` maps account IDs to names.

    It cannot be pickled, and its ``repr`` contains only the number of accounts.
    """

    __slots__ = ("_endpoint", "_region", "_token", "accounts")

    def __init__(self, token: Secret, region: str, endpoint: str | None) -> None:
        """List the accounts. Raises :class:`Problem` (``sign-in``) if none is assigned to the person."""
        self._token, self._region, self._endpoint = token, region, endpoint
        found = self._all("ListAccounts", "accountList")
        self.accounts = {each["accountId"]: each.get("accountName", "") for each in found}
        if not self.accounts:
            raise Problem(WHERE, "You are signed in, but no account is assigned to you.", _NOT_ASSIGNED, Code.SIGN_IN)

    @property
    def endpoint(self) -> str:
        """The custom endpoint of the portal, empty for AWS."""
        return self._endpoint or ""

    def roles(self, account: str = "") -> tuple[PortalRole, ...]:
        """List the roles of ``account``, by default of every account.

        Raises :class:`Problem`: ``refused`` for an account that is not assigned, ``sign-in`` if there is no role.
        """
        if account and account not in self.accounts:
            told = ", ".join(sorted(self.accounts))
            raise Problem(WHERE, f"Account {account} is not assigned to you ({told}).", _NOT_ASSIGNED, Code.REFUSED)
        wanted = (account,) if account else tuple(sorted(self.accounts))
        found = tuple(role for each in wanted for role in self._roles_of(each))
        if not found:
            raise Problem(WHERE, f"No role is assigned to you in {' '.join(wanted)}.", _NOT_ASSIGNED, Code.SIGN_IN)
        return found

    def _roles_of(self, account: str) -> Iterator[PortalRole]:
        for role in self._all("ListAccountRoles", "roleList", accountId=account):
            yield PortalRole(account, self.accounts[account], role["roleName"])

    def choose(self, account: str, role: str) -> SignInMethod:
        """Return the sign-in method for one of the roles; it requests the keys when it is used."""
        return _RoleOfPortal(self, account, role)

    def take(self, account: str, role: str) -> FoundCredentials:
        """Get the keys of a role, valid for the session duration of its permission set, and forget the portal.

        Another role needs another sign-in. Raises :class:`Problem` (``sign-in``).
        """
        found = self.lend(account, role)
        token = Secret(self._token.reveal())
        self.forget()
        return replace(found, secrets=(token,), ending=logout(token, SignInContext(self._region, self._endpoint)))

    def lend(self, account: str, role: str) -> FoundCredentials:
        """Get the keys of a role and keep the portal, for an audit of many accounts. Raises as :meth:`take` does."""
        with self._asking(f"{role} in account {account} is not assigned to you or no longer exists.") as sso:
            keys = sso.get_role_credentials(accessToken=self._reveal(), accountId=account, roleName=role)[
                "roleCredentials"
            ]
        until = datetime.fromtimestamp(keys["expiration"] / 1000, timezone.utc)
        credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"], method="sso")
        way = f"IAM Identity Center: {role} in {account}"
        return FoundCredentials(credentials, way, until, endpoint=self._endpoint)

    def forget(self) -> None:
        """Drop the portal's token. Idempotent."""
        self._token.forget()

    def _all(self, operation: str, key: str, **parameters: str) -> list[Json]:
        with self._asking("The access portal does not allow you to list this.") as sso:
            name = {"ListAccounts": "list_accounts", "ListAccountRoles": "list_account_roles"}[operation]
            pages = sso.get_paginator(name).paginate(accessToken=self._reveal(), **parameters)
            return [item for page in limited_pages(pages) for item in page[key]]

    def _reveal(self) -> str:
        if self._token.is_forgotten:
            raise Problem(WHERE, "The credentials were removed from memory.", AGAIN, Code.SIGN_IN)
        return self._token.reveal()

    @contextmanager
    def _asking(self, refused: str) -> Iterator[Any]:
        """Yield a client of the portal and translate its errors; ``refused`` is the text for a refusal by AWS."""
        try:
            with closing(unsigned_client("sso", self._region, self._endpoint)) as sso:
                yield sso
        except FAILURES as error:
            code = code_of(error)
            if code in _ENDED:
                raise Problem(WHERE, f"The sign-in has ended ({code}).", AGAIN, Code.SIGN_IN) from None
            if code in _REFUSED:
                raise NotAssigned(WHERE, f"{refused} AWS said: {said_by(error)}", _NOT_ASSIGNED, Code.SIGN_IN) from None
            raise problem_from(error, WHERE) from None

    def __repr__(self) -> str:
        return f"<Portal of {len(self.accounts)} accounts{' (forgotten)' if self._token.is_forgotten else ''}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sign-in cannot be saved or pickled.")


@dataclass(frozen=True)
class _RoleOfPortal:
    """Sign-in method for one role of a portal."""

    portal: Portal
    account: str
    role: str

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Get the keys. Raises :class:`Problem` (``sign-in``) if the role is not assigned or the sign-in has ended."""
        return self.portal.take(self.account, self.role)
