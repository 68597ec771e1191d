"""A wizard that shows thousands of roles, in a browser: the real front end and the real state machine, without AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from playwright.sync_api import Browser, Page

from sm_ssh_widget.wizard import steps
from sm_ssh_widget.wizard.controller import as_event
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import to_json
from tests.browser.bare_page import ADDRESS, _serve

NOW = datetime(2026, 11, 29, 20, tzinfo=timezone.utc)


class LiveState:
    """A state that moves on with what a person does; effects are not carried out."""

    def __init__(self, state: WizardState) -> None:
        self.state = state

    @property
    def view(self) -> Any:
        """The view of the state."""
        return to_json(render(self.state, NOW))

    def push(self, message: Any) -> None:
        """Take a message of the front end."""
        if message["kind"] == "event":
            event = as_event(message["name"], message["value"])
            assert event is not None
            self.state, _ = steps.step(self.state, event)


class Counter:
    """As little as a kernel can do: whatever is pressed, a number grows."""

    def __init__(self) -> None:
        self.pressed = 0

    @property
    def view(self) -> Any:
        """A heading with the number, and one button."""
        button = {"id": "more", "label": "More", "look": "primary"}
        shown = {"screen": "who", "heading": str(self.pressed), "steps": [], "blocks": [], "actions": [button]}
        return {**shown, "revision": 1 + self.pressed}

    def push(self, message: Any) -> None:
        """Take a message of the front end."""
        self.pressed += message["kind"] == "event"


@contextmanager
def live_page(browser: Browser, live: LiveState | Counter, **context: Any) -> Iterator[Page]:
    """A page on what answers in this process; ``context`` is what Playwright takes."""
    person = browser.new_context(**context)
    page = person.new_page()
    try:
        page.expose_function("words", lambda: {})  # Playwright counts its parameters
        page.expose_function("pull", lambda: live.view)
        page.expose_function("push", live.push)
        _serve(page, dark=context.get("color_scheme") == "dark")
        page.goto(ADDRESS)
        yield page
    finally:
        person.close()


@contextmanager
def fleet_page(browser: Browser, state: WizardState, **context: Any) -> Iterator[tuple[Page, LiveState]]:
    """A page on this state; ``context`` is what Playwright takes."""
    live = LiveState(state)
    with live_page(browser, live, **context) as page:
        page.get_by_role("grid", name="Fleet matrix").wait_for()
        yield page, live
