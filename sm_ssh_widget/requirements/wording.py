"""Wording that every room shares: counted nouns, durations, and a policy statement as the cells of a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.policy.document import Statement, as_list

Json: TypeAlias = Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 change``, ``2 changes``; ``plural`` where it does not end in ``s`` only."""
    return f"{number} {agreeing(number, noun, plural or f'{noun}s')}"


def agreeing(number: int, singular: str, plural: str) -> str:
    """The form of a word that agrees with a number: ``is`` for 1, ``are`` for 0 and 2."""
    return singular if number == 1 else plural


_AUTHORIZATION = re.compile(r"authorization id: ([0-9a-z]{1,256})", re.IGNORECASE)


def authorization_id(said: str) -> str:
    """The authorization ID in a denial of AWS, under which AWS explains it; empty where there is none."""
    found = _AUTHORIZATION.search(" ".join(said.split()))
    return found[1] if found else ""


def duration(seconds: float) -> str:
    """``42 s`` below two minutes, above in whole minutes: ``30 minutes``."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


@dataclass(frozen=True)
class Entry:
    """One value of an element, and the name that it stands under: ``Service`` of a principal, else empty."""

    value: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.value}".lstrip()


@dataclass(frozen=True)
class Cell:
    """The values of one element. ``inverted``: all except these (``NotAction``, ``NotResource``, ``NotPrincipal``)."""

    entries: tuple[Entry, ...] = ()
    inverted: bool = False

    def __str__(self) -> str:
        """The values as one line: ``all except Service a, b and AWS c``."""
        names = dict.fromkeys(entry.name for entry in self.entries)
        groups = (
            f"{name} {', '.join(entry.value for entry in self.entries if entry.name == name)}".lstrip()
            for name in names
        )
        return f"{'all except ' if self.inverted else ''}{' and '.join(groups)}"


@dataclass(frozen=True)
class StatementCells:
    """A policy statement by element, each empty where the statement has none.

    An entry of ``condition`` stands under its operator and key: ``StringEquals aws:SourceAccount``.
    """

    effect: str
    action: Cell
    principal: Cell
    resource: Cell
    condition: Cell

    @classmethod
    def of(cls, statement: Statement) -> StatementCells:
        """The cells of a statement, whatever its elements hold."""
        return cls(
            effect=str(statement.get("Effect", "")),
            action=_cell(statement, "Action"),
            principal=_cell(statement, "Principal"),
            resource=_cell(statement, "Resource"),
            condition=Cell(tuple(_entries(statement.get("Condition", ())))),
        )

    def __str__(self) -> str:
        """The statement in one line: ``Allow sts:AssumeRole by Service ssm.amazonaws.com on … if …``."""
        parts = [self.effect, str(self.action)]
        for word, cell in (("by", self.principal), ("on", self.resource), ("if", self.condition)):
            parts += [f"{word} {cell}"] if cell.entries or cell.inverted else []
        return " ".join(part for part in parts if part)


def _cell(statement: Statement, name: str) -> Cell:
    inverted = f"Not{name}" in statement
    return Cell(tuple(_entries(statement.get(f"Not{name}" if inverted else name, ()))), inverted)


def _entries(value: Json, name: str = "") -> Iterator[Entry]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entries(inner, f"{name} {key}".lstrip())
    else:
        yield from (Entry(str(each), name) for each in as_list(value))
