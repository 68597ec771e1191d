"""Buttons that have just appeared in the plain view cannot be used for a moment: a click there was for another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import ipywidgets as w

Later: TypeAlias = Callable[[float, Callable[[], None]], object]

FRESH_SECONDS = 0.6
"""How long a button that has just appeared cannot be used; the clicks of a double click are at most 0.5 s apart."""


class FreshButtons:
    """Knows by their ids which buttons have just appeared; ``later`` calls back after some seconds."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._settled: frozenset[str] | None = None
        self._pending: dict[str, object] = {}
        self._drawn: list[tuple[str, w.Button]] = []

    def show(self, ids: frozenset[str]) -> None:
        """A view with these buttons is about to be drawn. All of the first one can be used at once."""
        if self._settled is None:
            self._settled = ids
        self._settled &= ids
        self._pending = {each: turn for each, turn in self._pending.items() if each in ids}
        self._drawn = [(each, button) for each, button in self._drawn if each in ids]
        if new := ids - self._settled - self._pending.keys():
            turn = object()
            self._pending |= dict.fromkeys(new, turn)
            self._later(FRESH_SECONDS, partial(self._settle, turn))

    def is_fresh(self, name: str) -> bool:
        """Whether the button cannot be used yet."""
        return name in self._pending

    def wait(self, name: str, button: w.Button) -> None:
        """Let the button be used as soon as it is no longer fresh."""
        self._drawn.append((name, button))

    def forget(self) -> None:
        """Draw nothing from now on."""
        self._settled, self._pending, self._drawn = None, {}, []

    def _settle(self, turn: object) -> None:
        """The buttons that appeared in one view can be used, where they are still there."""
        ids = frozenset(each for each, since in self._pending.items() if since is turn)
        self._pending = {each: since for each, since in self._pending.items() if each not in ids}
        if self._settled is not None:
            self._settled |= ids
        for name, button in self._drawn:
            if name in ids and button.comm is not None:
                button.disabled = False
        self._drawn = [(name, button) for name, button in self._drawn if name not in ids]
