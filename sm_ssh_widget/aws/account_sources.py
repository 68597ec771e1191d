"""Where an audit's accounts come from, and how a session is opened in each when its turn comes.

A session is forgotten when its account is closed. None is opened for a suspended account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from sm_ssh_widget.aws.observation.organisation_accounts import list_accounts
from sm_ssh_widget.aws.pace import Rate
from sm_ssh_widget.aws.signin.assume_role import AssumeRole
from sm_ssh_widget.aws.signin.members import Lent, RenewedMethod
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.aws.signin.portal import NotAssigned, Portal
from sm_ssh_widget.aws.signin.profile import Profile
from sm_ssh_widget.aws.signin.session import SignedIn, sign_in
from sm_ssh_widget.fleet.accounts import AccountChoice, AccountEntry, MemberRole, active_first
from sm_ssh_widget.problem import Code, Problem

PORTAL_A_SECOND = 10
"""Keys of the access portal a second: it throttles at about 20 calls."""

_ROLE_MISSING = "The role is created by: sm-ssh-widget export --format audit-role"


class AccountSource(Protocol):
    """Accounts, and a session in each."""

    @property
    def chosen(self) -> str:
        """How the accounts were chosen, as the audit file names it."""

    @property
    def read_as(self) -> str:
        """The identity that opens the sessions."""

    @property
    def endpoint(self) -> str:
        """The custom endpoint of the sessions, empty for AWS."""

    @property
    def entries(self) -> tuple[AccountEntry, ...]:
        """The accounts, the suspended ones last."""

    def open(self, entry: AccountEntry, /) -> AbstractContextManager[SignedIn]:
        """Sign in to an account, and forget the session at the end. Raises :class:`Problem`."""


@dataclass(frozen=True)
class AssumedAccounts:
    """Accounts in which a role is assumed with the credentials of ``base``; its own account is read as it is.

    ``policy`` is the session policy of each session.
    """

    base: SignedIn
    entries: tuple[AccountEntry, ...]
    chosen: str
    member: MemberRole
    policy: str | None = None

    @classmethod
    def of(
        cls, base: SignedIn, choice: AccountChoice, member: MemberRole, policy: str | None = None
    ) -> AssumedAccounts:
        """List the accounts. Raises :class:`Problem` (``usage``) where the organization cannot be listed."""
        if choice.kind in ("org", "ou"):
            found: Iterable[AccountEntry] = list_accounts(base.reader, choice.ids)
        else:
            found = (AccountEntry(each) for each in choice.ids or (base.face.account,))
        return cls(base, active_first(found), choice.name, member, policy)

    @property
    def read_as(self) -> str:
        """The identity that assumes the roles."""
        return self.base.face.arn

    @property
    def endpoint(self) -> str:
        """The custom endpoint of the base."""
        return self.base.face.endpoint

    @contextmanager
    def open(self, entry: AccountEntry, /) -> Iterator[SignedIn]:
        """Assume the role, except in the account of the base. Raises :class:`Problem` (``sign-in``) if denied."""
        face = self.base.face
        if entry.id == face.account:
            yield self.base
            return
        arn = self.member.arn(entry.id, face.arn.split(":")[1])
        method = AssumeRole(arn, Lent(self.base), self.member.external_id, policy=self.policy)
        with signed_in(method, self.base.reader.region, entry.id, remedy=_ROLE_MISSING) as session:
            yield session


@dataclass(frozen=True)
class PortalAccounts:
    """Accounts of an access portal. ``sets`` are the permission sets to try in each, in order.

    The portal's token is kept until :meth:`close`. A named set needs no list of roles.
    """

    portal: Portal
    region: str
    sets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    chosen: str = "portal"
    _rate: Rate = field(default_factory=partial(Rate, PORTAL_A_SECOND), repr=False, compare=False)

    @property
    def read_as(self) -> str:
        """The permission sets that read."""
        return f"IAM Identity Center{': ' if self.sets else ''}{', '.join(self.sets)}"

    @property
    def endpoint(self) -> str:
        """The custom endpoint of the portal."""
        return self.portal.endpoint

    @property
    def entries(self) -> tuple[AccountEntry, ...]:
        """The accounts that are assigned to the person, or those of the list."""
        names = self.portal.accounts
        return active_first(AccountEntry(each, names.get(each, "")) for each in self.only or names)

    @contextmanager
    def open(self, entry: AccountEntry, /) -> Iterator[SignedIn]:
        """Get the keys of a permission set. Raises :class:`Problem` (``sign-in``) if none is assigned."""
        with signed_in(_OfPortal(self, entry.id), self.region, entry.id) as session:
            yield session

    def take(self, account: str) -> FoundCredentials:
        """Get the keys of the first set that is assigned. Raises :class:`NotAssigned` if none is."""
        first, *others = self.sets or (self._only_set(account),)
        try:
            return self._keys(account, first)
        except NotAssigned:
            found = next(filter(None, (self._keys_if_assigned(account, name) for name in others)), None)
            if found is None:
                raise
            return found

    def _keys(self, account: str, name: str) -> FoundCredentials:
        with self._rate.turn():
            return self.portal.lend(account, name)

    def _keys_if_assigned(self, account: str, name: str) -> FoundCredentials | None:
        try:
            return self._keys(account, name)
        except NotAssigned:
            return None

    def _only_set(self, account: str) -> str:
        with self._rate.turn():
            found = [role.role for role in self.portal.roles(account)]
        if len(found) == 1:
            return found[0]
        said = f"You have {len(found)} permission sets in account {account}: {', '.join(found)}."
        raise Problem(
            "Signing in (IAM Identity Center)", said, "Name those that read: --portal-role NAME,…", Code.USAGE
        )

    def close(self) -> None:
        """Forget the portal."""
        self.portal.forget()


@dataclass(frozen=True)
class _OfPortal:
    """Sign-in method for one account of a portal."""

    source: PortalAccounts
    account: str

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Get the keys. Raises as :meth:`PortalAccounts.take` does."""
        return self.source.take(self.account)


