"""Decisions with unknown keys: definite where no value matters, else which keys, statements and outcomes.

The law behind it, that every completion agrees, is in test_evaluator_laws.py.
"""

from typing import Any

import pytest

from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.policy.readings import Reading
from sm_ssh_widget.policy.request import KeyUse, Layer

ROLE = "arn:aws:iam::123456789012:role/R"


def decide(identity: list[dict[str, Any]], boundary: list[dict[str, Any]], context: Any, opened: Any = False) -> Any:
    policies = Policies(
        identity=tuple(compile_policy(each) for each in identity),
        boundaries=tuple(compile_policy(each) for each in boundary),
    )
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/x", "123456789012", context, opened)
    return evaluate(request, policies)


def test_both_sides_of_a_key_are_definite() -> None:
    either = [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {name: {"aws:a": "x"}}}
        for name in ("StringEquals", "StringNotEquals")
    ]
    document = {"Version": "2012-10-17", "Statement": either}
    assert decide([document], [], {}, True).outcome is Outcome.ALLOWED


def test_only_the_keys_that_matter_are_named() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {
        "Statement": [
            {**allow, "Condition": {"StringEquals": {"aws:a": "x"}}},
            {**allow, "Effect": "Deny", "Action": "ec2:*", "Condition": {"StringEquals": {"aws:c": "x"}}},
            {**allow, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]
    }
    assert decide([document], [], {}, True).keys == ("aws:a", "aws:securetransport")
    assert decide([document], [], {"aws:SecureTransport": "true"}, True).keys == ("aws:a",)
    assert decide([document], [], {"aws:SecureTransport": "true"}, frozenset({"aws:z"})).outcome is (
        Outcome.IMPLICIT_DENY
    )


def test_too_many_open_questions_still_decide() -> None:
    asked = {f"aws:{index}": "x" for index in range(20)}
    document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": asked}}}
    assert decide([document], [], {}, True).keys == tuple(sorted(asked))


def test_a_deny_that_is_certain_is_named_by_the_statement_that_applies() -> None:
    """Another one comes first and may or may not apply: it is not what decided."""
    perhaps = {"StringNotEquals": {"aws:ResourceTag/Project": "mine"}}
    boundary = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Perhaps", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": perhaps},
            {"Sid": "Certain", "Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
        ],
    }
    request = Request("arn:aws:iam::123456789012:role/R", "ssm:CreateActivation", "*", "123456789012", {}, True)
    decision = evaluate(request, Policies(boundaries=(compile_policy(boundary, "Boundary"),)))
    assert (decision.outcome, decision.statement) == (Outcome.EXPLICIT_DENY, "Certain")


ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY: dict[str, Any] = {**ALLOW, "Effect": "Deny"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def when(operator: str, key: str, value: Any, **elements: Any) -> dict[str, Any]:
    return {**ALLOW, "Condition": {operator: {key: value}}, **elements}


def test_a_key_that_only_decides_how_a_request_is_not_allowed_says_so() -> None:
    deny = when("StringEquals", "aws:a", "x", Effect="Deny")
    decision = decide([document(deny)], [], {}, True)
    assert (decision.outcome, decision.keys) == (Outcome.DEPENDS, ("aws:a",))
    assert decision.outcomes == (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
    assert not decision.may_be_allowed
    with_allow = decide([document(deny, ALLOW)], [], {}, True)
    assert with_allow.outcomes == (Outcome.ALLOWED, Outcome.EXPLICIT_DENY)
    assert with_allow.may_be_allowed


def test_the_statements_that_ask_are_named_with_the_key_as_they_spell_it() -> None:
    own = document(
        {**when("StringEquals", "aws:PrincipalOrgID", "o"), "Sid": "Org"},
        when("StringEquals", "AWS:principalorgid", "${aws:UserId}", Resource="arn:aws:s3:::b/${aws:UserId}"),
        {**when("StringEquals", "aws:PrincipalOrgID", "o"), "Action": "ec2:*"},
        {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:PrincipalOrgID": "p"}}},
        {**when("StringEquals", "aws:PrincipalOrgID", "o"), "Resource": "arn:aws:s3:::other/*"},
    )
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/x", "123456789012", {"aws:SecureTransport": "true"}, True)
    decision = evaluate(request, Policies((compile_policy(own, "own"),)))
    assert decision.keys == ("aws:principalorgid", "aws:userid")
    org, user = "aws:principalorgid", "aws:userid"
    assert set(decision.key_uses) == {
        KeyUse(org, "aws:PrincipalOrgID", Layer.IDENTITY, "own", "Org", False),
        KeyUse(org, "AWS:principalorgid", Layer.IDENTITY, "own", "#2", False),
        KeyUse(user, "aws:UserId", Layer.IDENTITY, "own", "#2", False),
        KeyUse(org, "aws:PrincipalOrgID", Layer.IDENTITY, "own", "#4", False),
    }
    assert len(decision.key_uses) == 4


@pytest.mark.parametrize(
    ("statement", "outcomes"),
    [
        (when("Null", "aws:a", "true"), {"allowed", "implicitDeny"}),
        (when("Null", "aws:a", ["true", "false"]), {"allowed"}),
        (when("Null", "aws:a", "yes"), {"implicitDeny"}),
        (when("StringEquals", "aws:a", []), {"implicitDeny"}),
        (when("StringEqualsIfExists", "aws:a", "x"), {"allowed", "implicitDeny"}),
        (when("NumericNotEquals", "aws:a", ["x", "5"]), {"allowed", "implicitDeny"}),
        (when("ForAllValues:StringEquals", "aws:a", "x"), {"allowed", "implicitDeny"}),
        (when("StringEquals", "aws:a", "x", Resource="arn:aws:s3:::c/${aws:a}"), {"implicitDeny"}),
        (when("StringEquals", "aws:a", "x", Action="ec2:*"), {"implicitDeny"}),
    ],
)
def test_the_outcomes_that_values_can_lead_to(statement: dict[str, Any], outcomes: set[str]) -> None:
    decision = decide([document(statement)], [], {}, True)
    found = {outcome.value for outcome in decision.outcomes or (decision.outcome,)}
    closed = {
        decide([document(statement)], [], {} if value is None else {"aws:a": value}).outcome.value
        for value in (None, "x", "5", "z", [], ["x", "z"])
    }
    assert closed <= found
    assert found <= outcomes | closed


ONE_OF_TWO = [
    (("StringEquals", "StringNotEquals"), "x", True),
    (("StringEqualsIfExists", "StringNotEquals"), "x", True),
    (("StringEquals", "StringNotLike"), "x", False),
    (("NumericEquals", "NumericNotEquals"), "5", False),
    (("ForAllValues:StringEquals", "ForAnyValue:StringNotEquals"), "x", True),
    (("ForAllValues:StringEquals", "ForAnyValue:StringEquals"), "x", False),
    (("ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals"), "x", False),
    (("ForAllValues:StringNotEquals", "ForAnyValue:StringEquals"), "x", True),
]


@pytest.mark.parametrize(("operators", "value", "certain"), ONE_OF_TWO)
def test_two_conditions_that_cover_every_value(operators: tuple[str, str], value: str, certain: bool) -> None:
    either = document(*(when(operator, "aws:a", value) for operator in operators))
    decision = decide([either], [], {}, True)
    assert (decision.outcome is Outcome.ALLOWED) is certain
    assert decision.may_be_allowed
    both = document(ALLOW, *(when(operator, "aws:a", value, Effect="Deny") for operator in operators))
    assert (decide([both], [], {}, True).outcome is Outcome.EXPLICIT_DENY) is certain


def test_null_and_its_contrary_cover_every_value() -> None:
    either = document(when("Null", "aws:a", "true"), when("Null", "aws:a", "false"))
    assert decide([either], [], {}, True).outcome is Outcome.ALLOWED
    present = document(when("Null", "aws:a", "false"), when("StringNotEquals", "aws:a", "x"))
    assert decide([present], [], {}, True).outcome is Outcome.ALLOWED


def test_a_variable_whose_condition_s_own_key_is_absent_does_not_matter() -> None:
    statement = document(when("StringEquals", "aws:a", "${aws:b}"))
    closed = decide([statement], [], {}, frozenset({"aws:b"}))
    assert closed.outcome is Outcome.IMPLICIT_DENY
    opened = decide([statement], [], {"aws:a": "x"}, frozenset({"aws:b"}))
    assert opened.keys == ("aws:b",)


def test_a_variable_in_a_resource_depends_on_its_key() -> None:
    allow = document({**ALLOW, "Resource": "arn:aws:s3:::b/${aws:b}"})
    assert decide([allow], [], {}, True).keys == ("aws:b",)
    assert decide([allow], [], {"aws:b": "x"}, True).outcome is Outcome.ALLOWED
    inverted = document(ALLOW, {**DENY, "Resource": [], "NotResource": []})
    del inverted["Statement"][1]["Resource"]
    assert decide([inverted], [], {}, True).outcome is Outcome.EXPLICIT_DENY
    either = {"Resource": "arn:aws:s3:::b/${aws:b}"}, {"NotResource": "arn:aws:s3:::b/${aws:b}"}
    allows = [{"Effect": "Allow", "Action": "*", **element} for element in either]
    assert decide([document(*allows)], [], {}, True).keys == ("aws:b",), "without a value neither is about the object"
    denies = [{"Effect": "Deny", "Action": "*", **element} for element in either]
    assert decide([document(ALLOW, *denies)], [], {}, True).outcome is Outcome.EXPLICIT_DENY


def test_an_allow_with_no_arn_in_not_resource_opens_nothing_whatever_the_key_is() -> None:
    element = {"Effect": "Allow", "Action": "*", "NotResource": ["x", "arn:aws:s3:::b/${aws:b}"]}
    assert decide([document(element)], [], {}, True).outcome is Outcome.IMPLICIT_DENY
    deny = {**element, "Effect": "Deny"}
    assert decide([document(ALLOW, deny)], [], {}, True).keys == ("aws:b",)


def test_a_key_of_the_context_is_known_unless_it_is_named_as_open() -> None:
    statement = document(when("StringEquals", "aws:a", "x"))
    assert decide([statement], [], {"AWS:a": "x"}, True).outcome is Outcome.ALLOWED
    assert decide([statement], [], {"aws:a": "x"}, frozenset({"aws:A"})).outcome is Outcome.DEPENDS
    assert decide([statement], [], {"aws:a": "x"}, frozenset({"aws:b"})).outcome is Outcome.ALLOWED
    assert decide([statement], [], {}, frozenset()).outcome is Outcome.IMPLICIT_DENY


def test_the_statement_that_grants_in_the_worst_case_is_named() -> None:
    perhaps = {**when("StringEquals", "aws:a", "x"), "Sid": "Perhaps"}
    decision = decide([document(perhaps, {**ALLOW, "Sid": "Certain"})], [], {}, True)
    assert (decision.outcome, decision.statement) == (Outcome.ALLOWED, "Certain")


def asking(count: int, **elements: Any) -> dict[str, Any]:
    return {**ALLOW, "Condition": {"StringEquals": {f"aws:{index}": "x" for index in range(count)}}, **elements}


def test_with_too_many_questions_the_extremes_still_bound_the_outcomes() -> None:
    deny = asking(20, Effect="Deny")
    never = decide([document(deny)], [], {}, True)
    assert never.outcomes == (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
    perhaps = decide([document(deny, ALLOW)], [], {}, True)
    assert perhaps.outcomes == (Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
    # Null has two answers a key: twelve keys are 4096 combinations.
    null = [when("Null", f"aws:{index}", value) for index in range(12) for value in ("true", "false")]
    present = {**ALLOW, "Condition": {"Null": {f"aws:{index}": "false" for index in range(12)}}}
    assert decide([document(*null[:2], present)], [], {}, True).outcome is Outcome.ALLOWED
    # 3 answers a key (absent, equal, other): seven keys are 2187 combinations, eight would be 6561.
    certain = when("StringNotEquals", "aws:0", "x"), when("StringEquals", "aws:0", "x")
    assert decide([document(*certain, asking(7))], [], {}, True).outcome is Outcome.ALLOWED
    assert decide([document(*certain, asking(8))], [], {}, True).outcome is Outcome.DEPENDS


STAR = "arn:aws:s3:*:b/x"


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        ({"Effect": "Allow", "Resource": STAR}, Outcome.DEPENDS),
        ({"Effect": "Allow", "NotResource": STAR}, Outcome.IMPLICIT_DENY),
        ({"Effect": "Allow", "Resource": [STAR, "arn:aws:s3"]}, Outcome.ALLOWED),
        ({"Effect": "Allow", "Resource": "arn:aws:s3:*:c/x"}, Outcome.IMPLICIT_DENY),
    ],
)
def test_an_allow_by_a_star_that_ends_a_segment_depends(statement: dict[str, Any], outcome: Outcome) -> None:
    decision = decide([document({"Action": "*", **statement})], [], {}, True)
    assert decision.outcome is outcome
    wildcard = (Reading.SEGMENT_WILDCARD,) if outcome is Outcome.DEPENDS else ()
    assert (decision.keys, decision.key_uses, decision.readings) == ((), (), wildcard)


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [({"Resource": STAR}, Outcome.EXPLICIT_DENY), ({"NotResource": STAR}, Outcome.DEPENDS)],
)
def test_a_deny_by_a_star_that_ends_a_segment_matches(statement: dict[str, Any], outcome: Outcome) -> None:
    decision = decide([document(ALLOW, {"Effect": "Deny", "Action": "*", **statement})], [], {}, True)
    assert (decision.outcome, decision.readings) == (outcome, (Reading.SEGMENT_WILDCARD,))


def test_the_reading_is_named_beside_the_keys() -> None:
    allow = when("StringEquals", "aws:a", "x", Resource=STAR)
    decision = decide([document(allow)], [], {}, True)
    assert (decision.keys, decision.readings) == (("aws:a",), (Reading.SEGMENT_WILDCARD,))
    with_other = decide([document(allow, when("StringEquals", "aws:a", "x"))], [], {}, True)
    assert (with_other.keys, with_other.readings) == (("aws:a",), ())


def test_a_sentence_about_an_absent_key_is_named_where_the_key_is_known_to_be_absent() -> None:
    allow = document(when("ForAnyValue:StringEqualsIfExists", "aws:TagKeys", "x"))
    absent = decide([allow], [], {}, frozenset({"aws:b"}))
    assert (absent.outcome, absent.readings) == (Outcome.ALLOWED, (Reading.FOR_ANY_VALUE_IF_EXISTS,))
    assert decide([allow], [], {}, True).outcome is Outcome.DEPENDS
    sure = document(when("ForAnyValue:StringLikeIfExists", "aws:a", "x"), ALLOW)
    assert decide([sure], [], {}, True).readings == ()


@pytest.mark.parametrize(
    ("pattern", "effect", "undecided"),
    [
        ("arn:aws:s3:::home/${aws:username}/*", "Allow", False),
        ("arn:aws:s3:::home/${aws:username}/*", "Deny", False),
        ("arn:aws:ssm:*:*:${aws:username}", "Deny", False),
        ("arn:aws:s3:::b/${aws:username}", "Allow", True),
        ("arn:aws:s3:::b/${aws:username}", "Deny", True),
        ("arn:aws:s3:::${aws:username}/*", "Deny", True),
        ("arn:aws:s3:::b${aws:username}/y", "Deny", False),
        ("arn:aws:${aws:username}:::c", "Deny", True),
    ],
)
def test_a_pattern_that_never_is_like_the_resource_asks_for_no_key(pattern: str, effect: str, undecided: bool) -> None:
    statement = {"Effect": effect, "Action": "*", "Resource": pattern}
    statements = [statement] if effect == "Allow" else [ALLOW, statement]
    decision = decide([document(*statements)], [], {}, True)
    assert decision.keys == (("aws:username",) if undecided else ())
    assert (decision.outcome is Outcome.DEPENDS) is undecided


def test_a_pattern_that_matches_anyway_asks_for_no_key_of_another() -> None:
    for sure in ("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:b}"):
        both = {**ALLOW, "Resource": [sure, "arn:aws:s3:::b/${aws:a}"]}
        assert decide([document(both)], [], {"aws:b": "x"}, frozenset({"aws:a"})).outcome is Outcome.ALLOWED
        inverted = {"Effect": "Allow", "Action": "*", "NotResource": both["Resource"]}
        assert decide([document(inverted)], [], {"aws:b": "x"}, frozenset({"aws:a"})).outcome is Outcome.IMPLICIT_DENY


def test_only_the_keys_of_patterns_like_the_resource_matter() -> None:
    several = {**ALLOW, "Resource": ["arn:aws:s3:::c/${aws:a}", "arn:aws:s3:::b/${aws:b}"]}
    assert decide([document(several)], [], {}, True).keys == ("aws:b",)
    inverted = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/${aws:a}"}
    assert decide([document(inverted)], [], {}, True).keys == ("aws:a",), "without a value it opens nothing"
    denying = {**inverted, "Effect": "Deny"}
    assert decide([document(ALLOW, denying)], [], {}, True).outcome is Outcome.EXPLICIT_DENY


def test_two_elements_are_judged_apart() -> None:
    never, perhaps = {**ALLOW, "Resource": "arn:aws:s3:::c/${aws:a}"}, {**ALLOW, "Resource": "arn:aws:s3:::b/${aws:b}"}
    for both in ([never, perhaps], [perhaps, never]):
        assert decide([document(*both)], [], {}, True).keys == ("aws:b",)
    other = {**DENY, "Resource": "arn:aws:s3:::b/${aws:a}"}
    decision = decide([document(perhaps, other)], [], {}, True)
    assert decision.keys == ("aws:a", "aws:b")
    assert decision.outcomes == (Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)


X = {"aws:a": "x"}
PRESENT = {"Null": {"aws:a": "false"}}


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ({"ForAllValues:StringEquals": X, "ForAnyValue:StringEquals": X}, True),
        ({"ForAllValues:StringEquals": X, "ForAllValues:StringNotEquals": X, **PRESENT}, True),
        ({"ForAnyValue:StringEquals": X, "ForAnyValue:StringNotEquals": X}, True),
        ({"ForAnyValue:StringEquals": X, "ForAnyValue:StringNotEquals": X, "ForAllValues:StringEquals": X}, False),
        ({"StringEquals": X, "StringNotEquals": X}, False),
        ({"NumericNotEquals": {"aws:a": ["x", "5"]}, **PRESENT}, False),
        ({"ForAnyValue:NumericNotEquals": {"aws:a": ["x", "5"]}, **PRESENT}, False),
        ({"NumericNotEquals": {"aws:a": "5"}, **PRESENT}, True),
        ({"NumericEquals": {"aws:a": "x"}}, False),
    ],
)
def test_conditions_that_some_value_satisfies(condition: dict[str, Any], possible: bool) -> None:
    decision = decide([document({**ALLOW, "Condition": condition})], [], {}, True)
    assert decision.may_be_allowed is possible
    assert (decision.outcome is Outcome.IMPLICIT_DENY) is not possible


