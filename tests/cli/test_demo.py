"""The demonstration: the whole story, by the real verbs, ends as it began."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from sm_ssh_widget.cli.commands.demo import AS_IT_WAS, scenes
from tests.support import own_command


def run_demo(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_"))}
    given = ["demo", "--terminal", *arguments]
    return own_command.run(given, cwd=tmp_path, env={**kept, **environment}, timeout=240)


def test_the_whole_story_ends_as_it_was(tmp_path: Path) -> None:
    # What a person has set up for real accounts is neither used nor touched.
    done = run_demo(tmp_path, AWS_PROFILE="production", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == AS_IT_WAS
    headings = [line.split(" ─")[0] for line in lines if re.match(r"\d\. .* ─", line)]
    assert headings == [f"{number}. {scene.title}" for number, scene in enumerate(scenes("USER"), 1)]
    assert "✔ Proved" in done.stdout
    assert "✔ Ready: all 8 requirements are met." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())


def test_every_scene_shows_the_command_that_it_is(tmp_path: Path) -> None:
    """A story that does not go as it should says so, and does not end well: here a boundary blocks."""
    done = run_demo(tmp_path, "--scenario", "boundary-blocks")
    assert done.returncode != 0
    lines = done.stdout.splitlines()
    assert "$ sm-ssh-widget check" in lines
    assert lines[-1].startswith("Stopped: unexpected exit code")
    assert AS_IT_WAS not in lines


@pytest.mark.parametrize("scene", scenes("arn:aws:iam::123456789012:role/Me"), ids=lambda scene: scene.title)
def test_no_scene_types_a_secret(scene: object) -> None:
    assert "secret" not in str(scene).lower()
