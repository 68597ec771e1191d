"""Results that are made from texts, remembered up to a size: the same managed policy is held by many identities."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class RememberedTexts(Generic[T]):
    """Results by key, up to ``most`` characters of the texts that they were made from.

    Above it, those are dropped that were asked for longest ago. An error is not remembered. Thread-safe: two threads
    that ask at once may both make a result, and get equal ones.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size, self._lock = most, 0, Lock()
        self._found: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()

    def get(self, key: Hashable, text: str, make: Callable[[str], T]) -> T:
        """Return the result for ``key`` and ``text``, made from the text if it is not remembered."""
        whole = (key, text)
        with self._lock:
            if whole in self._found:
                self._found.move_to_end(whole)
                return self._found[whole][1]
        made = make(text)
        with self._lock:
            if whole not in self._found and len(text) <= self._most:
                self._found[whole] = (len(text), made)
                self._size += len(text)
            while self._size > self._most:
                _, (size, _) = self._found.popitem(last=False)
                self._size -= size
        return made

    def __len__(self) -> int:
        return len(self._found)
