"""Files of lines that are only ever appended: audits, and the index of a fleet's run.

Each line is flushed before the next step begins, so that a process killed at any point leaves whole lines and at most
one torn one, which is cut off when the file is opened again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sm_ssh_widget.files.locks import LockHeld, locked
from sm_ssh_widget.files.provenance import Judge, Provenance
from sm_ssh_widget.files.writing import NEW_FILE, OWNER_FILE, as_problem
from sm_ssh_widget.incoming import AUDIT_LIMIT, read_file
from sm_ssh_widget.problem import Code, Problem

_APPEND = os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class LineFile:
    """An open file of lines. ``sync``: each line reaches the disk itself, not only the operating system.

    ``resumable``: the command that writes the file can continue it, and an error says so.
    """

    path: Path
    descriptor: int
    sync: bool
    resumable: bool

    @classmethod
    @contextmanager
    def create(cls, path: str | Path, *, sync: bool = False, resumable: bool = True) -> Iterator[LineFile]:
        """Create a file. Raises :class:`Problem`: ``usage`` if it exists, ``invalid`` if it cannot be written."""
        try:
            with as_problem(f"Writing {path}", "Choose another file."):
                descriptor = os.open(path, NEW_FILE, OWNER_FILE)
        except Problem as problem:
            if Path(path).exists():
                remedy = "Choose another file, or continue it: --resume FILE" if resumable else "Choose another file."
                raise Problem(f"Writing {path}", "The file already exists.", remedy, Code.USAGE) from problem
            raise
        with cls._opened(Path(path), descriptor, sync, resumable) as opened:
            yield opened

    @classmethod
    @contextmanager
    def append(cls, path: str | Path, *, sync: bool = False) -> Iterator[LineFile]:
        """Open an existing file behind its last whole line. Raises :class:`Problem` as :meth:`create` does."""
        whole = sum(len(line) for line in _split(_content(path)) if line.endswith(b"\n"))
        with as_problem(f"Writing {path}", "Choose another file."):
            descriptor = os.open(path, _APPEND)
        with cls._opened(Path(path), descriptor, sync, resumable=True) as opened:
            os.ftruncate(descriptor, whole)
            yield opened

    @classmethod
    @contextmanager
    def _opened(cls, path: Path, descriptor: int, sync: bool, resumable: bool) -> Iterator[LineFile]:
        with ExitStack() as stack:
            stack.callback(os.close, descriptor)
            try:
                stack.enter_context(locked(path))
            except LockHeld:
                said = "Another process is writing the file."
                raise Problem(f"Writing {path}", said, "Wait until it ends.", Code.REFUSED) from None
            yield cls(path, descriptor, sync, resumable)

    def write(self, lines: Iterable[str]) -> None:
        """Append whole lines. Raises :class:`Problem` (``invalid``) if they cannot be written."""
        content = "".join(lines).encode()
        then = "continue: --resume FILE" if self.resumable else "try again with another file."
        with as_problem(f"Writing {self.path}", f"Free space on the disk, then {then}"):
            while content:
                content = content[os.write(self.descriptor, content) :]
            if self.sync:
                os.fsync(self.descriptor)


def read_lines(path: str | Path) -> list[str]:
    """Read the lines of a file, the last one possibly torn. Raises :class:`Problem` (``invalid``)."""
    with as_problem(f"Reading {path}", "Choose another file."):
        return [line.decode() for line in _split(_content(path))]


def provenance_of(path: str | Path) -> Provenance:
    """Determine whether only this user or root can have written a file of lines. Raises as :func:`read_lines`."""
    with as_problem(f"Reading {path}", "Choose another file."):
        return Judge(Path(path).parent).of(read_file(path, AUDIT_LIMIT))


def _content(path: str | Path) -> bytes:
    with as_problem(f"Reading {path}", "Choose another file."):
        return read_file(path, AUDIT_LIMIT).content


def _split(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
