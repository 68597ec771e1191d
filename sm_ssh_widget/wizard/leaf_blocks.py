"""The kinds of block that hold no others: tables, statements, totals, the picture, code, differences. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sm_ssh_widget.wizard.controls import Action, Tone, Words


@dataclass(frozen=True)
class TableRow:
    """A row of a table. ``sign`` is ``+`` added, ``-`` removed, ``~`` changed, ``=`` kept, or empty."""

    sign: Literal["", "+", "-", "~", "="]
    cells: tuple[Words, ...]


@dataclass(frozen=True)
class Table:
    """Statements or settings, one a row."""

    kind: ClassVar[str] = "table"
    caption: Words
    columns: tuple[Words, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of a policy in words: who may do what on what, and below it only if what.

    ``level`` is its access level, ``warning`` whether that level is one to look at, ``flags`` why a broad part of it is
    needed, ``calls`` the actions where they are too many for the line.
    """

    sign: Literal["", "+", "-", "="]
    text: Words
    conditions: tuple[Words, ...] = ()
    level: Words = ""
    warning: bool = False
    flags: tuple[Words, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statements:
    """The statements of a document or of a managed policy."""

    kind: ClassVar[str] = "statements"
    label: Words
    items: tuple[Statement, ...]


@dataclass(frozen=True)
class Count:
    """A number and its noun, or an icon and its word."""

    text: Words
    number: str = ""
    icon: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Calls:
    """AWS calls, each with a mark that says whether it can be made."""

    kind: ClassVar[str] = "calls"
    label: Words
    items: tuple[Count, ...]


@dataclass(frozen=True)
class SignedLine:
    """A change in one line, without its details."""

    sign: Literal["+", "-", "~"]
    title: Words
    aside: Words = ""


@dataclass(frozen=True)
class Lines:
    """Changes in one line each."""

    kind: ClassVar[str] = "lines"
    label: Words
    items: tuple[SignedLine, ...]


@dataclass(frozen=True)
class Links:
    """Links and small buttons in one line."""

    kind: ClassVar[str] = "links"
    items: tuple[Action, ...]


@dataclass(frozen=True)
class PictureNode:
    """Who stands in the picture."""

    icon: str
    title: Words
    text: Words


@dataclass(frozen=True)
class PictureEdge:
    """What lies between two neighbors, or, as a facet, what belongs to the node ``at``.

    ``state``: ``ok``, ``new`` (a plan adds it), ``missing``, ``blocked``, ``unknown``. ``row`` is the id of the row
    that tells more, ``aloud`` the whole sentence; ``forward`` says that the arrow points to the right.
    """

    label: Words
    aloud: Words
    state: Literal["ok", "new", "missing", "blocked", "unknown"]
    row: str = ""
    forward: bool = False
    at: int = 0


@dataclass(frozen=True)
class Picture:
    """Who trusts whom: nodes in a line, an edge between each two, and facets below the nodes."""

    kind: ClassVar[str] = "picture"
    label: Words
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    facets: tuple[PictureEdge, ...]


@dataclass(frozen=True)
class Figure:
    """One total: what it is of, its value in large, and a line that explains it."""

    label: Words
    value: Words
    text: Words
    icon: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Figures:
    """The totals of a plan; ``picture`` stands beside them where there is room."""

    kind: ClassVar[str] = "figures"
    items: tuple[Figure, ...]
    picture: Picture | None = None


@dataclass(frozen=True)
class CodeListing:
    """Text to copy as it is; ``file`` is the name that it can be downloaded by."""

    kind: ClassVar[str] = "code"
    label: Words
    text: str
    file: str = ""


@dataclass(frozen=True)
class Diff:
    """JSON before and after, line by line: ``(mark, text)``, mark ``+``, ``-`` or ``=`` (kept).

    Nothing is left out; a front end may fold what is kept. ``new`` says that there was no document before.
    """

    kind: ClassVar[str] = "diff"
    id: str
    label: Words
    lines: tuple[tuple[str, str], ...]
    new: bool = False
