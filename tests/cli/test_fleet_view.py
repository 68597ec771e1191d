"""The lines of a fleet's run: what each member is for, with its account where there are several."""

from __future__ import annotations

import io
from dataclasses import replace

from sm_ssh_widget.cli.fleet_view import FleetProgress
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from tests.fleet.plans import fleet

PLAN = fleet("Train")


def lines(plan: FleetPlan) -> list[str]:
    shown = io.StringIO()
    progress = FleetProgress(Output(err=shown), plan)
    for number, member in enumerate(plan.members, 1):
        progress.member(number, len(plan.members), member, "begun")
        progress.member(number, len(plan.members), member, "done")
    return [" ".join(line.split()) for line in shown.getvalue().splitlines()]


def test_one_account() -> None:
    assert lines(PLAN) == ["[1/2] ✔ done role Train", "[2/2] ✔ done Region eu-west-1"]


def test_several_accounts() -> None:
    first = PLAN.members[0]
    other = replace(first, plan=replace(first.plan, target={**first.plan.target, "account": "210000000002"}))
    assert lines(replace(PLAN, members=(first, other))) == [
        "[1/2] ✔ done role Train in account 123456789012",
        "[2/2] ✔ done role Train in account 210000000002",
    ]
