"""Plans and journals on disk: whole or not at all, private, and worked on by one process at a time."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget import files
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan
from sm_ssh_widget.problem import Code, Problem

ORDER = f".order-{os.geteuid()}"
ARN = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def make_plan() -> Plan:
    call = Call("iam", "AttachRolePolicy", {"RoleName": "studio", "PolicyArn": ARN})
    back = Call("iam", "DetachRolePolicy", {"RoleName": "studio", "PolicyArn": ARN})
    change = Change(
        id="role.managed-instance-core",
        finding="role.managed-instance-core",
        kind=Kind.ATTACH_ROLE_POLICY,
        resource={"role": "studio", "policy_arn": ARN},
        before=False,
        after=True,
        calls=(call,),
        inverse=(back,),
        cost=None,
        risk="—",
        undo="exact",
    )
    return Plan({"account": "123456789012", "region": "eu-west-1"}, "classic", (), (change,), (), 0)


def make_journal(started: str = "2026-11-22T10:15:30.123+00:00", undoes: str = "") -> Journal:
    return Journal.begin(make_plan(), acted_as="arn:a", endpoint="", started=started, undoes=undoes)


def kept(directory: Path, **fields: str) -> Path:
    with files.JournalFile.create(make_journal(**fields), directory) as (file, _):
        return file.path


def test_the_place_is_chosen_in_order(tmp_path: Path) -> None:
    environment = {"SM_SSH_WIDGET_STATE": "/state", "XDG_STATE_HOME": "/xdg"}
    assert files.place(tmp_path, environment) == tmp_path
    assert files.place(None, environment) == Path("/state")
    assert files.place(None, {"XDG_STATE_HOME": "/xdg"}) == Path("/xdg/sm-ssh-widget")


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    plan = make_plan()
    assert files.load_plan(files.save_plan(plan, tmp_path / "plan.json")) == plan
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": "other"}', "[" * 100_000])
def test_what_is_no_plan_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(Problem) as raised:
        files.load_plan(path)
    assert raised.value.code is Code.INVALID


def test_a_plan_that_is_not_there_or_not_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("none", "binary", "."):
        with pytest.raises(Problem) as raised:
            files.load_plan(tmp_path / name)
        assert raised.value.code is Code.INVALID


def test_a_plan_edited_by_hand_is_refused(tmp_path: Path) -> None:
    path = files.save_plan(make_plan(), tmp_path / "plan.json")
    value = json.loads(path.read_text())
    value["changes"][0]["calls"][0]["parameters"]["PolicyArn"] = "arn:aws:iam::aws:policy/AdministratorAccess"
    path.write_text(json.dumps(value))
    with pytest.raises(Problem, match="edited"):
        files.load_plan(path)


def save_as_plan(path: Path) -> None:
    files.save_plan(make_plan(), path)


def save_as_telling(path: Path) -> None:
    files.save_export(json.dumps(make_plan().to_file()).encode(), path)


each_way_to_save = pytest.mark.parametrize("save", [save_as_plan, save_as_telling])
Save = Callable[[Path], None]


@each_way_to_save
def test_a_link_stays_and_its_file_is_replaced_whole(tmp_path: Path, save: Save) -> None:
    (tmp_path / "there").mkdir()
    kept, named, link = tmp_path / "kept", tmp_path / "there" / "plan.json", tmp_path / "link"
    named.write_text("old")
    kept.hardlink_to(named)
    link.symlink_to(named)
    save(link)
    assert link.is_symlink()
    assert files.load_plan(named) == make_plan()
    assert kept.read_text() == "old"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept", "link", "plan.json", "there"]


@each_way_to_save
@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_link_that_leads_nowhere_is_said_and_stays(tmp_path: Path, save: Save, target: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(Problem, match="Choose another file") as raised:
        save(link)
    assert raised.value.code is Code.INVALID
    assert [path.name for path in tmp_path.iterdir()] == ["link"]
    assert os.readlink(link) == target


@each_way_to_save
def test_a_terminal_is_written_to_and_stays(tmp_path: Path, save: Save) -> None:
    parent, child = pty.openpty()
    device = Path(os.ttyname(child))
    (tmp_path / "link").symlink_to(device)
    save(tmp_path / "link")
    assert os.read(parent, 100).startswith(b"{")
    assert device.is_char_device()
    assert (tmp_path / "link").is_symlink()
    for descriptor in (parent, child):
        os.close(descriptor)


@each_way_to_save
def test_a_pipe_is_written_to_and_stays(tmp_path: Path, save: Save) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        save(pipe)
        assert json.loads(reader.communicate()[0]) == make_plan().to_file()
    assert pipe.is_fifo()


@each_way_to_save
def test_what_is_no_file_is_refused_and_stays(tmp_path: Path, save: Save) -> None:
    there = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(there))
        with pytest.raises(Problem, match="not a file") as raised:
            save(there)
    assert raised.value.code is Code.INVALID
    assert there.is_socket()


def test_a_plan_is_for_its_owner_and_a_telling_for_others(tmp_path: Path) -> None:
    save_as_plan(tmp_path / "plan")
    save_as_telling(tmp_path / "telling")
    before = os.umask(0o022)
    os.umask(before)
    assert (tmp_path / "plan").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "telling").stat().st_mode & 0o777 == 0o666 & ~before


def test_a_journal_is_private_and_comes_back(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "state"
    with files.JournalFile.create(make_journal(), directory) as (file, journal):
        moved = journal.marked("role.managed-instance-core", StepStatus.DONE, "ok", observed=True)
        file.write(moved)
    assert files.load_journal(file.path).to_record() == moved.to_record()
    assert journal.path == str(file.path)
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in directory.iterdir()} == {file.path.name, ORDER}


def test_a_journal_that_could_not_be_begun_leaves_no_file(tmp_path: Path) -> None:
    half = Journal.begin(make_plan(), acted_as="\ud800", endpoint="", started="2026-11-22")
    with pytest.raises(UnicodeEncodeError), files.JournalFile.create(half, tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_two_journals_of_one_moment_get_two_files(tmp_path: Path) -> None:
    assert kept(tmp_path) != kept(tmp_path)


def test_a_cut_journal_is_listed_and_the_others_too(tmp_path: Path) -> None:
    old = kept(tmp_path, started="2026-11-20T00:00:00+00:00")
    new = kept(tmp_path, started="2026-11-21T00:00:00+00:00")
    undo = kept(tmp_path, started="2026-11-22T00:00:00+00:00", undoes=new.name)
    cut = tmp_path / "z.json"
    cut.write_bytes(new.read_bytes()[:-40])
    listed = files.list_journals(tmp_path)
    assert [item.path for item in listed] == [undo, new, old, cut]
    assert listed[-1].problem is not None
    assert listed[-1].problem.code is Code.INVALID
    assert files.last_journal(tmp_path).path == str(new)


def test_no_journal_is_said(tmp_path: Path) -> None:
    assert files.list_journals(tmp_path / "none") == ()
    with pytest.raises(Problem) as raised:
        files.last_journal(tmp_path / "none")
    assert raised.value.code is Code.INVALID


def test_a_directory_that_cannot_be_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="--journal-dir"), files.JournalFile.create(make_journal(), tmp_path / "file"):
        pass
    with pytest.raises(Problem, match="--journal-dir"), files.JournalFile.create(make_journal(), Path("/proc/x")):
        pass


FULL = """
import sys
from pathlib import Path
from sm_ssh_widget import files
from sm_ssh_widget.changes.journal import StepStatus
from tests.test_files import make_journal

