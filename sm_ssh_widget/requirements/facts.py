"""A fact that was read: :class:`Known`, :class:`Absent` or :class:`Unknown`, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Reason(str, Enum):
    """Why a fact is unknown."""

    DENIED = "denied"
    THROTTLED = "throttled"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    CLIENT_TOO_OLD = "client-too-old"
    UNPARSABLE = "unparsable"


@dataclass(frozen=True)
class Known(Generic[T_co]):
    """A fact that was read; ``read`` is the call that gave it, as an IAM action (``iam:GetRole``)."""

    value: T_co
    read: str = ""


@dataclass(frozen=True)
class Absent:
    """AWS answered, and there is no such thing."""

    read: str = ""


@dataclass(frozen=True)
class Unknown:
    """A fact that could not be read: the call, why it failed, what was said, and what would allow it."""

    reason: Reason
    read: str
    said: str
    remedy: str


Fact = Known[T_co] | Absent | Unknown
