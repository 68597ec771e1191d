"""Running simulated account, for tests, the demo and the wizard."""

from __future__ import annotations

import json
import tempfile
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import files
from sm_ssh_widget.simulator.clock import AccountClock
from sm_ssh_widget.simulator.credentials import Credential
from sm_ssh_widget.simulator.faults import read_faults
from sm_ssh_widget.simulator.scenario import ACCOUNT, DEFAULT, Scenario, load_scenario
from sm_ssh_widget.simulator.server import listen
from sm_ssh_widget.simulator.services.ssm.channel import open_channel
from sm_ssh_widget.simulator.services.ssm.nodes import register
from sm_ssh_widget.simulator.state import AccountState, Record, from_json
from sm_ssh_widget.simulator.world import World

SESSION_SECONDS = 12 * 3600


@cache
def _loader(data_path: str | None) -> Loader:
    """Return botocore's service models, read once for all sessions."""
    return create_loader(data_path)


def _seeded(scenario: Scenario) -> AccountState:
    try:
        return from_json(scenario.state, scenario.account, scenario.partition)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"The state of scenario {scenario.name!r} is not an account: {error or repr(error)}."
        remedy = "Compare it with the output of GET /_simulator/state."
        raise Problem("Starting the simulated account", said, remedy, Code.USAGE) from None


class SimulatedAccount:
    """An AWS account on this machine, for the duration of a ``with`` block. The process environment is not changed.

    ``url``: the endpoint of every service. ``directory``: ``env.sh``, ``config``, ``credentials``, ``metadata.json``.
    ``scenario``: its scenario, with ``expected``. ``clock``: its clock, by default the system's. Raises
    :class:`Problem` for an unknown scenario.
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
    ) -> None:
        self.scenario: Scenario = load_scenario(scenario, region, account)
        self.region, self.account = self.scenario.region, account
        self.world = World(_seeded(self.scenario), self.region, clock or AccountClock())
        self._made = None if directory else tempfile.TemporaryDirectory(prefix="simulated-account-")
        self.directory = directory or Path(self._made.name if self._made else "")
        self._server = listen(self.world, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.world.sign_in.url, self.world.sign_in.auto = self.url, sso_auto
        self._credentials = {name: self._credential(name) for name in self.scenario.profiles if self._has(name)}

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

    def _has(self, profile: str) -> bool:
        given, iam = self.scenario.profiles[profile], self.world.state.iam
        return given.get("User") in iam["user"] or given.get("Role") in iam["role"]

    def _credential(self, profile: str) -> Credential:
        given = self.scenario.profiles[profile]
        if "User" in given:
            return self.world.credentials.of_user(self.world.state, given["User"])
        return self.world.credentials.session_of(
            "role", given["Role"], given["SessionName"], given.get("Seconds", SESSION_SECONDS)
        )

    def session(self, profile: str = "admin", region: str | None = None) -> boto3.Session:
        """Return a boto3 session with the keys of a scenario's profile and this endpoint."""
        core = botocore.session.Session(profile=profile)
        core.set_config_variable("config_file", str(self.directory / "config"))
        core.set_config_variable("credentials_file", str(self.directory / "credentials"))
        core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
        return boto3.Session(botocore_session=core, region_name=region or self.region)

    def state(self) -> Record:
        """Return the whole account as a comparable value."""
        with self.world.lock:
            return self.world.state.to_json()

    def set_state(self, value: Record) -> None:
        """Replace the whole account without validation; issued keys stay valid."""
        self.world.replace_state(value)

    def set_faults(self, faults: list[dict[str, Any]]) -> None:
        """Replace the fault switches; an empty list removes all. Raises :class:`ValueError` for an unknown one."""
        self.world.faults.set(read_faults(faults))

    def calls(self) -> list[Record]:
        """Return every call so far: ``operation principal access time region status`` and ``error``."""
        with self.world.lock:
            return json.loads(json.dumps(self.world.calls))  # type: ignore[no-any-return]

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
