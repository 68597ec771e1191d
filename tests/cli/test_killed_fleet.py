"""kill -9 at random moments: a fleet of 200 roles is applied and undone to the letter, an audit of 5,000 is resumed."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.fleet.audit import Audit, read_audit
from tests.cli.conftest import ADMIN, Terminal
from tests.support import own_command
from tests.support.mixed_roles import write_scenario

pytestmark = pytest.mark.deep

Open = Callable[..., Terminal]
KILLS = 10
PATIENCE = 600.0
"""Seconds for a run of all roles, which waits for IAM between the writes of each."""


def killed_when(shell: Terminal, is_time: Callable[[], bool], *arguments: str) -> bool:
    """Start the real console script and kill it when it is time; returns whether it was still running then."""
    command, none = [str(own_command.SCRIPT), *arguments], subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=shell.home, env=shell.environment, stdin=none, stdout=none, stderr=none
    ) as running:
        while running.poll() is None and not is_time():
            with suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.01)
        was_running = running.poll() is None
        running.kill()
    return was_running


def killed_after_writes(shell: Terminal, writes: int, *arguments: str) -> bool:
    shell.account.forget_calls()
    return killed_when(
        shell, lambda: sum(call["access"] == "write" for call in shell.account.calls()) >= writes, *arguments
    )


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out when a setting was changed, which differs from run to run; attachments are a set."""
    settings = {
        region: {setting: {**value, "LastModifiedDate": None} for setting, value in of_region.items()}
        for region, of_region in state["ServiceSettings"].items()
    }
    roles = [
        {**role, "AttachedManagedPolicies": sorted(each["PolicyArn"] for each in role["AttachedManagedPolicies"])}
        for role in state["RoleDetailList"]
    ]
    return {**state, "ServiceSettings": settings, "RoleDetailList": roles}


@pytest.mark.timeout(1500)
def test_a_run_of_200_roles_is_resumed_and_undone(terminal: Open, tmp_path: Path) -> None:
    shell, chance = terminal(write_scenario(tmp_path, 200, seed=6)), random.Random(6)
    shell.patience = PATIENCE
    shell.run("audit", *ADMIN, "--out", "audit.jsonl")
    assert shell.run("plan", "--fleet", "audit.jsonl", "--out", "fleet.jsonl", *ADMIN, "--json").code == 0
    before = shell.account.state()
    apply = ("apply", "fleet.jsonl", "--yes", *ADMIN)
    whole = shell.run(*apply, "--json", SM_SSH_WIDGET_STATE=str(tmp_path / "whole"))
    assert whole.json["complete"], whole
    applied = comparable(shell.account.state())
    shell.account.set_state(before)

    assert killed_after_writes(shell, 5, *apply)
    (run,) = (shell.home / "journals").glob("*-fleet-*")
    resume = ("apply", "--resume", str(run), "--yes", *ADMIN)
    kills = sum(killed_after_writes(shell, chance.randrange(1, 60), *resume) for _ in range(KILLS))
    assert kills == KILLS
    assert shell.run(*resume, "--json").json["complete"]
    assert comparable(shell.account.state()) == applied

    undo = ("undo", str(run), "--yes", *ADMIN)
    kills = sum(killed_after_writes(shell, chance.randrange(1, 60), *undo) for _ in range(KILLS))
    assert kills == KILLS
    assert shell.run(*undo, "--json").json["complete"]
    assert comparable(shell.account.state()) == comparable(before)


@pytest.mark.timeout(1500)
def test_an_audit_of_5000_roles_is_resumed(terminal: Open, tmp_path: Path) -> None:
    shell, chance = terminal(write_scenario(tmp_path, 5000, seed=7)), random.Random(7)
    shell.patience = PATIENCE
    shell.run("audit", *ADMIN, "--out", "whole.jsonl")
    whole, torn = told(shell.home / "whole.jsonl"), shell.home / "torn.jsonl"
    share = (shell.home / "whole.jsonl").stat().st_size // (KILLS + 2)

    def grown() -> Callable[[], bool]:
        wanted = (torn.stat().st_size if torn.exists() else 0) + chance.randrange(share // 2, share)
        return lambda: torn.exists() and torn.stat().st_size >= wanted

    assert killed_when(shell, grown(), "audit", *ADMIN, "--out", torn.name)
    kills = sum(killed_when(shell, grown(), "audit", *ADMIN, "--resume", torn.name) for _ in range(KILLS - 1))
    assert kills == KILLS - 1
    shell.run("audit", *ADMIN, "--resume", torn.name)
    resumed = told(torn)
    assert (whole.complete, resumed.complete) == (True, True)
    assert len(resumed) == len(whole) > 3000  # the others of the account are no execution roles
    assert resumed.digest_of(resumed) == whole.digest_of(whole)
    assert [place.lacks for place in resumed.places] == [place.lacks for place in whole.places]
    assert [(line.id, line.status, line.scps, line.notes) for line in resumed.accounts] == [
        (line.id, line.status, line.scps, line.notes) for line in whole.accounts
    ]


def told(path: Path) -> Audit:
    with path.open() as lines:
        return read_audit(lines, str(path))
