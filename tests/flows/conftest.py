"""A simulated account for a flow, with the environment that a kernel in Studio has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.pipeline import ExistingSession, Report, SignedIn
from sm_ssh_widget.simulator.account import SimulatedAccount


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], SimulatedAccount]]:
    """Start the account of a scenario; it is where Studio's metadata says, and ends with the test."""
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path / "journals"))
    with ExitStack() as stack:

        def start(scenario: str) -> SimulatedAccount:
            account = stack.enter_context(SimulatedAccount(scenario))
            monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(account.directory / "metadata.json"))
            return account

        yield start


def admin_of(account: SimulatedAccount) -> SignedIn:
    """Sign in as the scenario's admin."""
    return pipeline.sign_in(ExistingSession(account.session("admin")), region=account.region, account=account.account)


def reader_of(account: SimulatedAccount) -> SignedIn:
    """Sign in as whoever the scenario lets read: the admin, where the scenario does not say that reads are denied."""
    profile = account.scenario.expected.get("read_as", "admin")
    return pipeline.sign_in(ExistingSession(account.session(profile)), region=account.region)


def checked(account: SimulatedAccount, **asked: object) -> Report:
    """What the role's own kernel would find after somebody signed in to read; the scenario may name a user."""
    own = pipeline.detect(session=account.session("execution-role"), user=account.scenario.expected.get("user"))
    assert own.target is not None
    selection = pipeline.Selection.of(**asked)  # type: ignore[arg-type]
    return pipeline.check_target(own.target, selection, reader_of(account))
