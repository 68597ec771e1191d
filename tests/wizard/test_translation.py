"""The translation of texts: templates with their values, what is made of several texts, and what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.wizard.blocks import Field, ProblemPanel, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens.labels import marked, problem
from sm_ssh_widget.wizard.translation import ENGLISH, Language
from sm_ssh_widget.wizard.view import to_json
from tests.wizard.conftest import Open

GERMAN = Language(
    {
        "Missing": "Fehlt",
        "missing": "fehlend",
        "and": "und",
        "changes": "Änderungen",
        "{number} changes": "{number} Änderungen",
        "1 change": "1 Änderung",
        "{count} of {total} are not met": "von {total} sind {count} nicht erfüllt",
        "{calls} could not be read": "{calls} nicht lesbar",
        "whether {what} could not be read": "ob {what} nicht lesbar sind",
        "Sign in as {who}.": "Melden Sie sich als {who} an.",
        "Nothing is written.": "Nichts wird geschrieben.",
        "Raise it to the {{advanced tier}}?": "Auf die {{höhere Stufe}} heben?",
        "Run `{command}` first.": "Zuerst `{command}` ausführen.",
        "Allow iam:PassRole on {role}": "iam:PassRole auf {role} erlauben",
        "Not yet": "",
    },
    {},
)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Missing", "Fehlt"),
        ("5 of 7 are not met", "von 7 sind 5 nicht erfüllt"),
        ("5 changes", "5 Änderungen"),
        ("1 change", "1 Änderung"),
        ("Sign in as user/admin. Nothing is written.", "Melden Sie sich als user/admin an. Nichts wird geschrieben."),
        ("Nothing is written. Sign in as 5 changes.", "Nichts wird geschrieben. Melden Sie sich als 5 Änderungen an."),
        ("`iam:GetRole` and `iam:GetUser` could not be read", "`iam:GetRole` und `iam:GetUser` nicht lesbar"),
        ("nothing is written", "nichts wird geschrieben"),
        ("missing, Missing", "fehlend, Fehlt"),
        ("5 of 7 are not met: 5 changes.", "von 7 sind 5 nicht erfüllt: 5 Änderungen."),
        ("Raise it to the {{advanced tier}}?", "Auf die {{höhere Stufe}} heben?"),
        ("Raise it to the advanced tier?", "Auf die höhere Stufe heben?"),
        (marked("Allow iam:PassRole on Missing"), "`iam:PassRole` auf Fehlt erlauben"),
        ("Whether 5 changes could not be read.", "Ob 5 Änderungen nicht lesbar sind."),
        ("Run `show Missing changes` first.", "Zuerst `show Missing changes` ausführen."),
        (" Nothing is written.", " Nichts wird geschrieben."),
    ],
)
def test_a_text_is_translated_with_its_values(english: str, german: str) -> None:
    assert GERMAN.translate(english) == german


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:aws:iam::123456789012:role/Missing",
        "Missing-role",
        "eu-west-1",
        "Not yet",
        "A text that no catalog has.",
        "AccessDenied: User: arn:aws:iam::123456789012:user/a is not authorized to perform: iam:GetRole",
        "`Missing`",
    ],
)
def test_what_no_template_recognizes_stays(text: str) -> None:
    assert GERMAN.translate(text) == text


def test_english_is_what_the_program_says() -> None:
    assert ENGLISH.translate("5 of 7 are not met") == "5 of 7 are not met"


def test_a_value_may_be_a_template_again() -> None:
    told = GERMAN.translate("5 of 7 changes are not met")
    assert told == "von 7 Änderungen sind 5 nicht erfüllt"


def test_words_are_translated_and_ids_names_and_words_of_others_are_not() -> None:
    view = (
        Action("Missing", "Missing", icon="Missing"),
        Field("Missing", "Missing", value="Missing", options=(("Missing", "Missing"),)),
        Text("Missing", tone="bad"),
        problem("Missing", "Missing", "Missing"),
        problem("Missing", "AccessDenied: Missing", "Missing"),
    )
    action, field, text, ours, aws = to_json(view, GERMAN.translate)
    assert action == {"id": "Missing", "label": "Fehlt", "look": "second", "icon": "Missing"}
    assert (field["id"], field["label"], field["value"], field["options"]) == (
        "Missing",
        "Fehlt",
        "Missing",
        [["Missing", "Fehlt"]],
    )
    assert text == {"kind": "text", "text": "Fehlt", "tone": "bad"}
    assert (ours["where"], ours["said"], ours["next"]) == ("Fehlt", "Fehlt", "Fehlt")
    assert (aws["where"], aws["said"]) == ("Fehlt", "AccessDenied: Missing")


def test_english_view_is_the_same_with_and_without_a_translation() -> None:
    panel = ProblemPanel("Here", "That failed.", "Try again.")
    assert to_json(panel) == to_json(panel, ENGLISH.translate)


def test_a_language_is_found_by_its_tag_and_else_it_is_english(tmp_path: Path) -> None:
    (tmp_path / "de.json").write_text(json.dumps({"texts": {"Missing": "Fehlt"}, "front_end": {"Copy": "Kopieren"}}))
    assert Language.named("de", tmp_path).front_end == {"Copy": "Kopieren"}
    assert Language.named("de_AT", tmp_path).translate("Missing") == "Fehlt"
    assert Language.named("fr", tmp_path) is ENGLISH
    assert Language.named("", tmp_path) is ENGLISH
    assert Language.named("../de", tmp_path) is ENGLISH


@pytest.mark.parametrize("content", ["", "[]", '{"texts": 5}', '{"texts": {"Missing": 5}}', '{"texts": ["Missing"]}'])
def test_a_file_that_is_no_catalog_is_refused(content: str, tmp_path: Path) -> None:
    place = tmp_path / "bad.json"
    place.write_text(content)
    with pytest.raises(Problem, match="catalog of texts cannot be read"):
        Language.named(str(place))


def test_a_wizard_whose_catalog_cannot_be_read_says_so_in_english(open_wizard: Open, tmp_path: Path) -> None:
    wizard = open_wizard(language=str(tmp_path / "none.json")).settle()
    assert "The catalog of texts cannot be read" in wizard.view["status"] or "the catalog" in str(wizard.view)
    assert wizard.primary() == "Check this role"
