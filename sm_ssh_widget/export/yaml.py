"""JSON values as YAML for people to read: comments, code as it is, every text in quotes.

Every scalar is a double-quoted text, a number or a word of JSON, so no reader of YAML can take a text for something
else. Names of members stay bare where nothing can be misread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.export.quoting import one_line, yaml

Json: TypeAlias = Any

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:::?[A-Za-z0-9]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True)
class Commented:
    """A value with comment lines above it."""

    lines: Sequence[str]
    value: Json


@dataclass(frozen=True)
class Block:
    """A text of several lines, written as a literal block; every line ends in a line feed and holds printable ASCII."""

    text: str


def dump(value: Json) -> str:
    """A mapping as a YAML document."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def _mapping(value: Mapping[str, Json], indent: str) -> Iterator[str]:
    for name, each in value.items():
        if isinstance(each, Commented):
            yield ""
            yield from (f"{indent}# {one_line(line)}" for line in each.lines)
        inner = each.value if isinstance(each, Commented) else each
        yield from _member(f"{indent}{_name(name)}:", inner, indent)


def _member(head: str, value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, Block):
        yield f"{head} |"
        yield from (f"{indent}  {line}".rstrip() for line in value.text.splitlines())
    elif isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list) and value:
        yield head
        for item in value:
            yield from _item(item, f"{indent}  ")
    else:
        yield f"{head} {_scalar(value)}"


def _item(value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, (Mapping, list)) and value:
        lines = _mapping(value, f"{indent}  ") if isinstance(value, Mapping) else _items(value, f"{indent}  ")
        first, *rest = lines
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield f"{indent}- {_scalar(value)}"


def _items(value: Sequence[Json], indent: str) -> Iterator[str]:
    for item in value:
        yield from _item(item, indent)


def _scalar(value: Json) -> str:
    return yaml(value) if isinstance(value, str) else json.dumps(value)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) and name.lower() not in _WORDS else yaml(name)
