"""Signed-in sessions: identity, account, sign-in method and end of a session, and how to forget it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn

import boto3

from sm_ssh_widget.aws.session.clients import Clients
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.session.tripwire import Tripwire, guard
from sm_ssh_widget.aws.signin.forgettable_credentials import ForgettableCredentials, core_with
from sm_ssh_widget.aws.signin.method import (
    NO_ENDING,
    Ending,
    Forgettable,
    FoundCredentials,
    SignInContext,
    SignInMethod,
)
from sm_ssh_widget.problem import Code, Problem

ROOT_WARNING = "You are signed in as the root user. Use an IAM role instead."
LONG_LIVED_WARNING = "This access key is long-lived (AKIA…). Temporary keys are safer."
LONG_LIVED_ENDING = Ending("This access key does not expire. To end it, deactivate it in IAM.")


@dataclass(frozen=True)
class SessionIdentity:
    """Identity of a session. ``until`` is ``None`` if it renews itself or does not end; ``endpoint`` is empty for AWS.

    ``renews``: AWS renews it for a limited time, and ``until`` is the end of the current keys.
    ``ending`` tells whether AWS can end it before its time.
    ``user_id`` is the value of ``aws:userid``: ``AIDA…`` for a user, ``AROA…:SESSION`` for a role session.
    """

    arn: str
    account: str
    user_id: str
    way: str
    until: datetime | None
    endpoint: str
    warnings: tuple[str, ...]
    renews: bool = False
    ending: Ending = NO_ENDING

    def minutes_left(self, now: datetime) -> int | None:
        """Return the whole minutes until the session ends, at least 0; ``now`` needs a time zone."""
        return None if self.until is None else max(0, int((self.until - now).total_seconds() // 60))


class SignedIn:
    """A session that reads freely and makes only the writes that its tripwire allows.

    It cannot be pickled, and its ``repr`` contains only the identity. After :meth:`forget`, every use of it and of its
    clients raises :class:`Problem` (``sign-in``).
    """

    __slots__ = ("__weakref__", "_clients", "_ending", "_face", "_held", "_secrets", "reader", "tripwire")

    def __init__(
        self,
        face: SessionIdentity,
        reader: Reader,
        tripwire: Tripwire,
        *,
        clients: Clients,
        held: ForgettableCredentials,
        secrets: tuple[Forgettable, ...],
        ending: Ending,
    ) -> None:
        self._face, self.reader, self.tripwire = face, reader, tripwire
        self._clients, self._held, self._secrets, self._ending = clients, held, secrets, ending

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client that acts as this session, under the tripwire; documents come back to the letter.

        It sends a write once: its effect has to be read before it may be sent again.
        """
        if self._held.is_forgotten:
            self._held.get_frozen_credentials()  # raises in the session's own words
        return self._clients.get(service, region)

    def lend(self) -> FoundCredentials:
        """Return the credentials for a session in another account, which this one assumes a role for.

        They end with this session. Raises :class:`Problem` (``sign-in``) if it was forgotten.
        """
        self._held.get_frozen_credentials()
        return FoundCredentials(self._held, self._face.way, endpoint=self._clients.custom_endpoint)

    @property
    def face(self) -> SessionIdentity:
        """The identity, with the end of the keys that are in use now."""
        if not self._face.renews or self._held.is_forgotten:
            return self._face
        return replace(self._face, until=self._held.expires)

    def renew(self) -> SessionIdentity:
        """Renew credentials that end within minutes and can be renewed; return the identity with its new end.

        Raises :class:`Problem`: ``sign-in`` if the session has ended, ``unreachable``.
        """
        self._held.get_frozen_credentials()
        return self.face

    def end(self) -> None:
        """End the session at AWS, then forget it. A person has to ask for it: no plan lists the call.

        Raises :class:`Problem`: ``usage`` if AWS has no call for it, and AWS's refusal; the session then remains.
        """
        where = f"Ending the session ({self._face.way})"
        if self._ending.run is None:
            raise Problem(where, self._ending.said, "Forget the credentials instead.", Code.USAGE)
        with told_as_problem(where):
            self._ending.run(self._held.get_frozen_credentials())
        self.forget()

    @property
    def is_forgotten(self) -> bool:
        """Whether the credentials were dropped."""
        return self._held.is_forgotten

    def forget(self) -> None:
        """Drop the credentials, the clients, the pasted secrets and every listed write, and end the threads that read.

        Doing it twice is fine.
        """
        self._held.forget()
        self.tripwire.disallow()
        self.reader.close()  # and the clients, which are the session's own
        for secret in self._secrets:
            secret.forget()

    def __repr__(self) -> str:
        face = self.face
        until = f" until {face.until:%H:%M %Z}" if face.until else ""
        return f"<SignedIn {face.arn} by {face.way}{until}{' (forgotten)' if self.is_forgotten else ''}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A session cannot be saved or pickled.")


