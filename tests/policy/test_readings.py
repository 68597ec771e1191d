"""The sentences of AWS that leave room: their names, which stand in decisions, and their sources."""

from __future__ import annotations

from sm_ssh_widget.policy import readings
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.policy.readings import Reading


def test_the_names_of_the_readings() -> None:
    assert [reading.value for reading in Reading] == ["segment-wildcard", "for-any-value-if-exists"]


def test_each_is_quoted_with_two_pages_of_aws() -> None:
    with open(readings.__file__, encoding="utf-8") as source:
        assert source.read().count("https://docs.aws.amazon.com/") == 2 * len(Reading)


def test_a_decision_names_the_reading_that_it_rests_on() -> None:
    allow = {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "arn:aws:ssm:*:managed-instance/*"}
    policy = compile_policy({"Version": "2012-10-17", "Statement": [allow]}, "own")
    node = "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-0a"
    request = Request(
        "arn:aws:iam::123456789012:role/R", "ssm:StartSession", node, "123456789012", open_context=frozenset()
    )
    decision = evaluate(request, Policies((policy,)))
    assert (decision.outcome, decision.readings) == (Outcome.DEPENDS, (Reading.SEGMENT_WILDCARD,))
