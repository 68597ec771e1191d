"""Files that come back, read as input: a regular file of a known size, and JSON that says each thing once.

Plans, journals, bundles and scenarios are all read here. Opening follows no symbolic link and waits for no pipe; what
was opened is judged by its own descriptor, so that nothing can be swapped between the look and the read.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any

PLAN_LIMIT = 4_000_000
"""Bytes of a plan, of a bundle and of each of its members."""
JOURNAL_LIMIT = 8_000_000
"""Bytes of a journal: its plan, and what was seen after each change."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Opened:
    """The content of a regular file, and what its descriptor says of it.

    ``access_list``: whether a POSIX access control list gives rights to the file beside its mode.
    """

    content: bytes
    status: os.stat_result
    access_list: bool = False


def read_file(path: str | Path, limit: int) -> Opened:
    """Read a regular file of at most ``limit`` bytes.

    Raises :class:`OSError` for anything else: no such file, a symbolic link, a pipe, a device, a directory, too large.
    """
    if not hasattr(os, "O_NOFOLLOW") and Path(path).is_symlink():  # Windows
        raise _link(path)
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) and Path(path).is_symlink():
            raise _link(path) from None
        raise
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file")
        content = opened.read(limit + 1)
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"It is larger than {limit / 1_000_000:g} MB, the largest that is read")
        return Opened(content, status, _has_access_list(descriptor))


def _has_access_list(descriptor: int) -> bool:
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(descriptor, "system.posix_acl_access"))
    except OSError:
        return False


def parse_json(text: str | bytes) -> Json:
    """Parse JSON as RFC 8259 has it; raises :class:`ValueError` also for NaN and for a key that stands twice.

    Of two equal keys one reader takes the first and another the last: what was reviewed would not be what is used.
    """
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return made


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _link(path: str | Path) -> OSError:
    return OSError(errno.ELOOP, f"It is a symbolic link. Name the file itself: {os.path.realpath(path)}")
