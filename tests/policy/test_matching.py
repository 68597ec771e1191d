"""Patterns of actions, texts, ARNs and resources, under both readings of a star that ends a segment."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.policy.matching import (
    ActionPatterns,
    ArnRules,
    LazyPattern,
    action_pattern,
    arn_pattern,
    has_segments,
    is_incomplete,
    lazy_resources,
    matches_anything,
    resource_matches,
    resource_pattern,
    text_pattern,
)
from sm_ssh_widget.policy.variables import LITERAL_QUESTION, LITERAL_STAR

NODE = "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-0a"
OBJECT = "arn:aws:s3:::data/in/a:b.csv"
DOCUMENTED, NARROW = ArnRules(completes=True, crosses=True), ArnRules(completes=True, crosses=False)
SESSION = ArnRules(completes=False, crosses=True)


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("ssm:SendCommand", "ssm:sendcommand", True),
        ("SSM:sendcommand", "ssm:sendcommand", True),
        ("ssm:Send*", "ssm:sendcommand", True),
        ("ssm:Send?ommand", "ssm:sendcommand", True),
        ("ssm:Send?Command", "ssm:sendcommand", False),
        ("ssm:SendCommand", "ssm:sendcommands", False),
        ("ssm:*", "ssmmessages:x", False),
        ("ssm*:x", "ssmmessages:x", True),
        ("*:x", "ssm:x", True),
        ("s?m:x", "ssm:x", True),
        ("*:c", "a:b:c", False),
        ("a:*", "a:b:c", True),
        ("*", "ssm:x", True),
        ("**", "ssm:x", True),
        ("s*", "ssm:x", False),
        ("ssm", "ssm:x", False),
        ("ssm.x:y", "ssm.x:y", True),
        ("ssm.x:y", "ssmax:y", False),
        ("", "ssm:x", False),
        ("a?b:c", "a:b:c", False),
        ("ssm", "", False),
    ],
)
def test_actions(pattern: str, action: str, matches: bool) -> None:
    assert (action_pattern([pattern]).fullmatch(action) is not None) is matches
    assert (action_pattern(["nothing:else", pattern]).fullmatch(action) is not None) is matches


def test_no_action_matches_an_empty_list() -> None:
    assert action_pattern([]).fullmatch("") is None
    assert action_pattern([]).fullmatch("ssm:x") is None


def test_texts() -> None:
    assert text_pattern("a*c?").fullmatch("a\nb:cd")
    assert not text_pattern("a*c?").fullmatch("abc")
    assert not text_pattern("A*").fullmatch("a")
    assert text_pattern("[a].").fullmatch("[a].")
    assert not text_pattern("[a].").fullmatch("aa")
    assert text_pattern(f"{LITERAL_STAR}{LITERAL_QUESTION}").fullmatch("*?")
    assert not text_pattern(LITERAL_STAR).fullmatch("x")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (NODE, True),
        ("arn:aws:ssm:*:*:managed-instance/*", True),
        ("arn:*:ssm:eu-*-1:12345678901?:managed-*", True),
        ("arn:aws:ssm:*:managed-instance/*:*", False),
        ("arn:aws:ssm:*:*:instance/*", False),
        ("arn:aws:ssm:?:*:managed-instance/*", False),
        ("arn:aws:ssm:*", False),
        ("*", False),
        ("urn:aws:ssm:*:*:*", False),
        ("*:aws:ssm:*:*:managed-instance/*", False),
        ("arn:aws:ssm:eu-west-1:*instance/mi-0a", False),
    ],
)
def test_a_condition_compares_an_arn_segment_by_segment(pattern: str, matches: bool) -> None:
    compiled = arn_pattern(pattern)
    assert (compiled is not None and compiled.fullmatch(NODE) is not None) is matches


def test_the_last_segment_of_a_condition_s_arn_may_hold_colons() -> None:
    compiled = arn_pattern("arn:aws:sns:*:*:a*:c")
    assert compiled is not None
    assert compiled.fullmatch("arn:aws:sns:r:1:a:b:c")
    crossing = arn_pattern("arn:aws:sns:*:a*:*")
    assert crossing is not None
    assert not crossing.fullmatch("arn:aws:sns:r:1:a:b:c")


@pytest.mark.parametrize(
    ("pattern", "resource", "documented", "narrow", "session"),
    [
        (NODE, NODE, True, True, True),
        (NODE.upper(), NODE, False, False, False),
        ("*", "*", True, True, True),
        ("**", NODE, True, True, True),
        ("arn:aws:ssm", NODE, True, True, False),
        ("arn:aws:ssm:", NODE, False, False, False),
        ("arn:aws:s3:", OBJECT, True, True, False),
        ("arn:aws:ssm:eu-west-1", NODE, True, True, False),
        ("arn:aws:ssm:us-east-1", NODE, False, False, False),
        ("arn:aws:ssm:*", NODE, True, True, True),
        ("arn:aws:ssm:eu*", NODE, True, True, True),
        ("arn:aws:ssm:us*", NODE, False, False, False),
        ("arn:*", NODE, True, True, True),
        ("arn:aws", NODE, True, True, False),
        ("arn", NODE, False, False, False),
        ("aws:ssm", NODE, False, False, False),
        ("ssm*", NODE, False, False, False),
        ("arn:aws:ssm:*:managed-instance/*", NODE, True, False, True),
        ("arn:aws:ssm:*:managed-instance/mi-0a", NODE, True, False, True),
        ("arn:aws:ssm:*:instance/*", NODE, False, False, False),
        ("arn:aws:ssm:*west-1:managed-instance/*", NODE, False, False, False),
        ("arn:aws:ssm:eu*:managed-instance/*", NODE, True, False, True),
        ("arn:aws:ssm:*:*:managed-instance/*", NODE, True, True, True),
        ("arn:aws:ssm:?*:?*:managed-instance/*", NODE, True, True, True),
        ("arn:aws:s3:*/a:b.csv", OBJECT, False, False, False),
        ("arn:aws:s3:::data/*b.csv", OBJECT, True, True, True),
        ("arn:aws:s3:::data/in/a?b.csv", OBJECT, True, True, True),
        ("arn:aws:s3::?:data/*", OBJECT, False, False, False),
        ("arn:aws:s3::?data/in/a:b.csv", OBJECT, False, False, False),
        ("arn:aws:s3:::data/*:c", "arn:aws:s3:::data/x:b:c", True, True, True),
        ("*:aws:ssm:*:*:managed-instance/*", NODE, False, False, False),
        ("arn:aws:ssm:ex*:managed-instance/*", NODE, False, False, False),
    ],
)
def test_resources(pattern: str, resource: str, documented: bool, narrow: bool, session: bool) -> None:
    assert resource_matches(pattern, resource, DOCUMENTED) is documented
    assert resource_matches(pattern, resource, NARROW) is narrow
    assert resource_matches(pattern, resource, SESSION) is session


def test_a_star_at_the_very_end_covers_the_rest_under_every_reading() -> None:
    strictest = ArnRules(completes=False, crosses=False)
    assert resource_matches("arn:aws:ssm:*", NODE, strictest)
    assert not resource_matches("arn:aws:ssm", NODE, strictest)
    assert not resource_matches("arn:aws:ssm:*:managed-instance/*", NODE, strictest)


def test_one_of_several_patterns_is_enough_and_none_of_none() -> None:
    compiled = resource_pattern(["ssm", "arn:aws:s3", NODE], DOCUMENTED)
    assert compiled is not None
    assert compiled.fullmatch(NODE)
    assert compiled.fullmatch(OBJECT)
    assert not compiled.fullmatch("arn:aws:sns:r:1:t")
    assert resource_pattern(["ssm", "arn"], DOCUMENTED) is None
    assert resource_pattern([], DOCUMENTED) is None


@pytest.mark.parametrize(
    ("pattern", "completing", "otherwise"),
    [
        (NODE, False, False),
        ("*", False, False),
        ("arn:aws:ssm", False, True),
        ("arn:aws:ssm:*", False, True),
        ("arn", True, True),
        ("ssm", True, True),
        ("", True, True),
        ("a:b:c:d:e:f", False, False),
    ],
)
def test_which_patterns_are_not_whole(pattern: str, completing: bool, otherwise: bool) -> None:
    assert is_incomplete(pattern, DOCUMENTED) is completing
    assert is_incomplete(pattern, SESSION) is otherwise


def test_segments_and_stars() -> None:
    assert has_segments("a:b", 2)
    assert not has_segments("a:b", 3)
    assert [matches_anything(text) for text in ("", "*", "***", "*a", "?")] == [False, True, True, False, False]


ACTIONS = st.text("as:", max_size=5)
ACTION_PATTERNS = st.lists(st.text(f"asS:*?{LITERAL_STAR}", max_size=5), max_size=4)


@given(ACTION_PATTERNS, ACTIONS)
def test_names_and_prefixes_match_what_the_expression_matches(patterns: list[str], action: str) -> None:
    assert ActionPatterns.of(patterns).matches(action) is (action_pattern(patterns).fullmatch(action) is not None)


@pytest.mark.parametrize(
    ("pattern", "names", "prefixes", "other"),
    [
        ("ssm:GetParameter", {"ssm:getparameter"}, (), False),
        ("ssm:Get*", set(), ("ssm:get",), False),
        ("SSM:*", set(), ("ssm:",), False),
        ("*", set(), (), True),
        ("ssm", set(), (), True),
        ("s*:Get", set(), (), True),
        ("ssm:G?t*", set(), (), True),
        ("ssm:*Get*", set(), (), True),
    ],
)
def test_only_what_is_no_name_and_no_prefix_needs_an_expression(
    pattern: str, names: set[str], prefixes: tuple[str, ...], other: bool
) -> None:
    found = ActionPatterns.of([pattern])
    assert (set(found.names), found.prefixes, found.others is not None) == (names, prefixes, other)


class TestLazyPatterns:
    """A lazy expression matches what the eager one matches, and is compiled when it is needed first."""

    @pytest.mark.parametrize("patterns", [[NODE], ["ssm", "arn"], [], ["arn:aws:ssm:*"]])
    def test_resources(self, patterns: list[str]) -> None:
        eager, lazy = resource_pattern(patterns, DOCUMENTED), lazy_resources(patterns, DOCUMENTED)
        expected = eager is not None and eager.fullmatch(NODE) is not None
        assert lazy.matches(NODE) is expected
        assert lazy.matches(NODE) is expected, "also the second time"

    def test_it_is_compiled_once_and_not_before_it_is_used(self) -> None:
        compiled = []

        def source() -> re.Pattern[str]:
            compiled.append(1)
            return re.compile("x")

        lazy = LazyPattern(source)
        assert not compiled
        assert lazy.matches("x")
        assert not lazy.matches("xx")
        assert compiled == [1]


@pytest.mark.parametrize(
    ("patterns", "services"),
    [
        (["ssm:Get*", "S3:PutObject"], {"ssm", "s3"}),
        (["ssm:*"], {"ssm"}),
        (["*"], None),
        (["s*:Get"], None),
        (["s3:Get?"], None),
        ([], set()),
    ],
)
def test_the_services_that_action_patterns_name(patterns: list[str], services: set[str] | None) -> None:
    assert ActionPatterns.of(patterns).services == services
