"""Policy variables: cut out of a text, filled, escaped, absent."""

import pytest

from sm_ssh_widget.policy.variables import LITERAL_QUESTION, LITERAL_STAR, Context, Template, Variable, plain

NOW, OLD = "2012-10-17", "2008-10-17"
CONTEXT: Context = {"aws:username": "jane", "aws:wild": "a*?", "aws:several": ("a", "b"), "aws:empty": ""}


def fill(text: str, version: str | None = NOW) -> str | None:
    return Template.parse(text, version).fill(CONTEXT)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a/${aws:username}/b", "a/jane/b"),
        ("${AWS:UserName}", "jane"),
        ("${ aws:username }", "jane"),
        ("${aws:username}${aws:username}", "janejane"),
        ("${aws:none, 'x'}", "x"),
        ("${aws:none,'x' }", "x"),
        ("${aws:none, ''}", ""),
        ("${aws:username, 'x'}", "jane"),
        ("${aws:empty, 'x'}", ""),
        ("${aws:none}", None),
        ("a${aws:none}b", None),
        ("${aws:none, x}", None),
        ("${aws:several}", None),
        ("${$}", "$"),
        ("${*}${?}", f"{LITERAL_STAR}{LITERAL_QUESTION}"),
        ("${aws:wild}", f"a{LITERAL_STAR}{LITERAL_QUESTION}"),
        ("${aws:none, 'a*'}", f"a{LITERAL_STAR}"),
        ("*${aws:username}?", "*jane?"),
        ("${$, 'x'}", "x"),
        ("${unclosed", "${unclosed"),
        ("$aws", "$aws"),
    ],
)
def test_a_text_is_filled(text: str, filled: str | None) -> None:
    assert fill(text) == filled


@pytest.mark.parametrize("version", [OLD, None, "2012-10-18"])
def test_only_the_current_version_has_variables(version: str | None) -> None:
    assert fill("${aws:username}${*}", version) == "${aws:username}${*}"
    assert Template.parse("${aws:username}", version).keys == frozenset()


def test_the_keys_and_their_spelling() -> None:
    template = Template.parse("${aws:PrincipalTag/Team, 'x'}-${AWS:userid}-${*}", NOW)
    assert template.keys == {"aws:principaltag/team", "aws:userid"}
    assert template.spellings == {"aws:principaltag/team": "aws:PrincipalTag/Team", "aws:userid": "AWS:userid"}
    assert template.parts[0] == Variable("aws:principaltag/team", "x", "aws:PrincipalTag/Team")


@pytest.mark.parametrize(
    ("text", "constant"),
    [("a", "a"), ("", ""), ("a${*}b", f"a{LITERAL_STAR}b"), ("${aws:x}", None), ("a${aws:x}", None)],
)
def test_a_text_without_variables_is_constant(text: str, constant: str | None) -> None:
    assert Template.parse(text, NOW).constant == constant


def test_neighbouring_texts_are_one_part() -> None:
    assert Template.parse("a${$}b${aws:x}c", NOW).parts == ("a$b", Variable("aws:x", None, "aws:x"), "c")


def test_masked_wildcards_are_read_as_themselves() -> None:
    assert plain(f"a{LITERAL_STAR}{LITERAL_QUESTION}") == "a*?"
    assert plain("a*?") == "a*?"


@pytest.mark.parametrize(
    ("text", "widest"),
    [
        ("a:b:c:d:e:x/${aws:open}/y", "a:b:c:d:e:x/*/y"),
        ("a:b:c:d:e:${aws:open}${aws:username}", "a:b:c:d:e:*jane"),
        ("a:b:c:d:e:${aws:username}", "a:b:c:d:e:jane"),
        ("a:b:c:d:${aws:open}:e", None),
        ("${aws:open}", None),
        ("plain", "plain"),
        ("a:b:c:d:e:${aws:several}${aws:open}", None),
    ],
)
def test_the_widest_pattern_of_a_text_with_an_unknown_key(text: str, widest: str | None) -> None:
    assert Template.parse(text, NOW).widest(CONTEXT, frozenset({"aws:open"})) == widest
