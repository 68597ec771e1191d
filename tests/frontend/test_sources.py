"""The sources of the main view: their types are those of the view, and there are things that they never do."""

from __future__ import annotations

import sys
from dataclasses import make_dataclass
from pathlib import Path

import pytest

from sm_ssh_widget.wizard import blocks

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "sm_ssh_widget" / "wizard" / "frontend"
sys.path.insert(0, str(ROOT / "labextension"))
import view_types  # noqa: E402  # beside the build script, which is no part of a package

# Other hosts, anything that the browser keeps, markup made of text, and styles that a content policy may refuse.
NEVER = ("https://", "fetch(", "localStorage", "sessionStorage", "nnerHTML", "style=", ".style", "eval(", "http://")


def test_the_types_are_those_of_the_view() -> None:
    committed = (FRONTEND / "view.ts").read_text("utf-8")
    assert committed == view_types.typescript(), "Run: python labextension/build.py types"


def test_a_field_that_is_new_changes_the_types(monkeypatch: pytest.MonkeyPatch) -> None:
    before = view_types.typescript()
    monkeypatch.setattr(blocks, "Text", make_dataclass("Text", [("text", str), ("rows", tuple[int, ...])], frozen=True))
    added = {*view_types.typescript().splitlines()} - {*before.splitlines()}
    assert "  readonly rows?: readonly number[];" in added


def test_a_type_that_is_new_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "Text", make_dataclass("Text", [("text", bytes)]))
    with pytest.raises(KeyError, match="bytes"):
        view_types.typescript()


@pytest.mark.parametrize("word", NEVER)
def test_the_sources_never(word: str) -> None:
    sources = [path for path in FRONTEND.rglob("*.ts*") if path.parent.name != "tests"]
    assert len(sources) > 30
    assert not [path for path in sources if word in path.read_text("utf-8")]
