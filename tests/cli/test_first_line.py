"""The first line of any verb is on the screen before the AWS SDK is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cli.conftest import SCRIPT, Terminal


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
    done = subprocess.run(
        command, cwd=shell.home, env=shell.environment, capture_output=True, text=True, timeout=120, check=False
    )
    lines = done.stderr.splitlines()
    said = next(number for number, line in enumerate(lines) if first in line)
    imported = next(number for number, line in enumerate(lines) if line.startswith("import time") and _is_sdk(line))
    assert said < imported


def _is_sdk(line: str) -> bool:
    return line.rpartition("|")[2].strip().partition(".")[0] in ("boto3", "botocore")
