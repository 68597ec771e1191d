"""The words of a decision, and the policies that decide about one action."""

from typing import Any

import pytest

from sm_ssh_widget.policy.compiled import CompiledPolicy, compile_policy
from sm_ssh_widget.policy.request import Decision, Layer, Outcome, Policies, Request

ALLOWED, EXPLICIT, IMPLICIT, DEPENDS = Outcome.ALLOWED, Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY, Outcome.DEPENDS


@pytest.mark.parametrize(
    ("outcome", "outcomes", "may_be"),
    [
        (ALLOWED, (), True),
        (EXPLICIT, (), False),
        (IMPLICIT, (), False),
        (DEPENDS, (ALLOWED, EXPLICIT), True),
        (DEPENDS, (EXPLICIT, IMPLICIT), False),
    ],
)
def test_whether_a_request_may_be_allowed(outcome: Outcome, outcomes: tuple[Outcome, ...], may_be: bool) -> None:
    assert Decision(outcome, outcomes=outcomes).may_be_allowed is may_be


def test_the_words_of_the_command_line() -> None:
    assert [outcome.value for outcome in Outcome] == ["allowed", "explicitDeny", "implicitDeny", "depends"]


def test_the_names_of_the_layers() -> None:
    assert [layer.value for layer in Layer] == ["identity", "resource", "boundary", "session", "scp", "rcp"]


def test_a_request_has_a_full_context_and_no_policies_unless_told() -> None:
    request = Request("p", "a:b", "*", "123456789012")
    assert (dict(request.context), request.open_context) == ({}, False)
    assert Policies() == Policies((), None, (), None, None, None)


ALLOW_S3 = {"Sid": "S3", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ALLOW_SSM = {"Sid": "SSM", "Effect": "Allow", "Action": "ssm:*", "Resource": "*"}


def policy(*statements: dict[str, str]) -> CompiledPolicy:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}, "both")


BOTH = policy(ALLOW_S3, ALLOW_SSM)
ACTION = "s3:getobject"


def sids(policies: tuple[CompiledPolicy, ...] | None) -> list[list[str]]:
    assert policies is not None
    return [[statement.name for statement in policy.statements] for policy in policies]


def policies_of(layer: str, found: Any) -> Policies:
    return Policies(**{layer: found})


@pytest.mark.parametrize("layer", ["identity", "boundaries", "session"])
def test_the_statements_about_an_action_are_chosen_in_every_layer(layer: str) -> None:
    every = policies_of(layer, (BOTH, policy(ALLOW_SSM)))
    assert sids(getattr(every.about(ACTION), layer)) == [["S3"], []]


@pytest.mark.parametrize("layer", ["scps", "rcps"])
def test_they_are_chosen_on_every_level_of_an_organization(layer: str) -> None:
    every = policies_of(layer, ((BOTH,), (), (policy(ALLOW_SSM), BOTH)))
    assert [sids(level) for level in getattr(every.about(ACTION), layer)] == [[["S3"]], [], [[], ["S3"]]]


def test_they_are_chosen_in_the_policy_of_the_resource() -> None:
    found = Policies(resource=BOTH).about(ACTION).resource
    assert found is not None
    assert sids((found,)) == [["S3"]]


def test_a_layer_that_limits_nothing_limits_nothing_about_one_action() -> None:
    assert Policies().about(ACTION) == Policies()
    none = Policies(boundaries=None, session=None, scps=(), rcps=())
    assert none.about(ACTION) == none


def test_what_was_chosen_is_remembered_and_no_part_of_the_value() -> None:
    asked, fresh = Policies((BOTH,)), Policies((BOTH,))
    first = asked.about(ACTION)
    assert asked.about(ACTION) is first
    assert sids(asked.about("ssm:startsession").identity) == [["SSM"]]
    assert asked == fresh
    assert repr(asked) == repr(fresh)
    with pytest.raises(TypeError):
        Policies((), None, (), None, None, None, {})  # type: ignore[call-arg]
