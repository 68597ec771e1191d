"""Bad inputs as data: what is given, how the world is prepared, and the three parts of the error that has to come.

The cases stand in the JSON files beside this one, grouped by what is bad. :func:`cases` loads them; :mod:`.world`
prepares a simulated account and a directory for one. A case is for every face: the command line runs its ``argv``,
another face takes the files, the environment, the state and the faults, and expects the same ``code``.

A case is an object: ``name``; ``argv``; ``exit``; ``error`` (``where``, ``said``, ``next``: texts that stand in the
parts; ``code``: the whole of it), or ``out`` (texts that stand on standard output) where the verb gives a result.
Optional: ``why``; ``scenario``; ``begin`` (``fresh``, or ``applied``: a plan was applied, its journal is kept);
``state`` (edits, see :mod:`.edits`); ``faults``; ``files`` (name → text, or ``{"from": plan|journal|bundle, "edits":
[…]}``, ``{"bytes": HEX}``, ``{"repeat": [TEXT, TIMES]}``, ``{"directory": true}``);
``env`` (name → text, or null to take it away); ``stdin``; ``limit`` (the size in bytes that no file may pass, as on a
full disk); ``changes`` (true: the account may change).

In texts stand ``{role} {user} {account} {region} {url} {dir} {account_dir} {journal}``, and the names of all
``{options}`` and of the ``{steps}`` of the classic baseline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Case", "cases"]

PLACE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One bad input; see the module for its members."""

    group: str
    name: str
    argv: tuple[str, ...]
    exit: int
    error: Mapping[str, str] = field(default_factory=dict)
    out: tuple[str, ...] = ()
    why: str = ""
    scenario: str = "fresh-studio-role"
    begin: str = "fresh"
    state: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str | None] = field(default_factory=dict)
    stdin: str = ""
    limit: int | None = None
    changes: bool = False

    @property
    def id(self) -> str:
        """Group and name."""
        return f"{self.group}: {self.name}"


def cases() -> list[Case]:
    """Every case, in the order of the files and of each file; raises :class:`ValueError` for two of one name."""
    found = [_case(path.stem, given) for path in sorted(PLACE.glob("*.json")) for given in _read(path)]
    names = [case.id for case in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two cases of one name: {sorted(name for name in names if names.count(name) > 1)}")
    return found


def _read(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8")))


def _case(group: str, given: Mapping[str, Any]) -> Case:
    lists = {name: tuple(given[name]) for name in ("argv", "out", "state", "faults") if name in given}
    return Case(group=group, **{**given, **lists})
