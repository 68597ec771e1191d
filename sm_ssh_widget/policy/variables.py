"""Policy variables: ``${key}``, ``${key, 'default'}`` and the escapes ``${*}``, ``${?}``, ``${$}``.

Variables live only in documents of ``Version`` 2012-10-17; anywhere else the text is literal. A variable without a
value is null, and so is a text around it: nothing equals it. Wildcards that come out of a value or an escape are
plain characters, never wildcards.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .document import CURRENT_VERSION

Values: TypeAlias = "str | tuple[str, ...]"
Context: TypeAlias = Mapping[str, Values]
"""Condition keys in lower case → the value, or all of a key that can have several; an absent key is not in it."""

# Noncharacters of Unicode, which no policy holds, stand for a star and a question mark that are not wildcards.
LITERAL_STAR, LITERAL_QUESTION = "\ufdd0", "\ufdd1"
_MASK = str.maketrans({"*": LITERAL_STAR, "?": LITERAL_QUESTION})
_UNMASK = str.maketrans({LITERAL_STAR: "*", LITERAL_QUESTION: "?"})

_COLONS_BEFORE_RESOURCE = 5
_VARIABLE = re.compile(r"\$\{([^{},]*)(?:,\s*(?:'([^']*)'\s*|[^}]*))?\}")
_ESCAPES = {"*": LITERAL_STAR, "?": LITERAL_QUESTION, "$": "$"}


@dataclass(frozen=True, slots=True)
class Variable:
    """A condition key, and the default that stands in when the request has no value for it.

    ``key`` is in lower case, ``written`` as the policy spells it.
    """

    key: str
    default: str | None
    written: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a policy, cut at its variables."""

    parts: tuple[str | Variable, ...]

    @classmethod
    def parse(cls, text: str, version: str | None) -> Template:
        """Cut ``text``; ``version`` is the document's own. Without variables there is one part."""
        if version != CURRENT_VERSION or "${" not in text:
            return cls((text,))
        parts: list[str | Variable] = []
        end = 0
        for found in _VARIABLE.finditer(text):
            parts += [text[end : found.start()], _part(found)]
            end = found.end()
        return cls(_joined([*parts, text[end:]]))

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that the text rests on, in lower case."""
        return frozenset(self.spellings)

    @property
    def spellings(self) -> dict[str, str]:
        """Each condition key in lower case → as the policy spells it."""
        return {part.key: part.written for part in self.parts if isinstance(part, Variable)}

    @property
    def constant(self) -> str | None:
        """The text, where no variable is in it."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], str) else None

    def fill(self, context: Context) -> str | None:
        """The text with every value in its place and their wildcards masked; ``None`` when a variable has no value.

        A key that can have several values has none that could stand in a text.
        """
        pieces = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            value = context.get(part.key, part.default)
            if not isinstance(value, str):
                return None
            pieces.append(value.translate(_MASK))
        return "".join(pieces)

    def widest(self, context: Context, unknown: frozenset[str]) -> str | None:
        """Return a pattern that matches whatever the text becomes; ``None`` where no such pattern is known.

        A variable in front of the resource segment of an ARN has none, because its value may hold colons.
        """
        pieces = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            in_resource = sum(piece.count(":") for piece in pieces) >= _COLONS_BEFORE_RESOURCE
            value = Template((part,)).fill(context) if part.key not in unknown else "*" if in_resource else None
            if value is None:
                return None
            pieces.append(value)
        return "".join(pieces)


def plain(text: str) -> str:
    """The text with its masked characters as they are read."""
    return text.translate(_UNMASK)


def _part(found: re.Match[str]) -> str | Variable:
    name, default = found.group(1).strip(), found.group(2)
    if default is None and name in _ESCAPES:
        return _ESCAPES[name]
    return Variable(name.lower(), default, name)


def _joined(parts: list[str | Variable]) -> tuple[str | Variable, ...]:
    """Neighbouring texts as one, empty ones dropped."""
    joined: list[str | Variable] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)
