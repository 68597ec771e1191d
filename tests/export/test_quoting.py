"""Any text, written so that the language reads exactly that text."""

from __future__ import annotations

import json
import shlex

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.export.quoting import (
    hcl,
    hcl_name,
    hcl_value,
    heredoc,
    markdown,
    markdown_code,
    one_line,
    shell,
    yaml,
)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_shell_reads_the_word_as_it_was(text: str) -> None:
    assert shlex.split(shell(text)) == [text]


def test_what_is_invisible_stands_in_octal_bytes_for_a_shell() -> None:
    assert shell("a\x07b'\\") == "$'a\\007b\\'\\\\'"
    assert shell("\u200b") == "$'\\342\\200\\213'"


def test_what_no_shell_can_hold_stays_so_that_the_file_is_refused() -> None:
    assert shell("\0") == "$'\0'"
    assert "\ud800" in shell("\ud800")


def test_the_end_of_a_here_document_is_in_no_line_of_it() -> None:
    end, lines = heredoc("DOCUMENT\n", "DOCUMENT")
    assert lines == "DOCUMENT\n\n"
    assert end.startswith("DOCUMENT_")
    assert len(end) == len("DOCUMENT_") + 12
    assert end not in lines.splitlines()
    assert heredoc("other", "DOCUMENT")[0] != end


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_yaml_reads_the_scalar_as_json_does(text: str) -> None:
    assert json.loads(yaml(text)) == text


@pytest.mark.parametrize("text", ["${aws:userid}", "%{if}", "a${b}%{c}", '"quoted"', "back\\slash"])
def test_templates_are_literal_in_hcl(text: str) -> None:
    assert hcl(text) == json.dumps(text).replace("${", "$${").replace("%{", "%%{")
    assert hcl2.loads(f"x = {hcl(text)}\n")


def test_hcl_has_no_escapes_for_backspace_and_form_feed() -> None:
    assert hcl("\b\f") == '"\\u0008\\u000c"'


def test_values_in_hcl_as_terraform_fmt_lays_them_out() -> None:
    assert (
        hcl_value({"a": "x", "long-name": [1, True, None]})
        == '{\n  a           = "x"\n  "long-name" = [1, true, null]\n}'
    )
    assert (hcl_value({}), hcl_value([])) == ("{}", "[]")
    wide = ["x" * 40, "y" * 40]
    assert hcl_value(wide) == f'[\n  "{wide[0]}",\n  "{wide[1]}",\n]'


@pytest.mark.parametrize(("length", "lines"), [(75, 1), (76, 3)])
def test_a_list_of_80_characters_goes_over_several_lines(length: int, lines: int) -> None:
    assert len(hcl_value(["x" * length]).splitlines()) == lines


@pytest.mark.parametrize(("name", "written"), [("Sid", "Sid"), ("_a1", "_a1"), ("1a", '"1a"'), ("aws:x", '"aws:x"')])
def test_names_in_hcl(name: str, written: str) -> None:
    assert hcl_name(name) == written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a*b_c", "a\\*b\\_c"),
        ("1. x", "1\\. x"),
        ("2) x", "2\\) x"),
        ("# x", "\\# x"),
        ("x # y", "x # y"),
        ("a|b", "a\\|b"),
    ],
)
def test_markdown_shows_the_text_unchanged(text: str, shown: str) -> None:
    assert markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "table", "span"),
    [
        ("a", False, "`a`"),
        ("a`b", False, "`` a`b ``"),
        ("", False, "`  `"),
        (" a", False, "`  a `"),
        ("a|b", True, "`a\\|b`"),
        ("a|b", False, "`a|b`"),
    ],
)
def test_a_code_span_is_fenced_by_more_than_it_holds(text: str, table: bool, span: str) -> None:
    assert markdown_code(text, table=table) == span


def test_one_line_has_no_break() -> None:
    assert "\n" not in one_line("a\nb")
