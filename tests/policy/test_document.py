"""Reading a policy document: what is none is refused, and what is odd is kept."""

from __future__ import annotations

import json

import pytest

from sm_ssh_widget.policy.document import MAX_DEPTH, PolicyError, parse

HALF = '{"Statement": [{"Effect": "Allow", "Sid": "HERE"}]}'


@pytest.mark.parametrize("half", ["\ud83d", "\\ud83d", "\\uDD11", "\\udfff", "\\uD800", "x\\uDB40y", "\\udd11\\ud83d"])
def test_half_a_character_is_refused_however_it_is_written(half: str) -> None:
    with pytest.raises(PolicyError, match="half a character"):
        parse(HALF.replace("HERE", half))


def test_half_a_character_is_refused_in_a_name_too() -> None:
    with pytest.raises(PolicyError, match="half a character"):
        parse('{"\\ud83d": 1, "Statement": []}')


@pytest.mark.parametrize("whole", ["\U0001f511", "\\ud83d\\udd11", "\\\\ud83d", "\\ud7ff", "\\ue000", "é", "ud83d"])
def test_a_whole_character_is_kept_however_it_is_written(whole: str) -> None:
    text = HALF.replace("HERE", whole)
    assert parse(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "JSON object, not a list"),
        ('{"a": 1, "a": 2}', "named twice"),
        ('{"a": NaN}', "not JSON"),
        ('{"Statement": "x"}', "neither an object nor a list"),
        ('{"Statement": ["x"]}', "statement 0 is not an object"),
        (f'{{"a": {"[" * MAX_DEPTH}{"]" * MAX_DEPTH}}}', "nested deeper"),
    ],
)
def test_what_is_no_policy_document_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        parse(text)


def test_as_deep_as_may_be_is_read() -> None:
    parse(f'{{"a": {"[" * (MAX_DEPTH - 1)}{"]" * (MAX_DEPTH - 1)}}}')
