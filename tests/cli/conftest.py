"""The real console script, in a process of its own, in the environment that a simulated account gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.clock import AccountClock

SCRIPT = Path(sys.executable).with_name("sm-ssh-widget")
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
        self.account, self.home = account, home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_"))}
        self.environment = {**kept, **account.environment, "SM_SSH_WIDGET_STATE": str(home / "journals")}

    def start(self, *arguments: str, **given: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **given}
        command = [str(SCRIPT), *arguments]
        return subprocess.Popen(command, cwd=self.home, env=self.environment, text=True, **pipes)

    def run(self, *arguments: str, input: str | None = None, **environment: str) -> Told:
        """Run a verb to its end; a traceback is never an answer."""
        done = subprocess.run(
            [str(SCRIPT), *arguments],
            cwd=self.home,
            env={**self.environment, **environment},
            text=True,
            capture_output=True,
            input="" if input is None else input,
            timeout=120,
            check=False,
        )
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
