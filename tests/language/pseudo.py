"""A language that nobody speaks, for tests: every word of English with accents, and a third longer.

What a person can still read without an accent was never translated. `code`, ``{values}`` and names stay.
"""

from __future__ import annotations

import re

_ACCENTS = str.maketrans("aeiouyAEIOUYcnszCNSZ", "äéïöüÿÄÉÏÖÜŸçñšžÇÑŠŽ")
_KEPT = re.compile(r"(`[^`]*`|\{\w*\}|https?://\S+|[a-z0-9-]+:[A-Z]\w+|\w*[a-z][A-Z]\w*)")
_WORD = re.compile(r"[^\W\d_]+")
ENGLISH = re.compile(r"(?<![\w`])[A-Za-z]*[aeiouy][A-Za-z]*")


def pseudo(text: str) -> str:
    """The text in the language."""
    return "".join(part if _KEPT.fullmatch(part) else _WORD.sub(_longer, part) for part in _KEPT.split(text))


def _longer(word: re.Match[str]) -> str:
    said = word[0].translate(_ACCENTS)
    return said + said[-1] * -(-len(said) // 3) if len(said) > 1 else said
