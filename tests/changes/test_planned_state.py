"""The state that a plan grows on: each change starts from the one before it, and only what was read counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.changes.plan import RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.merge import size
from sm_ssh_widget.requirements.observation import HeldPolicy, Known, Quotas
from tests.support.observations import (
    DENIED,
    allow,
    attached,
    document,
    identity,
    inline,
    observation,
    trusts,
    with_facts,
)

SSM = trusts("ssm.amazonaws.com")


def test_the_trust_is_the_one_that_was_recorded_last() -> None:
    held = identity(trust=document(SSM, SSM))
    state = PlannedState(observation(held))
    assert state.trust(held) == document(SSM, SSM)
    state.set_trust(held, document(SSM))
    assert state.trust(held) == document(SSM)
    assert state.kept == 2  # the statements that were there, counted once


def test_an_inline_policy_by_its_name() -> None:
    held = identity(policies=(inline("A", document(allow("a:B"))),))
    state = PlannedState(observation(held))
    assert state.inline(held, "A") == document(allow("a:B"))
    assert state.inline(held, "B") is None
    assert state.kept == 1
    state.set_inline(held, "B", document(allow("a:C")))
    assert state.inline(held, "B") == document(allow("a:C"))
    assert state.kept == 1


def test_the_size_of_all_inline_policies_of_the_identity_itself() -> None:
    of_a_group = replace(inline("G", document(allow("g:H"))), through="group team")
    held = identity(policies=(inline("A", document(allow("a:B"))), of_a_group))
    state = PlannedState(observation(held))
    state.set_inline(held, "B", document(allow("a:C")))
    texts = [document(allow("a:B")), document(allow("a:C")), document(allow("a:D"))]
    assert state.inline_size(held, "C", texts[2]) == sum(map(size, texts))
    assert state.inline_size(held, "A", texts[2]) == size(texts[2]) + size(texts[1])


def test_attachments_of_groups_do_not_count() -> None:
    own = attached("CloudWatchLogsFullAccess")
    held = identity(policies=(own, replace(attached("AmazonSSMManagedInstanceCore"), through="group team")))
    state = PlannedState(observation(held))
    assert state.attached(held) == {own.arn}
    state.attached(held).add("arn:x")
    assert state.attached(held) == {own.arn, "arn:x"}


def test_what_was_not_read_is_refused() -> None:
    unread = HeldPolicy("A", "", DENIED)
    state = PlannedState(observation())
    for ask in (
        lambda: state.inline(replace(identity(), inline=DENIED), "A"),
        lambda: state.inline(identity(policies=(unread,)), "A"),
        lambda: state.attached(replace(identity(), attached=DENIED)),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code is RefusalCode.UNKNOWN
        assert refused.value.reason == "AccessDenied Sign in."
    assert state.inline(identity(policies=(unread,)), "B") is None


def test_the_quotas_of_the_account_or_the_default_ones() -> None:
    quotas = Quotas(1, 2, 3, 4, 5)
    assert PlannedState(with_facts(observation(), quotas=Known(quotas, "read"))).quotas == quotas
    assert PlannedState(with_facts(observation(), quotas=DENIED)).quotas == Quotas()
