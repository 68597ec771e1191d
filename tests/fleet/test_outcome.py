"""The code of an audit: 3 before 4 before 5 before 1."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.fleet.audit import AccountLine
from sm_ssh_widget.fleet.comparison import Since
from sm_ssh_widget.fleet.outcome import audit_code
from sm_ssh_widget.problem import Code
from tests.fleet.audits import ACCOUNT, BLOCKED, MET, MISSING, UNKNOWN, audit

WORSE = Since(regressed=((ACCOUNT, "", "", ""),))


@pytest.mark.parametrize(
    ("statuses", "since", "code"),
    [
        ((MET,), None, None),
        ((MET, MISSING), None, Code.MISSING),
        ((MISSING,), WORSE, Code.DRIFTED),
        ((MISSING, UNKNOWN), WORSE, Code.UNKNOWN),
        ((UNKNOWN, BLOCKED), WORSE, Code.BLOCKED),
        ((MET,), Since(), None),
    ],
)
def test_the_worst_counts(statuses: tuple[Any, ...], since: Since | None, code: Code | None) -> None:
    found = audit({f"r{number}": {"trust.ssm": status} for number, status in enumerate(statuses)})
    assert audit_code(found, since) is code


def test_a_region_counts_as_a_role_does() -> None:
    assert audit_code(audit({}, tier=MISSING)) is Code.MISSING


def test_fail_on_narrows_but_not_an_account_that_was_not_read() -> None:
    found = audit({"a": {"trust.ssm": BLOCKED}, "b": {"trust.ssm": MISSING}, "c": {"trust.ssm": UNKNOWN}})
    assert audit_code(found, fail_on=["missing"]) is Code.MISSING
    assert audit_code(found, fail_on=["unknown", "missing"]) is Code.UNKNOWN
    assert audit_code(found, WORSE, fail_on=["regressed"]) is Code.DRIFTED
    assert audit_code(found, fail_on=[]) is None
    found.accounts.append(AccountLine("210987654321", "not-read"))
    assert audit_code(found, fail_on=[]) is Code.UNKNOWN
    assert audit_code(found, fail_on=[], accepted=["210987654321"]) is None
    found.complete = False
    assert audit_code(found, fail_on=[], accepted=["210987654321"]) is Code.UNKNOWN
