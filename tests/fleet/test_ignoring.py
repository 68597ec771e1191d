"""Ignore rules: complete or refused, for a time, and never silent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sm_ssh_widget.fleet.ignoring import accepts_account, ignore, parse_rules
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.problem import Code, Problem
from tests.fleet.audits import ACCOUNT, BLOCKED, MET, MISSING, audit

TODAY = date(2026, 11, 29)
RULE: dict[str, Any] = {"reason": "Legacy", "by": "jane", "until": date(2026, 11, 29), "roles": ["arn:*:role/old-*"]}
ROLES = {
    "old-a": {"trust.ssm": MISSING, "role.x": BLOCKED},
    "new-a": {"trust.ssm": MISSING},
    "old-ready": {"trust.ssm": MET},
}


def statuses(**rule: Any) -> dict[str, RowVerdict]:
    found = ignore(audit(ROLES), parse_rules({"ignore": [{**RULE, **rule}]}, "x"), TODAY)
    return {row.name: row.verdict for row in found}


def test_a_rule_takes_its_roles_out_and_says_so() -> None:
    assert statuses() == {"old-a": RowVerdict.IGNORED, "new-a": RowVerdict.FIXABLE, "old-ready": RowVerdict.READY}
    found = ignore(audit(ROLES), parse_rules({"ignore": [RULE]}, "x"), TODAY)
    assert found.rows[0].ignored_by == "Legacy (jane, until 2026-11-29)"
    assert not found.notes


def test_a_rule_for_one_finding_leaves_the_others() -> None:
    assert statuses(findings=["role.x"])["old-a"] is RowVerdict.FIXABLE
    assert statuses(findings=["trust.ssm"])["old-a"] is RowVerdict.BLOCKED
    assert statuses(findings=["trust.ssm", "role.x"])["old-a"] is RowVerdict.IGNORED


def test_an_account_has_to_match_too() -> None:
    assert statuses(accounts=["210987654321"])["old-a"] is RowVerdict.BLOCKED
    assert statuses(accounts=[ACCOUNT])["old-a"] is RowVerdict.IGNORED


def test_an_expired_or_unused_rule_is_reported() -> None:
    for rule, note in (
        ({**RULE, "until": date(2026, 11, 28)}, "Expired, counts again"),
        ({**RULE, "roles": ["arn:nothing"]}, "Matches no role"),
    ):
        found = ignore(audit(ROLES), parse_rules({"ignore": [rule]}, "x"), TODAY)
        assert found.rows[0].verdict is RowVerdict.BLOCKED
        assert [each.partition(":")[0] for each in found.notes] == [note]


@pytest.mark.parametrize(
    "edit",
    [
        {"reason": None}, {"reason": " "}, {"by": None}, {"until": None}, {"until": "2027-01-01"}, {"role": ["x"]},
        {"roles": "arn:*"}, {"roles": [1]}, {"roles": []},
    ],
    ids=str,
)  # fmt: skip
def test_a_rule_of_another_shape_is_refused(edit: dict[str, Any]) -> None:
    rule = {key: value for key, value in {**RULE, **edit}.items() if value is not None}
    with pytest.raises(Problem) as refused:
        parse_rules({"ignore": [rule]}, "x")
    assert refused.value.code is Code.USAGE


@pytest.mark.parametrize("value", [{"ignored": []}, {"ignore": {}}, {"ignore": ["x"]}], ids=str)
def test_a_file_of_another_shape_is_refused(value: Any) -> None:
    with pytest.raises(Problem):
        parse_rules(value, "x")


def test_an_account_is_accepted_only_by_its_number() -> None:
    (by_account,) = parse_rules({"ignore": [{**RULE, "roles": [], "accounts": [ACCOUNT]}]}, "x")
    (by_role,) = parse_rules({"ignore": [RULE]}, "x")
    assert accepts_account([by_account], ACCOUNT, TODAY)
    assert not accepts_account([by_role], ACCOUNT, TODAY)
    assert not accepts_account([by_account], ACCOUNT, date(2027, 1, 1))
