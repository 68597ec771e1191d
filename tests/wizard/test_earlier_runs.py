"""The runs that went before: what can be gone on with is offered, and nothing that would then be refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.pipeline import check_resumable
from sm_ssh_widget.wizard.blocks import Row, Rows
from sm_ssh_widget.wizard.fleet_state import BEGUN, FleetRunState
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.state import Screen, WizardState
from tests.changes.story import applied, whole_plan
from tests.fleet.plans import fleet, member

PLAN = whole_plan()


def offered(journal: Journal) -> list[str]:
    """What the buttons beside an earlier run do."""
    (rows,) = earlier(replace(WizardState(), earlier=(replace(journal, path="/a.json"),)))
    assert isinstance(rows, Rows)
    return [action.id.partition(":")[0] for row in rows.rows for action in row.actions]


@pytest.mark.parametrize("first", StepStatus)
@pytest.mark.parametrize("second", StepStatus)
def test_continue_never_ends_in_a_refusal(first: StepStatus, second: StepStatus) -> None:
    journal = applied(replace(PLAN, changes=PLAN.changes[:2]))
    for step, status in zip(journal.steps, (first, second), strict=True):
        journal = journal.marked(step.id, status)
    continues = "continue-earlier" in offered(journal)
    assert continues is journal.unfinished
    if continues:
        check_resumable(journal)


def test_a_run_of_which_a_part_was_undone_is_not_continued() -> None:
    journal = applied(replace(PLAN, changes=PLAN.changes[:2]))
    drifted = journal.marked(journal.steps[0].id, StepStatus.DRIFTED).marked(journal.steps[1].id, StepStatus.UNDONE)
    assert "continue-earlier" not in offered(drifted)


def test_a_record_that_others_may_have_written_says_so() -> None:
    journal = replace(applied(replace(PLAN, changes=PLAN.changes[:1])), path="/a.json")
    reason = "Its group can write it."
    (rows,) = earlier(replace(WizardState(), earlier=(journal,), doubted=(("/a.json", reason),)))
    assert isinstance(rows, Rows)
    assert f"Others may have written it: {reason}" in rows.rows[0].consequence
    (rows,) = earlier(replace(WizardState(), earlier=(journal,), doubted=(("/b.json", reason),)))
    assert isinstance(rows, Rows)
    assert "Others" not in rows.rows[0].consequence


FLEET = fleet("a", "b")
RUN = FleetRunState(FLEET, 1, "/journals/20261130T093627.844-fleet-ab12", {0: "done", 1: BEGUN})


def row_of(run: FleetRunState, **more: object) -> Row:
    (rows,) = earlier(replace(WizardState(), fleets=(run,), **more))  # type: ignore[arg-type]
    assert isinstance(rows, Rows)
    (row,) = rows.rows
    return row


def test_a_run_of_many_roles_says_how_far_it_is_and_is_opened() -> None:
    row = row_of(RUN)
    assert (row.title, row.word) == ("Unfinished fleet run", "Unfinished")
    assert row.fact.startswith("1 of 3 plans applied to 2 roles, started 2026-11-30 ")
    (button,) = row.actions
    assert (button.id, button.acts) == ("open-run:20261130T093627.844-fleet-ab12", False)
    whole = row_of(replace(RUN, outcomes=dict.fromkeys(range(3), "done")))
    assert (whole.title, whole.word) == ("Earlier fleet run", "Applied")
    assert "Others may have written it: Why." in row_of(RUN, doubted=((RUN.path, "Why."),)).consequence
    assert "Others" not in row.consequence
    assert row_of(replace(RUN, path="/journals/mine")).fact.endswith("started mine.")


def test_a_run_over_several_accounts_is_named_with_the_way_to_continue_it() -> None:
    other = replace(
        member("c"), plan=replace(member("c").plan, target={**member("c").plan.target, "account": "2" * 12})
    )
    row = row_of(replace(RUN, plan=replace(FLEET, members=(*FLEET.members, other))))
    assert row.actions == ()
    assert "covers 2 accounts" in row.consequence
    assert "--member-role" in row.consequence


def test_runs_of_many_roles_stand_on_the_first_screen_only() -> None:
    assert earlier(replace(WizardState(), fleets=(RUN,), screen=Screen.PROOF)) == ()
