"""What is around every screen: where this works and as whom, the stepper, and what is said aloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.wizard.effects import Apply, Check
from sm_ssh_widget.wizard.screens import frame
from sm_ssh_widget.wizard.state import Busy, Intent, Screen, WizardState
from sm_ssh_widget.wizard.view import View
from tests.changes.story import applied, whole_plan
from tests.wizard.test_people import NOW, detected, face
from tests.wizard.test_picture import drawn

ADMIN = face("arn:aws:iam::123456789012:user/admin")
PLAN = whole_plan()
FOUND = WizardState(detection=detected(False))
APPLYING = Busy(Apply(PLAN), 1)


def steps(state: WizardState) -> dict[str, str]:
    return {item.label: item.state for item in frame.stepper(state)}


def test_an_account_has_the_same_color_every_time() -> None:
    assert frame.hue("123456789012") == frame.hue("123456789012")
    assert {frame.hue(f"{n:012}") for n in range(200)} == set(range(1, 9))


def test_an_alias_stands_before_the_digits_of_its_account_only() -> None:
    report = drawn()
    account = replace(report.observation.account, alias=Known("acme-ml"))
    named = replace(report, observation=replace(report.observation, account=account))
    for shown, text in ((report, "123456789012"), (named, "acme-ml (123456789012)")):
        bar = frame.context(WizardState(report=shown), NOW)
        assert bar is not None
        assert (bar.account, bar.hue) == (text, frame.hue("123456789012"))


def test_without_an_account_the_bar_says_nothing() -> None:
    assert frame.context(WizardState(), NOW) is None


@pytest.mark.parametrize(
    ("minutes", "words", "ending"),
    [
        (None, "Signed in as user/admin, no expiration", False),
        (57, "Signed in as user/admin, 57 min", False),
        (10, "Signed in as user/admin, 10 min", False),
        (9, "Signed in as user/admin, 9 min", True),
        (0, "Signed in as user/admin, sign-in ended", True),
    ],
)
def test_it_says_who_is_signed_in_and_for_how_long(minutes: int | None, words: str, ending: bool) -> None:
    until = NOW + timedelta(minutes=minutes) if minutes is not None else None
    bar = frame.context(replace(FOUND, face=replace(ADMIN, until=until)), NOW)
    assert bar is not None
    assert (bar.words, bar.ending, bar.access) == (words, ending, "signed-in")
    assert bar.forget is not None


def test_it_says_who_writes_and_nothing_is_forgotten_meanwhile() -> None:
    bar = frame.context(replace(FOUND, face=ADMIN, busy=APPLYING), NOW)
    assert bar is not None
    assert (bar.access, bar.words, bar.forget) == ("writes", "Writes as user/admin, no expiration", None)
    read = frame.context(FOUND, NOW)
    assert read is not None
    assert (read.access, read.words, read.account, read.region) == ("read", "Read only", "123456789012", "eu-west-1")


def test_to_sign_in_for_reading_is_a_part_of_health() -> None:
    state = replace(FOUND, report=drawn(), screen=Screen.PERMISSION, intent=Intent.READ)
    assert steps(state) == {
        "Who and where": "done",
        "Health": "current",
        "Plan": "ahead",
        "Permission": "ahead",
        "Apply": "ahead",
        "Proof": "ahead",
    }


def test_a_step_that_lies_ahead_is_not_done_before_it_was_gone_through() -> None:
    state = replace(FOUND, report=drawn(), plan=PLAN, offer=PLAN, face=ADMIN, screen=Screen.PLAN)
    assert steps(state)["Permission"] == "ahead"
    assert steps(replace(state, screen=Screen.PERMISSION))["Plan"] == "done"
    assert steps(replace(state, screen=Screen.HEALTH))["Plan"] == "ahead"
    done = replace(state, screen=Screen.HEALTH, journal=applied(PLAN))
    assert steps(done)["Apply"] == "done"


def test_the_segment_fills_while_something_runs() -> None:
    state = replace(FOUND, screen=Screen.APPLY, plan=PLAN, busy=APPLYING)
    (current,) = [item for item in frame.stepper(state) if item.state == "current"]
    assert current.percent == 50
    journal = applied(PLAN)
    (nearly,) = [i for i in frame.stepper(replace(state, journal=journal)) if i.state == "current"]
    assert nearly.percent == 100
    (idle,) = [i for i in frame.stepper(replace(state, busy=None)) if i.state == "current"]
    assert idle.percent == 0


@pytest.mark.parametrize(("screen", "aside"), [(Screen.HAND_OVER, True), (Screen.UNDO, True), (Screen.PLAN, False)])
def test_what_is_beside_the_steps_is_drawn_so(screen: Screen, aside: bool) -> None:
    (current,) = [i for i in frame.stepper(replace(FOUND, plan=PLAN, screen=screen)) if i.state == "current"]
    assert current.aside is aside


@pytest.mark.parametrize(
    ("heading", "said", "status"),
    [
        ("2 of 7 could not be read", "", "2 of 7 could not be read."),
        ("Undo 4 changes?", "", "Undo 4 changes?"),
        ("The `role` is {{ready}}", "Done.", "The role is ready. Done."),
    ],
)
def test_the_live_region_says_the_headline_and_then_what_happened(heading: str, said: str, status: str) -> None:
    assert frame.status(View("health", heading, (), (), ()), said) == status


def test_what_is_under_way_is_named_as_the_page_knows_it() -> None:
    assert frame.busy(FOUND) == ""
    assert frame.busy(replace(FOUND, busy=APPLYING)) == "Apply"
    assert frame.busy(replace(FOUND, busy=Busy(Check("", "", "", "classic", ()), 1))) == "Check"
