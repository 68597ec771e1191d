"""Two JSON documents line by line: what was added, removed and kept. Pure."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import Any, TypeAlias

from sm_ssh_widget.policy.document import PolicyError, parse

Json: TypeAlias = Any
Line: TypeAlias = tuple[str, str]


def lines(before: str | None, after: str | None) -> tuple[Line, ...]:
    """Every line of both: ``(mark, text)``. A comma that a further statement needs is no difference."""
    old, new = _pretty(before), _pretty(after)
    a, b = ([line.rstrip(",") for line in each] for each in (old, new))
    found: list[Line] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [("=", line) for line in new[j1:j2]]
        else:
            found += [("-", line) for line in old[i1:i2]]
            found += [("+", line) for line in new[j1:j2]]
    return tuple(found)


def _pretty(text: str | None) -> list[str]:
    if not text:
        return []
    try:
        return json.dumps(parse(text), indent=2, ensure_ascii=False).splitlines()
    except PolicyError:
        return text.splitlines()
