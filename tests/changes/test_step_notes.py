"""The notes of a step: exactly the names and forms that a run writes, and those that an undo keeps."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.changes.step_notes import MOST_ATTEMPTS, StepNotes, invalid_note, run_notes
from sm_ssh_widget.problem import Code

RESULT = {
    "instance": "i-1",
    "instance_type": "t3.micro",
    "subnet": "subnet-1",
    "region": "eu-west-1",
    "online_after_seconds": 5,
    "session": "s-1",
}
VALID: dict[str, Any] = {
    "begun": True,
    "code": Code.DRIFTED.value,
    "stays": False,
    "denied": "iam:PassRole",
    "next": "Retry.",
    "run": "0123456789abcdef",
    "attempt": MOST_ATTEMPTS,
    "instance": "i-0123456789abcdef0",
    "result": RESULT,
}


def test_every_note_has_a_form() -> None:
    assert set(VALID) == set(StepNotes.__annotations__)
    assert invalid_note(VALID) == ""
    assert invalid_note({}) == ""
    assert invalid_note({"instance": "", "attempt": 1, "stays": True}) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("begun", False),
        ("begun", 1),
        ("code", "nonsense"),
        ("stays", 0),
        ("denied", None),
        ("run", "0123456789abcde"),
        ("run", "0123456789abcdef0"),
        ("run", "0123456789ABCDEF"),
        ("attempt", 0),
        ("attempt", MOST_ATTEMPTS + 1),
        ("attempt", True),
        ("attempt", 1.0),
        ("instance", "i-"),
        ("instance", "i-0123456789abcdef01"),
        ("instance", "x"),
        ("result", {**RESULT, "online_after_seconds": "5"}),
        ("result", {**RESULT, "online_after_seconds": True}),
        ("result", {**RESULT, "session": None}),
        ("result", {**RESULT, "more": "x"}),
        ("more", "x"),
    ],
)
def test_another_name_or_form_is_invalid(name: str, value: Any) -> None:
    assert invalid_note({**VALID, name: value}) == name


def test_an_undo_keeps_the_notes_that_identify_what_the_run_wrote() -> None:
    notes: StepNotes = {
        "begun": True,
        "run": "0" * 16,
        "instance": "i-1",
        "attempt": 2,
        "code": "drifted",
        "stays": True,
    }
    assert run_notes(notes) == {"begun": True, "run": "0" * 16, "instance": "i-1", "attempt": 2}
    assert run_notes({"code": "drifted", "denied": "x:Y"}) == {}
