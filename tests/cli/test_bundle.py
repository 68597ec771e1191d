"""``bundle --verify`` by the real script: what an admin runs who received a bundle."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

from tests.cli.conftest import ADMIN, Terminal

Open = Callable[..., Terminal]


def _bundled(terminal: Open) -> Terminal:
    shell = terminal()
    shell.planned()
    assert shell.run("export", "plan.json", "--format", "bundle", "--out", "plan.zip").code == 0
    return shell


def test_a_whole_bundle_is_verified(terminal: Open) -> None:
    told = _bundled(terminal).run("bundle", "--verify", "plan.zip", "--json")
    assert told.code == 0
    assert told.json["verified"] is True
    assert told.json["digest"].startswith("sha256:")


def test_an_edited_script_is_refused_by_name_and_never_applied(terminal: Open) -> None:
    shell = _bundled(terminal)
    with zipfile.ZipFile(shell.home / "plan.zip") as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(shell.home / "edited.zip", "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content + (b"true\n" if name == "apply.sh" else b""))
    before = shell.account.state()
    for words in (("bundle", "--verify", "edited.zip"), ("apply", "edited.zip", "--yes", *ADMIN)):
        told = shell.run(*words, "--json")
        assert (told.code, told.error["code"]) == (6, "invalid")
        assert "apply.sh" in told.error["said"]
    assert shell.account.state() == before
