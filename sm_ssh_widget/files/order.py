"""In which order journals were begun, as this program recorded it: no clock, and no file that was put there, decides.

A small file beside the journals, one for each user, holds their names, the newest last. It is an aid: a journal that
it does not name is older than all that it names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.files.locks import Held, locked
from sm_ssh_widget.files.provenance import FileSystem, Judge, LocalFileSystem
from sm_ssh_widget.files.writing import OWNER_FILE, as_text, replace_file
from sm_ssh_widget.incoming import parse_json, read_file

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/order/1"
LONGEST = 1000
"""How many journals are remembered; an earlier one counts as older."""

_LIMIT = 1_000_000
_WAIT_SECONDS = 10.0


def recorded(directory: Path, system: FileSystem | None = None, judge: Judge | None = None) -> tuple[str, ...]:
    """The file names of the journals in the order in which they were begun.

    Empty where nothing was recorded, and where somebody else can have written the record; where the file system tells
    that of no file, it is believed, since no journal is chosen by it there.
    """
    known = system or LocalFileSystem()
    try:
        found = read_file(_path(directory, known), _LIMIT)
        told = judge or Judge(directory, known)
        return _names(parse_json(found.content)) if told.of(found).proven or told.doubt else ()
    except (OSError, ValueError, RecursionError):
        return ()


def record(directory: Path, name: str, system: FileSystem | None = None) -> None:
    """Add a journal as the newest; raises :class:`OSError`."""
    known = system or LocalFileSystem()
    path = _path(directory, known)
    try:
        with locked(path, wait=_WAIT_SECONDS):
            names = (*(each for each in recorded(directory, known) if each != name), name)[-LONGEST:]
            replace_file(path, as_text({"schema": SCHEMA, "journals": list(names)}), OWNER_FILE)
    except Held:
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
