from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sm_ssh_widget import files
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.files import order
from sm_ssh_widget.problem import Code, Problem
from tests.files.machines import Pretended
from tests.test_files import ORDER, make_journal

AHEAD = "9999-12-31T00:00:00.000+00:00"
ME = os.geteuid()


def begun(directory: Path, started: str, *, wrote: bool = True, undoes: str = "") -> Path:
    with files.JournalFile.create(make_journal(started=started, undoes=undoes), directory) as (file, journal):
        if wrote:
            file.write(journal.marked("role.managed-instance-core", StepStatus.DONE, observed=True))
    return file.path


def planted(directory: Path, name: str, started: str = AHEAD) -> Path:
    """A journal as another program would put it there: whole, and not recorded."""
    journal = make_journal(started=started).marked("role.managed-instance-core", StepStatus.DONE, observed=True)
    path = directory / name
    path.write_text(json.dumps(journal.to_record()))
    path.chmod(0o600)
    return path


def last(directory: Path, system: files.FileSystem | None = None) -> files.Listed:
    return files.last_listed(directory, system)


class TestLast:
    def test_it_is_what_was_begun_last_whatever_the_clock_said(self, tmp_path: Path) -> None:
        ahead = begun(tmp_path, AHEAD)
        newest = begun(tmp_path, "2026-11-22T10:00:00.000+00:00")
        assert last(tmp_path).path == newest
        assert [item.path for item in files.list_journals(tmp_path)] == [newest, ahead]
        assert last(tmp_path).note == ""

    def test_it_wrote_and_is_no_undo(self, tmp_path: Path) -> None:
        first = begun(tmp_path, "2026-11-20T00:00:00.000+00:00")
        begun(tmp_path, "2026-11-21T00:00:00.000+00:00", wrote=False)
        begun(tmp_path, "2026-11-22T00:00:00.000+00:00", undoes=first.name)
        assert last(tmp_path).path == first

    def test_it_is_the_newest_where_none_wrote(self, tmp_path: Path) -> None:
        begun(tmp_path, AHEAD, wrote=False)
        newest = begun(tmp_path, "2026-11-21T00:00:00.000+00:00", wrote=False)
        assert last(tmp_path).path == newest

    def test_one_that_was_put_there_is_not_it(self, tmp_path: Path) -> None:
        mine = begun(tmp_path, "2026-11-22T10:00:00.000+00:00")
        planted(tmp_path, "z.json")
        assert last(tmp_path).path == mine
        assert files.list_journals(tmp_path)[0].path == mine

    def test_without_a_record_it_goes_by_their_clocks_and_says_so(self, tmp_path: Path) -> None:
        planted(tmp_path, "a.json", "2026-11-21T00:00:00.000+00:00")
        newest = planted(tmp_path, "b.json", "2026-11-22T00:00:00.000+00:00")
        assert last(tmp_path).path == newest
        assert "not recorded" in last(tmp_path).note

    def test_a_recorded_one_that_is_gone_is_passed_over(self, tmp_path: Path) -> None:
        kept = begun(tmp_path, "2026-11-21T00:00:00.000+00:00")
        begun(tmp_path, "2026-11-22T00:00:00.000+00:00").unlink()
        assert last(tmp_path).path == kept

    @pytest.mark.parametrize("mode", [0o666, 0o602])
    def test_one_that_others_can_write_is_refused_and_named(self, tmp_path: Path, mode: int) -> None:
        begun(tmp_path, "2026-11-21T00:00:00.000+00:00")
        open_to_all = begun(tmp_path, "2026-11-22T00:00:00.000+00:00")
        open_to_all.chmod(mode)
        with pytest.raises(Problem) as raised:
            last(tmp_path)
        assert raised.value.code is Code.REFUSED
        assert str(open_to_all) in raised.value.said
        assert f"undo {open_to_all}" in raised.value.remedy
        named = files.examine_journal(open_to_all)
        assert named.journal is not None
        assert not named.provenance.proven

    @pytest.mark.parametrize(
        "system",
        [Pretended(me=None), Pretended(me=ME, gives=4242), Pretended(me=ME, gives=ME, keeps_modes=False)],
        ids=["windows", "squashed", "cifs"],
    )
    def test_it_is_refused_where_owners_and_modes_prove_nothing(self, tmp_path: Path, system: Pretended) -> None:
        path = begun(tmp_path, "2026-11-22T00:00:00.000+00:00")
        with pytest.raises(Problem) as raised:
            last(tmp_path, system)
        assert raised.value.code is Code.REFUSED
        assert str(path) in raised.value.remedy
        assert files.examine_journal(path, system).journal is not None

    @pytest.mark.skipif(ME != 0, reason="only root can be two users")
    def test_another_users_journal_is_passed_over_where_nothing_was_recorded(self, tmp_path: Path) -> None:
        mine = planted(tmp_path, "a.json", "2026-11-21T00:00:00.000+00:00")
        os.chown(planted(tmp_path, "b.json"), 65534, 65534)
        assert last(tmp_path).path == mine
        mine.unlink()
        with pytest.raises(Problem, match="belongs to user 65534"):
            last(tmp_path)

    def test_none_is_continued_that_others_can_write(self, tmp_path: Path) -> None:
        with files.JournalFile.create(make_journal(), tmp_path) as (file, journal):
            file.write(journal.marked("role.managed-instance-core", StepStatus.FAILED, notes={"begun": True}))
        assert found(tmp_path, journal) == str(file.path)
        file.path.chmod(0o666)
        assert found(tmp_path, journal) is None


