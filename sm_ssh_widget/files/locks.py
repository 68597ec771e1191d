"""Locks for one process at a time, which end with the process even if it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sm_ssh_widget.files.writing import OWNER_FILE

_AT_ONCE = 0.2
"""Seconds to acquire a free lock: a holder that releases it removes the file, and the attempt is repeated."""
_PAUSE = 0.02


class LockHeld(Exception):
    """Raised when another process holds the lock."""


@contextmanager
def locked(path: Path, *, wait: float = _AT_ONCE) -> Iterator[None]:
    """Hold the lock of a file. Raises :class:`LockHeld` if another process holds it for ``wait`` seconds.

    The lock file lies beside it and is removed while the lock is held: filelock accepts no lock on a removed file.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415  # reading commands lock nothing, and it imports much

    beside = path.with_name(f".{path.name}.lock")
    lock = FileLock(beside, timeout=wait, mode=OWNER_FILE, thread_local=False)
    try:
        lock.acquire(poll_interval=_PAUSE)
    except Timeout as error:
        raise LockHeld from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows cannot remove an open file
            beside.unlink()
        lock.release()
