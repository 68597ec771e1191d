"""The matrix of an audit for a page."""

from __future__ import annotations

from sm_ssh_widget.fleet.matrix import matrix_of
from tests.fleet.audits import MET, MISSING, arn, audit


def test_rows_refer_to_tables() -> None:
    found = audit({"One": {"trust.ssm": MISSING, "role.x": MET}, "Two": {"trust.ssm": MET}})
    made = matrix_of(found, {"trust.ssm": "Trust"}, lambda text: text.replace("One", "1"))
    assert made.columns == (("trust.ssm", "Trust"), ("role.x", "role.x"))
    (name, path, status, group, uses, used, *cells), other = made.rows
    assert (name, made.paths[path] + "One", uses, used) == ("1", arn("One"), 0, "")
    assert made.to_json()["statuses"][status] == "fixable"
    assert made.groups[group]["title"] == "1 role · 1 requirement missing: ssm trust"
    assert [made.texts[cell][0] for cell in cells] == ["missing", "satisfied"]
    assert other[-1] == -1, "no such requirement"
