"""Running simulated account, or organization of accounts, for tests, the demo and the wizard."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import botocore.session

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import files
from sm_ssh_widget.simulator.clock import AccountClock
from sm_ssh_widget.simulator.credentials import Credential
from sm_ssh_widget.simulator.faults import read_faults
from sm_ssh_widget.simulator.members import MemberAccount, load_members
from sm_ssh_widget.simulator.scenario import ACCOUNT, DEFAULT, Scenario, load_scenario
from sm_ssh_widget.simulator.server import listen
from sm_ssh_widget.simulator.services.ssm.channel import open_channel
from sm_ssh_widget.simulator.services.ssm.nodes import register
from sm_ssh_widget.simulator.sessions import model_loader, new_core
from sm_ssh_widget.simulator.state import AccountState, Record, from_json
from sm_ssh_widget.simulator.world import World

SESSION_SECONDS = 12 * 3600
AUDIT_ROLE = "SageMakerSSHHelperAudit"
"""Role in every account of the simulated organization that an audit from the management account assumes."""
AUDIT_EXTERNAL_ID = "sm-ssh-audit"


def _seeded(scenario: Scenario) -> AccountState:
    try:
        return from_json(scenario.state, scenario.account, scenario.partition)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"The state of scenario {scenario.name!r} is not an account: {error or repr(error)}."
        remedy = "Compare it with the output of GET /_simulator/state."
        raise Problem("Starting the simulated account", said, remedy, Code.USAGE) from None


def _has(scenario: Scenario, world: World, profile: str) -> bool:
    given, iam = scenario.profiles.get(profile, {}), world.state.iam
    return given.get("User") in iam["user"] or given.get("Role") in iam["role"]


def _credential(scenario: Scenario, world: World, profile: str) -> Credential:
    given = scenario.profiles[profile]
    if "User" in given:
        return world.credentials.of_user(world.state, given["User"])
    seconds = given.get("Seconds", SESSION_SECONDS)
    return world.credentials.session_of("role", given["Role"], given["SessionName"], seconds)


class SimulatedAccount:
    """An AWS account on this machine, for the duration of a ``with`` block. The process environment is not changed.

    ``url``: the endpoint of every service. ``directory``: ``env.sh``, ``config``, ``credentials``, ``metadata.json``.
    ``scenario``: its scenario, with ``expected``. ``clock``: its clock, by default the system's. ``members``: the
    accounts of an organization, this one first; ``accounts`` is their number. Methods without ``account`` are about
    this account. Raises :class:`Problem` for an unknown scenario.
    """

    def __init__(
        self,
        scenario: str = DEFAULT,
        region: str | None = None,
        account: str = ACCOUNT,
        port: int = 0,
        directory: Path | None = None,
        *,
        sso_auto: bool = False,
        clock: AccountClock | None = None,
        accounts: int | None = None,
    ) -> None:
        loaded = load_scenario(scenario, region, account)
        self.members, self.organization = load_members(loaded, accounts)
        self.scenario: Scenario = self.members[0].scenario if self.members else loaded
        self.region, self.account = self.scenario.region, account
        self.world = World(_seeded(self.scenario), self.region, clock or AccountClock())
        self._join(loaded)
        self._made = None if directory else tempfile.TemporaryDirectory(prefix="simulated-account-")
        self.directory = directory or Path(self._made.name if self._made else "")
        self._server = listen(self.world, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.world.sign_in.url, self.world.sign_in.auto = self.url, sso_auto
        self._credentials = self._profiles(self.scenario, self.world)
        for member in self.members[1:]:
            self._credentials |= self._profiles_of_member(member)

    def __enter__(self) -> SimulatedAccount:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Write the files of ``directory`` and listen. Raises :class:`Problem` if they cannot be written."""
        try:
            self.environment = files.write(self.directory, self.url, self.scenario, self._credentials)
        except OSError as error:
            self._server.server_close()
            said = f"The files of the account cannot be written to {self.directory}: {error.strerror or error}."
            raise Problem(
                "Starting the simulated account", said, "Choose another directory: --dir DIR", Code.USAGE
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Stop the server, and remove its temporary directory."""
        self._server.shutdown()
        self._server.server_close()
        if self._made:
            self._made.cleanup()

    def _join(self, loaded: Scenario) -> None:
        """Start the other accounts of the organization, and the fault switches of the scenario."""
        self.world.organization = self.organization
        for member in self.members[1:]:
            self.world.join(_seeded(member.scenario))
        faults = [*loaded.faults, *(fault for member in self.members for fault in member.faults)]
        if faults:
            self.set_faults(faults)

    @staticmethod
    def _profiles(scenario: Scenario, world: World) -> dict[str, Credential]:
        """Return the keys of a scenario's profiles by name, as far as their user or role exists."""
        return {name: _credential(scenario, world, name) for name in scenario.profiles if _has(scenario, world, name)}

    def _profiles_of_member(self, member: MemberAccount) -> dict[str, Credential]:
        """Return the keys of the profiles ``admin-ACCOUNT`` and ``audit-ACCOUNT``."""
        world, found = self.world.peer(member.id), {}
        if _has(member.scenario, world, "admin"):
            found[f"admin-{member.id}"] = _credential(member.scenario, world, "admin")
        if AUDIT_ROLE in world.state.iam["role"]:
            session = world.credentials.session_of("role", AUDIT_ROLE, "audit", SESSION_SECONDS)
            found[f"audit-{member.id}"] = session
        return found

    def session(self, profile: str = "admin", region: str | None = None, account: str = "") -> boto3.Session:
        """Return a boto3 session with the keys of a scenario's profile and this endpoint.

        In an organization, ``account`` names a member, whose scenario has profiles of the same names.
        """
        if account not in ("", self.account):
            return self._session_of_member(profile, region, account)
        core = self._core(profile)
        return boto3.Session(botocore_session=core, region_name=region or self.region)

    def _session_of_member(self, profile: str, region: str | None, account: str) -> boto3.Session:
        member = next(each for each in self.members if each.id == account)
        found = _credential(member.scenario, self.world.peer(account), profile)
        core = self._core("admin")  # for the endpoint; its keys are replaced
        core.set_credentials(found.access_key_id, found.secret, found.token or None)
        return boto3.Session(botocore_session=core, region_name=region or self.region)

    def _core(self, profile: str) -> botocore.session.Session:
        core = new_core(profile, self.url)
        core.set_config_variable("config_file", str(self.directory / "config"))
        core.set_config_variable("credentials_file", str(self.directory / "credentials"))
        core.register_component("data_loader", model_loader(core.get_config_variable("data_path")))
        return core

    def state(self, account: str = "") -> Record:
        """Return the whole account as a comparable value."""
        with self.world.lock:
            return self.world.peer(account).state.to_json()

    def set_state(self, value: Record, account: str = "") -> None:
        """Replace the whole account without validation; issued keys stay valid."""
        self.world.peer(account).replace_state(value)

    def set_faults(self, faults: list[dict[str, Any]]) -> None:
        """Replace the fault switches; an empty list removes all. Raises :class:`ValueError` for an unknown one."""
        self.world.faults.set(read_faults(faults))

    def calls(self, account: str = "") -> list[Record]:
        """Return every call so far: ``operation principal access time region status`` and ``error``.

        In an organization also ``account``; ``*`` returns the calls of all accounts.
        """
        return json.loads(json.dumps(self.world.recorded(account)))  # type: ignore[no-any-return]

    def forget_calls(self) -> None:
        """Clear the list of calls."""
        with self.world.lock:
            self.world.calls.clear()

    def channel(self, session_id: str) -> Record:
        """Return whether the data channel of a session opens, and what the plugin prints. Raises :class:`AwsError`."""
        with self.world.lock:
            return open_channel(self.world.state, session_id)

    def register(self, activation_id: str, code: str, region: str | None = None) -> str:
        """Register a node as ``amazon-ssm-agent -register`` does; return its ID. Raises :class:`AwsError`."""
        with self.world.lock:
            return str(register(self.world, activation_id, code, region or self.region)["InstanceId"])
