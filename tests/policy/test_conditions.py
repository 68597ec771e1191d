"""Every operator: match, no match, absent key, lists, several values, IfExists, negation, values of another type."""

from collections.abc import Mapping

import pytest

from sm_ssh_widget.policy.conditions import ValueComparison, compile_conditions, read_context, values_of
from sm_ssh_widget.policy.document import PolicyError

ROLE = "arn:aws:iam::123456789012:role/service-role/R"


def holds(operator: str, policy: object, context: object, *, deny: bool = False) -> bool:
    (condition,) = compile_conditions({operator: {"Some:Key": policy}}, "2012-10-17", deny)
    return condition.holds({} if context is None else {"some:key": values_of(context)})


POSITIVE = [
    ("StringEquals", "ml", "ml", "ML"),
    ("StringEquals", "ml*", "ml*", "mlx"),
    ("StringEquals", "${*}", "*", "x"),
    ("StringEqualsIgnoreCase", "ml", "ML", "ops"),
    ("StringLike", "m?-*", "ml-", "m-x"),
    ("StringLike", "a.c", "a.c", "abc"),
    ("StringLike", "a*", "a\nb", "b\na"),
    ("NumericEquals", "10", "10.0", "11"),
    ("NumericEquals", 10, "+10", "-10"),
    ("NumericEquals", "9007199254740993", "9007199254740993", "9007199254740992"),
    ("NumericLessThan", "10", "-3", "10"),
    ("NumericLessThan", "10", "9", "100"),
    ("NumericLessThanEquals", "10", "10", "10.01"),
    ("NumericGreaterThan", "9", "10", "9"),
    ("NumericGreaterThanEquals", "0.1", "0.10", "0.09"),
    ("DateEquals", "2024-06-01T12:00:00Z", "2024-06-01T14:00:00+02:00", "2024-06-01T12:00:01Z"),
    ("DateEquals", "2024-06-01T12:00:00Z", "1717243200", "1717243201"),
    ("DateEquals", "1717243200", "2024-06-01T12:00:00.000Z", "2024-06-01T12:00:00.001Z"),
    ("DateEquals", "2024-06-01", "2024-06-01T00:00Z", "2024-06-01T00:01Z"),
    ("DateEquals", "2024", "2024-01-01T00:00:00Z", "1970-01-01T00:33:44Z"),
    ("DateLessThan", "2024-06-01T12:00:00Z", "2024-06-01T13:00:00+02:00", "2024-06-01T12:00:00Z"),
    ("DateLessThanEquals", "2024-06-01T12:00:00Z", "2024-06-01T12:00:00Z", "2024-06-01T12:00:01Z"),
    ("DateGreaterThan", "2024-06-01T12:00:00Z", "2024-06-01T12:00:00.5Z", "2024-06-01T12:00:00Z"),
    ("DateGreaterThanEquals", "2024-06-01T12:00:00Z", "2024-06-01T12:00:00Z", "2024-06-01T11:59:59Z"),
    ("Bool", True, "TRUE", "false"),
    ("Bool", "false", "false", "true"),
    ("BinaryEquals", "aGVsbG8=", "aGVsbG8=", "eA=="),
    ("IpAddress", "203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
    ("IpAddress", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ("IpAddress", "203.0.113.7/24", "203.0.113.8", "203.0.112.255"),
    ("IpAddress", "0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
    ("IpAddress", "::/0", "2001:db8::1", "203.0.113.7"),
    ("IpAddress", "128.0.0.0/1", "203.0.113.7", "127.255.255.255"),
    ("IpAddress", "2001:DB8::/32", "2001:0db8:1:0:0:0:0:5", "2001:db9::1"),
    ("IpAddress", "2001:db8::1", "2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::2"),
    ("ArnEquals", "arn:aws:iam::*:role/service-role/*", ROLE, "arn:aws:iam::123456789012:role/R"),
    ("ArnLike", "arn:*:iam::12345678901?:role/*", ROLE, "arn:aws:iam::123456789012:user/R"),
    ("ArnLike", "arn:aws:sns:*:*:*:b", "arn:aws:sns:eu-west-1:1:a:b", "arn:aws:sns:eu-west-1:1:b"),
    ("ArnLike", ROLE, ROLE, ROLE.lower()),
]
NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
}


@pytest.mark.parametrize(("operator", "policy", "match", "differs"), POSITIVE)
def test_operator_and_its_negation(operator: str, policy: object, match: str, differs: str) -> None:
    assert holds(operator, policy, match)
    assert not holds(operator, policy, differs)
    assert not holds(operator, policy, None)
    assert holds(f"{operator}IfExists", policy, None)
    assert holds(f"{operator}IfExists", policy, match)
    assert not holds(f"{operator}IfExists", policy, differs)
    assert holds(f"ForAllValues:{operator}", policy, [match, match])
    assert not holds(f"ForAllValues:{operator}", policy, [match, differs])
    assert holds(f"ForAllValues:{operator}", policy, [])
    assert holds(f"ForAllValues:{operator}", policy, None)
    assert holds(f"ForAnyValue:{operator}", policy, [differs, match])
    assert not holds(f"ForAnyValue:{operator}", policy, [differs])
    assert not holds(f"ForAnyValue:{operator}", policy, [])
    assert not holds(f"ForAnyValue:{operator}", policy, None)
    if operator in NEGATED:
        _test_negated(NEGATED[operator], policy, match, differs)


def _test_negated(operator: str, policy: object, match: str, differs: str) -> None:
    assert not holds(operator, policy, match)
    assert holds(operator, policy, differs)
    assert holds(operator, policy, None)
    assert holds(f"{operator}IfExists", policy, None)
    assert not holds(f"{operator}IfExists", policy, match)
    assert not holds(f"ForAllValues:{operator}", policy, [match, differs])
    assert holds(f"ForAllValues:{operator}", policy, [differs])
    assert holds(f"ForAllValues:{operator}", policy, None)
    assert holds(f"ForAnyValue:{operator}", policy, [match, differs])
    assert not holds(f"ForAnyValue:{operator}", policy, [match])
    assert not holds(f"ForAnyValue:{operator}", policy, None)


@pytest.mark.parametrize(("operator", "policy", "match", "differs"), POSITIVE)
def test_one_of_a_list_is_enough_and_none_may_match_a_negation(
    operator: str, policy: object, match: str, differs: str
) -> None:
    assert holds(operator, [policy, policy], match)
    assert not holds(operator, [], match)
    if operator in NEGATED:
        assert not holds(NEGATED[operator], [policy, policy], match)
        assert holds(NEGATED[operator], [], differs)


@pytest.mark.parametrize(
    ("operator", "policy", "context"),
    [
        ("NumericNotEquals", "10", "abc"),
        ("NumericNotEquals", "10", ""),
        ("NumericNotEquals", "abc", "10"),
        ("NumericNotEquals", ["abc", "10"], "11"),
        ("NumericLessThan", "10", "NaN"),
        ("NumericLessThan", "Infinity", "1"),
        ("NumericEquals", "10", "1_0"),
        ("NumericEquals", "10", "١٠"),
        ("DateNotEquals", "2024-06-01T12:00:00Z", "garbage"),
        ("DateNotEquals", "2024-13-01T00:00:00Z", "2024-06-01T12:00:00Z"),
        ("DateLessThan", "2024-06-01T12:00:00Z", "2024-02-30T00:00:00Z"),
        ("DateLessThan", "2024-06-01T12:00:00Z", "2024-01-01T00:00:00+24:00"),
        ("IpAddress", "203.0.113.0/33", "203.0.113.1"),
        ("IpAddress", "203.0.113.0/255.255.255.0", "203.0.113.1"),
        ("IpAddress", "10.0.0.0/8", "010.0.0.1"),
        ("IpAddress", "fe80::/10", "fe80::1%eth0"),
        ("NotIpAddress", "203.0.113.0/24", "garbage"),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7/32"),
        ("NotIpAddress", "garbage", "203.0.113.7"),
        ("IpAddress", "*", "203.0.113.7"),
        ("ArnNotLike", ROLE, "garbage"),
        ("ArnNotLike", "garbage", ROLE),
        ("ArnLike", "*", ROLE),
        ("ArnLike", "arn:aws:iam::*", ROLE),
        ("Bool", "true", "yes"),
        ("Bool", "yes", "yes"),
        ("BinaryEquals", "!!", "!!"),
        ("StringEquals", "ml", ["ml"]),
        ("StringNotEquals", "ml", ["ops"]),
        ("Bool", "${aws:x}", "true"),
    ],
)
@pytest.mark.parametrize("deny", [False, True])
def test_a_value_of_another_type_satisfies_nothing(operator: str, policy: object, context: object, deny: bool) -> None:
    assert not holds(operator, policy, context, deny=deny)


@pytest.mark.parametrize(
    ("policy", "absent", "present"),
    [("true", True, False), (True, True, False), ("FALSE", False, True), (False, False, True), ("yes", False, False)],
)
def test_null(policy: object, absent: bool, present: bool) -> None:
    assert holds("Null", policy, None) is absent
    assert holds("Null", policy, "x") is present
    assert holds("Null", policy, "") is present
    assert holds("Null", policy, ["x", "y"]) is present


def test_every_key_of_every_operator_must_hold() -> None:
    block = {"StringEquals": {"a": "1", "B": "2"}, "Bool": {"c": "true"}}
    conditions = compile_conditions(block, "2012-10-17", False)
    assert all(each.holds({"a": "1", "b": "2", "c": "true"}) for each in conditions)
    assert not all(each.holds({"a": "1", "b": "3", "c": "true"}) for each in conditions)


@pytest.mark.parametrize(
    "block",
    [
        "x",
        {"StringEquals": "x"},
        {"Unknown": {"a": "b"}},
        {"NullIfExists": {"a": "true"}},
        {"X:Bool": {"a": "true"}},
        {"StringEquals": {"a": None}},
        {"StringEquals": {"a": {"b": "c"}}},
    ],
)
def test_what_iam_does_not_have_cannot_be_judged(block: object) -> None:
    with pytest.raises(PolicyError):
        compile_conditions(block, "2012-10-17", False)


def test_operator_names_are_case_insensitive() -> None:
    assert holds("forallvalues:stringequalsifexists", ["a"], ["a"])


def with_variable(operator: str, policy: str, context: Mapping[str, object], *, deny: bool = False) -> bool:
    (condition,) = compile_conditions({operator: {"Some:Key": policy}}, "2012-10-17", deny)
    return condition.holds({key: values_of(value) for key, value in context.items()})


JANE = {"some:key": "jane", "aws:username": "jane"}


@pytest.mark.parametrize(
    ("operator", "policy", "matches", "differs"),
    [
        ("StringEquals", "${aws:username}", "jane", "Jane"),
        ("StringEqualsIgnoreCase", "${aws:username}", "JANE", "joe"),
        ("StringLike", "${aws:username}-*", "jane-1", "joe-1"),
        ("StringLike", "${aws:none, 'x'}*", "xy", "y"),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/jane", "arn:aws:iam::1:user/joe"),
        ("ArnEquals", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/jane", "arn:aws:iam::1:user/joe"),
    ],
)
def test_a_variable_is_filled(operator: str, policy: str, matches: str, differs: str) -> None:
    for value, expected in ((matches, True), (differs, False)):
        context = {"some:key": value, "aws:username": "jane"}
        assert with_variable(operator, policy, context) is expected
        assert with_variable(NEGATED[operator], policy, context) is not expected
        assert with_variable(
            f"ForAnyValue:{operator}", policy, {**context, "some:key": ["q:q", value]}
        ) is expected or (operator.startswith("Arn"))


@pytest.mark.parametrize("operator", ["NumericEquals", "DateEquals", "Bool", "BinaryEquals", "IpAddress"])
def test_only_texts_and_arns_take_variables(operator: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse"""
    value = {"DateEquals": "2024", "Bool": "true", "BinaryEquals": "aGVsbG8=", "IpAddress": "203.0.113.7"}
    context = {"some:key": value.get(operator, "5"), "aws:x": value.get(operator, "5")}
    assert not with_variable(operator, "${aws:x}", context)
    assert with_variable(operator, context["aws:x"], context)


@pytest.mark.parametrize(("deny", "negation"), [(True, True), (False, False)])
def test_a_variable_without_a_value_equals_nothing_and_a_negation_in_a_deny_matches_it(
    deny: bool, negation: bool
) -> None:
    for operator in ("StringEquals", "StringLike"):
        context = {"some:key": "x"}
        assert not with_variable(operator, "${aws:none}", context, deny=deny)
        assert with_variable(NEGATED[operator], "${aws:none}", context, deny=deny) is negation
        (both,) = compile_conditions({NEGATED[operator]: {"Some:Key": ["${aws:none}", "x"]}}, "2012-10-17", deny)
        assert not both.holds(context)


def test_a_variable_filled_with_no_arn_satisfies_nothing() -> None:
    context = {"some:key": ROLE, "aws:x": "y"}
    assert not with_variable("ArnLike", "${aws:x}", context, deny=True)
    assert not with_variable("ArnNotLike", "${aws:x}", context, deny=True)


def test_variables_are_literal_in_an_old_document() -> None:
    (condition,) = compile_conditions({"StringEquals": {"k": "${aws:username}"}}, "2008-10-17", False)
    assert condition.holds({"k": "${aws:username}", "aws:username": "jane"})
    assert not condition.holds({"k": "jane", "aws:username": "jane"})


@pytest.mark.parametrize(
    ("pattern", "negation"), [("arn:aws:iam:*:role/x", True), ("arn:aws:iam:*", False), (ROLE, False)]
)
def test_a_pattern_that_is_one_segment_short_is_like_no_arn_and_a_shorter_one_is_no_pattern(
    pattern: str, negation: bool
) -> None:
    assert holds("ArnNotLike", pattern, ROLE) is negation
    assert not holds("ArnLike", pattern, ROLE) or pattern == ROLE


@pytest.mark.parametrize(
    ("operator", "absent"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringEqualsIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAnyValue:StringNotEqualsIfExists", True),
    ],
)
def test_the_answer_for_an_absent_key(operator: str, absent: bool) -> None:
    (condition,) = compile_conditions({operator: {"Some:Key": "x"}}, "2012-10-17", False)
    assert condition.when_absent is absent
    assert condition.holds({}) is absent


@pytest.mark.parametrize(
    ("operator", "leaves_room"),
    [
        ("ForAnyValue:StringEqualsIfExists", True),
        ("foranyvalue:boolifexists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAllValues:StringEqualsIfExists", False),
        ("StringEqualsIfExists", False),
    ],
)
def test_two_rules_about_an_absent_key_leave_room(operator: str, leaves_room: bool) -> None:
    (condition,) = compile_conditions({operator: {"Some:Key": "true"}}, "2012-10-17", False)
    assert condition.leaves_room is leaves_room


def test_an_empty_set_has_a_value() -> None:
    """``…IfExists`` forgives an absent key, not an empty one."""
    assert not holds("ForAnyValue:StringEqualsIfExists", "x", [])
    assert holds("ForAllValues:StringEqualsIfExists", "x", [])


def test_the_keys_that_a_condition_rests_on() -> None:
    block = {"StringLike": {"aws:ResourceTag/Owner": ["${AWS:UserId}-*", "x", "${aws:b, 'c'}"]}}
    (condition,) = compile_conditions(block, "2012-10-17", False)
    assert condition.key == "aws:resourcetag/owner"
    assert isinstance(condition, ValueComparison)
    assert [template.constant for template in condition.templates] == [None, None]
    assert condition.keys == {"aws:resourcetag/owner", "aws:userid", "aws:b"}
    assert condition.spellings == {
        "aws:resourcetag/owner": "aws:ResourceTag/Owner",
        "aws:userid": "AWS:UserId",
        "aws:b": "aws:b",
    }
    (own,) = compile_conditions({"StringEquals": {"aws:UserId": "${AWS:USERID}"}}, "2012-10-17", False)
    assert own.spellings == {"aws:userid": "aws:UserId"}


@pytest.mark.parametrize(("value", "absent"), [("true", True), ("FALSE", False), ("yes", False)])
def test_null_has_one_key_and_leaves_no_room(value: str, absent: bool) -> None:
    (condition,) = compile_conditions({"Null": {"aws:TagKeys": value}}, "2012-10-17", False)
    assert (condition.key, condition.keys, condition.spellings) == (
        "aws:tagkeys",
        frozenset({"aws:tagkeys"}),
        {"aws:tagkeys": "aws:TagKeys"},
    )
    assert condition.when_absent is absent
    assert condition.leaves_room is False


@pytest.mark.parametrize(
    ("policy", "value", "expected"),
    [("straße", "STRASSE", True), ("${*}STRASSE", "*straße", True), ("ß", "s", False)],
)
def test_case_is_ignored_as_unicode_folds_it(policy: str, value: str, expected: bool) -> None:
    assert holds("StringEqualsIgnoreCase", policy, value) is expected


def test_values_of_a_context() -> None:
    assert values_of("x") == "x"
    assert values_of(True) == "true"
    assert values_of(5) == "5"
    assert values_of(["x", False]) == ("x", "false")
    assert values_of(()) == ()
    unreadable: tuple[object, ...] = (None, {}, [None], [[]])
    for value in unreadable:
        with pytest.raises(PolicyError, match="not a text, number or Boolean"):
            values_of(value)


def test_keys_of_a_context_are_read_without_regard_to_case_and_once() -> None:
    found = read_context({"aws:SourceIp": "10.0.0.1"})
    assert list(found) == ["aws:sourceip"]
    assert read_context(found) is found
