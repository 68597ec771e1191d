"""The bundle: the same bytes each time, all tellings in it, and nothing taken on trust when it is read."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.export import archive
from sm_ssh_widget.incoming import PLAN_LIMIT
from sm_ssh_widget.problem import Code, Problem

from .plans import plan


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return made.getvalue()


def test_it_holds_the_plan_and_every_telling() -> None:
    found = members(export.bundle(plan(), requester="Jane", reason="To connect"))
    told = {each.file_name for each in export.FORMATS.values() if each.name != "bundle"}
    assert set(found) == told | {"plan.json", "digest.txt", "README.md"}
    assert found["digest.txt"].decode().strip() == plan().digest
    assert json.loads(found["plan.json"]) == plan().to_json()
    assert found["apply.sh"].decode() == export.tell(plan(), "cli-script")
    assert b"Jane" in found["ticket.md"]
    assert b"sm-ssh-widget verify --role" in found["README.md"]


def test_scripts_can_be_run_and_nothing_bears_a_date() -> None:
    with zipfile.ZipFile(io.BytesIO(export.bundle(plan()))) as opened:
        for entry in opened.infolist():
            assert bool(entry.external_attr >> 16 & stat.S_IXUSR) == entry.filename.endswith(".sh")
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_plan_comes_back_from_bytes_and_from_a_file(tmp_path: Path) -> None:
    content = export.bundle(plan())
    (tmp_path / "b.zip").write_bytes(content)
    assert export.load_bundle(content) == plan()
    assert export.load_bundle(tmp_path / "b.zip") == plan()
    assert export.is_bundle(tmp_path / "b.zip")
    (tmp_path / "plan.json").write_text(json.dumps(plan().to_json()))
    assert not export.is_bundle(tmp_path / "plan.json")


def _edited(files: dict[str, bytes]) -> None:
    files["plan.json"] = files["plan.json"].replace(b"advanced", b"standard")


def _another_digest(files: dict[str, bytes]) -> None:
    files["digest.txt"] = b"sha256:" + b"0" * 64


def _no_plan(files: dict[str, bytes]) -> None:
    del files["plan.json"]


def _no_digest(files: dict[str, bytes]) -> None:
    del files["digest.txt"]


def _no_json(files: dict[str, bytes]) -> None:
    files["plan.json"] = b"{"


def _deep(files: dict[str, bytes]) -> None:
    files["plan.json"] = b"[" * 200_000


def _no_text(files: dict[str, bytes]) -> None:
    files["digest.txt"] = b"\xff"


def _large(files: dict[str, bytes]) -> None:
    files["plan.json"] = b" " * (PLAN_LIMIT + 1)


def _up(files: dict[str, bytes]) -> None:
    files["../evil.sh"] = b""


def _absolute(files: dict[str, bytes]) -> None:
    files["/etc/evil"] = b""


def _windows(files: dict[str, bytes]) -> None:
    files["C:\\evil"] = b""


def _many(files: dict[str, bytes]) -> None:
    files.update({f"{number}.txt": b"" for number in range(archive.MEMBER_LIMIT)})


@pytest.mark.parametrize(
    "spoil",
    [
        _edited,
        _another_digest,
        _no_plan,
        _no_digest,
        _no_json,
        _deep,
        _no_text,
        _large,
        _up,
        _absolute,
        _windows,
        _many,
    ],
)
def test_a_spoilt_bundle_is_refused(spoil: Callable[[dict[str, bytes]], None]) -> None:
    files = members(export.bundle(plan()))
    spoil(files)
    with pytest.raises(Problem) as raised:
        export.load_bundle(packed(files))
    assert raised.value.code is Code.INVALID


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(Problem) as raised:
        export.load_bundle(content)
    assert raised.value.code is Code.INVALID


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        export.load_bundle(tmp_path / "none.zip")
    assert raised.value.code is Code.INVALID


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in members(export.bundle(plan())).items():
            opened.writestr(name, content)
        opened.writestr("plan.json", b"{}")
    with pytest.raises(Problem):
        export.load_bundle(made.getvalue())


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(export.bundle(plan()))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    with pytest.raises(Problem) as raised:
        export.load_bundle(bytes(content))
    assert raised.value.code is Code.INVALID
