"""Rows of an audit: how they stand, and what comes back from their lines."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.fleet.rows import RegionRow, RoleRow, RowVerdict, Standing, is_of_place, scope_of
from sm_ssh_widget.fleet.texts import TextTable
from sm_ssh_widget.requirements.baselines import BASELINES
from tests.fleet.audits import BLOCKED, MET, MISSING, UNKNOWN, audit, finding, row


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ([MET], RowVerdict.READY),
        ([MET, MISSING], RowVerdict.FIXABLE),
        ([MISSING, UNKNOWN], RowVerdict.UNKNOWN),
        ([UNKNOWN, BLOCKED, MISSING], RowVerdict.BLOCKED),
        ([], RowVerdict.READY),
    ],
)
def test_the_worst_required_finding_counts(statuses: list[Any], verdict: RowVerdict) -> None:
    found = [finding(f"role.{number}", status) for number, status in enumerate(statuses)]
    assert Standing.of(found).verdict is verdict
    optional = [finding("role.x", BLOCKED, required=False)]
    assert Standing.of([*found, *optional]).verdict is verdict


def test_a_denied_request_blocks_where_no_finding_does() -> None:
    assert Standing.of([finding("a", MET)], denied=True).blocked == ("requests",)
    assert Standing.of([finding("a", BLOCKED)], denied=True).blocked == ("a",)


def test_roles_that_need_the_same_are_of_one_group() -> None:
    table = TextTable()
    groups = [
        row(name, {"trust.ssm": status}, table).group for name, status in (("a", MISSING), ("b", MISSING), ("c", MET))
    ]
    assert groups[0] == groups[1] != groups[2]


def test_each_requirement_is_of_a_role_a_person_or_a_place() -> None:
    for requirement in (each for baseline in BASELINES.values() for each in baseline.requirements):
        assert (scope_of(requirement.id) == "user") == requirement.id.startswith("user.")
    of_place = {
        id for baseline in BASELINES.values() for id in (r.id for r in baseline.requirements) if is_of_place(id)
    }
    assert of_place == {"ssm.tier", "ssm.host-management"}, "of the others, each says something of the role"


def test_another_region_adds_what_differs() -> None:
    table = TextTable()
    here = row("a", {"trust.ssm": MET, "role.x": MET}, table)
    there = row("a", {"trust.ssm": MISSING, "role.x": MET}, table)
    both = here.and_elsewhere("us-east-1", there)
    assert both.verdict is RowVerdict.FIXABLE
    assert both.elsewhere == {"us-east-1": {"trust.ssm": there.cells["trust.ssm"]}}
    assert here.and_elsewhere("us-east-1", here).elsewhere == {}


def test_a_row_comes_back_from_its_line() -> None:
    found = audit({"a": {"trust.ssm": MISSING, "role.x": MET}})
    made = row(
        "a", {"trust.ssm": MISSING}, TextTable(), used_by=("domain/d",), last_used="2026-01-01", tags={"team": "x"}
    )
    assert RoleRow.from_json(made.to_json()) == made
    assert RegionRow.from_json(found.places[0].to_json()) == found.places[0]


@pytest.mark.parametrize(
    "edit",
    [
        {"verdict": "ready"},
        {"plan_group": "x"},
        {"account": "210987654321"},
        {"cells": {"trust.ssm": "x"}},
        {"role": "x"},
    ],
    ids=str,
)
def test_an_edited_row_is_refused(edit: dict[str, Any]) -> None:
    value = row("a", {"trust.ssm": MISSING}, TextTable()).to_json()
    with pytest.raises((KeyError, TypeError, ValueError)):
        RoleRow.from_json({**value, **edit})
