"""Comparing states: what was there has to be the same, what was asked for has to be reached."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS
from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Kind

TRUST = RESOURCE_KINDS[Kind.TRUST]
TIER = RESOURCE_KINDS[Kind.SERVICE_SETTING]


def document(**statement: Any) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **statement}]}
    )


def test_every_kind_has_a_state() -> None:
    assert set(RESOURCE_KINDS) == set(Kind)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"Statement": [], "Version": "2012-10-17"}', '{"Version": "2012-10-17", "Statement": []}'),
        (
            document(Principal={"Service": ["a.amazonaws.com", "b.amazonaws.com"]}),
            document(Principal={"Service": "a.amazonaws.com"}),
        ),
        (document(Condition={"Bool": {"k": True}}), document(Condition={"Bool": {"k": 1}})),
        (document(), None),
        (None, document()),
        ("not JSON", document()),
    ],
)
def test_what_was_there_has_to_be_the_same(one: str | None, other: str | None) -> None:
    assert not TRUST.unchanged(one, other)


def test_white_space_is_no_drift() -> None:
    assert TRUST.unchanged(document(), json.dumps(json.loads(document()), indent=7))
    assert TRUST.unchanged(None, None)
    assert TRUST.unchanged("not JSON", "not JSON")


def test_aws_may_spell_what_was_asked_for_its_own_way() -> None:
    asked = document(Principal={"AWS": "123456789012"})
    assert KINDS[Kind.TRUST].same(asked, document(Principal={"AWS": ["arn:aws:iam::123456789012:root"]}))
    assert not KINDS[Kind.TRUST].same(asked, document(Principal={"AWS": "*"}))
    assert not KINDS[Kind.TRUST].same(asked, None)
    assert KINDS[Kind.TRUST].same(None, None)


def test_a_setting_is_its_value_and_pending_is_not_settled() -> None:
    default, pending = {"value": "standard", "status": "Default"}, {"value": "advanced", "status": "PendingUpdate"}
    assert TIER.unchanged(default, {"value": "standard", "status": "Customized"})
    assert not TIER.unchanged(default, pending)
    assert KINDS[Kind.SERVICE_SETTING].same({"value": "advanced", "status": "Customized"}, pending)
    assert not TIER.settled(pending)
    assert TIER.settled(default)
