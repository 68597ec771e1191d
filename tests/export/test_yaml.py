"""YAML for people: a reader gets the same value back, and comments change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml as reader
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.export.yaml import Block, Commented, dump

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
NAMES = st.one_of(
    st.sampled_from(["yes", "On", "null", "AWS::IAM::Role", "a:b", "Fn::Sub", "1", ""]), st.text(max_size=8)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))


@given(st.dictionaries(NAMES.filter(lambda name: not any(0xD800 <= ord(c) < 0xE000 for c in name)), VALUES, max_size=4))
def test_a_value_comes_back(value: dict[str, Any]) -> None:
    try:
        text = dump(value)
        text.encode()
    except UnicodeEncodeError:
        return  # half of a character is refused where the file is made
    assert (reader.safe_load(text) or {}) == value


def test_a_comment_stands_above_its_value_on_lines_of_its_own() -> None:
    text = dump({"A": Commented(["one", "two\nthree"], {"B": "x"})})
    assert text == '\n# one\n# two\\u000athree\nA:\n  B: "x"\n'


def test_a_block_is_the_text_to_the_letter() -> None:
    code = "def f():\n    return {}\n\n# end\n"
    assert reader.safe_load(dump({"A": {"B": Block(code)}})) == {"A": {"B": code}}


@pytest.mark.parametrize("name", ["yes", "No", "ON", "null", "y"])
def test_a_name_that_yaml_would_read_as_something_else_stands_in_quotes(name: str) -> None:
    assert dump({name: 1}) == f'"{name}": 1\n'
