"""Wizards on the simulated account, driven the way a front end does, with no browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sm_ssh_widget.wizard.state import State
from sm_ssh_widget.wizard.widget import SetupWizard

PATIENCE = 60.0


class Driver:
    """Presses, types and chooses by message, and reads what is shown."""

    def __init__(self, **options: Any) -> None:
        self.wizard = SetupWizard(account="simulated", **options)
        self.sent: list[Any] = []
        self.views: list[Any] = []
        self._send = self.wizard._main.send
        self.wizard._main.send = self._listen
        self.wizard._main.observe(lambda change: self.views.append(change["new"]), "view")

    def _listen(self, content: Any, *rest: Any) -> None:
        self.sent.append(content)
        self._send(content, *rest)

    @property
    def state(self) -> State:
        with self.wizard._controller.lock:
            return self.wizard._controller.state

    @property
    def view(self) -> Any:
        return self.wizard._main.view

    def message(self, content: Any) -> None:
        self.wizard._main._handle_custom_msg(content, [])

    def press(self, name: str) -> Driver:
        self.message({"kind": "event", "name": name, "value": None})
        return self

    def type(self, name: str, text: str) -> Driver:
        self.message({"kind": "event", "name": name, "value": text})
        return self

    def choose(self, name: str, option: str, on: bool = True) -> Driver:
        self.message({"kind": "event", "name": name, "value": {"option": option, "on": on}})
        return self

    def secret(self, name: str, **fields: str) -> Driver:
        content = {"kind": "secret", "name": name, "fields": {k.replace("_", "-"): v for k, v in fields.items()}}
        self.message(content)
        return self

    def settle(self, until: Callable[[State], bool] = lambda state: state.busy is None) -> Driver:
        ends = time.monotonic() + PATIENCE
        while not until(self.state):
            assert time.monotonic() < ends, (self.state.screen, self.state.busy, self.state.failed)
            time.sleep(0.01)
        return self

    def labels(self) -> list[str]:
        return [action["label"] for action in self.view["actions"]]

    def primary(self) -> str:
        (only,) = [a["label"] for a in self.view["actions"] if a.get("look") == "primary"]
        return str(only)

    def account(self) -> Any:
        """The simulated account that the wizard runs on."""
        return self.wizard._controller._worker._home.profile_session.__self__  # type: ignore[union-attr]

    def to_plan(self) -> Driver:
        """As an admin, with everything ticked."""
        self.settle().press("check").settle().press("sign-in-to-see").press("sign-in").settle()
        self.settle(lambda state: state.screen.value == "health" and state.busy is None)
        return self.press("make-plan").choose("ticks", "ssm.tier")


@pytest.fixture
def open_wizard() -> Iterator[Callable[..., Driver]]:
    drivers: list[Driver] = []

    def open_one(**options: Any) -> Driver:
        drivers.append(Driver(**options))
        return drivers[-1]

    yield open_one
    for driver in drivers:
        driver.settle()
        account = driver.account() if driver.wizard._controller._worker._opened else None
        driver.wizard.close()
        if account is not None:
            account.stop()
