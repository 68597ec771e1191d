"""The whole wizard in a language that nobody speaks: no text of ours is left in English, and nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sm_ssh_widget.wizard.translation import Language
from sm_ssh_widget.wizard.view import View, to_json
from tests.language.catalog import catalog, written
from tests.language.pseudo import ENGLISH, pseudo
from tests.wizard.conftest import At, Driver, Open

_DATA = re.compile(
    r"`[^`]*`|\S*[:/_.@]\w\S*|\{\w+\}|[\w]+(?:-[\w]+)+"  # code, ARNs, paths, placeholders, Regions and ids
    r"|\b\w*[a-z][A-Z]\w*|\bSSHOwner\b"  # names of policies, of roles, of calls
)


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("language") / "pseudo.json", pseudo)


def test_the_language_is_a_third_longer_and_keeps_code() -> None:
    text = "Nothing is written until you review a plan and apply it."
    assert 1.3 <= len(pseudo(text)) / len(text) <= 1.45
    assert pseudo("`iam:GetRole` of {role}") == "`iam:GetRole` öff {role}"


def left_in_english(view: View, translate: Callable[[str], str]) -> Iterator[str]:
    """The words of a view that were shown as they are."""
    found: list[str] = []

    def told(text: str) -> str:
        said = translate(text)
        if ENGLISH.search(_DATA.sub("", said)):
            found.append(said)
        return said

    to_json(view, told)
    yield from found


def whole_story(wizard: Driver) -> None:
    """Every screen of one role, with a way aside."""
    wizard.settle().press("check").settle()
    wizard.press("sign-in-to-see").press("sign-in").settle(lambda s: s.screen.value == "health" and s.busy is None)
    wizard.press("make-plan").choose("ticks", "ssm.tier")
    wizard.press("hand-over").settle().press("back")
    wizard.press("continue").press("apply").settle()
    wizard.press("prove").settle()
    wizard.undo()


def test_no_text_of_the_whole_story_is_left_in_english(open_wizard: Open, language: Path) -> None:
    wizard, said = open_wizard(), Language.named(str(language)).translate
    left: dict[str, None] = {}
    wizard.wizard._controller.add(lambda view: left.update(dict.fromkeys(left_in_english(view, said))))
    whole_story(wizard)
    assert "\n".join(left) == ""


def test_language_changes_what_is_shown_and_nothing_else(open_wizard: Open, language: Path) -> None:
    english, other = open_wizard(), open_wizard(language=str(language))
    for wizard in (english, other):
        wizard.to_plan()
    assert other.view["heading"] == pseudo(english.view["heading"])
    assert other.view["revision"] == english.view["revision"]
    assert other.state.plan is not None
    assert other.state.plan == english.state.plan
    for wizard in (english, other):
        wizard.press("hand-over").settle()
    assert other.state.ticket == english.state.ticket
    assert isinstance(other.wizard, At)
    assert other.wizard._main.words == catalog(pseudo)["front_end"]
    assert english.wizard._main.words == {}
