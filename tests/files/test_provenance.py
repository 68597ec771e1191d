from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sm_ssh_widget.files import LocalFileSystem, Provenance
from sm_ssh_widget.files.provenance import Judge, Sample
from sm_ssh_widget.incoming import Opened, read_file
from tests.files.machines import ME, OTHER, UNKNOWN, Pretended
from tests.test_files import in_namespace

ROOT_USER = 0


def opened(owner: int = ME, mode: int = 0o600, *, access_list: bool = False) -> Opened:
    return Opened(b"", os.stat_result((0o100000 | mode, 1, 1, 1, owner, owner, 0, 0, 0, 0)), access_list)


def judged(system: Pretended, file: Opened) -> Provenance:
    return Judge(Path("/there"), system).of(file)


class TestFilesOfThisUser:
    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o644, 0o664, 0o755])
    def test_they_are_proven_where_nobody_else_can_write_them(self, mode: int) -> None:
        assert judged(Pretended(), opened(mode=mode)) == Provenance(True, "")

    def test_those_of_root_are_proven_too(self) -> None:
        assert judged(Pretended(), opened(ROOT_USER)).proven

    def test_a_file_of_another_user_is_not(self) -> None:
        found = judged(Pretended(), opened(OTHER))
        assert found == Provenance(False, "The file belongs to user 1001, not to user 1000.")

    def test_to_root_a_file_of_a_user_is_not(self) -> None:
        assert not judged(Pretended(me=ROOT_USER, gives=ROOT_USER), opened(ME)).proven

    @pytest.mark.parametrize("mode", [0o602, 0o606, 0o666, 0o777])
    def test_what_every_user_can_write_is_not(self, mode: int) -> None:
        assert "All users" in judged(Pretended(), opened(mode=mode)).reason

    @pytest.mark.parametrize(("private", "listed"), [(False, False), (True, True)])
    def test_what_a_group_can_write_is_proven_only_for_a_group_of_one(self, private: bool, listed: bool) -> None:
        system = Pretended(private=private)
        assert "group" in judged(system, opened(mode=0o660, access_list=listed)).reason
        assert judged(system, opened(mode=0o640, access_list=listed)).proven
        assert judged(Pretended(private=True), opened(mode=0o660)).proven


class TestFileSystemsThatProveNothing:
    def test_windows_tells_no_owner(self) -> None:
        assert "does not show" in judged(Pretended(me=None), opened()).reason

    @pytest.mark.parametrize("mode", [0o600, 0o777])
    def test_a_share_without_modes(self, mode: int) -> None:
        assert not judged(Pretended(keeps_modes=False), opened(mode=mode)).proven
        assert "does not keep the modes" in judged(Pretended(keeps_modes=False), opened()).reason

    @pytest.mark.parametrize("gives", [UNKNOWN, OTHER])
    def test_a_server_that_gives_all_files_to_one_user(self, gives: int) -> None:
        squashed = Pretended(gives=gives)
        assert f"to user {gives}" in judged(squashed, opened(gives)).reason
        assert "belongs to user 7" in judged(squashed, opened(7)).reason

    def test_a_namespace_without_users(self) -> None:
        assert "namespace" in judged(Pretended(me=UNKNOWN, gives=UNKNOWN), opened(UNKNOWN)).reason

    def test_a_place_where_no_file_can_be_made(self) -> None:
        assert "No file can be created" in judged(Pretended(gives=None), opened()).reason

    def test_they_say_so_whatever_the_file_is(self) -> None:
        for system in (Pretended(me=None), Pretended(gives=None), Pretended(keeps_modes=False), Pretended(gives=OTHER)):
            assert Judge(Path("/there"), system).doubt
        assert Judge(Path("/there"), Pretended()).doubt == ""


