"""Access keys of the simulated account, and their identities."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from sm_ssh_widget.simulator.clock import AccountClock
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.state import AccountState, Kind, unique_id

OWN_ERRORS = ("iam", "sts", "ec2", "s3")


@dataclass(frozen=True)
class Credential:
    """An access key. ``session`` is empty for a user's long-lived key; ``expires`` is in seconds since the epoch."""

    access_key_id: str
    secret: str = field(repr=False)
    kind: Kind
    name: str
    token: str = field(default="", repr=False)
    session: str = ""
    policies: tuple[str, ...] = ()
    mfa: bool | None = None
    expires: float | None = None
    issued: float = 0.0
    source_identity: str = ""


@dataclass(frozen=True)
class RequestCaller:
    """Caller of an operation: the identity as in ``GetCallerIdentity``, and the entity with its policies."""

    arn: str
    user_id: str
    kind: Kind
    name: str
    entity_arn: str
    credential: Credential | None = None


@dataclass
class Credentials:
    """All issued keys of the account."""

    keys: dict[str, Credential] = field(default_factory=dict)
    clock: AccountClock = field(default_factory=AccountClock)
    token_bytes: int = 1024

    def of_user(self, state: AccountState, name: str) -> Credential:
        """Return the long-lived key of a user, always the same."""
        arn = state.iam["user"][name]["Arn"]
        key = unique_id("AKIA", arn)[:20]
        secret = hashlib.sha256(f"simulated {arn}".encode()).hexdigest()[:40]
        return self.keys.setdefault(key, Credential(key, secret, "user", name))

    def session_of(
        self,
        kind: Kind,
        name: str,
        session: str,
        seconds: float,
        *,
        policies: tuple[str, ...] = (),
        mfa: bool = False,
    ) -> Credential:
        """Issue temporary keys, valid for ``seconds``."""
        key = unique_id("ASIA", secrets.token_hex(16))[:20]
        now = self.clock.now()
        found = Credential(
            key,
            secrets.token_hex(20),
            kind,
            name,
            _token(self.token_bytes),
            session,
            policies,
            mfa,
            now + seconds,
            now,
        )
        self.keys[key] = found
        return found

    def find(self, key: str, token: str, service: str) -> Credential:
        """Return the credential of a key. Raises AWS's error for an unknown key, a wrong or an expired token."""
        found = self.keys.get(key)
        if found is None or found.token != token:
            raise unknown_key(service)
        if found.expires is not None and found.expires < self.clock.now():
            raise expired(service)
        return found


def _token(length: int) -> str:
    """Return a session token of the given length, which starts like AWS's tokens."""
    return ("IQoJb3JpZ2luX2Vj" + secrets.token_urlsafe(length))[:length]


def unknown_key(service: str) -> AwsError:
    """Return AWS's error for an unknown key."""
    code = "InvalidClientTokenId" if service in ("iam", "sts", "s3") else "UnrecognizedClientException"
    code = "AuthFailure" if service == "ec2" else code
    status = 403 if service in OWN_ERRORS else 400
    return AwsError(code, "The security token included in the request is invalid.", status)


def expired(service: str) -> AwsError:
    """Return AWS's error for an expired session."""
    if service == "ec2":
        return AwsError("RequestExpired", "Request has expired.", 400)
    if service in OWN_ERRORS:
        return AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    return AwsError("ExpiredTokenException", "The security token included in the request is expired")


def caller_of(state: AccountState, credential: Credential, service: str) -> RequestCaller:
    """Return the caller of a key. Raises AWS's error if the user or role was deleted."""
    record = state.iam[credential.kind].get(credential.name)
    if record is None:
        raise unknown_key(service)
    identity = record["UserId" if credential.kind == "user" else "RoleId"]
    if credential.kind == "user":
        return RequestCaller(record["Arn"], identity, "user", credential.name, record["Arn"], credential)
    arn = f"arn:{state.partition}:sts::{state.account}:assumed-role/{credential.name}/{credential.session}"
    return RequestCaller(arn, f"{identity}:{credential.session}", "role", credential.name, record["Arn"], credential)
