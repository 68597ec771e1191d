"""Whether an account has changed since a proof failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.requirements.fingerprint import changed, fingerprint, name_of
from sm_ssh_widget.requirements.observation import HeldPolicy, Known, Observation, Tier
from tests.support.observations import DENIED, allow, attached, deny, document, identity, inline, observation, trusts

ROLE = identity(policies=(attached("AmazonSSMManagedInstanceCore"), inline("P", document(allow("s3:*")))))


@pytest.mark.parametrize(
    "other",
    [
        observation(replace(ROLE, trust=Known(document(trusts("ssm.amazonaws.com"))))),
        observation(identity(policies=(attached("AmazonSSMManagedInstanceCore"),))),
        observation(identity(policies=(attached("AmazonSSMManagedInstanceCore"), inline("P", document(deny("*")))))),
        observation(identity(policies=(inline("P", document(allow("s3:*"))),))),
        observation(ROLE, tier=Known(Tier("advanced", "Customized"))),
        observation(replace(ROLE, boundary=Known(inline("B", document()).document.value))),  # type: ignore[union-attr]
    ],
    ids=["trust", "inline-gone", "inline-text", "attached", "tier", "boundary"],
)
def test_every_fact_counts(other: Observation) -> None:
    assert changed(fingerprint(observation(ROLE)), fingerprint(other))


def test_the_same_account_is_the_same_whatever_the_order_and_the_reader() -> None:
    before, policies = fingerprint(observation(ROLE)), ROLE.attached
    assert not changed(before, fingerprint(observation(ROLE)))
    hidden = replace(ROLE, inline=Known((HeldPolicy("P", "", DENIED),)), trust=DENIED)
    assert not changed(before, fingerprint(observation(hidden)))
    assert not changed(fingerprint(observation(hidden)), before)
    assert isinstance(policies, Known)


def test_a_role_in_another_region_is_another_name() -> None:
    target = observation().target
    assert name_of(target) == name_of(target)
    assert name_of(target) != name_of(replace(target, region="us-east-1"))
