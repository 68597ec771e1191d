"""The command ``docs``: the permissions as a page, and as one JSON object; the schemas; no call is made.

The CI sample of the page about automation is run as a shell runs it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from sm_ssh_widget import schemas
from sm_ssh_widget.export.permissions import permissions, permissions_markdown
from tests.cli.conftest import Terminal
from tests.support.own_command import SCRIPT

PAGE = Path(__file__).parents[2] / "docs" / "automation.md"


def test_the_permissions_are_one_object_or_a_page(terminal: Callable[..., Terminal]) -> None:
    shell = terminal()
    assert shell.run("docs", "permissions", "--json").json == permissions()
    assert shell.run("docs", "permissions").out == permissions_markdown()
    assert shell.account.calls() == []


def test_a_schema_is_printed(terminal: Callable[..., Terminal]) -> None:
    shell = terminal()
    assert json.loads(shell.run("docs", "schema", "plan").out) == schemas.schema("plan")
    assert shell.run("docs", "schema", "plans").code == 2


@pytest.mark.parametrize(
    ("scenario", "code", "line"),
    [
        ("everything-done", 0, "- satisfied: Systems Manager can use "),
        ("fresh-studio-role", 1, "- missing: Systems Manager "),
        ("explicit-deny", 3, "- blocked: "),
    ],
)
def test_the_ci_sample_fails_as_it_says(terminal: Callable[..., Terminal], scenario: str, code: int, line: str) -> None:
    sample = yaml.safe_load(PAGE.read_text().partition("```yaml\n")[2].partition("```")[0])
    step = sample["jobs"]["check"]["steps"][-1]
    shell = terminal(scenario)
    summary = shell.home / "summary.md"
    given = {
        **shell.environment,
        "PATH": os.pathsep.join([str(SCRIPT.parent), os.environ["PATH"]]),
        "ROLE": shell.account.scenario.metadata["ExecutionRoleArn"],
        "AWS_PROFILE": "admin",
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=shell.home, env=given, check=False, timeout=120)
    assert done.returncode == code
    assert line in summary.read_text()
    assert not [call for call in shell.account.calls() if call["access"] == "write"]
