"""The changelog as data (Keep a Changelog), and what stands in the way of a release.

Usage: python -m tests.release.changelog TAG (for example v0.2.0; exit code 1 if something stands in the way)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from sm_ssh_widget.version import VERSION
from tests.release.materials import ROOT

CHANGELOG = ROOT / "CHANGELOG.md"
UNRELEASED = "Unreleased"
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_HEADING = re.compile(r"^## (?:(Unreleased)|(\d+\.\d+\.\d+\S*) - (\d{4}-\d{2}-\d{2}))$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One version of the changelog: its name, its date (empty if unreleased), and its text below the heading."""

    version: str
    date: str
    text: str

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of its sections."""
        return tuple(re.findall(r"^### (.*)$", self.text, re.MULTILINE))


def entries(text: str) -> tuple[Entry, ...]:
    """Return the versions of a changelog, newest first. Raises :class:`ValueError` for another second-level heading."""
    found = list(_HEADING.finditer(text))
    if len(found) != len(re.findall(r"^## ", text, re.MULTILINE)):
        raise ValueError("a heading is neither Unreleased nor VERSION - YYYY-MM-DD")
    ends = [*(each.start() for each in found[1:]), len(text)]
    return tuple(
        Entry(each[1] or each[2], each[3] or "", text[each.end() : end].strip())
        for each, end in zip(found, ends, strict=True)
    )


def obstacles(tag: str, text: str, version: str = VERSION) -> Iterator[str]:
    """Yield what stands in the way of releasing ``tag`` with this changelog."""
    if tag != f"v{version}":
        yield f"The tag is {tag}, but the version in sm_ssh_widget/version.py is {version}."
    by_name = {entry.version: entry for entry in entries(text)}
    if version not in by_name or not by_name[version].text:
        yield f"CHANGELOG.md has no entry for {version}."
    if UNRELEASED in by_name and by_name[UNRELEASED].text:
        yield f"CHANGELOG.md still has entries under {UNRELEASED}."


def main(tag: str) -> int:
    """Print what stands in the way; the exit code."""
    found = list(obstacles(tag, CHANGELOG.read_text("utf-8")))
    print("\n".join(found) or f"{tag} can be released.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
