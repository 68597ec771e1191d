"""Reading of untrusted files: regular files within a size limit, and JSON without duplicate keys.

Plans, journals, bundles and scenarios are all read here. Opening follows no symbolic link and waits for no pipe. The
open descriptor itself is checked, so that the file cannot be replaced between check and read.
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
"""Maximum bytes of a plan, of a bundle and of each member of a bundle."""
JOURNAL_LIMIT = 8_000_000
"""Maximum bytes of a journal: its plan, and the state after each change."""
AUDIT_LIMIT = 200_000_000
"""Maximum bytes of an audit or a fleet plan: about 100,000 roles, or plans for 20,000."""
SCENARIO_LIMIT = 64_000_000
"""Maximum bytes of a scenario of the simulated account: about 20,000 roles."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Opened:
    """Content of a regular file, and the status of its descriptor.

    ``access_list``: whether the file has a POSIX access control list besides its mode.
    """

    content: bytes
    status: os.stat_result
    access_list: bool = False


def read_file(path: str | Path, limit: int) -> Opened:
    """Read a regular file of at most ``limit`` bytes.

    Raises :class:`OSError` for anything else: a missing or too large file, a link, a pipe, a device, a directory.
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
            raise OSError(errno.EINVAL, "The path is not a regular file")
        content = opened.read(limit + 1)
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"The file is larger than the limit of {limit / 1_000_000:g} MB")
        return Opened(content, status, _has_access_list(descriptor))


def _has_access_list(descriptor: int) -> bool:
    if not hasattr(os, "getxattr"):
        return False
    try:
        return bool(os.getxattr(descriptor, "system.posix_acl_access"))
    except OSError:
        return False


def parse_json(text: str | bytes) -> Json:
    """Parse JSON by RFC 8259. Raises :class:`ValueError` also for NaN and for duplicate keys.

    Parsers differ on duplicate keys, so the reviewed value could differ from the used one.
    """
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"duplicate key {twice!r} in one object")
    return made


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _link(path: str | Path) -> OSError:
    return OSError(errno.ELOOP, f"The path is a symbolic link. Specify the file itself: {os.path.realpath(path)}")
