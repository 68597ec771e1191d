"""One worker at a time: locks that end with the process, however the process ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sm_ssh_widget.files.writing import OWNER_FILE

_AT_ONCE = 0.2
"""Seconds in which a lock is got that nobody holds: who lets go removes the file, and then it is tried again."""
_PAUSE = 0.02


class Held(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, *, wait: float = _AT_ONCE) -> Iterator[None]:
    """Hold the lock of a file; raises :class:`Held` if another one has it for ``wait`` seconds, and :class:`OSError`.

    Its own file lies beside, and is removed while it is held: a lock on a file that is gone is not taken.
    """
    beside = path.with_name(f".{path.name}.lock")
    lock = FileLock(beside, timeout=wait, mode=OWNER_FILE, thread_local=False)
    try:
        lock.acquire(poll_interval=_PAUSE)
    except Timeout as error:
        raise Held from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            beside.unlink()
        lock.release()
