"""The wheel carries the bundle, and pip installs it where there is no Node.js, as a copy and in place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import metadata, version
from pathlib import Path
from zipfile import ZipFile

import pytest

from sm_ssh_widget import _jupyter_labextension_paths

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "sm_ssh_widget" / "labextension"
SHARED = Path("share", "jupyter", "labextensions", "sm-ssh-widget")


@pytest.fixture(scope="module")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment variables of a machine that has Python, a shell, and no Node.js."""
    place = tmp_path_factory.mktemp("bin")
    for name in ("sh", "env", "uname"):
        if found := shutil.which(name):
            (place / name).symlink_to(found)
    assert shutil.which("node", path=str(place)) is None
    return {**os.environ, "PATH": str(place)}


@pytest.fixture(scope="module")
def wheel(without_node: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(place), f"{ROOT}", env=without_node)
    return next(place.glob("*.whl"))


def pip(python: str | Path, *arguments: str, env: dict[str, str]) -> None:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bundle_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_wheel_puts_the_bundle_where_jupyterlab_looks(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    shared = {name.split(f"{SHARED.as_posix()}/")[1] for name in names if SHARED.as_posix() in name}
    assert shared == {*bundle_in(BUNDLE), "install.json"}
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx", ".map"))]
    assert not [name for name in names if "/frontend/" in name]
    assert {"sm_ssh_widget/wizard/static/wizard.js", "sm_ssh_widget/wizard/static/wizard.css"} <= {*names}


@pytest.mark.slow
@pytest.mark.parametrize("in_place", [False, True], ids=["copied", "editable"])
def test_installing_needs_no_node_js(in_place: bool, wheel: Path, without_node: dict[str, str], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    what = ["--editable", str(ROOT)] if in_place else [str(wheel)]
    pip(tmp_path / "bin" / "python", "install", "--no-deps", *what, env=without_node)
    installed = bundle_in(tmp_path / SHARED)
    assert installed.pop("install.json") == (ROOT / "labextension" / "install.json").read_bytes()
    assert installed == bundle_in(BUNDLE)
    assert listed(tmp_path) == f"sm-ssh-widget v{version('sm-ssh-widget')} enabled OK (python, sm-ssh-widget)"


def listed(prefix: Path) -> str:
    """Our line of ``jupyter labextension list``, for what is installed under ``prefix``."""
    command = [sys.executable, "-m", "jupyterlab.labextensions", "list"]
    env = {**os.environ, "JUPYTER_PATH": str(prefix / "share" / "jupyter"), "NO_COLOR": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if line.strip().startswith("sm-ssh-widget ")]
    return without_colour(ours[0]).strip()


def without_colour(text: str) -> str:
    return text.replace("\x1b[32m", "").replace("\x1b[0m", "")


def test_classifiers_say_that_it_is_a_prebuilt_extension() -> None:
    classifiers = metadata("sm-ssh-widget").get_all("Classifier") or []
    family = "Framework :: Jupyter :: JupyterLab"
    assert {family, f"{family} :: 4", f"{family} :: Extensions", f"{family} :: Extensions :: Prebuilt"} <= {
        *classifiers
    }


def test_developers_tools_find_the_bundle() -> None:
    (path,) = _jupyter_labextension_paths()
    assert (ROOT / "sm_ssh_widget" / path["src"] / "package.json").is_file()
    assert path["dest"] == SHARED.name
