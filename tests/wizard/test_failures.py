"""Why a change failed decides what is offered; AWS's words stand alone, and ours beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from sm_ssh_widget.changes.journal import JournalStep, StepStatus
from sm_ssh_widget.changes.step_notes import StepNotes
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import Explain
from sm_ssh_widget.wizard.screens.apply import run
from sm_ssh_widget.wizard.screens.failures import Cause, cause_of, failed_step, step_problem, words
from sm_ssh_widget.wizard.state import Came, Explained, Pressed, Screen, Setting, WizardState
from sm_ssh_widget.wizard.steps import step as wizard_step
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


ID = "example1a2b3c4d5e6f7g8h9i"
WITH_ID = (
    f"{SAID[:-1]}. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/"
    f"{ID} for complete details, or call the GetRequestAuthorizationDetails API with the following "
    f"authorization id: {ID}"
)


class TestExplanation:
    """Where an authorization ID stands, AWS's own explanation is offered, and shown once it was read."""

    def failed(self, said: str = WITH_ID) -> WizardState:
        journal = applied(PLAN)
        first = journal.steps[0].id
        return WizardState(face=FACE, journal=journal.marked(first, StepStatus.FAILED, said))

    def test_it_is_offered_where_an_id_stands(self) -> None:
        (button,) = step_problem(step(StepStatus.FAILED, WITH_ID), "x", WizardState(face=FACE)).actions
        assert (button.id, button.label) == ("explain", "Read AWS's explanation")
        assert not step_problem(step(StepStatus.FAILED, SAID), "x", WizardState(face=FACE)).actions
        assert not step_problem(step(StepStatus.FAILED, WITH_ID), "x", WizardState()).actions, "nobody can read it"

    def test_it_is_read_as_who_is_signed_in(self) -> None:
        state, jobs = wizard_step(self.failed(), Pressed("explain"))
        assert [job.effect for job in jobs] == [Explain(WITH_ID)]
        assert state.busy is not None
        assert wizard_step(self.failed(SAID), Pressed("explain"))[1] == ()

    def test_it_is_shown_once_it_was_read(self) -> None:
        asked, jobs = wizard_step(self.failed(), Pressed("explain"))
        lines = ("iam:PutRolePolicy on role ER:", "Not allowed by service control policies.")
        state, _ = wizard_step(asked, Came(jobs[0].ticket, jobs[0].effect, Explained(ID, lines)))
        panel = step_problem(step(StepStatus.FAILED, WITH_ID), "x", state)
        assert not panel.actions
        assert "Not allowed by service control policies." in str(panel.next)
        other = step_problem(step(StepStatus.FAILED, WITH_ID.replace(ID, "f" * 25)), "x", state)
        assert other.actions, "another denial has another explanation"
