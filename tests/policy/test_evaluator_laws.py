"""Laws of the evaluator, as properties over generated policies and requests."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate

ROLE = "arn:aws:iam::123456789012:role/R"
KEYS = ("aws:a", "aws:b")
TESTS: dict[str, tuple[Any, ...]] = {
    "StringEquals": ("x", ["x", "y"], "${aws:b}"),
    "StringNotEquals": ("x", "y", "${aws:b}"),
    "StringLikeIfExists": ("x*",),
    "NumericLessThan": ("5",),
    "NumericNotEquals": ("5",),
    "Null": ("true", "false"),
    "ForAllValues:StringEquals": (["x"],),
    "ForAnyValue:StringNotEquals": (["x"],),
    "ForAnyValue:StringLike": (["x*"],),
}
VALUES: tuple[Any, ...] = (None, "x", "y", "xy", "4", "5", "6")


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    tests = [(name, value) for name, values in TESTS.items() for value in values]
    one = st.builds(lambda test, key: {test[0]: {key: test[1]}}, st.sampled_from(tests), st.sampled_from(KEYS))
    return st.one_of(st.just({}), one, st.builds(lambda a, b: {**a, **b}, one, one))


def statements() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda effect, action, resource, condition: {
            "Effect": effect,
            **action,
            **resource,
            "Condition": condition,
        },
        st.sampled_from(["Allow", "Allow", "Deny"]),
        st.sampled_from([{"Action": "s3:*"}, {"Action": "ec2:*"}, {"NotAction": "ec2:*"}]),
        st.sampled_from(
            [
                {"Resource": "*"},
                {"Resource": "arn:aws:s3:::b/${aws:a}"},
                {"Resource": ["arn:aws:s3:::c/${aws:a}", "arn:aws:s3:::b/${aws:b}"]},
                {"NotResource": "arn:aws:s3:::b/${aws:b}"},
                {"NotResource": "arn:aws:s3:::c/${aws:a}"},
            ]
        ),
        conditions(),
    )


def documents() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda found: {"Version": "2012-10-17", "Statement": found}, st.lists(statements(), min_size=1, max_size=3)
    )


def contexts() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({key: st.sampled_from(VALUES) for key in KEYS}).map(
        lambda values: {key: value for key, value in values.items() if value is not None}
    )


def decide(identity: list[dict[str, Any]], boundary: list[dict[str, Any]], context: Any, opened: Any = False) -> Any:
    policies = Policies(
        identity=tuple(compile_policy(each) for each in identity),
        boundaries=tuple(compile_policy(each) for each in boundary),
    )
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/x", "123456789012", context, opened)
    return evaluate(request, policies)


boundaries = st.lists(documents(), max_size=1)


def only(effect: str) -> st.SearchStrategy[dict[str, Any]]:
    return documents().map(
        lambda document: {**document, "Statement": [{**each, "Effect": effect} for each in document["Statement"]]}
    )


@given(documents(), only("Deny"), boundaries, contexts())
@settings(max_examples=150, deadline=None)
def test_adding_a_deny_never_opens(base: Any, deny: Any, boundary: Any, context: Any) -> None:
    after = decide([base, deny], boundary, context).outcome
    assert after is not Outcome.ALLOWED or decide([base], boundary, context).outcome is Outcome.ALLOWED


@given(documents(), only("Allow"), boundaries, contexts())
@settings(max_examples=150, deadline=None)
def test_adding_an_allow_never_closes(base: Any, allow: Any, boundary: Any, context: Any) -> None:
    before = decide([base], boundary, context).outcome
    assert before is not Outcome.ALLOWED or decide([base, allow], boundary, context).outcome is Outcome.ALLOWED


@given(documents(), boundaries, contexts(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_open_context_is_consistent_with_every_completion(
    base: Any, boundary: Any, context: Any, everything: bool
) -> None:
    known = {} if everything else {key: value for key, value in context.items() if key == "aws:b"}
    opened = decide([base], boundary, known, True if everything else frozenset({"AWS:A"}))
    completions = [
        {**known, "aws:a": first, **({"aws:b": second} if everything else {})} for first in VALUES for second in VALUES
    ]
    closed = {
        decide([base], boundary, {key: value for key, value in each.items() if value is not None}).outcome
        for each in completions
    }
    if opened.outcome is Outcome.DEPENDS:
        assert opened.keys
        assert set(opened.keys) <= (set(KEYS) if everything else {"aws:a"})
    else:
        assert closed == {opened.outcome}
    if len(closed) > 1:
        assert opened.outcome is Outcome.DEPENDS


def requests() -> st.SearchStrategy[Request]:
    return st.builds(
        lambda action, resource, context, opened: Request(ROLE, action, resource, "123456789012", context, opened),
        st.sampled_from(["s3:GetObject", "ec2:RunInstances", "ssm:StartSession"]),
        st.sampled_from(["arn:aws:s3:::b/x", "arn:aws:s3:::c/y", "*"]),
        contexts(),
        st.sampled_from([False, True, frozenset({"aws:A"})]),
    )


OTHER = {"Effect": "Deny", "Action": ["iam:*", "sqs:Send*"], "Resource": "*", "Condition": {"Null": {"aws:b": "true"}}}


@given(st.lists(documents(), min_size=1, max_size=2), requests(), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_statement_about_another_action_decides_nothing(
    found: Any, request: Request, bounded: bool, only: bool
) -> None:
    more = [{**document, "Statement": [*document["Statement"], OTHER]} for document in found]
    decisions = []
    for each in (found, more):
        compiled = tuple(map(compile_policy, each))
        policies = Policies(identity=compiled, boundaries=compiled[:1] if bounded else ())
        decisions.append(evaluate(request, policies, only_whether_allowed=only))
    assert decisions[0] == decisions[1]


@given(st.lists(documents(), min_size=1, max_size=2), st.lists(requests(), min_size=2, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_policies_remember_changes_no_decision(found: Any, asked: list[Request]) -> None:
    def policies() -> Policies:
        return Policies(identity=tuple(map(compile_policy, found)))

    shared = policies()
    assert [evaluate(each, shared) for each in asked] == [evaluate(each, policies()) for each in asked]
