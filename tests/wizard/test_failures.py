"""Why a change failed decides what is offered; AWS's words stand alone, and ours beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from sm_ssh_widget.changes.journal import JournalStep, StepStatus
from sm_ssh_widget.changes.step_notes import StepNotes
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens.apply import run
from sm_ssh_widget.wizard.screens.failures import Cause, cause_of, failed_step, step_problem, words
from sm_ssh_widget.wizard.state import Screen, Setting, WizardState
from tests.changes.story import applied, whole_plan
from tests.wizard.test_people import NOW, face

PLAN = whole_plan()
SAID = "AccessDenied: User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:PutRolePolicy."
ADVICE = "Sign in as an identity that is allowed iam:PutRolePolicy."
FACE = face("arn:aws:iam::123456789012:user/ann")


def step(status: StepStatus, detail: str = "", **notes: object) -> JournalStep:
    return JournalStep("id", status, detail, notes=cast(StepNotes, notes))


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (step(StepStatus.FAILED, SAID), Cause.DENIED),
        (step(StepStatus.FAILED, "x", denied="iam:PutRolePolicy"), Cause.DENIED),
        (step(StepStatus.FAILED, "x is not authorized to y"), Cause.DENIED),
        (step(StepStatus.FAILED, "ServiceFailure: no.", code="unreachable"), Cause.NETWORK),
        (step(StepStatus.FAILED, "ExpiredToken: no.", code="sign-in"), Cause.SIGN_IN),
        (step(StepStatus.FAILED, "LimitExceeded: no.", code="aws-refused"), Cause.OTHER),
        (step(StepStatus.DRIFTED, SAID), Cause.CHANGED),
        (step(StepStatus.IN_DOUBT, SAID), Cause.UNCONFIRMED),
    ],
)
def test_the_cause(found: JournalStep, cause: Cause) -> None:
    assert cause_of(found) is cause


def test_what_aws_said_is_told_without_our_advice() -> None:
    found = step(StepStatus.FAILED, f"{SAID} {ADVICE}", next=ADVICE)
    assert words(found) == SAID
    panel = step_problem(found, "iam:PutRolePolicy", WizardState(face=FACE))
    assert (panel.said, panel.by_aws) == (SAID, True)
    assert panel.next.endswith("Trying again as user/ann ends the same way.")
    assert words(step(StepStatus.FAILED, SAID)) == SAID


def test_what_is_ours_is_not_told_as_what_aws_said() -> None:
    panel = step_problem(step(StepStatus.DRIFTED, "It is not as it was when the plan was made."), "x", WizardState())
    assert not panel.by_aws
    assert step_problem(step(StepStatus.FAILED), "x", WizardState()).said == "No reason was given."


@pytest.mark.parametrize(
    ("status", "notes", "detail", "labels", "primary"),
    [
        (
            StepStatus.FAILED,
            {},
            SAID,
            ["Back", "Retry", "Hand over to an admin", "Sign in as another identity"],
            "Sign in as another identity",
        ),
        (StepStatus.FAILED, {"code": "unreachable"}, "ServiceFailure: no.", ["Back", "Retry"], "Retry"),
        (StepStatus.FAILED, {"code": "sign-in"}, "ExpiredToken: no.", ["Back", "Sign in"], "Sign in"),
        (
            StepStatus.FAILED,
            {"code": "aws-refused"},
            "LimitExceeded: no.",
            ["Back", "Sign in as another identity", "Retry"],
            "Retry",
        ),
        (StepStatus.DRIFTED, {}, "Changed.", ["Back", "Retry", "Check again"], "Check again"),
        (StepStatus.IN_DOUBT, {}, "Cut.", ["Back", "Retry"], "Retry"),
    ],
)
def test_the_primary_button_follows_the_cause(
    status: StepStatus, notes: StepNotes, detail: str, labels: list[str], primary: str
) -> None:
    journal = applied(PLAN)
    second = journal.steps[1]
    failed = replace(second, status=status, detail=detail, notes=notes)
    journal = replace(journal, steps=(journal.steps[0], failed, *journal.steps[2:]), path="/j.json")
    setting = Setting(formats=(("ticket", "Ticket"),))
    view = run(WizardState(setting=setting, screen=Screen.APPLY, journal=journal, face=FACE), NOW)
    assert [action.label for action in view.actions] == labels
    (only,) = [action for action in view.actions if action.look == "primary"]
    assert isinstance(only, Action)
    assert only.label == primary
    assert failed_step(journal) == failed
