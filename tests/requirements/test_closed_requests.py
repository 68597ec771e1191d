"""Decisions that rest on no key: equal to those of the evaluator, for whoever asks, and remembered by what decided."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.policy.compiled import CompiledPolicy, compile_policy
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, evaluate
from sm_ssh_widget.requirements import closed_requests
from sm_ssh_widget.requirements.closed_requests import decide_closed, is_closed

ROLE, OTHER = "arn:aws:iam::123456789012:role/R", "arn:aws:iam::123456789012:role/other/O"
BUCKET = "arn:aws:s3:::b/k"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(["s3:GetObject", "s3:*", "*", "kms:Decrypt", ["s3:Put*", "iam:PassRole"]]),
        "Resource": st.sampled_from(["*", BUCKET, "arn:aws:s3:::b/*", "arn:aws:s3:::${aws:userid}/*", ROLE, KEY]),
    },
    optional={
        "Condition": st.just({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        "Principal": st.just({"AWS": "123456789012"}),
    },
)
DOCUMENTS = st.lists(STATEMENTS, max_size=3)
ASKED = st.sampled_from(
    [("s3:GetObject", BUCKET), ("s3:PutObject", BUCKET), ("iam:PassRole", ROLE), ("kms:Decrypt", KEY), ("s3:*", "*")]
)
CONTEXTS = st.sampled_from([{}, {"aws:userid": "b", "aws:MultiFactorAuthPresent": "true"}])


def compiled(*statements: dict[str, Any], name: str = "P") -> CompiledPolicy:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}, name)


def about(action: str, *policies: CompiledPolicy) -> tuple[CompiledPolicy, ...]:
    return tuple(policy.about(action.lower()) for policy in policies)


@given(st.lists(DOCUMENTS, max_size=3), st.lists(DOCUMENTS, max_size=1), ASKED, CONTEXTS)
def test_what_is_closed_is_decided_alike_whoever_asks_and_whatever_the_context(
    identity: list[list[Any]], limits: list[list[Any]], asked: tuple[str, str], context: dict[str, str]
) -> None:
    action, resource = asked
    held = tuple(compiled(*each, name=f"P{number}") for number, each in enumerate(identity))
    boundary = tuple(compiled(*each, name="boundary") for each in limits)
    narrowed, limiting = about(action, *held), about(action, *boundary)
    if not is_closed((*narrowed, *limiting)):
        return
    decided = decide_closed(ROLE, action, resource, narrowed, limiting)
    for who in (ROLE, OTHER):
        request = Request(who, action, resource, "123456789012", context, open_context=frozenset({"aws:sourcevpc"}))
        assert evaluate(request, Policies(identity=held, boundaries=boundary)) == decided
        assert decide_closed(who, action, resource, narrowed, limiting) == decided


def test_conditions_variables_readings_and_principals_leave_it_open() -> None:
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET}
    assert is_closed((compiled(allow),))
    assert is_closed(())
    for more in (
        {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Resource": "arn:aws:s3:::${aws:userid}"},
        {"Resource": "arn:aws:ssm:*:123456789012:document/x"},
        {"Principal": "*"},
    ):
        assert not is_closed((compiled(allow), compiled({**allow, **more})))


def test_what_is_remembered_is_of_these_policies_and_of_this_request() -> None:
    yes, no = (compiled({"Effect": effect, "Action": "s3:*", "Resource": BUCKET}) for effect in ("Allow", "Deny"))
    ask = ROLE, "s3:GetObject"
    assert decide_closed(*ask, BUCKET, (yes,), ()).outcome is Outcome.ALLOWED
    assert decide_closed(*ask, BUCKET, (yes, no), ()).outcome is Outcome.EXPLICIT_DENY
    assert decide_closed(*ask, f"{BUCKET}2", (yes,), ()).outcome is Outcome.IMPLICIT_DENY
    assert decide_closed(ROLE, "s3:PutObject", BUCKET, (yes,), (yes,)).outcome is Outcome.ALLOWED
    assert decide_closed(*ask, BUCKET, (yes,), (no,)).outcome is Outcome.EXPLICIT_DENY
    assert decide_closed(*ask, BUCKET, (yes,), about("s3:getobject", compiled())).outcome is Outcome.IMPLICIT_DENY


def test_no_more_is_remembered_than_is_of_use() -> None:
    policy = compiled({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    for number in range(3000):
        assert decide_closed(ROLE, "s3:GetObject", f"arn:aws:s3:::b/{number}", (policy,), ()).policy == "P"
    assert len(closed_requests._DECIDED) <= 2048
