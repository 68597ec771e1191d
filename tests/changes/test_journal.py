"""What a journal keeps, what it says of itself, and which files are none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.journal import SETTLED, SETTLED_UNDOING, Journal, StepStatus, of_run
from sm_ssh_widget.changes.plan import Kind, digest
from sm_ssh_widget.problem import Code, Problem
from tests.changes.story import applied, whole_plan

PLAN = whole_plan()
RUN = "0123456789abcdef"
RESULT = {
    "instance": "i-1",
    "instance_type": "t3.micro",
    "subnet": "subnet-1",
    "region": "eu-west-1",
    "online_after_seconds": 3,
    "session": "s",
}


def with_statuses(*statuses: StepStatus, observed: Any = None) -> Journal:
    """A journal of as many steps as statuses."""
    journal = applied(replace(PLAN, changes=PLAN.changes[: len(statuses)]))
    for step, status in zip(journal.steps, statuses, strict=True):
        kept = step.observed if status in (StepStatus.DONE, StepStatus.UNDONE) else observed
        journal = journal.marked(step.id, status, observed=kept)
    return journal


class TestFile:
    def test_it_reads_back_as_itself(self) -> None:
        journal = applied(PLAN, undoes="first.json")
        notes = {"begun": True, "run": RUN, "instance": "", "attempt": 2, "result": RESULT, "code": "refused"}
        notes |= {"stays": False, "denied": "x"}
        journal = journal.marked(
            PLAN.changes[0].id, StepStatus.DONE, "Said.", notes={**notes, "stays": False, "denied": "x"}
        )
        record = json.loads(json.dumps(journal.to_record()))
        assert Journal.from_record(record, "PATH") == replace(journal, path="PATH")

    @pytest.mark.parametrize(
        "edit",
        [
            lambda value: value.pop("plan"),
            lambda value: value.pop("undoes"),
            lambda value: value["steps"].pop(),
            lambda value: value["steps"].reverse(),
            lambda value: value["steps"].append(value["steps"][0]),
            lambda value: value["steps"][0].update(status="anything"),
            lambda value: value["steps"][0].update(detail=7),
            lambda value: value["steps"][0].update(at=None),
            lambda value: value["steps"][0].update(observed=None),
            lambda value: value["steps"][0].update(more=1),
            lambda value: value["steps"][0].pop("notes"),
            lambda value: value["steps"][0].update(notes=[]),
            lambda value: value.update(schema="other"),
            lambda value: value.update(version="0.1.0"),
            lambda value: value["plan"]["changes"][0].update(after="{}"),
            lambda value: value["steps"][0].update(detail="\ud83d"),
            *(
                lambda value, name=name: value.update({name: 7})
                for name in ("acted_as", "endpoint", "started", "undoes")
            ),
        ],
    )
    def test_one_that_is_cut_short_or_edited_is_refused(self, edit: Any) -> None:
        value = json.loads(json.dumps(applied(PLAN).to_record()))
        edit(value)
        with pytest.raises(Problem) as caught:
            Journal.from_record(value, "FILE")
        assert caught.value.code is Code.INVALID

    @pytest.mark.parametrize("name", ["../a.json", "/a.json", "a/b", "a\\b.json", "C:a.json", ".", "..", "a\0"])
    def test_what_it_undoes_is_a_file_beside_it(self, name: str) -> None:
        record = applied(PLAN, undoes="").to_record()
        for plain in ("", "20261129T162108.711-apply-82f239a663a6.json", "a copy", ".hidden"):
            assert Journal.from_record({**record, "undoes": plain}, "FILE").undoes == plain
        with pytest.raises(Problem, match="not the name of a file"):
            Journal.from_record({**record, "undoes": name}, "FILE")

    @pytest.mark.parametrize(
        ("name", "lies"),
        [
            ("begun", [False, 1, "yes", None]),
            ("run", ["", "*", RUN + "0", RUN.upper(), 7, None, ["x"]]),
            ("instance", ["i-", "i-x", "mi-1", 7, None, " i-1", "i-1 "]),
            ("attempt", [0, -1, 1001, True, "1", 1.0, None]),
            ("code", ["", "no-code", 7, None]),
            ("stays", ["", 0, None]),
            ("denied", [7, None, []]),
            ("result", [{}, [], None, {**RESULT, "x": "y"}, {**RESULT, "session": 1}]),
            ("result", [{**RESULT, "online_after_seconds": "3"}, {**RESULT, "online_after_seconds": True}]),
            ("calls", [[]]),
        ],
    )
    def test_a_note_that_this_program_does_not_write_is_refused(self, name: str, lies: list[Any]) -> None:
        record = json.loads(json.dumps(applied(PLAN).to_record()))
        for lie in lies:
            record["steps"][0]["notes"] = {name: lie}
            with pytest.raises(Problem) as caught:
                Journal.from_record(record, "FILE")
            assert caught.value.code is Code.INVALID, lie

    @pytest.mark.parametrize("attempt", [1, 1000])
    def test_as_many_attempts_as_there_may_be(self, attempt: int) -> None:
        record = json.loads(json.dumps(applied(PLAN).to_record()))
        record["steps"][0]["notes"] = {"attempt": attempt, "instance": "i-0123456789abcdef0"}
        assert Journal.from_record(record, "FILE").steps[0].notes["attempt"] == attempt

    def test_a_plan_whose_digest_was_made_again_is_read(self) -> None:
        """It is for the guard to judge."""
        record = json.loads(json.dumps(applied(PLAN).to_record()))
        record["plan"]["kept"] = 99
        record["plan"]["digest"] = digest({key: value for key, value in record["plan"].items() if key != "digest"})
        assert Journal.from_record(record, "FILE").plan.kept == 99


class TestWhereItStands:
    @pytest.mark.parametrize("status", StepStatus)
    def test_complete(self, status: StepStatus) -> None:
        journal = with_statuses(StepStatus.DONE, status)
        assert journal.complete is (status in SETTLED)
        assert replace(journal, undoing=True).complete is False
        undone = replace(with_statuses(StepStatus.UNDONE, status), undoing=True)
        assert undone.complete is (status in SETTLED_UNDOING)

    @pytest.mark.parametrize("status", StepStatus)
    def test_resumable_and_unfinished(self, status: StepStatus) -> None:
        journal = with_statuses(StepStatus.DONE, status)
        assert journal.resumable is (status is not StepStatus.UNDONE)
        assert journal.unfinished is (status not in SETTLED)

    @pytest.mark.parametrize("status", StepStatus)
    def test_nothing_of_which_a_part_was_undone_is_unfinished(self, status: StepStatus) -> None:
        """It would be offered to be gone on with, and then refused."""
        journal = with_statuses(StepStatus.UNDONE, status)
        assert not journal.resumable
        assert not journal.unfinished

    def test_one_that_was_never_begun_is_unfinished(self) -> None:
        assert with_statuses(StepStatus.PENDING, StepStatus.PENDING).unfinished

    def test_what_an_undo_left_alone_is_at_its_end(self) -> None:
        assert with_statuses(StepStatus.DRIFTED, StepStatus.PENDING).unfinished
        assert with_statuses(StepStatus.DRIFTED, StepStatus.DONE).unfinished
        assert not with_statuses(StepStatus.DRIFTED, StepStatus.DONE, observed="text").unfinished
        assert with_statuses(StepStatus.DRIFTED, StepStatus.PENDING, observed="text").unfinished

    def test_what_the_commands_print(self) -> None:
        journal = replace(with_statuses(StepStatus.DONE, StepStatus.PENDING), path="PATH")
        first, second = (step.id for step in journal.steps)
        assert journal.to_json() == {
            "journal": "PATH",
            "digest": journal.plan.digest,
            "steps": [
                {"id": first, "status": "done", "detail": ""},
                {"id": second, "status": "pending", "detail": ""},
            ],
            "complete": False,
        }


class TestSteps:
    def test_one_step_is_moved_and_no_other(self) -> None:
        journal = applied(PLAN)
        moved = journal.marked(PLAN.changes[1].id, StepStatus.FAILED, "Said.", at="now")
        assert moved.steps[1] == replace(journal.steps[1], status=StepStatus.FAILED, detail="Said.", at="now")
        assert (*moved.steps[:1], *moved.steps[2:]) == (*journal.steps[:1], *journal.steps[2:])

    def test_a_step_that_there_is_not_cannot_be_marked(self) -> None:
        with pytest.raises(KeyError):
            applied(PLAN).marked("nothing", StepStatus.DONE)

    def test_only_an_instance_is_one_of_a_run(self) -> None:
        for change in PLAN.changes:
            named = of_run(change, {"run": RUN})
            assert (named.resource.get("run") == RUN) is (change.kind is Kind.INSTANCE)
            assert of_run(change, {}) == change
