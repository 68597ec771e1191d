"""Who connects: suggested where it is known, never guessed in silence, and kept once it was chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from sm_ssh_widget.pipeline import Detection, SessionIdentity
from sm_ssh_widget.requirements.observation import Absent, Target
from sm_ssh_widget.wizard import choices, people, steps
from sm_ssh_widget.wizard.state import Chose, Screen, Typed, WizardState
from tests.support.observations import ROLE, USER

NOW = datetime(2026, 11, 29, tzinfo=timezone.utc)
ALICE = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataScientist_0123456789abcdef/alice"


def detected(user: bool) -> Detection:
    target = Target(ROLE, "eu-west-1", USER if user else None)
    return Detection(target, Absent("x"), "eu-west-1", (), in_sagemaker=True, shared_space=False)


def face(arn: str) -> SessionIdentity:
    return SessionIdentity(arn, "123456789012", "AROA:x", "browser", None, "", ())


def ids(state: WizardState) -> list[str]:
    return [each.id for each in people.offered(state)]


def test_without_a_clue_it_is_not_known_yet() -> None:
    state = WizardState(detection=detected(False))
    assert ids(state) == ["other", "not-yet"]
    assert people.choice_of(state) == "not-yet"
    assert choices.wanted(state).user == ""


def test_who_was_found_is_suggested_and_is_whom_the_check_finds() -> None:
    state = WizardState(detection=detected(True))
    assert ids(state) == ["found", "other"]
    assert people.choice_of(state) == "found"
    assert choices.wanted(state).user == ""


def test_what_was_entered_is_somebody_else() -> None:
    state, _ = steps.step(WizardState(detection=detected(False)), Typed("user", f" {USER} "))
    assert people.choice_of(state) == "other"
    assert choices.wanted(state).user == str(USER)
    state, _ = steps.step(state, Chose("connects", "not-yet", True))
    assert choices.wanted(state).user == ""


def test_whoever_signed_in_is_offered_and_stays_once_the_sign_in_is_forgotten() -> None:
    state = WizardState(detection=detected(False), face=face(ALICE), screen=Screen.WHO)
    assert ids(state) == ["signed-in", "other", "not-yet"]
    assert people.choice_of(state) == "not-yet", "an admin who signed in to write is not the one who connects"
    state, _ = steps.step(state, Chose("connects", "signed-in", True))
    assert choices.wanted(state).user == ALICE
    state = replace(state, face=None)
    assert choices.wanted(state).user == ALICE


def test_the_execution_role_itself_is_not_offered_as_a_person() -> None:
    session = f"arn:aws:sts::123456789012:assumed-role/{ROLE.name}/SageMaker"
    assert ids(WizardState(detection=detected(False), face=face(session))) == ["other", "not-yet"]
