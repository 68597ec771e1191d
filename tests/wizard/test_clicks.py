"""A click counts for the view that it was made on, in both views; and no button is pressed that has just appeared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest

from sm_ssh_widget.wizard.controller import IGNORED
from sm_ssh_widget.wizard.fresh import FRESH_SECONDS
from sm_ssh_widget.wizard.plain import KEPT_SECONDS
from tests.support.held_calls import held_calls
from tests.wizard.conftest import Driver, Open, walk

ACTING = ("apply", "retry", "confirm-undo", "prove", "continue-earlier:run.json")


def click(wizard: Driver, name: str, revision: Any) -> None:
    """A click as a front end sends it."""
    wizard.message({"kind": "event", "name": name, "value": None, "revision": revision})


def writes(wizard: Driver) -> list[Any]:
    return [call for call in wizard.account.calls() if call["access"] == "write"]


# The main view


def test_a_click_on_the_view_before_is_ignored_said_and_answered_with_the_view(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan()
    before = wizard.view["revision"]
    wizard.press("continue")
    assert wizard.view["revision"] == before + 1
    told: list[object] = []
    wizard.wizard._main.send_state = lambda key=None: told.append(key)
    for _ in range(2):
        click(wizard, "apply", before)
        assert wizard.view["status"].endswith(IGNORED)
    assert told[-1] == "view", "the same view is sent once more"
    assert wizard.screen == "permission"
    assert not writes(wizard)
    wizard.press("back")
    assert IGNORED not in wizard.view.get("status", "")


@pytest.mark.parametrize("revision", [None, True, "1", 1.0, -1, 10**9])
def test_what_is_no_revision_of_the_view_applies_nothing(open_wizard: Open, revision: Any) -> None:
    wizard = open_wizard().to_plan().press("continue")
    click(wizard, "apply", revision)
    assert (wizard.screen, wizard.state.busy) == ("permission", None)
    assert not writes(wizard)


@pytest.mark.parametrize("name", ACTING)
def test_a_click_that_names_no_view_may_read_and_not_write(open_wizard: Open, name: str) -> None:
    wizard = open_wizard().settle()
    wizard.message({"kind": "event", "name": name, "value": None})
    assert wizard.view["status"].endswith(IGNORED)
    wizard.message({"kind": "event", "name": "check", "value": None})
    assert wizard.screen == "health"


def test_secrets_of_a_click_on_the_view_before_are_not_taken(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle().press("sign-in-to-see").choose("way", "keys")
    content = {"kind": "secret", "name": "sign-in", "fields": {"access-key-id": "AKIAIOSFODNN7EXAMPLE"}}
    wizard.message({**content, "revision": wizard.view["revision"] - 1})
    assert wizard.state.busy is None
    assert wizard.wizard._controller._worker._secrets == {}


def test_typing_is_never_refused_and_the_click_that_follows_counts(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle().press("go:who")
    revision = wizard.view["revision"]
    wizard.type("role", "arn:aws:iam::123456789012:role/DataScientist")
    assert wizard.view["steps"][1].get("go") is None, "what was checked is dropped"
    click(wizard, "check", revision)
    assert wizard.screen == "health"


def test_typing_that_takes_a_plan_away_takes_the_clicks_on_apply_away(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    revision = wizard.view["revision"]
    wizard.type("role", "arn:aws:iam::123456789012:role/DataScientist")
    assert wizard.view["revision"] > revision
    click(wizard, "check", revision)
    assert wizard.screen == "permission"


def test_a_tick_makes_a_new_view_of_the_plan(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan()
    revision = wizard.view["revision"]
    wizard.choose("ticks", "ssm.tier", on=False)
    click(wizard, "continue", revision)
    assert wizard.screen == "plan"


def test_the_steps_of_a_run_do_not_lose_a_click_on_stop(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    wizard.account.set_faults([{"kind": "latency", "operation": "iam:AttachRolePolicy"}])
    with held_calls(wizard.account):
        wizard.press("apply")
        revision = wizard.view["revision"]
        wizard.settle(lambda state: state.journal is not None and state.journal.steps[1].status.value == "working")
        assert wizard.view["revision"] == revision
        click(wizard, "stop", revision)
    assert wizard.settle().view["heading"].startswith("Stopped: ")
    assert wizard.view["revision"] > revision


def test_ten_clicks_where_stop_was_undo_nothing(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    wizard.account.set_faults([{"kind": "latency", "operation": "iam:AttachRolePolicy"}])
    with held_calls(wizard.account):
        wizard.press("apply")
        revision = wizard.view["revision"]
        wizard.settle(lambda state: state.journal is not None and state.journal.steps[1].status.value == "working")
        wizard.press("stop")
    wizard.settle()
    done = [call["operation"] for call in writes(wizard)]
    for name in ("stop", "undo", "confirm-undo", "retry", "back") * 2:
        click(wizard, name, revision)
    assert wizard.settle().view["heading"].startswith("Stopped: ")
    assert [call["operation"] for call in writes(wizard)] == done


def test_time_that_goes_by_is_no_new_view(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    revision = wizard.view["revision"]
    wizard.message({"kind": "ping"})
    assert wizard.view["revision"] == revision


def test_revisions_only_grow(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("apply").settle().undo()
    told = [view["revision"] for view in wizard.views]
    assert told == sorted(told)
    assert told[0] >= 1


# The plain view


def plain_buttons(wizard: Driver) -> dict[str, ipywidgets.Button]:
    """The buttons of the plain view, by their words."""
    return {each.description: each for each in _inside(wizard.wizard._plain.box) if isinstance(each, ipywidgets.Button)}


def _inside(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _inside(child)


@pytest.fixture
def plain(open_wizard: Open) -> Driver:
    """On the last screen before the write, in the plain view."""
    wizard = open_wizard().to_plan()
    wizard.wake()
    return wizard.press("continue").rest().let_pass(FRESH_SECONDS)


def test_widgets_that_left_the_page_are_closed_later_since_it_may_still_load_them(plain: Driver) -> None:
    left = [each for each in _inside(plain.wizard._plain.box) if each is not plain.wizard._plain.box]
    assert left
    plain.message({"kind": "ready"})
    assert plain.wizard._plain.box.children == ()
    assert all(each.comm is not None for each in left)
    plain.let_pass(KEPT_SECONDS / 2)
    plain.wake()
    again = list(_inside(plain.wizard._plain.box))
    plain.message({"kind": "ready"})
    plain.let_pass(KEPT_SECONDS / 2)
    assert all(each.comm is None for each in left)
    assert all(each.comm is not None for each in again)
    plain.wizard.close()
    assert all(each.comm is None for each in again)


def test_a_plain_button_is_bound_to_the_view_that_it_was_drawn_for(plain: Driver) -> None:
    apply = plain_buttons(plain)["Apply 5 changes"]
    plain.press("back").press("continue")
    assert plain.primary() == "Apply 5 changes"
    apply.click()
    assert (plain.screen, plain.state.busy) == ("permission", None)
    assert plain.view["status"].endswith(IGNORED)
    plain.let_pass(FRESH_SECONDS)
    plain_buttons(plain)["Apply 5 changes"].click()
    assert plain.screen == "apply"


def test_a_plain_button_that_appeared_waits(plain: Driver) -> None:
    plain.press("back").press("continue")
    apply = plain_buttons(plain)["Apply 5 changes"]
    assert apply.disabled
    plain.let_pass(FRESH_SECONDS / 2)
    apply.click()
    assert apply.disabled
    assert plain.screen == "permission"
    plain.let_pass(FRESH_SECONDS / 2)
    assert not apply.disabled


def test_a_plain_button_that_was_there_before_does_not_wait(plain: Driver) -> None:
    plain.press("back")
    plain.let_pass(FRESH_SECONDS)
    plain.choose("ticks", "ssm.tier", on=False)
    assert not plain_buttons(plain)["Continue with 4 changes"].disabled


def test_a_plain_button_that_says_why_it_cannot_act_does_not_wake(plain: Driver) -> None:
    plain.press("back")
    plain.let_pass(FRESH_SECONDS)
    for name in list(plain.state.ticks):
        plain.choose("ticks", name, on=False)
    plain.let_pass(FRESH_SECONDS)
    assert plain_buttons(plain)["Continue with 0 changes"].disabled


def test_every_button_that_acts_says_so(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    assert [each["id"] for each in walk(wizard.view) if each.get("acts")] == ["apply"]
    wizard.press("apply").settle()
    assert [each["id"] for each in walk(wizard.view) if each.get("acts")] == ["prove"]
    wizard.press("undo").settle()
    assert [each["id"] for each in walk(wizard.view) if each.get("acts")] == ["confirm-undo"]
