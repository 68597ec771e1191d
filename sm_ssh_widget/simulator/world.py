"""A running simulated account: state, keys, fault switches and the record of calls."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from sm_ssh_widget.simulator.clock import AccountClock
from sm_ssh_widget.simulator.credentials import Credentials
from sm_ssh_widget.simulator.faults import Faults
from sm_ssh_widget.simulator.organization import Organization
from sm_ssh_widget.simulator.state import AccountState, Kind, Record, from_json


@dataclass
class DeviceAuthorization:
    """A device code that waits for a person: ``answer`` is ``pending``, ``allowed`` or ``denied``."""

    code: str
    expires: float
    answer: str = "pending"
    asked: float = 0.0


@dataclass
class SimulatedLogin:
    """A sign-in of ``aws login``: the identity, its client, its end, and the key that its requests are proved with."""

    kind: Kind
    name: str
    session: str
    client: str
    ends: float
    thumbprint: str = ""


@dataclass
class LoginCode:
    """A one-time code, bound to a challenge and a redirect address."""

    login: SimulatedLogin
    challenge: str
    redirect: str
    expires: float


@dataclass
class SimulatedSignIn:
    """Data of the sign-in services.

    IAM Identity Center: clients by ID, devices by device code, tokens with their expiry. ``aws login``: one-time codes,
    sign-ins by their refresh token, how long keys are valid, and who is signed in to the console in the browser.
    """

    url: str = ""
    auto: bool = False
    person: str = "alice@example.com"
    clients: dict[str, str] = field(default_factory=dict, repr=False)
    devices: dict[str, DeviceAuthorization] = field(default_factory=dict, repr=False)
    tokens: dict[str, float] = field(default_factory=dict, repr=False)
    codes: dict[str, LoginCode] = field(default_factory=dict, repr=False)
    logins: dict[str, SimulatedLogin] = field(default_factory=dict, repr=False)
    key_seconds: int = 900
    console: tuple[Kind, str] = ("user", "admin")


@dataclass
class World:
    """A running account. ``lock`` is held while an operation of ours reads or writes ``state``."""

    state: AccountState
    region: str
    clock: AccountClock = field(default_factory=AccountClock)
    credentials: Credentials = field(default_factory=Credentials)
    faults: Faults = field(default_factory=Faults)
    calls: list[Record] = field(default_factory=list)
    sign_in: SimulatedSignIn = field(default_factory=SimulatedSignIn)
    lock: threading.RLock = field(default_factory=threading.RLock)
    queries: dict[str, Record] = field(default_factory=dict)
    """Queries of CloudWatch Logs with their results, by ID."""
    authorizations: dict[str, Record] = field(default_factory=dict)
    """Details of denied calls, by their authorization ID."""
    moto_holds: AccountState | None = None
    """State whose buckets moto holds; another state resets them."""
    organization: Organization | None = None
    peers: dict[str, World] = field(default_factory=dict, repr=False)
    """All running accounts by ID, this one included. They share clock, faults, calls, sign-in services and lock."""

    def __post_init__(self) -> None:
        """Clock of the account."""
        self.peers[self.state.account] = self
        self.state.clock = self.credentials.clock = self.clock
        self.credentials.token_bytes = int(self.state.conditions["SessionTokenBytes"])

    def replace_state(self, value: Record) -> None:
        """Replace the account's state; issued keys stay valid."""
        with self.lock:
            self.state = from_json(value, self.state.account, self.state.partition, self.clock)
            self.queries.clear()
            self.credentials.token_bytes = int(self.state.conditions["SessionTokenBytes"])
            for name in self.state.iam["user"]:
                self.credentials.of_user(self.state, name)

    def scp_denies(self) -> tuple[str, ...]:
        """Return the denials of the ``deny-by-scp`` switches as service control policies.

        They do not bind the management account of an organization.
        """
        exempt = self.organization is not None and self.organization.management == self.state.account
        switches = () if exempt else self.faults.switches
        here = (each for each in switches if each.kind == "deny-by-scp" and each.is_of(self.state.account))
        actions = [fault.operation for fault in here]
        statements = [{"Effect": "Deny", "Action": action, "Resource": "*"} for action in actions]
        return tuple(json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in statements)

    def record(self, operation: str, principal: str, is_write: bool, outcome: dict[str, Any]) -> None:
        """Record a call: ``operation principal access time`` and its result; with several accounts, its account."""
        time = dt.datetime.fromtimestamp(self.clock.now(), dt.timezone.utc).isoformat()
        access = "write" if is_write else "read"
        entry = {"operation": operation, "principal": principal, "access": access, "time": time, **outcome}
        if len(self.peers) > 1:
            entry["account"] = self.state.account
        with self.lock:
            self.calls.append(entry)

    def recorded(self, account: str = "") -> list[Record]:
        """Return the calls of an account in their order: of this one unless specified, of all accounts for ``*``."""
        with self.lock:
            if account == "*" or len(self.peers) == 1:
                return list(self.calls)
            return [call for call in self.calls if call["account"] == (account or self.state.account)]

    def join(self, state: AccountState) -> World:
        """Start another account of this organization."""
        return World(
            state,
            self.region,
            self.clock,
            faults=self.faults,
            calls=self.calls,
            sign_in=self.sign_in,
            lock=self.lock,
            organization=self.organization,
            peers=self.peers,
        )

    def peer(self, account: str = "") -> World:
        """Return the world of an account, this one unless specified. Raises :class:`KeyError` for an unknown one."""
        return self.peers[account or self.state.account]

    def is_open(self) -> bool:
        """Return whether the account is not suspended."""
        return self.organization is None or self.organization.is_active(self.state.account)
