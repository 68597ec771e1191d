"""What cannot be seen is shown: control, format and other characters without a form, as ``\\uXXXX``.

Texts come from AWS and from files, and may hold anything: an escape sequence that a terminal obeys, a right-to-left
override that shows ``evil`` as something else, a zero-width space between two names that look alike. Every place that
shows a text to a person, or writes one that a person may look at, shows it by this rule: terminal, page, exports, JSON.
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
"""A character without a form of its own, new lines and tabs among them."""

_UNSEEN_ON_A_LINE = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{_FORMLESS}]")
_UNSEEN_IN_JSON = re.compile(f"[{_FORMLESS}]")


def visible(text: str) -> str:
    """The text with every character that cannot be seen as ``\\uXXXX``, save for new lines and tabs."""
    return _UNSEEN_ON_A_LINE.sub(_escaped, text)


def visible_line(text: str) -> str:
    """The same on one line: new lines and tabs are shown, too."""
    return UNSEEN.sub(_escaped, text)


def visible_json(text: str) -> str:
    """A JSON text with these characters escaped as JSON does it: the value stays the same."""
    return _UNSEEN_IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
