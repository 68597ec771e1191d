"""What a catalog is made of: which literals are texts, and that none goes around the translation."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.language.extraction import FRONT_END, PACKAGE, front_end_texts, python_texts, texts_of

LABEXTENSION = PACKAGE.parent / "labextension" / "src"
# A literal between tags, or as what a person is told of an element.
_SPOKEN = re.compile(
    r"(?<=[\w\"'/}])>([^<>{}()=;]*[A-Za-z]{2}[^<>{}()=;]*)</|\b(?:aria-label|title|placeholder|what)=\""
)
_SENTENCE = re.compile(r"'([A-Z][a-z]+ [a-z][^']*)'")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("say('Role ARN')", {"Role ARN"}),
        ("f'{counts.unread} of {len(found)} could not be read'", {"{unread} of {found} could not be read"}),
        ("f'{a.name} and {b.name} differ'", {"{name} and {name2} differ"}),
        ("f'{people[0]}: {role!r} is {1 + 1} {_last(x)}'", {"{people}: {role} is {value} {x}"}),
        ("counted(number, 'change')", {"change", "1 change", "{number} changes"}),
        ("wording.counted(n, 'policy', 'policies')", {"policy", "policies", "1 policy", "{number} policies"}),
        ("def f(kind: 'Kind') -> 'Other kind':\n    '''About it.'''", set()),
        ("x = 'simulated-profile', 'a:b', 'iam_role', 'iam:GetRole', '{}', '--role', 'camelCase'", set()),
        ("x = ('Two words. '\n 'One text.')", {"Two words. One text."}),
    ],
)
def test_the_texts_of_a_source(source: str, texts: set[str]) -> None:
    assert set(texts_of(ast.parse(source))) == texts


def test_the_texts_of_the_program_are_found() -> None:
    texts = python_texts()
    assert {"Role ARN", "Check this role", "{open} of {total} {verb} not met: {told}", "1 change"} <= texts
    assert {"Copied", "Simulated account", "Step %1 of %2 · %3"} <= front_end_texts()


def test_the_empty_catalog_is_printed() -> None:
    printed = subprocess.run([sys.executable, "-m", "tests.language"], capture_output=True, text=True, check=True)
    found = json.loads(printed.stdout)
    assert set(found["texts"]) == python_texts()
    assert {*found["texts"].values(), *found["front_end"].values()} == {""}


def test_what_is_sent_to_a_front_end_is_always_translated() -> None:
    calls = [(path, node) for path in (PACKAGE / "wizard").glob("*.py") for node in _calls(path, "to_json")]
    assert len(calls) >= 3
    assert [path for path, node in calls if len(node.args) < 2] == []


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


@pytest.mark.parametrize("path", sorted(FRONT_END.rglob("*.tsx")), ids=lambda path: str(path.name))
def test_the_front_end_says_nothing_by_itself(path: Path) -> None:
    assert [found[0] for found in _SPOKEN.finditer(path.read_text("utf-8"))] == []


def test_a_literal_between_tags_is_noticed() -> None:
    assert _SPOKEN.search("<b>Simulated account</b>")
    assert _SPOKEN.search('<nav aria-label="Steps">')
    assert not _SPOKEN.search("<b>{say('Simulated account')}</b>")


@pytest.mark.parametrize("path", sorted(LABEXTENSION.glob("*.ts")), ids=lambda path: str(path.name))
def test_the_extension_of_jupyterlab_says_nothing_by_itself(path: Path) -> None:
    source = path.read_text("utf-8")
    told = re.sub(
        r"trans\s*\.__\((?:[^()']|'[^']*'|\([^()]*\))*\)|^\s*(?:description:|\*|//).*$", "", source, flags=re.MULTILINE
    )
    assert _SENTENCE.findall(told) == []