def found(directory: Path, journal: Journal) -> str | None:
    unfinished = files.unfinished_journal(directory, journal.plan.digest)
    return unfinished.path if unfinished else None


class TestRecord:
    def test_it_is_private_and_is_no_journal(self, tmp_path: Path) -> None:
        path = begun(tmp_path, "2026-11-22T00:00:00.000+00:00")
        assert (tmp_path / ORDER).stat().st_mode & 0o777 == 0o600
        assert order.recorded(tmp_path) == (path.name,)
        assert [item.path for item in files.list_journals(tmp_path)] == [path]

    def test_names_are_kept_once_and_the_newest_only(self, tmp_path: Path) -> None:
        for name in ("a.json", "b.json", "a.json"):
            order.record(tmp_path, name)
        assert order.recorded(tmp_path) == ("b.json", "a.json")
        many = [f"{number}.json" for number in range(order.LONGEST)]
        (tmp_path / ORDER).write_text(json.dumps({"schema": order.SCHEMA, "journals": many}))
        order.record(tmp_path, "new.json")
        assert order.recorded(tmp_path) == (*many[1:], "new.json")

    @pytest.mark.parametrize(
        "text",
        ["", "[]", "{", '{"schema": "other", "journals": []}', "[" * 100_000]
        + [json.dumps({"schema": order.SCHEMA, "journals": names}) for names in (7, [7], ["../a.json"], ["a/b"])],
    )
    def test_what_is_no_record_counts_for_nothing(self, tmp_path: Path, text: str) -> None:
        (tmp_path / ORDER).write_text(text)
        assert order.recorded(tmp_path) == ()
        order.record(tmp_path, "a.json")
        assert order.recorded(tmp_path) == ("a.json",)

    def test_one_that_others_can_write_counts_for_nothing(self, tmp_path: Path) -> None:
        order.record(tmp_path, "a.json")
        (tmp_path / ORDER).chmod(0o666)
        assert order.recorded(tmp_path) == ()

    def test_it_is_kept_where_the_file_system_proves_nothing(self, tmp_path: Path) -> None:
        squashed = Pretended(me=ME, gives=4242)
        order.record(tmp_path, "a.json", squashed)
        order.record(tmp_path, "b.json", squashed)
        assert order.recorded(tmp_path, squashed) == ("a.json", "b.json")

    def test_a_link_in_its_place_leads_nowhere(self, tmp_path: Path) -> None:
        victim = tmp_path / "victim"
        victim.write_text("precious")
        (tmp_path / ORDER).symlink_to(victim)
        order.record(tmp_path, "a.json")
        assert victim.read_text() == "precious"
        assert order.recorded(tmp_path) == ("a.json",)

    @pytest.mark.skipif(ME != 0, reason="only root can be two users")
    def test_two_users_of_one_directory_have_one_each(self, tmp_path: Path) -> None:
        order.record(tmp_path, "a.json")
        (tmp_path / ".order-65534").write_text(json.dumps({"schema": order.SCHEMA, "journals": ["z.json"]}))
        assert order.recorded(tmp_path) == ("a.json",)
        os.chown(tmp_path / ORDER, 65534, 65534)
        assert order.recorded(tmp_path) == ()

    def test_many_processes_lose_no_name(self, tmp_path: Path) -> None:
        code = "import sys; from pathlib import Path; from sm_ssh_widget.files import order\n"
        code += "for n in range(5): order.record(Path(sys.argv[1]), f'{sys.argv[2]}-{n}.json')"
        words = [sys.executable, "-c", code, str(tmp_path)]
        running = [subprocess.Popen([*words, name]) for name in "ab"]
        assert [each.wait() for each in running] == [0, 0]
        assert sorted(order.recorded(tmp_path)) == sorted(f"{name}-{n}.json" for name in "ab" for n in range(5))
