"""A secret in memory: it can be revealed and forgotten, and cannot leave in any other way.

Printing, formatting, pickling and JSON never reveal the value. A copy is the same object, so one ``forget`` is enough.
Python cannot wipe a string: a forgotten secret is gone for this program, but not for a debugger attached to it.
"""

from __future__ import annotations

from typing import Any, NoReturn

_MASK = "Secret(•••)"


class Secret:
    """One secret string. Two secrets are equal only if they are the same object."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value: str | None = value

    def reveal(self) -> str:
        """Return the value for the call that needs it. Raises :class:`LookupError` once it is forgotten."""
        if self.__value is None:
            raise LookupError("The secret was removed from memory.")
        return self.__value

    def forget(self) -> None:
        """Drop the value. Idempotent."""
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
        raise TypeError("Secrets cannot be saved or pickled.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Secrets cannot be saved or pickled.")
