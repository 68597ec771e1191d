"""What the README prints of the program is what the program prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
START, END = "<!-- changes -->", "<!-- /changes -->"


def between(start: str, end: str) -> str:
    return README.read_text("utf-8").partition(start)[2].partition(end)[0].strip()


def test_the_changes_are_those_that_the_program_prints() -> None:
    command = [sys.executable, "-c", "from sm_ssh_widget.cli import main; main()", "docs", "changes"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert between(START, END) == printed.strip(), "run: make readme"


def test_the_way_without_make_is_one_line() -> None:
    lines = [line for line in between("<!-- no-make -->", "<!-- /no-make -->").splitlines() if "```" not in line]
    assert len(lines) == 1
    assert lines[0].endswith("sm-ssh-widget demo --terminal")


def test_every_room_is_on_the_map() -> None:
    package = ROOT / "sm_ssh_widget"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    text = README.read_text("utf-8")
    assert [room for room in sorted(rooms) if f"{room}/`" not in text] == []
