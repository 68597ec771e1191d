"""Two documents line by line: nothing is lost, and what is kept is told as kept."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.wizard.screens.json_lines import lines

STATEMENTS = st.lists(
    st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.sampled_from("abcde")}),
    max_size=4,
)


def document(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@given(STATEMENTS, STATEMENTS)
def test_each_side_is_its_document(before: list[Any], added: list[Any]) -> None:
    old, new = document(before), document([*before, *added])
    found = lines(old, new)
    after = "\n".join(text for mark, text in found if mark != "-")
    assert json.loads(after) == json.loads(new)
    kept_or_removed = [text.rstrip(",") for mark, text in found if mark != "+"]
    assert kept_or_removed == [line.rstrip(",") for line in json.dumps(json.loads(old), indent=2).splitlines()]


def test_a_statement_that_is_appended_leaves_those_before_it_kept() -> None:
    old = [{"Effect": "Allow", "Action": "a"}]
    found = lines(document(old), document([*old, {"Effect": "Allow", "Action": "b"}]))
    assert not [text for mark, text in found if mark == "-"]
    assert [text for mark, text in found if mark == "+"] == [
        "    {",
        '      "Effect": "Allow",',
        '      "Action": "b"',
        "    }",
    ]


def test_a_document_that_is_new_or_gone_is_all_of_one_mark() -> None:
    assert {mark for mark, _ in lines(None, document([]))} == {"+"}
    assert {mark for mark, _ in lines(document([]), None)} == {"-"}
    assert lines(None, None) == ()


def test_what_is_no_policy_is_shown_as_it_is() -> None:
    assert lines("not json", "not json\nat all") == (("=", "not json"), ("+", "at all"))
