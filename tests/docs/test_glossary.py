"""The package's names and texts against docs/glossary.md: one noun for one thing, one class for one name."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sm_ssh_widget"
GLOSSARY = ROOT / "docs" / "glossary.md"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_a_public_class_name_stands_in_one_module() -> None:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(str(path.relative_to(PACKAGE)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


@cache
def avoided() -> Mapping[str, str]:
    """The words of the glossary's last column, by the term to use; one with a note in parentheses is for people."""
    words = {}
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[2] not in ("Not", "–") and not cells[2].startswith("---"):
            plain = re.sub(r"[^,]*\([^)]*\)", "", cells[2])
            words.update({word.strip(): cells[0] for word in plain.split(",") if word.strip()})
    return words


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every docstring, message and screen text of a module: strings with a space in them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def avoided_in(text: str) -> Counter[str]:
    """How often a text has each word that the glossary avoids, in the singular or plural."""
    either = "|".join(map(re.escape, sorted(avoided(), key=len, reverse=True)))
    return Counter(word.lower() for word in re.findall(rf"\b({either})s?\b", text, re.IGNORECASE))


def test_the_glossary_has_words_to_avoid() -> None:
    assert {"local user", "telling", "somebody", "mend"} <= avoided().keys()
    assert not [word for word in avoided() if "(" in word or ")" in word]
    assert avoided()["local user"] == "person who connects"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Name the local users.", "local user"),
        ("Whoever may pass it", "whoever"),
        ("Mend the file", "mend"),
    ],
)
def test_an_avoided_word_is_found(text: str, word: str) -> None:
    assert avoided_in(text) == Counter([word])


def test_a_word_inside_another_is_not_found() -> None:
    assert not avoided_in("Recommend the interface; the surface is amended.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_texts_use_the_words_of_the_glossary(path: Path) -> None:
    wrong = [(line, dict(found)) for line, text in texts(path) if (found := avoided_in(text))]
    assert not wrong, f"{path.relative_to(ROOT)}: {wrong}; see docs/glossary.md"
