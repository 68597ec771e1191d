"""Whether a state is the one that was asked for: AWS's spelling counts as the same, anybody else's does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.arrived import ALIKE, brought
from sm_ssh_widget.changes.plan import Change, Kind
from tests.changes.story import MANAGER, left, whole_plan
from tests.support.observations import document, trusts

CHANGES = {change.kind: change for change in whole_plan().changes}
EC2, SSM = trusts("ec2.amazonaws.com"), trusts("ssm.amazonaws.com")
DOCUMENTS = (Kind.TRUST, Kind.ROLE, Kind.ROLE_INLINE, Kind.USER_INLINE)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_brings_what_it_says_and_not_what_was_there(kind: Kind) -> None:
    change = CHANGES[kind]
    assert brought(change, left(change))
    assert not brought(change, change.before)
    assert not brought(change, 7)
    assert not brought(change, [])


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_in_the_spelling_of_aws(kind: Kind) -> None:
    change = replace(CHANGES[kind], after=document(EC2, SSM))
    assert brought(change, document(SSM, {**EC2, "Action": ["STS:AssumeRole"]}))
    assert not brought(change, document(SSM))
    assert not brought(change, document(EC2, SSM, SSM))
    assert not brought(change, None)
    gone: Change = replace(change, after=None)
    assert brought(gone, None)
    assert not brought(gone, document())


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_text_that_is_no_document_is_itself_only(kind: Kind) -> None:
    assert ALIKE[kind]("{", "{")
    assert not ALIKE[kind]("{", "{ ")


def test_a_setting_by_its_value() -> None:
    alike = ALIKE[Kind.SERVICE_SETTING]
    advanced = {"value": "advanced", "status": "Customized"}
    assert alike(advanced, {"value": "advanced", "status": "Default"})
    assert not alike(advanced, {"value": "standard", "status": "Customized"})
    assert not alike(advanced, None)
    assert not alike(None, advanced)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"name": "n", "parameters": {"A": "1", "B": "2"}, "manager": MANAGER}, True),
        ({"name": "n", "parameters": {"A": "2"}}, False),
        ({"name": "n", "parameters": {}}, False),
        ({"name": "m", "parameters": {"A": "1"}}, False),
        (None, False),
    ],
)
def test_a_configuration_by_its_name_and_what_was_asked_for(found: Any, expected: bool) -> None:
    alike = ALIKE[Kind.QUICK_SETUP]
    assert alike({"name": "n", "parameters": {"A": "1"}}, found) is expected
    assert alike(None, found) is (found is None)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"instance": "i-1"}, True),
        ({"instance": "i-1", "now": {"state": "running"}}, True),
        ({"instance": "i-1", "more": 1}, False),
        ({"instance": 1}, False),
        ({"now": {}}, False),
        (None, False),
    ],
)
def test_an_instance_that_a_check_left_running(found: Any, expected: bool) -> None:
    check = CHANGES[Kind.INSTANCE]
    assert brought(check, found) is expected
    gone = replace(check, before=check.after, after=None)
    assert brought(gone, found) is (found is None)
    assert not brought(CHANGES[Kind.QUICK_SETUP], {"instance": "i-1"})
