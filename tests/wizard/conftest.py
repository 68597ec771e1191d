"""Wizards on the simulated account, driven the way a front end does, with no browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard import environment
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.widget import SetupWizard

PATIENCE = 60.0
DEFAULT = "fresh-studio-role"


class At(SetupWizard):
    """A wizard at a home that is there already."""

    def __init__(self, there: environment.Home, **options: Any) -> None:
        self._there = there
        super().__init__(account="simulated", **options)

    def _home(self, account: str, scenario: str | None) -> environment.Home:  # it is there already
        return self._there


class Driver:
    """Presses, types and chooses by message, and reads what is shown."""

    def __init__(
        self, account: SimulatedAccount, journals: Path, *, wizard: SetupWizard | None = None, **options: Any
    ) -> None:
        self.account = account
        self.journals = journals
        self.wizard = wizard or At(replace(environment.on(account), journals=journals), **options)
        self.sent: list[Any] = []
        self.views: list[Any] = []
        self._send = self.wizard._main.send
        self.wizard._main.send = self._listen
        self.wizard._main.observe(lambda change: self.views.append(change["new"]), "view")

    def _listen(self, content: Any, *rest: Any) -> None:
        self.sent.append(content)
        self._send(content, *rest)

    @property
    def state(self) -> WizardState:
        with self.wizard._controller.lock:
            return self.wizard._controller.state

    @property
    def view(self) -> Any:
        return self.wizard._main.view

    @property
    def screen(self) -> str:
        return self.state.screen.value

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

    def settle(self, until: Callable[[WizardState], bool] = lambda state: state.busy is None) -> Driver:
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

    def blocks(self, kind: str) -> list[Any]:
        """Every block of a kind, however deep."""
        return [block for block in walk(self.view) if block.get("kind") == kind]

    def problem(self) -> Any:
        """The one problem panel that is shown."""
        (only,) = self.blocks("problem")
        return only

    def signed_in(self, profile: str = "admin") -> Driver:
        """From the first screen to health, as an identity of the simulated account."""
        self.settle().press("check").settle().press("sign-in-to-see").type("simulated-profile", profile)
        return self.press("sign-in").settle(lambda state: state.screen.value == "health" and state.busy is None)

    def to_plan(self) -> Driver:
        """As an admin, with everything ticked."""
        return self.signed_in().press("make-plan").choose("ticks", "ssm.tier")


def walk(value: Any) -> list[Any]:
    """Every object in a view."""
    found = [value] if isinstance(value, dict) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [each for item in inner for each in walk(item)]


Open: TypeAlias = Callable[..., Driver]


@pytest.fixture(scope="session")
def accounts() -> Iterator[Callable[[str], SimulatedAccount]]:
    """The account of a scenario, as it was at first: started once, its state put back each time."""
    with ExitStack() as running:
        kept: dict[str, tuple[SimulatedAccount, Any]] = {}

        def account(scenario: str) -> SimulatedAccount:
            if scenario not in kept:
                made = running.enter_context(pipeline.simulated_account(scenario))
                kept[scenario] = (made, made.state())
            there, first = kept[scenario]
            there.set_faults([])
            there.set_state(first)
            return there

        yield account


@pytest.fixture
def open_wizard(accounts: Callable[[str], SimulatedAccount], tmp_path: Path) -> Iterator[Open]:
    """Opens wizards; every one of a test lives on the same account and keeps its journals in the same place."""
    drivers: list[Driver] = []

    def open_one(scenario: str = DEFAULT, **options: Any) -> Driver:
        account = drivers[0].account if drivers else accounts(scenario)
        drivers.append(Driver(account, tmp_path / "journals", **options))
        return drivers[-1]

    yield open_one
    for driver in drivers:
        driver.account.set_faults([])
        driver.press("stop").settle()
        driver.wizard.close()
