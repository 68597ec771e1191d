"""Build the wheel and the sdist of a tree, twice if asked, and compare them byte by byte.

Usage: python -m tests.release.distribution DIR (builds there; exit code 1 if a second build differs)
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(tree: Path, into: Path, umask: int = 0o022) -> dict[str, bytes]:
    """Build the sdist and the wheel of ``tree``; return the bytes of both files by name.

    The build uses the packages of this environment. Raises :class:`subprocess.CalledProcessError` if it fails.
    """
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(into.resolve()), "-t", "sdist", "-t", "wheel"]
    subprocess.run(command, cwd=tree, env=kept, check=True, capture_output=True, umask=umask)
    return {path.name: path.read_bytes() for path in sorted(into.iterdir()) if path.suffix in (".whl", ".gz")}


def build_again(built: Path, room: Path) -> dict[str, bytes]:
    """Build the sdist in ``built`` again, elsewhere, with other file modes and times."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(room, filter="data")
    (tree,) = room.iterdir()
    for path in tree.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return build(tree, room / "dist", umask=0o077)


def main(place: Path) -> int:
    """Build twice and compare; the exit code."""
    place.mkdir(parents=True, exist_ok=True)
    first = build(ROOT, place)
    with tempfile.TemporaryDirectory() as room:
        second = build_again(place, Path(room))
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in first:
        print(f"{name}: {'different' if name in different else 'the same twice'}, {len(first[name]):,} bytes")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
