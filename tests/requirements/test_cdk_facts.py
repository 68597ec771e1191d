"""What the facts about CDK's leftovers give where they were read, and where they were not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.requirements.cdk_facts import CdkPolicy, CdkStack, Leftovers
from sm_ssh_widget.requirements.facts import Absent, Fact, Known
from tests.support.observations import DENIED

STACKS = (
    CdkStack("SSH-IAM", "CREATE_COMPLETE", ("Deploys", "Updates")),
    CdkStack("SSH-SSM", "DELETE_FAILED"),
    CdkStack("Other", "CREATE_COMPLETE", ("Third",)),
)
POLICIES = (CdkPolicy("SSH-IAM-Policy", Known(("role R",))),)


def test_what_was_read_is_given_in_its_order() -> None:
    found = Leftovers(Known(STACKS, "read"), Known(POLICIES, "read"))
    assert found.known_stacks == STACKS
    assert found.known_policies == POLICIES
    assert found.rewriting_roles == ("Deploys", "Updates", "Third")


@pytest.mark.parametrize("fact", [DENIED, Absent("read")])
def test_what_was_not_read_gives_nothing(fact: Fact[tuple[CdkStack, ...]]) -> None:
    found = Leftovers(fact, fact)  # type: ignore[arg-type]
    assert (found.known_stacks, found.known_policies, found.rewriting_roles) == ((), (), ())


def test_without_a_check_everything_is_absent_and_a_stack_rewrites_nothing() -> None:
    assert Leftovers() == Leftovers(Absent(), Absent(), Absent())
    assert CdkStack("S", "CREATE_COMPLETE").rewriting == ()
    assert CdkStack("S", "CREATE_COMPLETE").unread == ()
    assert Leftovers().unread == ()


def test_every_read_that_failed_is_kept() -> None:
    roles, beside, attached = (replace(DENIED, read=name) for name in ("roles", "beside", "attached"))
    stacks = Known((*STACKS, CdkStack("S", "CREATE_COMPLETE", unread=(roles,))), "read")
    policies = Known((*POLICIES, CdkPolicy("P", attached)), "read")
    assert Leftovers(stacks, policies, beside=(beside,)).unread == (beside, roles, attached)
    assert Leftovers(roles, attached).unread == (roles, attached)
