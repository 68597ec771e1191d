"""Recorded order of journals, so that neither a clock nor a planted file decides which one is the newest.

A small file per user beside the journals lists their names, newest last. A journal that it does not list counts as
older than all listed ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.files.locks import LockHeld, locked
from sm_ssh_widget.files.provenance import FileSystem, Judge, LocalFileSystem
from sm_ssh_widget.files.writing import OWNER_FILE, as_text, replace_file
from sm_ssh_widget.incoming import parse_json, read_file

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/order/1"
LONGEST = 1000
"""Number of recorded journals; earlier ones count as older."""

_LIMIT = 1_000_000
_WAIT_SECONDS = 10.0


def recorded(directory: Path, system: FileSystem | None = None, judge: Judge | None = None) -> tuple[str, ...]:
    """Return the file names of the journals in the order in which they were started.

    Empty if nothing was recorded or another user can have written the record. If the file system cannot prove that for
    any file, the record is used, because no journal is chosen by it alone there.
    """
    known = system or LocalFileSystem()
    try:
        found = read_file(_path(directory, known), _LIMIT)
        told = judge or Judge(directory, known)
        return _names(parse_json(found.content)) if told.of(found).proven or told.doubt else ()
    except (OSError, ValueError, RecursionError):
        return ()


def record(directory: Path, name: str, system: FileSystem | None = None) -> None:
    """Record a journal as the newest. Raises :class:`OSError`."""
    known = system or LocalFileSystem()
    path = _path(directory, known)
    try:
        with locked(path, wait=_WAIT_SECONDS):
            names = (*(each for each in recorded(directory, known) if each != name), name)[-LONGEST:]
            replace_file(path, as_text({"schema": SCHEMA, "journals": list(names)}), OWNER_FILE)
    except LockHeld:
        raise OSError(f"Another process has held {path} for {_WAIT_SECONDS:g} s") from None


def _path(directory: Path, system: FileSystem) -> Path:
    user = system.user()
    return directory / (".order" if user is None else f".order-{user}")


def _names(value: Json) -> tuple[str, ...]:
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise ValueError("another schema")
    names = value.get("journals")
    if not isinstance(names, list) or not all(isinstance(each, str) and Path(each).name == each for each in names):
        raise ValueError("no list of file names")
    return tuple(dict.fromkeys(names))
