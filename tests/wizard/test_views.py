"""What a front end is shown at first, and what two of them see: whoever comes late sees where the wizard stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from sm_ssh_widget.visible import visible
from sm_ssh_widget.wizard import environment, steps
from sm_ssh_widget.wizard.controller import Controller
from sm_ssh_widget.wizard.plain import PlainView
from sm_ssh_widget.wizard.view import View, actions, texts, to_json
from tests.wizard.conftest import Open


def test_the_texts_and_the_buttons_of_a_view_are_those_of_its_json(open_wizard: Open) -> None:
    view = open_wizard().settle().press("check").settle().wizard._controller.view
    found = dict.fromkeys(visible(text) for text in texts(view) if text)
    assert list(found) == list(dict.fromkeys(each for each in leaves(to_json(view)) if isinstance(each, str)))
    assert {action.id for action in actions(view)} >= {each["id"] for each in to_json(view)["actions"]}


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


def test_what_happened_before_anybody_looked_is_shown(open_wizard: Open) -> None:
    wizard = open_wizard()
    controller = Controller(steps.start(environment.setting("simulated")), lambda: environment.on(wizard.account))
    settled = threading.Condition(controller.lock)
    controller.add(lambda _: settled.notify_all())
    with settled:
        assert settled.wait_for(lambda: controller.state.busy is None, 30)
    shown: list[View] = []
    controller.add(shown.append)
    assert shown == [controller.view]
    assert shown[0].heading == "Which role, and who connects?"
    controller.close()


def test_a_page_that_was_still_loading_is_sent_the_view_as_it_is(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    told: list[object] = []
    wizard.wizard._main.send_state = lambda key=None: told.append((key, wizard.view))
    wizard.message({"kind": "ready"})
    assert told == [("view", to_json(wizard.wizard._controller.view))]


def test_a_second_view_shows_the_same_and_may_go_on(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    wizard.message({"kind": "ready"})
    wizard.press("check").settle()
    wizard.message({"kind": "ready"})  # another view of the same model
    wizard.press("sign-in-to-see").press("sign-in-to-see")
    assert wizard.screen == "permission"
    wizard.press("sign-in").press("sign-in").settle(lambda s: s.screen.value == "health" and s.busy is None)
    assert wizard.primary() == "Make a plan"


def test_the_plain_view_wakes_on_the_screen_that_is_shown(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle()
    plain = wizard.wizard._plain
    wizard.wizard._wake_plain()
    assert _shows(plain, wizard.view["heading"])
    wizard.message({"kind": "ready"})
    assert plain.box.children == ()
    wizard.wizard._wake_plain()  # the timer that comes late
    assert plain.box.children == ()


def _shows(plain: PlainView, text: str) -> bool:
    return any(text in each for each in _texts(plain.box))


def _texts(widget: Any) -> list[str]:
    value = getattr(widget, "value", "")
    inner = [text for child in getattr(widget, "children", ()) for text in _texts(child)]
    return [value, *inner] if isinstance(value, str) else inner


def test_a_check_that_was_chosen_is_planned_where_all_else_is_there(open_wizard: Open) -> None:
    wizard = open_wizard("everything-done", options=("instance-check",)).settle().press("check").settle().signed_in()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"
    assert "has not run yet" in wizard.view["lede"]
    assert wizard.primary() == "Make a plan"
