"""Records of runs of many roles on disk: what is left of each, what cannot be read, and who can have written it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from sm_ssh_widget.fleet.audit import line_of
from sm_ssh_widget.fleet.run_index import RunIndex
from sm_ssh_widget.wizard.fleet_records import ended_run, recalled_runs
from sm_ssh_widget.wizard.fleet_state import BEGUN
from tests.fleet.plans import fleet

Make: TypeAlias = Callable[[int], dict[str, object]]
PLAN = fleet("a", "b")


def recorded(directory: Path, *lines: dict[str, object], at: str = "20261130T093627.1") -> Path:
    run = directory / f"{at}-fleet-{PLAN.digest[7:19]}"
    run.mkdir(mode=0o700, parents=True)
    index = RunIndex(PLAN.digest, 1, 0).header()
    (run / "fleet.jsonl").write_text("".join(PLAN.lines()))
    (run / "run.jsonl").write_text("".join(line_of(each) for each in (index, *lines)))
    for path in run.iterdir():
        path.chmod(0o600)
    return run


def begun(number: int) -> dict[str, object]:
    return {"kind": "begin", "member": number}


def ended(number: int, outcome: str) -> dict[str, object]:
    return {"kind": "member", "member": number, "outcome": outcome, "journal": ""}


def undone(number: int) -> dict[str, object]:
    return {"kind": "undone", "member": number, "complete": True}


def test_a_run_that_was_killed_is_interrupted_at_the_member_that_was_begun(tmp_path: Path) -> None:
    path = recorded(tmp_path, begun(0), ended(0, "done"), begun(1))
    (run,) = recalled_runs(tmp_path).fleets
    assert (run.path, run.canaries, run.complete, run.undoing) == (str(path), 1, False, False)
    assert run.outcomes == {0: "done", 1: BEGUN}


def test_a_run_of_which_all_is_done(tmp_path: Path) -> None:
    lines = [line for number in range(3) for line in (begun(number), ended(number, "done"))]
    path = recorded(tmp_path, *lines, {"kind": "verified", "account": "", "ready": True})
    (run,) = recalled_runs(tmp_path).fleets
    assert (run.complete, run.verified) == (True, True)
    assert (ended_run(path).complete, ended_run(path).outcomes) == (True, dict.fromkeys(range(3), "done"))


def test_a_run_that_is_undone_in_part_goes_on_with_the_undo(tmp_path: Path) -> None:
    lines = [line for number in range(3) for line in (begun(number), ended(number, "done"))]
    recorded(tmp_path, *lines, undone(2))
    (run,) = recalled_runs(tmp_path).fleets
    assert (run.undoing, run.complete) == (True, False)
    assert run.outcomes == {0: "done", 1: "done", 2: "undone"}


@pytest.mark.parametrize("lines", [(), (begun(0), ended(0, "done"), undone(0))])
def test_a_run_with_nothing_left_is_not_shown(tmp_path: Path, lines: tuple[dict[str, object], ...]) -> None:
    recorded(tmp_path, *lines)
    assert recalled_runs(tmp_path).fleets == ()


def test_the_newest_three_are_read(tmp_path: Path) -> None:
    for number in range(5):
        recorded(tmp_path, begun(0), at=f"2026113{number}T000000.0")
    found = [Path(run.path).name.partition("-")[0] for run in recalled_runs(tmp_path).fleets]
    assert found == [f"2026113{number}T000000.0" for number in (4, 3, 2)]


@pytest.mark.parametrize("name", ["run.jsonl", "fleet.jsonl"])
def test_an_edited_record_is_told_and_not_offered(tmp_path: Path, name: str) -> None:
    path = recorded(tmp_path, begun(0))
    text = (path / name).read_text()
    (path / name).write_text(text.replace(PLAN.digest, "sha256:" + "0" * 64))
    found = recalled_runs(tmp_path)
    assert found.fleets == ()
    (unread,) = found.unread
    assert unread.path == str(path)
    assert unread.said


@pytest.mark.parametrize("number", [3, -1])
@pytest.mark.parametrize("make", [begun, undone, lambda number: ended(number, "done")])
def test_a_member_that_is_not_in_the_plan_is_told_and_not_offered(tmp_path: Path, make: Make, number: int) -> None:
    recorded(tmp_path, begun(0), make(number))
    found = recalled_runs(tmp_path)
    assert (found.fleets, len(found.unread)) == ((), 1)


@pytest.mark.parametrize("name", ["../other.json", "/etc/passwd", "..", "a\\b.json", "a\0.json"])
def test_a_journal_elsewhere_is_told_and_not_read(tmp_path: Path, name: str) -> None:
    recorded(tmp_path, begun(0), {**ended(0, "stopped"), "journal": name})
    found = recalled_runs(tmp_path)
    assert (found.fleets, len(found.unread)) == ((), 1)


def test_a_journal_that_is_lost_takes_no_run_with_it(tmp_path: Path) -> None:
    recorded(tmp_path, begun(0), {**ended(0, "stopped"), "journal": "lost.json"})
    (run,) = recalled_runs(tmp_path).fleets
    assert (run.outcomes, run.reasons) == ({0: "stopped"}, {})


@pytest.mark.parametrize("name", ["run.jsonl", "fleet.jsonl"])
def test_a_record_that_others_can_write_is_doubted(tmp_path: Path, name: str) -> None:
    path = recorded(tmp_path, begun(0))
    assert recalled_runs(tmp_path).doubted == ()
    (path / name).chmod(0o666)
    found = recalled_runs(tmp_path)
    assert found.doubted == ((str(path), "All users of this machine can write the file."),)
    assert len(found.fleets) == 1


def test_without_a_directory_there_is_none(tmp_path: Path) -> None:
    assert recalled_runs(tmp_path / "nowhere").fleets == ()
