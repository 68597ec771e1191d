"""Groups of roles that need the same."""

from __future__ import annotations

from sm_ssh_widget.fleet.groups import groups_of, short
from tests.fleet.audits import BLOCKED, MET, MISSING, audit

ROLES = {
    "a": {"trust.ssm": MISSING, "role.x": MISSING},
    "b": {"trust.ssm": MET, "role.x": MET},
    "c": {"trust.ssm": MET, "role.x": MISSING},
    "d": {"trust.ssm": MET, "role.x": MISSING},
    "e": {"trust.ssm": MISSING, "role.x": BLOCKED},
}


def test_what_can_be_fixed_comes_first_then_larger_groups() -> None:
    titles = [group.title for group in groups_of(audit(ROLES).rows)]
    assert titles == [
        "2 roles · 1 requirement missing: x",
        "1 role · 2 requirements missing: ssm trust, x",
        "1 role · 1 requirement missing: ssm trust; 1 requirement blocked: x",
        "1 role · ready",
    ]


def test_a_tag_or_account_splits_groups() -> None:
    rows = [row for row in audit(ROLES).rows if row.name in "cd"]
    tagged = [rows[0], type(rows[1])(**{**vars(rows[1]), "tags": {"team": "t"}})]
    assert len(groups_of(tagged)) == 1
    assert [group.id.partition(":")[2] for group in groups_of(tagged, by="team-tag")] == ["", "t"]
    assert len(groups_of(tagged, by="account")) == 1


def test_short_names() -> None:
    assert [short(each) for each in ("trust.ssm", "role.cloudwatch-logs", "requests")] == [
        "ssm trust",
        "cloudwatch-logs",
        "requests",
    ]
