"""What is particular to marimo; ``tests/front_ends`` runs the wizard in it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from sm_ssh_widget.wizard import environment
from sm_ssh_widget.wizard.environment import SIMULATED
from sm_ssh_widget.wizard.widget import MainView
from tests.wizard.conftest import Open

ACCOUNTS = pytest.mark.parametrize("account", ["aws", SIMULATED])


def keys_off(account: str) -> str:
    """Why keys cannot be pasted; empty where they can."""
    (reason,) = (way.unavailable for way in environment.setting(account).ways if way.id == "keys")
    return reason


def test_a_cell_shows_the_main_view_and_no_box_around_it(open_wizard: Open) -> None:
    wizard = open_wizard()
    shown = wizard.wizard._display_()
    assert isinstance(shown, MainView)
    assert shown.view == wizard.view


@ACCOUNTS
def test_keys_are_not_pasted_where_a_log_may_show_them(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: True))
    assert "debug level" in keys_off(account)


@ACCOUNTS
def test_a_kernel_that_only_imported_marimo_takes_keys(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: False))
    assert keys_off(account) == ""


@ACCOUNTS
def test_elsewhere_keys_are_taken(account: str) -> None:
    assert "marimo" not in sys.modules
    assert keys_off(account) == ""
