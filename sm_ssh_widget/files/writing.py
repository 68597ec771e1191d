"""Atomic writing of files: write to an unguessable name beside the file, flush, and rename."""

from __future__ import annotations

import errno
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible_json

Json: TypeAlias = Any

OWNER_FILE, OWNER_DIRECTORY = 0o600, 0o700
ANYBODYS_FILE = 0o666  # minus the umask
NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""Flags to create a file that must not exist, neither as a file nor as a link."""

_LONGEST_NAME = 200  # bytes: the maximum is 255, and the random part must fit


def as_text(value: Json) -> bytes:
    """Return the JSON text of a file for a person. Raises :class:`UnicodeEncodeError` for a lone surrogate."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text.encode()  # escaped, a lone surrogate could be written but not read back
    return f"{visible_json(text)}\n".encode()


def save(path: Path, content: bytes, mode: int) -> None:
    """Write a file specified by a person: replace the target of a link atomically, write to a pipe directly."""
    if path.is_fifo() or path.is_char_device():
        path.write_bytes(content)
    elif path.is_socket() or path.is_block_device():
        raise OSError(errno.EINVAL, "The path exists but is not a file")
    else:
        replace_file(Path(os.path.realpath(path, strict=True)) if path.is_symlink() else path, content, mode)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write beside ``path``, flush it, rename it over ``path``, and flush the directory."""
    kept = path.name.encode()[:_LONGEST_NAME].decode(errors="ignore")
    beside = path.with_name(f".{kept}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, NEW_FILE, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def _flush_directory(directory: Path) -> None:
    if sys.platform == "win32":
        return  # a directory cannot be opened there, and NTFS journals the rename itself
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def as_problem(where: str, remedy: str) -> Iterator[None]:
    """Translate errors of the disk into a :class:`Problem` (``invalid``)."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        said = f"{str(error.strerror or error).rstrip('.')}." if isinstance(error, OSError) else "The file is not text."
        raise Problem(where, said, remedy, Code.INVALID) from error
