"""The kinds of block for many roles: groups as cards, and the matrix of roles and requirements. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sm_ssh_widget.wizard.controls import Action, Tone, Words


@dataclass(frozen=True)
class Card:
    """A group: how many, of what, what it needs. ``share`` is its part of all, in percent."""

    id: str
    number: str
    title: Words
    text: Words
    share: int
    tone: Tone = ""
    on: bool = False


@dataclass(frozen=True)
class Cards:
    """Groups to choose from, by a choice of this id; ``aside`` stands at the right edge of the title."""

    kind: ClassVar[str] = "cards"
    id: str
    title: Words
    aside: Words
    items: tuple[Card, ...]


@dataclass(frozen=True)
class Chip:
    """A status to show or to hide, and how many have it."""

    id: str
    title: Words
    icon: str
    tone: Tone = ""
    on: bool = False


@dataclass(frozen=True)
class MatrixColumn:
    """A requirement: its short title, and the whole one."""

    id: str
    title: Words
    text: Words


@dataclass(frozen=True)
class MatrixMark:
    """What a cell says: icon, word, and the sentences behind it.

    ``{name}``, ``{role}`` and ``{account}`` stand for the row's own.
    """

    icon: str
    word: Words
    tone: Tone = ""
    text: Words = ""


@dataclass(frozen=True)
class MatrixRow:
    """A role: ARN, name, where it lies, who uses it, and the number of the mark of each cell.

    ``pick`` says whether it is chosen; it is empty where the role cannot be.
    """

    id: str
    title: str
    text: Words
    aside: Words
    cells: tuple[int, ...]
    opened: bool = False
    pick: Literal["", "off", "on"] = ""


@dataclass(frozen=True)
class RoleMatrix:
    """Roles and requirements. The kernel filters, and sends only the rows around the one that is in view.

    ``rows`` are those from ``first`` on, of ``total``; ``at`` is the row at the top of the list. The filter is a field
    ``find``, the chips are a choice ``statuses``, scrolling is a field ``scroll``; a row is opened by ``open`` and its
    ARN. ``corner`` heads the column of the roles, ``beside`` that of ``aside``. Roles are chosen by a choice ``picks``;
    ``clear`` chooses none.
    """

    kind: ClassVar[str] = "matrix"
    id: str
    label: Words
    value: str
    chips: tuple[Chip, ...]
    corner: Words
    beside: Words
    columns: tuple[MatrixColumn, ...]
    marks: tuple[MatrixMark, ...]
    rows: tuple[MatrixRow, ...]
    first: int
    at: int
    total: int
    text: Words
    find: str
    statuses: str
    scroll: str
    open: str
    picks: str = ""
    clear: Action | None = None