def sign_in(way: SignInMethod, *, region: str, account: str | None = None, endpoint: str | None = None) -> SignedIn:
    """Sign in with a method; ``account`` is the required account, ``endpoint`` replaces the AWS endpoints.

    Raises :class:`Problem`: ``sign-in`` for credentials that do not work, ``unreachable``, ``refused`` for an
    identity of another account.
    """
    opened = _open(way, SignInContext(region, endpoint, account))
    where = f"Signing in ({opened.found.way})"
    with told_as_problem(where):
        clients = Clients(opened.session, region, opened.endpoint)
        tripwire = guard(opened.session, clients)
        face = _face(clients, opened.held, opened.found)
    reader = Reader(opened.session, region=region, clients=clients)
    found = opened.found
    signed_in = SignedIn(
        face, reader, tripwire, clients=clients, held=opened.held, secrets=found.secrets, ending=found.ending
    )
    if account is not None and face.account != account:
        signed_in.forget()
        said = f"You are signed in as {face.arn} in account {face.account}. The role is in account {account}."
        raise Problem(where, said, f"Sign in to account {account}.", Code.REFUSED)
    return signed_in


def open_reader(way: SignInMethod, *, region: str, endpoint: str | None = None) -> Reader:
    """Open a reader with the credentials of a method, without reading their identity. Raises as the method does."""
    opened = _open(way, SignInContext(region, endpoint))
    clients = Clients(opened.session, region, opened.endpoint)
    guard(opened.session, clients)
    return Reader(opened.session, region=region, clients=clients)


@dataclass(frozen=True)
class _Opened:
    """Credentials found by a method, and the boto3 session that uses them."""

    found: FoundCredentials
    held: ForgettableCredentials
    session: boto3.Session
    endpoint: str | None


def _open(way: SignInMethod, place: SignInContext) -> _Opened:
    found = way.find(place)
    held = ForgettableCredentials(found.credentials, found.way, found.profile, found.again)
    with told_as_problem(f"Signing in ({found.way})"):
        core = core_with(held, place.region, found.profile)
        session = boto3.Session(botocore_session=core, region_name=place.region)
    return _Opened(found, held, session, place.endpoint or found.endpoint)


def _face(clients: Clients, held: ForgettableCredentials, found: FoundCredentials) -> SessionIdentity:
    caller = clients.get("sts").get_caller_identity()
    arn = str(caller["Arn"])
    warnings = found.warnings
    if arn.endswith(":root"):
        warnings += (ROOT_WARNING,)
    ending = replace(found.ending, run=None)
    if held.access_key.startswith("AKIA"):
        warnings += (LONG_LIVED_WARNING,)
        ending = LONG_LIVED_ENDING if ending == NO_ENDING else ending
    return SessionIdentity(
        arn=arn,
        account=str(caller["Account"]),
        user_id=str(caller["UserId"]),
        way=found.way,
        until=held.expires if found.renews else found.until,
        endpoint=next((url for url in map(clients.endpoint, ("sts", "iam", "ssm")) if url), ""),
        warnings=warnings,
        renews=found.renews,
        ending=ending,
    )
