"""JSON Schemas (draft 2020-12) of what the program prints and saves, for programs that read it.

Each schema has a number. Within one number a release can add fields and values, and nothing else: a field that was
there stays, and keeps its type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TypeAlias

Json: TypeAlias = Any

NUMBERS: Mapping[str, int] = {
    "report": 1,
    "plan": 1,
    "journal": 1,
    "run": 1,
    "audit": 1,
    "audit-summary": 1,
    "permissions": 1,
    "error": 1,
}
"""The current number of each schema."""


def schema(name: str) -> dict[str, Json]:
    """Return the current schema of one kind of document. Raises :class:`KeyError` for a name without a schema."""
    text = files(__name__).joinpath(f"{name}-{NUMBERS[name]}.json").read_text("utf-8")
    found: dict[str, Json] = json.loads(text)
    return found
