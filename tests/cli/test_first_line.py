"""The first line of any verb is on the screen before the AWS SDK is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Terminal
from tests.support.own_command import SCRIPT


def test_the_verbs_import_without_the_sdk() -> None:
    probe = "import sys, sm_ssh_widget.cli.verbs; print([m for m in sys.modules if m.startswith(('boto', 'moto'))])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("check",), "Checking"),
        (("plan", "--json"), "Planning"),
        (("apply", "nowhere.json"), "Applying"),
        (("verify", "--json"), "Verifying"),
        (("undo", "last", "--json"), "Undoing"),
        (("journal", "--json"), "Reading the journals"),
        (("simulate", "--scenario", "nowhere"), "Starting the simulated account"),
        (("demo", "--scenario", "nowhere"), "Starting a simulated AWS account"),
        (("doctor", "--json"), "Checking this laptop"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_first_line_comes_first(terminal: Callable[..., Terminal], arguments: tuple[str, ...], first: str) -> None:
    shell = terminal()
    command = [sys.executable, "-X", "importtime", str(SCRIPT), *arguments]
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=shell.home, env=shell.environment, text=True, **streams) as running:
        assert running.stderr is not None
        said = False
        for line in running.stderr:
            if _is_sdk(line):
                break
            said = said or first in line
        else:
            pytest.fail("it never came to the SDK")
        running.kill()  # what it does after that is tested elsewhere
    assert said


def _is_sdk(line: str) -> bool:
    return line.startswith("import time") and line.rpartition("|")[2].strip().partition(".")[0] in ("boto3", "botocore")


def test_the_package_is_the_same_command() -> None:
    command = [sys.executable, "-m", "sm_ssh_widget", "--version"]
    assert (
        subprocess.run(command, capture_output=True, check=True).stdout
        == subprocess.run([str(SCRIPT), "--version"], capture_output=True, check=True).stdout
    )
