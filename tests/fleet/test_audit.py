"""The file of an audit: what is written comes back, what was cut off is dropped, what was edited is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.fleet.audit import AuditHeader, read_audit, resumed
from sm_ssh_widget.problem import Code, Problem
from tests.fleet.audits import MET, MISSING, UNKNOWN, audit, lines

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


def test_the_digest_of_rows_tells_what_they_say_and_not_in_which_order_it_was_read() -> None:
    one, other = audit(ROLES), audit(dict(reversed(ROLES.items())))
    assert [row.cells for row in one] != [row.cells for row in reversed(other.rows)], "the texts have other numbers"
    assert one.digest_of(one) == other.digest_of(other)
    assert one.digest_of(one) != one.digest_of(one.rows[:1])
    for said in ({"One": {"trust.ssm": UNKNOWN}}, {"One": {"trust.sagemaker": MISSING}}):
        told = audit({**ROLES, **said})
        assert one.digest_of(one) != told.digest_of(told)


@pytest.mark.parametrize("change", [{"caveats": (0,)}, {"elsewhere": {"us-east-1": {"trust.ssm": 0}}}, {"trusts": {}}])
def test_the_digest_of_rows_holds_every_text_that_is_named_by_number(change: dict[str, Any]) -> None:
    one = audit(ROLES)
    assert one.digest_of(one) != one.digest_of([replace(row, **change) for row in one])


def test_only_the_same_question_is_resumed() -> None:
    found = read_audit(lines(audit(ROLES))[:-2], "x")
    again = resumed(found, found.header)
    assert (again.rows, again.accounts, again.complete) == (found.rows, [], False)
    assert not list(again.table.fresh()), "what was written is not written again"
    other = AuditHeader("", "least-privilege", (), found.header.regions, "")
    with pytest.raises(Problem):
        resumed(found, other)