directory = Path(sys.argv[1])
with files.JournalFile.create(make_journal(), directory) as (file, journal):
    before = file.path.read_bytes()
    try:
        while True:
            (directory / f"more-{len(list(directory.iterdir()))}").write_bytes(b"x" * 4096)
    except OSError:
        pass
    try:
        file.write(journal.marked("role.managed-instance-core", StepStatus.DONE, "x" * 9000, observed=True))
    except files.JournalNotKept as problem:
        assert problem.path == file.path and "No space left" in problem.said and str(file.path) in problem.remedy
        assert file.path.read_bytes() == before and files.load_journal(file.path) == journal
        print("kept")
"""


def test_a_disk_that_fills_up_keeps_the_journal_as_it_was_before(tmp_path: Path) -> None:
    """On a small disk of its own, in a namespace of its own."""
    mounted = f'mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -c "$CODE" {tmp_path}'
    ran = in_namespace("--map-root-user", "--mount", "sh", "-c", mounted, environment={"CODE": FULL})
    assert ran.stdout == "kept\n", ran.stderr


def in_namespace(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in a new user namespace; skips where the kernel does not let this user have one."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "--user", "true"], check=False).returncode:
        pytest.skip("no user namespace can be made here")
    command = ["unshare", "--user", *words]
    known = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment}
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False)


def test_one_journal_has_one_worker(tmp_path: Path) -> None:
    path = kept(tmp_path)
    with files.JournalFile.hold(path):
        with pytest.raises(Problem, match="Another process") as raised, files.JournalFile.hold(path):
            pass
        assert raised.value.code is Code.REFUSED
    with files.JournalFile.hold(path) as (_, journal):
        assert journal.path == str(path)


def test_the_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    path = kept(tmp_path)
    code = (
        "import sys, time; from sm_ssh_widget.files import JournalFile\n"
        "with JournalFile.hold(sys.argv[1]): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Problem, match="Another process"), files.JournalFile.hold(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with files.JournalFile.hold(path):
        pass


def test_a_journal_of_another_plan_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path)
    value = json.loads(path.read_text())
    value["steps"] = []
    path.write_text(json.dumps(value))
    with pytest.raises(Problem, match="its steps"):
        files.load_journal(path)