@dataclass(frozen=True)
class ProfileAccounts:
    """Profiles of the AWS configuration, one an account. The sign-in tells which account a profile is of."""

    names: tuple[str, ...]
    region: str
    pattern: str = ""

    @property
    def chosen(self) -> str:
        """The pattern of the profiles."""
        return f"profile:{self.pattern}"

    @property
    def read_as(self) -> str:
        """The pattern of the profiles."""
        return self.chosen

    @property
    def endpoint(self) -> str:
        """Profiles have no endpoint in common."""
        return ""

    @property
    def entries(self) -> tuple[AccountEntry, ...]:
        """One account a profile, without its ID."""
        return active_first(AccountEntry("", profile=name) for name in self.names)

    @contextmanager
    def open(self, entry: AccountEntry, /) -> Iterator[SignedIn]:
        """Sign in with the profile; it is never asked for an MFA code. Raises :class:`Problem` (``sign-in``)."""
        session = sign_in(Profile(entry.profile), region=self.region)
        try:
            yield session
        finally:
            _close(session)


@contextmanager
def signed_in(method: SignInMethod, region: str, account: str, *, remedy: str = "") -> Iterator[SignedIn]:
    """Open a session of an account, and forget it at the end; ``remedy`` is added where the sign-in is denied."""
    try:
        session = sign_in(RenewedMethod(method), region=region, account=account)
    except Problem as problem:
        if not remedy or problem.code is not Code.SIGN_IN:
            raise
        raise Problem(problem.where, problem.said, f"{problem.remedy} {remedy}", problem.code) from None
    try:
        yield session
    finally:
        _close(session)


def _close(session: SignedIn) -> None:
    session.forget()
    session.reader.close()
