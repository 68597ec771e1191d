"""The command line, in a process of its own, in the environment that a simulated account gives."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.clock import AccountClock
from tests.support import own_command

ADMIN = ("--sign-in", "profile:admin")


@dataclass(frozen=True)
class Told:
    """What a run said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON object and nothing else."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, str]:
        error = self.json["error"]
        assert set(error) == {"where", "said", "next", "code"}
        assert all(error.values())
        return dict(error)


class Terminal:
    """A shell in that Studio: the account's environment, a directory of its own, and no other AWS settings."""

    def __init__(self, account: SimulatedAccount, home: Path) -> None:
        self.account, self.home, self.patience = account, home, 120.0
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_"))}
        self.environment = {**kept, **account.environment, "SM_SSH_WIDGET_STATE": str(home / "journals")}

    def start(self, *arguments: str, **given: Any) -> subprocess.Popen[Any]:
        pipes = {"text": True, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return own_command.start(arguments, cwd=self.home, env=self.environment, **{**pipes, **given})

    def run(self, *arguments: str, input: str | None = None, **environment: str) -> Told:
        """Run a verb to its end, at most ``patience`` seconds; a traceback is never an answer."""
        env = {**self.environment, **environment}
        done = own_command.run(arguments, input=input, timeout=self.patience, cwd=self.home, env=env)
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Told(done.returncode, done.stdout, done.stderr)

    def planned(self, *options: str) -> Path:
        """A plan on disk."""
        told = self.run("plan", "--out", "plan.json", *ADMIN, *options, "--json")
        assert told.code == 0, told
        return self.home / "plan.json"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """A terminal by scenario."""
    running: list[SimulatedAccount] = []

    def open_in(scenario: str = "fresh-studio-role") -> Terminal:
        # The program runs in a process of its own, by the machine's clock: the virtual time of this one may be ahead.
        account = SimulatedAccount(scenario, clock=AccountClock(time.time))
        account.start()
        running.append(account)
        return Terminal(account, tmp_path)

    yield open_in
    for account in running:
        account.stop()
