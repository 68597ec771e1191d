"""A fleet plan: its order, its digest, and what is refused when it comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.fleet.fleet_plan import FleetPlan, limited, ordered, read_fleet_plan, scope_of_finding
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from tests.fleet.plans import SELECTION, fleet, member


def test_it_comes_back_from_its_lines() -> None:
    made = fleet("a", "b", "c")
    assert read_fleet_plan(made.lines(), "x") == made
    assert made.title == "13 changes to 3 roles in 1 account"


def test_canaries_come_first_one_of_each_group_then_the_region() -> None:
    members = [member(name) for name in ("d", "c", "b", "a")] + [member("a", "region")]
    groups = {str(each.role): "x" if each.role and each.role[-1] in "abc" else "y" for each in members}
    cases = {1: ["a", None, "b", "c", "d"], 2: ["a", "d", None, "b", "c"], 3: ["a", "d", "b", None, "c"]}
    for canaries, expected in cases.items():
        found = [each.role and each.role.rpartition("/")[2] for each in ordered(members, groups, canaries)]
        assert found == expected


@pytest.mark.parametrize(
    "edit",
    [
        {"baseline": "least-privilege"}, {"options": ["owner-guard"]}, {"ignored": 1}, {"digest": "sha256:x"},
        {"schema": "x"}, {"plans": []},
    ],
    ids=str,
)  # fmt: skip
def test_an_edited_manifest_is_refused(edit: dict[str, Any]) -> None:
    first, *rest = fleet("a", "b").lines()
    with pytest.raises(Problem) as refused:
        read_fleet_plan([json.dumps({**json.loads(first), **edit}) + "\n", *rest], "x")
    assert refused.value.code is Code.INVALID


def test_plans_that_do_not_belong_together_are_refused() -> None:
    made = fleet("a", "b")
    one, other = made.members[0], member("a", "region")
    for wrong in (
        replace(made, members=(one, one)),
        replace(made, members=(replace(other, scope="role"),)),
        replace(made, options=("owner-guard",)),
    ):
        with pytest.raises(Problem):
            read_fleet_plan(wrong.lines(), "x")
    with pytest.raises(Problem):
        read_fleet_plan(made.lines()[:-1], "x")


def test_scopes_share_out_every_required_step() -> None:
    found = [limited(SELECTION, scope) for scope in ("role", "user", "region")]
    steps = [each.steps for each in found if each is not None]
    required = {each.id for each in SELECTION.requirements if SELECTION.requires(each)}
    assert frozenset().union(*steps) == required
    assert sum(map(len, steps)) == len(required)
    assert scope_of_finding("ssm.tier") == "region"
    assert scope_of_finding("user.permissions") == "user"
    assert scope_of_finding("trust.ssm") == "role"
    checks = limited(Selection.of("classic", ("instance-check",)), "region")
    assert checks is not None
    assert checks.checks_instance


@pytest.mark.parametrize(("scope", "noun"), [("role", "role"), ("region", "Region"), ("user", "principal")])
def test_others_of_a_member_are_counted_by_what_it_is_for(scope: Any, noun: str) -> None:
    assert replace(member("a"), scope=scope).noun == noun


def test_an_empty_fleet_has_no_changes() -> None:
    assert FleetPlan("classic", (), "", ()).changes == 0