class TestThisMachine:
    def test_a_sample_leaves_nothing_and_is_ours(self, tmp_path: Path) -> None:
        assert LocalFileSystem().sample(tmp_path) == Sample(os.geteuid(), keeps_modes=True)
        assert list(tmp_path.iterdir()) == []
        assert LocalFileSystem().sample(tmp_path / "none") is None

    def test_the_sample_is_made_once(self, tmp_path: Path) -> None:
        made: list[Path] = []

        class Counted(Pretended):
            def sample(self, directory: Path) -> Sample | None:
                made.append(directory)
                return super().sample(directory)

        judge = Judge(tmp_path, Counted())
        assert judge.of(opened()).proven
        assert judge.of(opened(OTHER)).reason
        assert made == [tmp_path]

    @pytest.mark.skipif(sys.platform == "win32", reason="no groups")
    def test_a_group_is_private_if_its_owner_is_its_only_member(self) -> None:
        import grp  # noqa: PLC0415
        import pwd  # noqa: PLC0415

        system = LocalFileSystem()
        everybody, groups = pwd.getpwall(), grp.getgrall()
        for group in groups:
            members = {each.pw_uid for each in everybody if each.pw_gid == group.gr_gid or each.pw_name in group.gr_mem}
            primary = {each.pw_uid for each in everybody if each.pw_gid == group.gr_gid}
            for user in everybody[:5]:
                assert system.is_private(group.gr_gid, user.pw_uid) == (members == primary == {user.pw_uid})
        assert not system.is_private(4_000_000, os.geteuid())

    def test_umask_002_is_ours_in_a_group_of_one(self, tmp_path: Path) -> None:
        before = os.umask(0o002)
        try:
            (tmp_path / "plan.json").write_text("{}")
        finally:
            os.umask(before)
        file = read_file(tmp_path / "plan.json", 10)
        assert file.status.st_mode & 0o777 == 0o664
        private = Pretended(me=os.geteuid(), gives=os.geteuid(), private=True)
        assert Judge(tmp_path, private).of(file).proven
        assert not Judge(tmp_path, Pretended(me=os.geteuid(), gives=os.geteuid(), private=False)).of(file).proven


WHOSE = """
import sys
from pathlib import Path
from sm_ssh_widget.files.provenance import Judge
from sm_ssh_widget.incoming import read_file
for name in sys.argv[1:]:
    print(Path(name).name, Judge(Path(name).parent).of(read_file(name, 100)).reason or "proven")
"""


class TestNamespaces:
    def test_a_namespace_without_users_proves_nothing(self, tmp_path: Path) -> None:
        assert self.told(tmp_path) == {"mine": "This user namespace does not distinguish users."}

    def test_with_this_user_as_root_its_files_are_proven(self, tmp_path: Path) -> None:
        assert self.told(tmp_path, "--map-root-user") == {"mine": "proven"}

    def told(self, place: Path, *words: str) -> dict[str, str]:
        """What a process in the namespace says of a file that it makes there."""
        place.chmod(0o777)
        mine = place / "mine"
        code = f"open({str(mine)!r}, 'x').close()\n{WHOSE}"
        ran = in_namespace(*words, sys.executable, "-c", code, str(mine), environment={})
        assert ran.returncode == 0, ran.stderr
        return dict(line.split(" ", 1) for line in ran.stdout.splitlines())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two users")
class TestSecondUser:
    """Root plants and reads; ``nobody`` is the other one."""

    def test_what_another_user_left_is_told(self, tmp_path: Path) -> None:
        shared = tmp_path / "shared"
        shared.mkdir()
        shared.chmod(0o1777)
        plant = ["setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", "umask 022; echo '{}' > planted"]
        subprocess.run(plant, cwd=shared, check=True)  # it is there already: the way to it is not open to others
        (shared / "mine").write_text("{}")
        judge = Judge(shared)
        assert judge.of(read_file(shared / "mine", 10)).proven
        assert "belongs to user 65534" in judge.of(read_file(shared / "planted", 10)).reason
