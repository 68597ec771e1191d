"""Table of texts: a finding that many roles share is stored once, with placeholders for the role's own names."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.finding import Finding

Json: TypeAlias = Any

CAVEAT = "caveat"
FIELDS = ("status", "fact", "consequence", "remedy", "reason")

_BRACES = re.compile(r"\{\{|\}\}|\{(role|name|account|region)\}")
# Characters that stand for the names while others are replaced; a text that has one of them stays as it is
_SIGNS = {"role": "\ue000", "name": "\ue001", "account": "\ue002", "region": "\ue003"}
_RESERVED = re.compile(f"[{''.join(_SIGNS.values())}]")
_PLACEHOLDERS = {ord(sign): f"{{{name}}}" for name, sign in _SIGNS.items()}
_BEFORE, _AFTER = r"(?<![\w+=,.@-])", r"(?![\w+=@-]|[,.]\w)"


@dataclass(frozen=True)
class OwnNames:
    """The names of one row that its texts contain: the role's ARN and name, the account, the Region."""

    role: str
    name: str
    account: str
    region: str

    def abstract(self, text: str) -> str:
        """Replace the names by placeholders; other braces are doubled."""
        escaped = text.replace("{", "{{").replace("}", "}}")
        if self.name not in text and self.region not in text and self.account not in text:
            return escaped  # the ARN of the role contains its name
        if _RESERVED.search(escaped):
            return escaped
        marked = escaped.replace(self.role, _SIGNS["role"])
        if self.name in marked:
            marked = re.sub(f"{_BEFORE}{re.escape(self.name)}{_AFTER}", _SIGNS["name"], marked)
        marked = marked.replace(self.region, _SIGNS["region"]).replace(self.account, _SIGNS["account"])
        return marked.translate(_PLACEHOLDERS)

    def fill(self, text: str) -> str:
        """Reverse :meth:`abstract`, for this row or another one."""

        def value(found: re.Match[str]) -> str:
            return str(getattr(self, found[1])) if found[1] else found[0][0]

        return _BRACES.sub(value, text)


@dataclass
class TextTable:
    """Texts by number. ``fresh`` yields those that were added since it was asked last, as lines of an audit file.

    Several threads may add texts; one at a time asks for the fresh ones.
    """

    texts: list[Mapping[str, str]] = field(default_factory=list)
    _numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    _written: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def of(cls, texts: list[Mapping[str, str]]) -> TextTable:
        """Build a table of texts that were written already, in the order of their numbers."""
        numbers = {tuple(text[name] for name in FIELDS): number for number, text in enumerate(texts)}
        return cls(texts, numbers, len(texts))

    def add(self, finding: Finding, own: OwnNames) -> int:
        """Return the number of a finding's text."""
        parts = (finding.fact, finding.consequence, finding.remedy, finding.reason)
        return self._number((finding.status.value, *map(own.abstract, parts)))

    def add_caveat(self, caveat: str, own: OwnNames) -> int:
        """Return the number of a caveat's text."""
        return self._number((CAVEAT, own.abstract(caveat), "", "", ""))

    def _number(self, key: tuple[str, ...]) -> int:
        with self._lock:
            found = self._numbers.get(key)
            if found is None:
                found = self._numbers[key] = len(self.texts)
                self.texts.append(dict(zip(FIELDS, key, strict=True)))
            return found

    def fresh(self) -> Iterator[Mapping[str, Json]]:
        """Yield the lines of the texts that no line was yielded for yet."""
        while self._written < len(self.texts):
            number = self._written
            self._written += 1
            yield {"kind": "text", "id": number, **self.texts[number]}
