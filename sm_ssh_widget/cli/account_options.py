"""Options that choose the accounts of a command on many roles, and the sessions in them."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from sm_ssh_widget.cli.device_prompt import Browser
from sm_ssh_widget.cli.options import load_fleet, load_pipeline, signed_in
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.fleet.accounts import ACCOUNTS, AUDIT_ROLE, AccountChoice, MemberRole
from sm_ssh_widget.problem import Code, Problem

F = TypeVar("F", bound=Callable[..., Any])

_WILDCARDS = "*?["
_FILE = "file:"


@dataclass(frozen=True)
class WantedAccounts:
    """The accounts, and how a session is opened in each: the role to assume, or the permission sets of a portal."""

    choice: AccountChoice
    member_role: MemberRole
    portal_roles: tuple[str, ...] = ()

    @classmethod
    def parse(cls, accounts: str, member_role: str, portal_role: str | None) -> WantedAccounts:
        """Parse the options. Raises :class:`Problem` (``usage``)."""
        sets = tuple(each.strip() for each in (portal_role or "").split(",") if each.strip())
        return cls(_choice(accounts), MemberRole.parse(member_role), sets)

    @contextmanager
    def opened(self, way: str | None, region: str, screen: Output) -> Iterator[dict[str, Any]]:
        """Sign in, and yield what :func:`.fleet_pipeline.audit` takes: ``session``, or ``accounts``."""
        fleet = load_fleet()
        with ExitStack() as stack:
            if names := _profiles(way):
                pattern = str(way).removeprefix("profile:")
                yield {"accounts": fleet.ProfileAccounts(names, region, pattern)}
            elif way is not None and self._through_portal(way):
                yield {"accounts": stack.enter_context(self._portal(way, region, screen))}
            else:
                session = None if way is None else stack.enter_context(signed_in(way, region, None, screen))
                single = self.choice.kind == "current"
                chosen = {} if single else {"accounts": self.choice, "member_role": self.member_role}
                yield {"session": session, **chosen}

    def _through_portal(self, way: str) -> bool:
        """Return whether each account is signed in to through the portal, and not from one session of it."""
        named = "account=" in way or "role=" in way
        return way.startswith("sso:") and self.choice.kind in ("portal", "list") and not named

    @contextmanager
    def _portal(self, way: str, region: str, screen: Output) -> Iterator[Any]:
        method = load_pipeline().parse_sign_in(way, show=Browser(screen).show)
        portal = method.open()
        source = load_fleet().PortalAccounts(portal, region, self.portal_roles, self.choice.ids, self.choice.name)
        try:
            yield source
        finally:
            source.close()


def _choice(text: str) -> AccountChoice:
    if not text.startswith(_FILE):
        return AccountChoice.parse(text)
    found: AccountChoice = load_fleet().load_account_list(text.removeprefix(_FILE))
    return found


def _profiles(way: str | None) -> tuple[str, ...]:
    """The profiles that a pattern matches; empty if the way is no pattern. Raises :class:`Problem` for no match."""
    kind, _, pattern = (way or "").partition(":")
    if kind != "profile" or not any(sign in pattern for sign in _WILDCARDS):
        return ()
    names: Sequence[str] = load_pipeline().profile_names()
    if pattern in names:
        return ()
    found = tuple(name for name in names if fnmatch.fnmatchcase(name, pattern))
    if not found:
        said = f"No profile matches {pattern}."
        raise Problem("--sign-in", said, "Show them: aws configure list-profiles", Code.USAGE)
    return found


def accounts_option(verb: F) -> F:
    """Add ``--accounts``."""
    said = f"Accounts to audit: {ACCOUNTS}.  [default: current]"
    return click.option("--accounts", default="current", metavar="LIST", help=said)(verb)


def member_option(verb: F) -> F:
    """Add ``--member-role`` to a command on a fleet plan; without it, the fleet is of the session's account."""
    said = "Of a fleet in several accounts: role to assume in each, NAME[,external-id=ID]."
    return click.option("--member-role", metavar="NAME", help=said)(verb)


def member_options(verb: F) -> F:
    """Add the options that say how a session is opened in each account."""
    role = "Role to assume in each account: NAME[,external-id=ID].  [default: SageMakerSSHHelperAudit]"
    sets = "Permission sets to try in each account of the access portal, comma-separated."
    made: Any = click.option("--portal-role", metavar="LIST", help=sets)(verb)
    return cast(F, click.option("--member-role", default=AUDIT_ROLE, metavar="NAME", help=role)(made))
