"""What is going on while AWS is waited for: a line at a time, to whoever asked to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Tell: TypeAlias = Callable[[str], None]

_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Tell ``tell`` what goes on inside; it is called from the threads that do the work."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def notify(line: str) -> None:
    """Tell a line, where anybody listens."""
    if tell := _tell.get():
        tell(line)
