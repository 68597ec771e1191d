"""The simulated account, running: for tests, the demonstration and the wizard."""

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
from sm_ssh_widget.simulator.clock import Clock
from sm_ssh_widget.simulator.credentials import Credential
from sm_ssh_widget.simulator.faults import read_faults
from sm_ssh_widget.simulator.scenario import ACCOUNT, DEFAULT, Scenario, load_scenario
from sm_ssh_widget.simulator.server import listen
from sm_ssh_widget.simulator.services.ssm.nodes import register
from sm_ssh_widget.simulator.state import AccountState, Record, from_json
from sm_ssh_widget.simulator.world import World

SESSION_SECONDS = 12 * 3600


@cache
def _loader(data_path: str | None) -> Loader:
    """botocore's service models, read once for all sessions."""
    return create_loader(data_path)


def _seeded(scenario: Scenario) -> AccountState:
    try:
        return from_json(scenario.state, scenario.account, scenario.partition)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"The state of scenario {scenario.name!r} has not the shape of an account: {error or repr(error)}."
        remedy = "Compare it with the output of GET /_simulator/state."
        raise Problem("simulated account", said, remedy, Code.USAGE) from None


class SimulatedAccount:
    """An AWS account on this machine, from ``with`` to its end. Nothing of the process's environment is touched.

    ``url``: the endpoint of every service. ``directory``: ``env.sh``, ``config``, ``credentials``, ``metadata.json``.
    ``scenario``: what it was made from, with ``expected``. ``clock``: its time, the system's unless given. Raises
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
        clock: Clock | None = None,
    ) -> None:
        self.scenario: Scenario = load_scenario(scenario, region, account)
        self.region, self.account = self.scenario.region, account
        self.world = World(_seeded(self.scenario), self.region, clock or Clock())
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
        """Write the files of ``directory``, and listen; raises :class:`Problem` where they cannot be written."""
        try:
            self.environment = files.write(self.directory, self.url, self.scenario, self._credentials)
        except OSError as error:
            self._server.server_close()
            said = f"The files of the account cannot be written to {self.directory}: {error.strerror or error}."
            raise Problem("simulated account", said, "Choose another directory: --dir DIR", Code.USAGE) from error
        self._thread.start()

    def stop(self) -> None:
        """End the server; a directory that was made for it goes with it."""
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
        """A session of a profile of the scenario: its keys, and every client of it comes here."""
        core = botocore.session.Session(profile=profile)
        core.set_config_variable("config_file", str(self.directory / "config"))
        core.set_config_variable("credentials_file", str(self.directory / "credentials"))
        core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
        return boto3.Session(botocore_session=core, region_name=region or self.region)

    def state(self) -> Record:
        """The whole account, comparable."""
        with self.world.lock:
            return self.world.state.to_json()

    def set_state(self, value: Record) -> None:
        """Replace the whole account, unvalidated; keys stay as they are."""
        self.world.replace_state(value)

    def set_faults(self, faults: list[dict[str, Any]]) -> None:
        """Turn switches on; an empty list turns them all off. Raises :class:`ValueError` for an unknown one."""
        self.world.faults.set(read_faults(faults))

    def calls(self) -> list[Record]:
        """Every call so far: ``operation principal access time region status`` and ``error``."""
        with self.world.lock:
            return json.loads(json.dumps(self.world.calls))  # type: ignore[no-any-return]

    def forget_calls(self) -> None:
        """Begin the list of calls anew."""
        with self.world.lock:
            self.world.calls.clear()

    def register(self, activation_id: str, code: str, region: str | None = None) -> str:
        """Register a node as ``amazon-ssm-agent -register`` does; its id. Raises :class:`AwsError` if refused."""
        with self.world.lock:
            return str(register(self.world, activation_id, code, region or self.region)["InstanceId"])
