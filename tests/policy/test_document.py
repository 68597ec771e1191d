"""Reading a policy document in every shape, and refusing what is none."""

import json

import pytest

from sm_ssh_widget.policy.document import (
    CURRENT_VERSION,
    DEFAULT_VERSION,
    MAX_DEPTH,
    PolicyError,
    as_list,
    parse,
    statement_name,
    statements,
)

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_the_versions_of_the_policy_language() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
    assert (CURRENT_VERSION, DEFAULT_VERSION) == ("2012-10-17", "2008-10-17")


def test_what_was_written_is_kept() -> None:
    text = json.dumps({"Id": "é", "Unknown": [1.5, None, True], "Statement": [{**ALLOW, "Sid": "A"}]})
    assert parse(text) == json.loads(text)


def test_one_statement_counts_as_a_list_of_one_and_none_as_an_empty_list() -> None:
    assert statements({"Statement": ALLOW}) == (ALLOW,)
    assert statements({"Statement": [ALLOW, ALLOW]}) == (ALLOW, ALLOW)
    assert statements({"Statement": (ALLOW,)}) == (ALLOW,)
    assert statements({}) == ()


@pytest.mark.parametrize("value", ["x", 1, None, True])
def test_statements_are_objects_in_a_list(value: object) -> None:
    with pytest.raises(PolicyError, match="neither an object nor a list of objects"):
        statements({"Statement": value})
    with pytest.raises(PolicyError, match="statement 1 is not an object"):
        statements({"Statement": [ALLOW, value]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "a JSON object, not a list"),
        ('"x"', "a JSON object, not a str"),
        ('{"a":1,"a":2}', "an element is named twice"),
        ('{"b":{"a":1,"a":1}}', "an element is named twice"),
        ('{"a":NaN}', "NaN is not JSON"),
        ('{"a":-Infinity}', "-Infinity is not JSON"),
        ('{"a":' + "1" * 5000 + "}", "not JSON"),
        ('{"Statement":"x"}', "Statement is neither"),
    ],
)
def test_what_is_no_policy_document(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parse(text)


def nested(depth: int) -> str:
    """A document whose innermost list is ``depth`` levels below it."""
    return '{"a":' + "[" * depth + "]" * depth + "}"


def test_a_document_is_refused_that_is_deeper_than_any_policy() -> None:
    assert parse(nested(MAX_DEPTH - 1))
    for depth in (MAX_DEPTH, 100_000):
        with pytest.raises(PolicyError):
            parse(nested(depth))
    with pytest.raises(PolicyError, match="deeper than 64 levels"):
        parse('{"a":{"b":' + "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH + "}}")


def test_one_value_is_a_list_of_one() -> None:
    assert as_list("ab") == ["ab"]
    assert as_list(["a", "b"]) == ["a", "b"]
    assert as_list(("a",)) == ["a"]
    assert as_list({"a": 1}) == [{"a": 1}]


@pytest.mark.parametrize(("sid", "name"), [("A", "A"), ("", "#3"), (None, "#3"), (5, "#3")])
def test_a_statement_is_found_by_its_sid_or_its_number(sid: object, name: str) -> None:
    assert statement_name({"Sid": sid}, 2) == name
    assert statement_name({}, 0) == "#1"


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
