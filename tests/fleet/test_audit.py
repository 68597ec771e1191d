"""The file of an audit: what is written comes back, what was cut off is dropped, what was edited is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.fleet.audit import AuditHeader, read_audit, resumed
from sm_ssh_widget.problem import Code, Problem
from tests.fleet.audits import MET, MISSING, audit, lines

ROLES = {"One": {"trust.ssm": MISSING}, "Two": {"trust.ssm": MET}}


def test_an_audit_comes_back_from_its_lines() -> None:
    made = audit(ROLES)
    found = read_audit(lines(made), "x")
    assert (found.header, found.rows, found.places, found.accounts) == (
        made.header,
        made.rows,
        made.places,
        made.accounts,
    )
    assert found.complete
    assert found.text(found.rows[0], "trust.ssm")["fact"] == "One: trust.ssm is missing"
    assert found.counts == {"ready": 1, "fixable": 1, "blocked": 0, "unknown": 0, "ignored": 0}


@pytest.mark.parametrize("kept", range(1, 8))
def test_a_torn_last_line_is_dropped(kept: int) -> None:
    whole = lines(audit(ROLES))
    found = read_audit([*whole[:kept], whole[kept][:-1]], "x")
    assert not found.complete
    assert len(found.rows) + len(found.places) + len(found.table.texts) + len(found.accounts) == kept - 1


@pytest.mark.parametrize(
    ("number", "edit"),
    [
        (0, {"schema": "other"}),
        (0, {"kind": "role"}),
        (1, {"id": 5}),
        (1, {"kind": "other"}),
        (4, {"cells": {"ssm.tier": 99}}),
        (5, {"cells": {"trust.ssm": -1}}),
        (5, {"verdict": "ready"}),
    ],
    ids=str,
)
def test_an_edited_line_is_refused(number: int, edit: dict[str, Any]) -> None:
    whole = lines(audit(ROLES))
    whole[number] = json.dumps({**json.loads(whole[number]), **edit}) + "\n"
    with pytest.raises(Problem) as refused:
        read_audit(whole, "x")
    assert refused.value.code is Code.INVALID
    assert f"Line {number + 1} " in refused.value.said


def test_nothing_stands_behind_the_end_and_a_header_before_all() -> None:
    whole = lines(audit(ROLES))
    for wrong in ([*whole, whole[1]], [], whole[1:]):
        with pytest.raises(Problem):
            read_audit(wrong, "x")


def test_only_the_same_question_is_resumed() -> None:
    found = read_audit(lines(audit(ROLES))[:-2], "x")
    again = resumed(found, found.header)
    assert (again.rows, again.accounts, again.complete) == (found.rows, [], False)
    assert not list(again.table.fresh()), "what was written is not written again"
    other = AuditHeader("", "least-privilege", (), found.header.regions, "")
    with pytest.raises(Problem):
        resumed(found, other)
