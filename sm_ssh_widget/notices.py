"""Notices about waits for AWS, one line at a time, sent to registered listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Tell: TypeAlias = Callable[[str], None]

_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Send the notices of the block to ``tell``, which is called from the working threads."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def notify(line: str) -> None:
    """Send a notice to the listeners, if any."""
    if tell := _tell.get():
        tell(line)
