"""Whether a state is the one that was asked for: AWS's spelling counts as the same, anybody else's does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.kinds import DOCUMENTS, KINDS, reached
from sm_ssh_widget.changes.plan import Change, Kind
from tests.changes.story import MANAGER, left, whole_plan
from tests.support.observations import document, trusts

CHANGES = {change.kind: change for change in whole_plan().changes}
EC2, SSM = trusts("ec2.amazonaws.com"), trusts("ssm.amazonaws.com")


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_brings_what_it_says_and_not_what_was_there(kind: Kind) -> None:
    change = CHANGES[kind]
    assert reached(change, left(change))
    assert not reached(change, change.before)
    assert not reached(change, 7)
    assert not reached(change, [])


@pytest.mark.parametrize("kind", sorted(DOCUMENTS))
def test_a_document_in_the_spelling_of_aws(kind: Kind) -> None:
    change = replace(CHANGES[kind], after=document(EC2, SSM))
    assert reached(change, document(SSM, {**EC2, "Action": ["STS:AssumeRole"]}))
    assert not reached(change, document(SSM))
    assert not reached(change, document(EC2, SSM, SSM))
    assert not reached(change, None)
    gone: Change = replace(change, after=None)
    assert reached(gone, None)
    assert not reached(gone, document())


@pytest.mark.parametrize("kind", sorted(DOCUMENTS))
def test_a_text_that_is_no_document_is_itself_only(kind: Kind) -> None:
    assert KINDS[kind].same("{", "{")
    assert not KINDS[kind].same("{", "{ ")


def test_a_setting_by_its_value() -> None:
    alike = KINDS[Kind.SERVICE_SETTING].same
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
    alike = KINDS[Kind.QUICK_SETUP].same
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
    assert reached(check, found) is expected
    gone = replace(check, before=check.after, after=None)
    assert reached(gone, found) is (found is None)
    assert not reached(CHANGES[Kind.QUICK_SETUP], {"instance": "i-1"})
