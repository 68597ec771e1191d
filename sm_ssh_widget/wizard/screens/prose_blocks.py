"""A text for people, as the exports compose it, drawn with the blocks of the wizard. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sm_ssh_widget.export.prose import (
    Heading,
    Items,
    Listing,
    Paragraph,
    Piece,
    ProseCode,
    ProseFacts,
    ProseTable,
    Words,
)
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Part, Text
from sm_ssh_widget.wizard.leaf_blocks import CodeListing, Table, TableRow
from sm_ssh_widget.wizard.screens.labels import plain


def blocks_of(pieces: Iterable[Piece]) -> tuple[Block, ...]:
    """The pieces in their order, what follows a heading below it."""
    parts: list[tuple[str, list[Block]]] = [("", [])]
    for piece in pieces:
        if isinstance(piece, Heading):
            parts.append((plain(piece.text), []))
        else:
            parts[-1][1].extend(_blocks(piece, parts[-1][0]))
    loose = parts[0][1]
    return (*loose, *(Part(f"prose:{n}", title, tuple(found)) for n, (title, found) in enumerate(parts[1:])))


def _blocks(piece: Piece, title: str) -> tuple[Block, ...]:
    match piece:
        case Paragraph(words):
            return (Text(_words(words)),)
        case Items(items):
            return tuple(Text(f"• {_words(each)}") for each in items)
        case ProseTable(head, rows):
            told = tuple(TableRow("", tuple(_words(cell) for cell in row)) for row in rows)
            return (Table(title or "Table", tuple(head), told),)
        case ProseFacts(rows):
            return (Facts(tuple(Fact(label, _words(words)) for label, words in rows), small=True),)
        case Listing(text, _):
            return (CodeListing(f"{title}: to copy" if title else "To copy", text),)
        case _:
            return ()


def _words(words: Words) -> str:
    if isinstance(words, ProseCode):
        return f"`{plain(words.text)}`"
    if isinstance(words, str):
        return plain(words)
    return "".join(map(_words, words))
