"""Display of invisible characters (control, format and other characters without a glyph) as ``\\uXXXX``.

Texts from AWS and from files can contain anything: a terminal escape sequence, a right-to-left override that displays
``evil`` as something else, a zero-width space that makes two names look alike. Every output for a person follows this
rule: terminal, page, exports, JSON.
Sources: Unicode categories Cc, Cf, Cs, Zl and Zp, and the property Default_Ignorable_Code_Point.
"""

from __future__ import annotations

import json
import re

_FORMLESS = (
    "\\x7f-\\x9f\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u115f\\u1160\\u17b4\\u17b5"
    "\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0"
    "\\ufff0-\\ufffb\\U000110bd\\U000110cd\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U000e0fff"
)
UNSEEN = re.compile(f"[\\x00-\\x1f{_FORMLESS}]")
"""A character without a glyph, including line breaks and tabs."""

_UNSEEN_ON_A_LINE = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{_FORMLESS}]")
_UNSEEN_IN_JSON = re.compile(f"[{_FORMLESS}]")


def visible(text: str) -> str:
    """Escape every invisible character as ``\\uXXXX``, except line breaks and tabs."""
    if text.isascii() and text.isprintable():  # a screen has thousands of texts, and most are
        return text
    return _UNSEEN_ON_A_LINE.sub(_escaped, text)


def visible_line(text: str) -> str:
    """Escape every invisible character, including line breaks and tabs."""
    return UNSEEN.sub(_escaped, text)


def visible_json(text: str) -> str:
    """Escape invisible characters in a JSON text with JSON's escapes; the value stays the same."""
    if text.isascii() and "\x7f" not in text:  # most are, and a journal is written after every step
        return text
    return _UNSEEN_IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
