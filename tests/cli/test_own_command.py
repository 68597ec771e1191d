"""A command off the fork server is the console script: the same words, exit code, exceptions and ends, verb by verb."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.cli.verbs import COMMANDS
from tests.cli.conftest import ADMIN, Terminal
from tests.support import own_command
from tests.support.held_calls import held_calls

Open = Callable[..., Terminal]
CALLS: dict[str, tuple[str, ...]] = {
    "check": ("check", *ADMIN),
    "audit": ("audit", *ADMIN, "--json"),
    "plan": ("plan", *ADMIN, "--out", "plan.json"),
    "apply": ("apply", "plan.json", "--yes", *ADMIN),
    "verify": ("verify", *ADMIN),
    "undo": ("undo", "last", *ADMIN),
    "journal": ("journal", "--json"),
    "nodes": ("nodes", *ADMIN),
    "doctor": ("doctor", "--json"),
    "explain": ("explain", "0f2d6a3c00004000", *ADMIN),
    "export": ("export", "plan.json", "--format", "terraform"),
    "bundle": ("bundle", "--verify", "nowhere.zip"),
    "serve": ("serve", "--help"),
    "simulate": ("simulate", "--list"),
    "demo": ("demo", "--scenario", "nowhere"),
    "docs": ("docs", "permissions"),
}
_TIME = r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ][0-9:.]+(Z|\+00:00)?"
_TAKEN = r'"seconds": [0-9.]+|\b[0-9.]+ m?s\b( behind| ahead of)?'
_JOURNAL = r"journals/[^\"]*?\.json"  # its name has a time, and a line may break anywhere in it
_VARIES = re.compile(rf"{_JOURNAL}|{_TIME}|{_TAKEN}|\b[0-9a-f]{{12,64}}\b")


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    """What a run said and how it ended, without times and digests of times."""
    return done.returncode, _VARIES.sub("…", done.stdout), _VARIES.sub("…", done.stderr)


def test_every_verb_is_compared() -> None:
    assert set(CALLS) == set(COMMANDS)


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_verb_says_and_does_the_same_either_way(terminal: Open, verb: str) -> None:
    shell = terminal()
    if "plan.json" in CALLS[verb] and verb != "plan":
        shell.planned()
    before = shell.account.state()
    # No program of this machine: doctor gives each ten seconds, which a busy machine may need.
    place: dict[str, Any] = {"cwd": shell.home, "env": {**shell.environment, "PATH": str(shell.home)}}
    shell.account.forget_calls()
    forked = own_command.run(CALLS[verb], **place)
    made = calls(shell)
    shell.account.set_state(before)
    for journal in (shell.home / "journals").glob("*"):
        journal.unlink()
    real = subprocess.run(
        [str(own_command.SCRIPT), *CALLS[verb]], input="", text=True, capture_output=True, check=False, **place
    )
    assert told(forked) == told(real)
    assert made == calls(shell)


def calls(shell: Terminal) -> set[tuple[str, str, int]]:
    """The calls since they were last asked for; who waits for AWS asks as often as the machine has time for."""
    made = [(each["operation"], each["principal"], each["status"]) for each in shell.account.calls()]
    shell.account.forget_calls()
    return set(made)


def test_it_is_a_process_of_its_own(terminal: Open) -> None:
    shell = terminal()
    shell.account.set_faults([{"kind": "latency", "operation": "sts:*"}])
    with held_calls(shell.account) as held:
        running = shell.start("check", "--json")
        assert isinstance(running, own_command._Forked)
        held.wait()
        assert running.poll() is None
        assert Path(f"/proc/{running.pid}/cwd").resolve() == shell.home.resolve()
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=0.01)
        running.kill()
        assert running.wait(timeout=30) == -signal.SIGKILL
        assert running.poll() == -signal.SIGKILL
        running.communicate()
    assert not Path(f"/proc/{running.pid}").exists()


@pytest.mark.parametrize("variable", ["PYTHONUTF8", "LC_ALL", "AWS_DATA_PATH"])
def test_what_is_read_at_the_start_is_left_to_the_console_script(tmp_path: Path, variable: str) -> None:
    given: dict[str, Any] = {"cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with own_command.start(["--version"], env={**os.environ, variable: "1"}, **given) as running:
        assert type(running) is subprocess.Popen
    with own_command.start(["--version"], env=dict(os.environ), preexec_fn=os.getpid, **given) as running:
        assert type(running) is subprocess.Popen


def test_it_ends_with_the_process_that_it_serves() -> None:
    code = (
        "import os; from tests.support import own_command as own; "
        "print(own.run(['--version'], env=dict(os.environ)).returncode, own._SERVER._process.pid, flush=True); "
        "os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=own_command.ROOT, capture_output=True, text=True, check=True
    )
    answered, server = done.stdout.split()
    assert answered == "0"
    with suppress(ProcessLookupError):  # it has ended, or ends within a minute
        watched = os.pidfd_open(int(server))
        assert select.select([watched], [], [], 60)[0]
        os.close(watched)
