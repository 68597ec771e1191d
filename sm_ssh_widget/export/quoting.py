"""How any text is written so that each language reads it as that text and nothing else.

Names in a plan are AWS's, and AWS allows few characters in them; policy documents and tags may hold any. A plan may
also have been made by somebody else. So nothing is trusted to be harmless: every text that goes into an export goes
through one of these functions.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from sm_ssh_widget.visible import visible, visible_line

Json: TypeAlias = Any

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|&~$]|^[#+=-]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_ESCAPE = re.compile(r"\\.")
_NOT_IN_HCL = {"\\b": "\\u0008", "\\f": "\\u000c"}
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def one_line(text: str) -> str:
    """``text`` for a comment or a message: characters that cannot be seen are shown as ``\\uXXXX``."""
    return visible_line(text)


# Shell


def shell(text: str) -> str:
    """One word for a POSIX shell; for Bash and Zsh, with its bytes in octal, where it holds what cannot be seen."""
    if visible(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(_octal(letter) for letter in text) + "'"


def _octal(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if visible(letter) == letter:
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogatepass"))


def heredoc(text: str, name: str) -> tuple[str, str]:
    """The delimiter and the lines of a quoted here-document: the shell reads them to the letter.

    The delimiter holds a digest of the text: no text can hold a line with the digest of itself.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name}_{digest}", f"{text}\n"


# YAML


def yaml(text: str) -> str:
    """A double-quoted YAML scalar. Every JSON text is one, save for what YAML does not print."""
    return visible_line(json.dumps(text, ensure_ascii=False))


# HCL


def hcl(text: str) -> str:
    """A quoted HCL template that is that text: ``${`` and ``%{`` begin nothing."""
    quoted = _ESCAPE.sub(lambda match: _NOT_IN_HCL.get(match[0], match[0]), yaml(text))
    return quoted.replace("${", "$${").replace("%{", "%%{")


def hcl_value(value: Json, indent: str = "") -> str:
    """A JSON value as an HCL expression, laid out as ``terraform fmt`` does; ``indent`` is that of its first line."""
    inner = f"{indent}  "
    if isinstance(value, Mapping):
        pairs = [(hcl_name(str(name)), hcl_value(each, inner)) for name, each in value.items()]
        return "{\n" + "".join(f"{inner}{line}\n" for line in _aligned(pairs)) + indent + "}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        flat = f"[{', '.join(hcl_value(each) for each in value)}]"
        if "\n" not in flat and len(flat) < 80:
            return flat
        return "[\n" + "".join(f"{inner}{hcl_value(each, inner)},\n" for each in value) + indent + "]"
    return hcl(value) if isinstance(value, str) else json.dumps(value)


def _aligned(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Attributes with their ``=`` in one column, as far as each stands on one line."""
    for several, group in groupby(pairs, key=lambda pair: "\n" in pair[1]):
        found = list(group)
        width = 0 if several else max(len(name) for name, _ in found)
        yield from (f"{name.ljust(width)} = {value}" for name, value in found)


def hcl_name(name: str) -> str:
    """The name of an attribute of an HCL object."""
    return name if _BARE.fullmatch(name) else hcl(name)


# Markdown


def markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line, also in a table."""
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", one_line(text)))


def markdown_code(text: str, *, table: bool = False) -> str:
    """A code span. In a table a ``|`` would end the cell even in a span; GitHub and CommonMark read ``\\|`` there."""
    shown = one_line(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or shown != shown.strip() or not shown else ""
    span = f"{fence}{space}{shown}{space}{fence}"
    return span.replace("|", "\\|") if table else span
