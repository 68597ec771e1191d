"""The owner guard: whether other owners' nodes are out of reach."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.requirements.catalogue import OWNER_GUARD
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_guard import guard
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.needs import GuardNeed
from tests.support.observations import USER, allow, deny, document, identity, inline, observation

NODES = "arn:aws:ssm:*:*:managed-instance/*"
NEED = OWNER_GUARD.need
BOTH = ["ssm:StartSession", "ssm:SendCommand"]


def judged(*statements: dict[str, Any], more_to_come: bool = False) -> Judgement:
    user = identity(USER, policies=(inline("P", document(*statements)),))
    seen = observation(user=user)
    assert isinstance(NEED, GuardNeed)
    return guard(NEED, Holdings.of(user, seen), seen, more_to_come=more_to_come)


@pytest.mark.parametrize("key", ["ssm:resourceTag/SSHOwner", "aws:ResourceTag/SSHOwner"])
def test_a_guard_of_the_owners_guards_by_either_name_of_the_tag(key: str) -> None:
    others = deny(BOTH, NODES, Condition={"StringNotEquals": {key: "${aws:userid}"}})
    assert judged(allow("*"), others).status is FindingStatus.SATISFIED_OTHERWISE


@pytest.mark.parametrize(("action", "told"), [(BOTH, " and "), ("ssm:SendCommand", "(ssm:SendCommand)")])
def test_what_reaches_them_is_named(action: Any, told: str) -> None:
    found = judged(allow(action))
    assert found.status is FindingStatus.MISSING
    assert told in found.fact
    assert found.fact.startswith("Role DataScientist can reach other owners' nodes")


def test_what_else_their_nodes_are_tagged_with_is_open() -> None:
    found = judged(allow("ssm:StartSession", NODES, Condition={"StringEquals": {"ssm:resourceTag/env": "dev"}}))
    assert found.status is FindingStatus.UNKNOWN
    assert [each.key for each in found.open_keys] == ["ssm:resourceTag/env"]
    assert "--assume ssm:resourceTag/env=VALUE" in found.remedy


def test_policies_to_come_reach_them() -> None:
    assert judged(allow("s3:*")).status is FindingStatus.SATISFIED_OTHERWISE
    found = judged(allow("s3:*"), more_to_come=True)
    assert found.status is FindingStatus.MISSING
    assert "once the policies of this plan are attached" in found.fact
