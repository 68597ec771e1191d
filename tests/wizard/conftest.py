"""Wizards on the simulated account, driven the way a front end does, with no browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard import environment
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.widget import SetupWizard
from tests.support.kept_accounts import kept_accounts

PATIENCE = 60.0
DEFAULT = "fresh-studio-role"


class At(SetupWizard):
    """A wizard at a home that is there already."""

    def __init__(self, there: environment.Home, **options: Any) -> None:
        self._there = there
        self.timers: list[tuple[float, Callable[[], None]]] = []
        super().__init__(account="simulated", **options)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:  # time stands still until a test lets it pass
        self.timers.append((seconds, call))

    def let_pass(self, seconds: float) -> None:
        """Let time pass: what is due is called back, in its order."""
        with self._controller.lock:
            due, self.timers = self.timers, []
            self.timers += [(left - seconds, call) for left, call in due if left > seconds]
            for left, call in sorted(due, key=lambda each: each[0]):
                if left <= seconds:
                    call()

    def _home(self, account: str, scenario: str | None) -> environment.Home:  # it is there already
        return self._there


class Driver:
    """Presses, types and chooses by message, and reads what is shown."""

    def __init__(
        self, account: SimulatedAccount, journals: Path, *, wizard: SetupWizard | None = None, **options: Any
    ) -> None:
        self._before = set(threading.enumerate())
        self.account = account
        self.journals = journals
        self.wizard = wizard or At(replace(environment.on(account), journals=journals), **options)
        self.sent: list[Any] = []
        self.views: list[Any] = []
        self._send = self.wizard._main.send
        self.wizard._main.send = self._listen
        self.wizard._main.observe(lambda change: self.views.append(change["new"]), "view")
        self.moved = threading.Condition(self.wizard._controller.lock)
        self.wizard._controller.add(lambda _: self.moved.notify_all())

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
        """Press a button of the view as it stands; the earlier run is found by the first part of the button's id."""
        with self.wizard._controller.lock:
            buttons = (each["id"] for each in walk(self.view) if "id" in each and "label" in each)
            ids = (each for each in buttons if each.startswith(f"{name}:"))
            self.message({"kind": "event", "name": next(ids, name), "value": None, "revision": self.view["revision"]})
        return self

    def let_pass(self, seconds: float) -> Driver:
        """Let time pass for the timers of the wizard."""
        assert isinstance(self.wizard, At)
        self.wizard.let_pass(seconds)
        return self

    def rest(self) -> Driver:
        """Wait for every thread of this wizard, also for those whose result nobody waits for: it draws once more."""
        for thread in set(threading.enumerate()) - self._before:
            if thread.name.startswith("sm-ssh-") and not thread.name.startswith("sm-ssh-widget-"):
                thread.join(PATIENCE)
        return self

    def wake(self) -> Driver:
        """Let the plain view draw; the lock is that of all who draw."""
        with self.wizard._controller.lock:
            self.wizard._plain.wake()
        return self

    def undo(self) -> Driver:
        """Ask for the undo, and confirm what it shows."""
        return self.press("undo").settle().press("confirm-undo").settle()

    def type(self, name: str, text: str) -> Driver:
        self.message({"kind": "event", "name": name, "value": text})
        return self

    def choose(self, name: str, option: str, on: bool = True) -> Driver:
        self.message({"kind": "event", "name": name, "value": {"option": option, "on": on}})
        return self

    def secret(self, name: str, **fields: str) -> Driver:
        with self.wizard._controller.lock:
            given = {k.replace("_", "-"): v for k, v in fields.items()}
            self.message({"kind": "secret", "name": name, "fields": given, "revision": self.view["revision"]})
        return self

    def settle(self, until: Callable[[WizardState], bool] = lambda state: state.busy is None) -> Driver:
        """Wait until the wizard has come so far; every new view wakes this."""
        with self.moved:
            assert self.moved.wait_for(lambda: until(self.state), PATIENCE), (
                self.state.screen,
                self.state.busy,
                self.state.failed,
            )
        return self

    def labels(self) -> list[str]:
        """The words of every button, wherever it stands."""
        return [each["label"] for each in walk(self.view) if "label" in each and "id" in each and "kind" not in each]

    def primary(self) -> str:
        """The words of the one primary button, wherever it stands."""
        (only,) = [each["label"] for each in walk(self.view) if each.get("look") == "primary"]
        return str(only)

    def blocks(self, kind: str) -> list[Any]:
        """Every block of a kind, however deep."""
        return [block for block in walk(self.view) if block.get("kind") == kind]

    def problem(self) -> Any:
        """The one problem that is shown: in a panel, or at the field that it is about."""
        at_fields = [
            {"where": field["label"], "said": field["error"], "next": field["error"]}
            for field in self.blocks("field")
            if "error" in field
        ]
        found: list[Any] = [*self.blocks("problem"), *at_fields]
        (only,) = found
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
    with kept_accounts() as found:
        yield found


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
