"""Files of lines: a file that is there stays, whole lines are kept, and only what can be continued is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sm_ssh_widget.files.lines import LineFile, read_lines
from sm_ssh_widget.problem import Code, Problem

RESUME = "--resume FILE"


@pytest.mark.parametrize("resumable", [True, False])
def test_a_file_that_is_there_is_not_written(tmp_path: Path, resumable: bool) -> None:
    path = tmp_path / "there.jsonl"
    path.write_text("mine\n")
    with pytest.raises(Problem) as raised, LineFile.create(path, resumable=resumable):
        pass
    assert (raised.value.code, raised.value.said) == (Code.USAGE, "The file already exists.")
    assert (RESUME in raised.value.remedy) == resumable
    assert path.read_text() == "mine\n"


@pytest.mark.parametrize("resumable", [True, False])
def test_a_full_disk_says_what_can_be_done(tmp_path: Path, resumable: bool) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no device that is always full")
    with full.open("ab", buffering=0) as device, pytest.raises(Problem) as raised:
        LineFile(tmp_path / "audit.jsonl", device.fileno(), sync=False, resumable=resumable).write(["line\n"])
    assert raised.value.remedy.startswith("Free space on the disk, then ")
    assert (RESUME in raised.value.remedy) == resumable


def test_what_was_torn_is_cut_off_before_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with LineFile.create(path) as file:
        file.write(["one\n", "two\n"])
    with path.open("a") as torn:
        torn.write("thr")
    with LineFile.append(path) as file:
        file.write(["three\n"])
    assert read_lines(path) == ["one\n", "two\n", "three\n"]


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with LineFile.create(path), pytest.raises(Problem) as raised, LineFile.append(path):
        pass
    assert raised.value.code is Code.REFUSED
