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


@contextmanager
def fleet_page(browser: Browser, state: WizardState, **context: Any) -> Iterator[tuple[Page, LiveState]]:
    """A page on this state; ``context`` is what Playwright takes."""
    person = browser.new_context(**context)
    page, live = person.new_page(), LiveState(state)
    try:
        page.expose_function("pull", lambda: live.view)
        page.expose_function("push", live.push)
        _serve(page, dark=context.get("color_scheme") == "dark")
        page.goto(ADDRESS)
        page.get_by_role("grid", name="Fleet matrix").wait_for()
        yield page, live
    finally:
        person.close()
