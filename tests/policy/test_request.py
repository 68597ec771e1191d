"""The words of a decision: which of them leave a request allowed."""

import pytest

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
