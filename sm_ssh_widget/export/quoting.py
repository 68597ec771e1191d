"""Quoting: write any text so that a language reads exactly that text.

AWS limits the characters of names, but policy documents and tags can contain any, and a plan is untrusted input. Every
text in an export therefore goes through one of these functions.
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
    """Return ``text`` for a comment or message, with invisible characters as ``\\uXXXX``."""
    return visible_line(text)


# Shell


def shell(text: str) -> str:
    """Return one word for a POSIX shell; with invisible characters, in octal bytes for Bash and Zsh."""
    if visible(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(_octal(letter) for letter in text) + "'"


_UNREPRESENTABLE = {"\0", *map(chr, range(0xD800, 0xE000))}
"""Characters that no file and no shell can hold. They stay, so that rendering the file refuses them."""


def _octal(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if visible(letter) == letter or letter in _UNREPRESENTABLE:
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode())


def heredoc(text: str, name: str) -> tuple[str, str]:
    """Return the delimiter and the lines of a quoted here-document, which the shell reads unchanged.

    The delimiter contains a digest of the text: no text can contain a line with its own digest.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name}_{digest}", f"{text}\n"


# YAML


def yaml(text: str) -> str:
    """Return a double-quoted YAML scalar: a JSON string with escapes for what YAML does not print."""
    return visible_line(json.dumps(text, ensure_ascii=False))


# HCL


def hcl(text: str) -> str:
    """Return a quoted HCL template in which ``${`` and ``%{`` are literal."""
    quoted = _ESCAPE.sub(lambda match: _NOT_IN_HCL.get(match[0], match[0]), yaml(text))
    return quoted.replace("${", "$${").replace("%{", "%%{")


def hcl_value(value: Json, indent: str = "") -> str:
    """Return a JSON value as an HCL expression in the layout of ``terraform fmt``; ``indent`` is of its first line."""
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
    """Attributes with their ``=`` in one column, if each is on one line."""
    for several, group in groupby(pairs, key=lambda pair: "\n" in pair[1]):
        found = list(group)
        width = 0 if several else max(len(name) for name, _ in found)
        yield from (f"{name.ljust(width)} = {value}" for name, value in found)


def hcl_name(name: str) -> str:
    """Return the name of an attribute of an HCL object."""
    return name if _BARE.fullmatch(name) else hcl(name)


# Markdown


def markdown(text: str) -> str:
    """Return text that Markdown shows unchanged, on one line, also in a table."""
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", one_line(text)))


def markdown_code(text: str, *, table: bool = False) -> str:
    """Return a code span. In a table ``|`` ends the cell even in a span; GitHub and CommonMark read ``\\|`` there."""
    shown = one_line(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or shown != shown.strip() or not shown else ""
    span = f"{fence}{space}{shown}{space}{fence}"
    return span.replace("|", "\\|") if table else span
