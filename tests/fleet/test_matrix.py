"""The matrix of an audit for a page."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.fleet.matrix import matrix_of
from sm_ssh_widget.fleet.stack_instances import StackInstance
from tests.fleet.audits import ACCOUNT, MET, MISSING, arn, audit


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


def test_the_stacks_of_a_roll_out_stand_beside_each_path() -> None:
    found = audit({"One": {"trust.ssm": MISSING}})
    found.rows.append(replace(found.rows[0], account="210987654321", role="arn:aws:iam::210987654321:role/Two"))
    stacks = [
        StackInstance("roles", ACCOUNT, "eu-west-1", "CURRENT"),
        StackInstance("tier", ACCOUNT, "us-east-1", "OUTDATED", f"{ACCOUNT} failed."),
    ]
    made = matrix_of(found, {}, lambda text: text.replace(ACCOUNT, "masked"), stacks)
    assert made.stacks == (
        ("OUTDATED", "OUTDATED: tier. masked failed."),
        ("NONE", "The roll-out has no stack in this account."),
    )
    assert made.to_json()["stacks"][0][0] == "OUTDATED"
    assert "stacks" not in matrix_of(found, {}).to_json()
