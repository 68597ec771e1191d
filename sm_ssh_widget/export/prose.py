"""Prose as data: headings, paragraphs, tables, lists and code, rendered in Markdown or as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sm_ssh_widget.export.quoting import markdown, markdown_code, one_line

WIDTH = 100


@dataclass(frozen=True)
class ProseCode:
    """A name, an ARN or a command, shown unchanged."""

    text: str


Words: TypeAlias = "str | ProseCode | Sequence[str | ProseCode]"


@dataclass(frozen=True)
class Heading:
    """A heading; ``level`` 1 is the title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Words in one paragraph."""

    words: Words


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Words]


@dataclass(frozen=True)
class ProseTable:
    """A table with a head; each row has as many cells as the head."""

    head: Sequence[str]
    rows: Sequence[Sequence[Words]]


@dataclass(frozen=True)
class ProseFacts:
    """Names and values: a table of two columns without a head."""

    rows: Sequence[tuple[str, Words]]


@dataclass(frozen=True)
class Listing:
    """Lines to copy: a command, a document. ``language`` is for highlighting."""

    text: str
    language: str = ""


def code_list(names: Iterable[str]) -> list[str | ProseCode]:
    """Return names with commas between them."""
    parts: list[str | ProseCode] = []
    for name in names:
        parts += [", ", ProseCode(name)] if parts else [ProseCode(name)]
    return parts


Piece: TypeAlias = "Heading | Paragraph | Items | ProseTable | ProseFacts | Listing"


# Markdown


def as_markdown(pieces: Iterable[Piece]) -> str:
    """Render pieces as GitHub's Markdown."""
    return "\n".join(map(_markdown, pieces))


def _markdown(piece: Piece) -> str:
    if isinstance(piece, Heading):
        return f"{'#' * piece.level} {markdown(piece.text)}\n"
    if isinstance(piece, Paragraph):
        return f"{_inline(piece.words)}\n"
    if isinstance(piece, Items):
        return "".join(f"- {_inline(words)}\n" for words in piece.items)
    if isinstance(piece, Listing):
        return _fenced(piece)
    if isinstance(piece, ProseFacts):
        return _markdown(ProseTable(("", ""), piece.rows))
    rows = [[_inline(cell, table=True) for cell in row] for row in piece.rows]
    lines = [list(map(markdown, piece.head)), ["---"] * len(piece.head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _inline(words: Words, *, table: bool = False) -> str:
    parts = [words] if isinstance(words, (str, ProseCode)) else words
    return "".join(markdown_code(p.text, table=table) if isinstance(p, ProseCode) else markdown(p) for p in parts)


def _fenced(piece: Listing) -> str:
    fence = "```"
    while fence in piece.text:
        fence += "`"
    return f"{fence}{piece.language}\n{piece.text.rstrip()}\n{fence}\n"


# Plain text


def as_text(pieces: Iterable[Piece]) -> str:
    """Render pieces as plain text, for a ticket system without Markdown."""
    return "\n".join(map(_text, pieces))


def _text(piece: Piece) -> str:
    if isinstance(piece, Heading):
        title = one_line(piece.text)
        return f"{title}\n{('=' if piece.level == 1 else '-') * len(title)}\n"
    if isinstance(piece, Paragraph):
        return _filled(_plain(piece.words))
    if isinstance(piece, Items):
        return "".join(_filled(_plain(words), "- ", "  ") for words in piece.items)
    if isinstance(piece, Listing):
        return textwrap.indent(f"{piece.text.rstrip()}\n", "    ")
    if isinstance(piece, ProseFacts):
        names, values = zip(*piece.rows, strict=True)
        return _record(names, values)
    return "\n".join(_record(piece.head, row) for row in piece.rows)


def _record(head: Sequence[str], row: Sequence[Words]) -> str:
    """A row as lines of name and value: a table of ARNs is too wide for text."""
    width = max(map(len, head)) + 2
    filled = [(name, _plain(cell)) for name, cell in zip(head, row, strict=True)]
    return "".join(_filled(text, f"{name}:".ljust(width), " " * width) for name, text in filled if text)


def _plain(words: Words) -> str:
    parts = [words] if isinstance(words, (str, ProseCode)) else words
    return one_line("".join(part.text if isinstance(part, ProseCode) else part for part in parts))


def _filled(text: str, first: str = "", rest: str = "") -> str:
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return "".join(f"{line}\n" for line in lines or [first.rstrip()])