def test_conditions_on_one_key_share_its_possible_values() -> None:
    """Some values equal, some do not: neither statement applies."""
    every = [when("ForAllValues:StringNotEquals", "aws:a", "x"), when("StringEquals", "aws:a", "x")]
    for statements in (every, every[::-1]):
        decision = decide([document(*statements)], [], {}, True)
        assert decision.outcomes == (Outcome.ALLOWED, Outcome.IMPLICIT_DENY)


def test_some_equal_values_are_enough_for_any_although_one_of_the_policy_is_of_another_type() -> None:
    any_of = when("ForAnyValue:NumericEquals", "aws:n", ["1", "x"])
    all_of = when("ForAllValues:NumericEquals", "aws:n", ["1", "x"], Effect="Deny")
    assert decide([document(any_of, all_of)], [], {"aws:n": ["1", "2"]}).outcome is Outcome.ALLOWED
    assert decide([document(any_of, all_of)], [], {}, True).may_be_allowed


def test_a_key_that_is_known_is_not_absent_whatever_it_is_compared_with() -> None:
    """The two can hold together only without the key."""
    both = {"StringEqualsIfExists": {"aws:a": "${aws:v}"}, "StringNotEquals": {"aws:a": "${aws:v}"}}
    statement = {**ALLOW, "Condition": both}
    assert decide([document(statement)], [], {}, frozenset({"aws:a"})).may_be_allowed
    assert decide([document(statement)], [], {"aws:a": "x"}, True).outcome is Outcome.IMPLICIT_DENY


def test_a_trust_policy_s_keys() -> None:
    trust = compile_policy(
        document(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ssm.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceOrgID": "o"}},
            }
        ),
        "trust",
    )
    request = Request("ssm.amazonaws.com", "sts:AssumeRole", ROLE, "123456789012", {}, True)
    decision = evaluate(request, Policies(resource=trust))
    assert decision.keys == ("aws:sourceorgid",)
    assert decision.key_uses == (KeyUse("aws:sourceorgid", "aws:SourceOrgID", Layer.RESOURCE, "trust", "#1", False),)
