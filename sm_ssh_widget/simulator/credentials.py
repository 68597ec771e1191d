"""Access keys of the simulated account, and who stands behind each."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from sm_ssh_widget.simulator.clock import Clock
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.state import AccountState, Kind, unique_id

OWN_ERRORS = ("iam", "sts", "ec2", "s3")


@dataclass(frozen=True)
class Credential:
    """A key. ``session`` is empty for the long-lived key of a user; ``expires`` is in seconds since the epoch."""

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


@dataclass(frozen=True)
class RequestCaller:
    """Who makes a call: the identity as ``GetCallerIdentity`` says it, and the entity whose policies count."""

    arn: str
    user_id: str
    kind: Kind
    name: str
    entity_arn: str
    credential: Credential | None = None


@dataclass
class Credentials:
    """Every key that the account has given out."""

    keys: dict[str, Credential] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    token_bytes: int = 1024

    def of_user(self, state: AccountState, name: str) -> Credential:
        """The long-lived key of a user; the same one every time."""
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
        """Temporary keys, valid for ``seconds``."""
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
        """The credential behind a key; raises what AWS answers to an unknown key, a wrong token, an expired one."""
        found = self.keys.get(key)
        if found is None or found.token != token:
            raise unknown_key(service)
        if found.expires is not None and found.expires < self.clock.now():
            raise expired(service)
        return found


def _token(length: int) -> str:
    """A session token of so many characters, which begins as AWS's do."""
    return ("IQoJb3JpZ2luX2Vj" + secrets.token_urlsafe(length))[:length]


def unknown_key(service: str) -> AwsError:
    """The answer to a key that does not exist."""
    code = "InvalidClientTokenId" if service in ("iam", "sts", "s3") else "UnrecognizedClientException"
    code = "AuthFailure" if service == "ec2" else code
    status = 403 if service in OWN_ERRORS else 400
    return AwsError(code, "The security token included in the request is invalid.", status)


def expired(service: str) -> AwsError:
    """The answer to a session that is over."""
    if service == "ec2":
        return AwsError("RequestExpired", "Request has expired.", 400)
    if service in OWN_ERRORS:
        return AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    return AwsError("ExpiredTokenException", "The security token included in the request is expired")


def caller_of(state: AccountState, credential: Credential, service: str) -> RequestCaller:
    """Who holds this key now; raises what AWS answers when the user or role is gone."""
    record = state.iam[credential.kind].get(credential.name)
    if record is None:
        raise unknown_key(service)
    identity = record["UserId" if credential.kind == "user" else "RoleId"]
    if credential.kind == "user":
        return RequestCaller(record["Arn"], identity, "user", credential.name, record["Arn"], credential)
    arn = f"arn:{state.partition}:sts::{state.account}:assumed-role/{credential.name}/{credential.session}"
    return RequestCaller(arn, f"{identity}:{credential.session}", "role", credential.name, record["Arn"], credential)
