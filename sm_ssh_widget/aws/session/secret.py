"""A secret in memory: it can be used and forgotten, and leaves by no other door.

Printing, formatting, pickling and JSON never give the value; a copy is the same object, so one ``forget`` is enough.
Python cannot wipe a string: what is forgotten is gone for this program, not for a debugger attached to it.
"""

from __future__ import annotations

from typing import Any, NoReturn

_MASK = "Secret(•••)"


class Secret:
    """One secret text. Two secrets are equal only when they are the same object."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value: str | None = value

    def reveal(self) -> str:
        """The value, for the one call that needs it; raises :class:`LookupError` once it is forgotten."""
        if self.__value is None:
            raise LookupError("the secret was forgotten")
        return self.__value

    def forget(self) -> None:
        """Drop the value; doing it twice is fine."""
        self.__value = None

    @property
    def is_forgotten(self) -> bool:
        """Whether the value was dropped."""
        return self.__value is None

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is not written down")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not written down")
