"""The brake behind planning, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.undo import inverse_plan, resource_of
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Observation
from tests.support.observations import document, identity, observation, trusts

ACCOUNT = "123456789012"


def plan_of(seen: Observation) -> Plan:
    selection = Selection.of()
    return make_plan(selection, seen, assess(selection, seen))


def edited(plan: Plan, **fields: Any) -> Plan:
    """The plan with its first change altered, as a fault of ours might."""
    return replace(plan, changes=(replace(plan.changes[0], **fields), *plan.changes[1:]))


class TestGuard:
    def test_a_plan_of_ours_passes(self) -> None:
        guard.check(plan_of(observation()), account=ACCOUNT)

    def test_another_account(self) -> None:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(plan_of(observation()), account="999999999999")
        assert (caught.value.name, caught.value.code) == ("wrong-account", Code.REFUSED)

    @pytest.mark.parametrize(
        "after",
        [
            document(trusts("ssm.amazonaws.com")),
            document(trusts("ssm.amazonaws.com"), trusts("sagemaker.amazonaws.com")),
            document(trusts(["sagemaker.amazonaws.com"]), trusts("ssm.amazonaws.com")),
            document(),
        ],
        ids=["dropped", "reordered", "rewritten", "emptied"],
    )
    def test_a_statement_that_would_be_lost(self, after: str) -> None:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(edited(plan_of(observation()), after=after), account=ACCOUNT)
        assert caught.value.name == "statement-lost"

    def test_a_resource_of_another_account(self) -> None:
        stranger = {"role": "X", "arn": "arn:aws:iam::999999999999:role/X"}
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(edited(plan_of(observation()), resource=stranger), account=ACCOUNT)
        assert caught.value.name == "wrong-account"

    def test_a_path_that_nobody_knows(self) -> None:
        unknown = {"role": "X", "arn": f"arn:aws:iam::{ACCOUNT}:role/…/X"}
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(edited(plan_of(observation()), resource=unknown), account=ACCOUNT)
        assert caught.value.name == "path-not-known"

    def test_a_document_that_is_none(self) -> None:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(edited(plan_of(observation()), after="{"), account=ACCOUNT)
        assert caught.value.name == "malformed"


def applied(plan: Plan) -> Journal:
    journal = Journal.begin(plan, acted_as="arn", endpoint="", started="2026-01-01T00:00:00+00:00")
    for change in plan.changes:
        journal = journal.marked(change.id, StepStatus.DONE, observed=change.after)
    return journal


def as_applied(plan: Plan) -> dict[Any, Any]:
    return {resource_of(change): change.after for change in plan.changes}


class TestUndo:
    def test_the_way_back_is_the_way_there_reversed(self) -> None:
        plan = plan_of(observation())
        back = inverse_plan(applied(plan), as_applied(plan)).plan
        assert [c.id for c in back.changes] == [c.id for c in reversed(plan.changes)]
        assert [c.after for c in back.changes] == [c.before for c in reversed(plan.changes)]
        assert back.undoes == plan.digest
        assert Plan.from_json(back.to_json()) == back

    def test_a_chain_on_one_document_ends_with_the_first_text(self) -> None:
        plan = plan_of(observation(identity(trust=document())))
        back = inverse_plan(applied(plan), as_applied(plan)).plan
        trust = [c for c in back.changes if c.finding.startswith("trust.")]
        assert [c.id for c in trust] == ["trust.ssm", "trust.sagemaker"]
        assert trust[0].after == trust[1].before
        assert trust[1].after == document()

    def test_what_somebody_changed_since_is_left_alone_and_the_rest_is_undone(self) -> None:
        plan = plan_of(observation())
        live = as_applied(plan)
        live[resource_of(plan.changes[0])] = document(trusts("ssm.amazonaws.com"))
        way_back = inverse_plan(applied(plan), live)
        assert way_back.drifted == ("trust.ssm",)
        assert len(way_back.plan.changes) == len(plan.changes) - 1

    def test_what_is_as_before_already_needs_nothing(self) -> None:
        plan = plan_of(observation())
        live = {resource_of(change): change.before for change in plan.changes}
        way_back = inverse_plan(applied(plan), live)
        assert way_back.plan.empty
        assert len(way_back.already) == len(plan.changes)

    def test_what_was_never_written_is_not_undone(self) -> None:
        plan = plan_of(observation())
        journal = Journal.begin(plan, acted_as="arn", endpoint="", started="")
        assert inverse_plan(journal, as_applied(plan)).plan.empty

    def test_an_inverse_plan_passes_the_guard(self) -> None:
        plan = plan_of(observation())
        guard.check(inverse_plan(applied(plan), as_applied(plan)).plan, account=ACCOUNT, taking_back=True)

    def test_a_way_back_is_no_plan_to_apply(self) -> None:
        plan = plan_of(observation())
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(inverse_plan(applied(plan), as_applied(plan)).plan, account=ACCOUNT)
        assert caught.value.name == "takes-back"


class TestJournal:
    def test_it_reads_back_as_itself(self) -> None:
        journal = applied(plan_of(observation()))
        assert Journal.from_record(journal.to_record(), "") == journal

    @pytest.mark.parametrize(
        "edit",
        [
            lambda value: value.pop("plan"),
            lambda value: value["steps"].pop(),
            lambda value: value["steps"][0].update(status="anything"),
            lambda value: value.update(schema="other"),
            lambda value: value["plan"]["changes"][0].update(after="{}"),
        ],
    )
    def test_one_that_is_cut_short_or_edited_is_refused(self, edit: Any) -> None:
        value = applied(plan_of(observation())).to_record()
        edit(value)
        with pytest.raises(Problem) as caught:
            Journal.from_record(value, "FILE")
        assert caught.value.code is Code.INVALID

    def test_complete_means_something_else_when_undoing(self) -> None:
        journal = applied(plan_of(observation()))
        assert journal.complete
        assert not replace(journal, undoing=True).complete
        for step in journal.steps:
            journal = journal.marked(step.id, StepStatus.UNDONE)
        assert replace(journal, undoing=True).complete

    def test_a_step_that_there_is_not_cannot_be_marked(self) -> None:
        with pytest.raises(KeyError):
            applied(plan_of(observation())).marked("nothing", StepStatus.DONE)


def test_changes_compare_by_value() -> None:
    one: Change = plan_of(observation()).changes[0]
    assert one == plan_of(observation()).changes[0]
