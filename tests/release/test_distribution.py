"""The wheel and the sdist: equal twice, described correctly, and used where there is no Node.js, git or clone."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import boto3
import click
import pytest

from sm_ssh_widget import schemas
from sm_ssh_widget.version import VERSION
from tests.release.distribution import ROOT, build, build_again
from tests.release.materials import MATERIALS

pytestmark = pytest.mark.slow

WHEEL, SDIST = f"sm_ssh_widget-{VERSION}-py3-none-any.whl", f"sm_ssh_widget-{VERSION}.tar.gz"
INFO = f"sm_ssh_widget-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both files, built from this checkout."""
    place = tmp_path_factory.mktemp("dist")
    build(ROOT, place)
    return place


@pytest.fixture(scope="module")
def wheel(dist: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(dist / WHEEL)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(wheel.read(f"{INFO}/METADATA").decode())


def test_a_second_build_from_the_sdist_is_equal_byte_for_byte(dist: Path, tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in dist.iterdir() if path.name in (WHEEL, SDIST)}
    assert set(first) == {WHEEL, SDIST}
    assert {name: hashlib.sha256(text).hexdigest() for name, text in build_again(dist, tmp_path).items()} == {
        name: hashlib.sha256(text).hexdigest() for name, text in first.items()
    }


def test_the_metadata(metadata: Message) -> None:
    assert metadata["Metadata-Version"] == "2.4"
    assert metadata["Version"] == VERSION
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    classifiers = metadata.get_all("Classifier") or []
    assert not [each for each in classifiers if each.startswith("License ::")], "deprecated beside an expression"
    minors = [
        each.rpartition("3.")[2] for each in classifiers if each.startswith("Programming Language :: Python :: 3.")
    ]
    locks = {path.stem.rpartition("3.")[2] for path in (ROOT / ".ci").glob("lock-test-*.txt")}
    assert set(minors) == locks
    assert metadata["Requires-Python"] == f">=3.{min(minors, key=int)}"
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_core_moves_nothing_that_studio_pins(metadata: Message) -> None:
    always = [each for each in metadata.get_all("Requires-Dist") or [] if "extra ==" not in each]
    names = {each.partition(">")[0].partition("<")[0] for each in always}
    assert names == {"anywidget", "boto3", "click", "filelock", "ipywidgets", "platformdirs", "rich", "tomli"}


def test_the_wheel_holds_what_runs_and_no_sources_of_the_front_end(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert wheel.read(f"{INFO}/sboms/{MATERIALS.name}") == MATERIALS.read_bytes()
    assert f"{INFO}/licenses/LICENSE" in names
    assert wheel.read(f"{INFO}/entry_points.txt").decode().split() == [
        *("[console_scripts]", "sm-ssh-widget", "=", "sm_ssh_widget.cli:main")
    ]
    assert {f"sm_ssh_widget/schemas/{name}-{number}.json" for name, number in schemas.NUMBERS.items()} <= names
    extension = f"sm_ssh_widget-{VERSION}.data/data/share/jupyter/labextensions/sm-ssh-widget"
    assert {f"{extension}/package.json", f"{extension}/install.json"} <= names
    assert "sm_ssh_widget/wizard/static/wizard.js" in names
    assert not [name for name in names if "/frontend/" in name or name.startswith("tests/")]


def test_every_file_of_the_wheel_is_recorded_with_its_hash(wheel: zipfile.ZipFile) -> None:
    rows = {row[0]: row[1] for row in csv.reader(io.StringIO(wheel.read(f"{INFO}/RECORD").decode()))}
    assert set(rows) == set(wheel.namelist())
    for name, told in rows.items():
        if name != f"{INFO}/RECORD":
            found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest()).rstrip(b"=").decode()
            assert told == f"sha256={found}"


def test_the_sdist_holds_what_builds_and_tests(dist: Path) -> None:
    with tarfile.open(dist / SDIST) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        "pyproject.toml",
        "LICENSE",
        "tests/conftest.py",
        "labextension/build.py",
        "labextension/yarn.lock",
    } <= names
    assert not [name for name in names if name.startswith((".git/", ".venv/", "labextension/node_modules/"))]


@pytest.fixture(scope="module")
def bare(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, and the folder of its programs: no other program is on the path there.

    The packages that it needs are those of this environment, so that no index is asked; this project is not among them.
    """
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, with_pip=False)
    (site,) = (place / "lib").glob("python3.*/site-packages")
    needed = {str(Path(str(module.__file__)).parents[1]) for module in (boto3, click)}
    (site / "needed.pth").write_text("\n".join(sorted(needed)) + "\n")
    scripts = place / "bin"
    install = ("-m", "pip", "--python", str(scripts / "python"), "install", "--no-deps", "--no-index", "--quiet")
    subprocess.run([sys.executable, *install, str(dist / WHEEL)], check=True, timeout=120)
    return scripts


def ran(bare: Path, place: Path, *arguments: str) -> str:
    """Run the console script with nothing else on the path, and no setting of this process."""
    environment = {"PATH": str(bare), "HOME": str(place), "SM_SSH_WIDGET_STATE": str(place / "state")}
    command = [str(bare / "sm-ssh-widget"), *arguments]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_of_the_wheel_runs_where_there_is_nothing_else(bare: Path, tmp_path: Path) -> None:
    assert ran(bare, tmp_path, "--version").split()[-1] == VERSION
    where = "import sm_ssh_widget, shutil; print(sm_ssh_widget.__file__, shutil.which('git'), shutil.which('node'))"
    done = subprocess.run(
        [bare / "python", "-c", where],
        cwd=tmp_path,
        env={"PATH": str(bare)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, git, node = done.stdout.split()
    assert Path(file).is_relative_to(bare.parent)
    assert (git, node) == ("None", "None")


@pytest.mark.deep
def test_the_whole_story_runs_from_the_wheel(bare: Path, tmp_path: Path) -> None:
    assert ran(bare, tmp_path, "demo", "--terminal").splitlines()[-1] == "as it was"
