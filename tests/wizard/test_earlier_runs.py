"""The runs that went before: what can be gone on with is offered, and nothing that would then be refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.pipeline import check_resumable
from sm_ssh_widget.wizard.blocks import Rows
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.state import WizardState
from tests.changes.story import applied, whole_plan

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
