"""One rule for what cannot be seen, and that every way out follows it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
from datetime import datetime, timezone

import pytest
from rich.console import Group
from rich.table import Table
from rich.text import Text

from sm_ssh_widget.aws.signin import Prompt
from sm_ssh_widget.aws.signin.device_code import tell
from sm_ssh_widget.cli import device_prompt, prompts
from sm_ssh_widget.cli.output import Output, grid, line, words
from sm_ssh_widget.export.quoting import one_line, shell
from sm_ssh_widget.files.writing import as_text
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible, visible_json, visible_line
from sm_ssh_widget.wizard import blocks, view

NASTY = "\x1b]0;title\x07\x9b2J\x85\u202egpj.exe\u2066x\u2069\u200bz\u00ad\ufeff\U000e0041\u2028"
CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
IGNORABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u3164\ufe0f\uffa0\U000e0100"


def unseen() -> list[str]:
    """Every character of Unicode, as this Python knows it, that has no form of its own."""
    found = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in CATEGORIES]
    return [*found, *IGNORABLE]


def is_clean(text: str) -> bool:
    return not any(letter in text for letter in NASTY if visible(letter) != letter)


def test_every_character_without_a_form_is_shown() -> None:
    left = [f"{ord(letter):x}" for letter in unseen() if visible_line(letter) == letter]
    assert left == []
    assert [letter for letter in unseen() if visible(letter) == letter] == ["\t", "\n"]


def test_what_can_be_seen_stays() -> None:
    for text in ("plain", "Zürich 東京 שלום", "a\\u202e", "✔ … – €", "\u0301e\u0301", "👍", " \u00a0"):
        assert visible(text) == text
        assert visible_line(text) == text
        assert visible_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)


def test_the_codes_are_those_of_python() -> None:
    assert visible("a\u202eb") == "a\\u202eb"
    assert visible_line("\x1b\n\U000e0041") == "\\u001b\\u000a\\U000e0041"
    assert visible("a\n\tb\r") == "a\n\tb\\u000d"


def test_json_keeps_its_value() -> None:
    value = {"text": "".join(unseen()), NASTY: [NASTY]}
    text = visible_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == json.loads(json.dumps(value))
    assert is_clean(text)
    assert "\\u0085" in text


class TestTerminal:
    def test_no_part_of_a_screen_passes_it(self) -> None:
        """Also text that was not made by ``words``."""
        out = io.StringIO()
        table = Table(title=NASTY)
        table.add_column(NASTY)
        table.add_row(Text(NASTY), NASTY)
        screen = Output(out=out, err=out)
        screen.show(words(NASTY), line(NASTY), grid((words(NASTY), Text(NASTY))), Group(Text(NASTY), table))
        screen.tell_problem(Problem(NASTY, NASTY, NASTY, Code.INVALID))
        assert is_clean(out.getvalue())
        assert out.getvalue().count("\\u202e") >= 9

    def test_json_is_escaped(self) -> None:
        out = io.StringIO()
        Output(as_json=True, out=out).result({"said": NASTY})
        assert is_clean(out.getvalue())
        assert json.loads(out.getvalue()) == {"said": NASTY}

    def test_a_question(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
        assert not prompts.confirmed(f"Undo as {NASTY}?")
        assert is_clean(capsys.readouterr().err)

    def test_the_device_code_and_its_link(self, capsys: pytest.CaptureFixture[str]) -> None:
        until = datetime(2026, 11, 29, tzinfo=timezone.utc)
        prompt = Prompt(f"ABCD{NASTY}", f"https://device/{NASTY}", "https://device", until, NASTY)
        out = io.StringIO()
        device_prompt.Browser(Output(err=out)).show(prompt)
        tell(prompt)
        for text in (out.getvalue(), capsys.readouterr().err):
            assert is_clean(text)
            assert "\\u202e" in text


def test_the_page() -> None:
    told = view.to_json(blocks.Note(text=NASTY, lead=NASTY))
    assert is_clean(json.dumps(told, ensure_ascii=False))
    assert "\\u202e" in told["text"]


class TestFilesAndExports:
    def test_a_plan_or_journal_file(self) -> None:
        text = as_text({"said": NASTY}).decode()
        assert is_clean(text)
        assert json.loads(text) == {"said": NASTY}
        with pytest.raises(UnicodeEncodeError):
            as_text({"said": "\ud800"})

    def test_a_comment(self) -> None:
        assert is_clean(one_line(NASTY))

    @pytest.mark.parametrize("text", [NASTY, "it's \u202e", "back\\slash \x85", "$(x) `y` ${z}\u200b\nnext\tline"])
    def test_a_word_of_a_shell_is_that_word_and_can_be_seen(self, text: str) -> None:
        word = shell(text)
        assert is_clean(word)
        ran = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
        assert ran.stdout.decode() == text
