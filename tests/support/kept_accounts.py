"""Simulated accounts that several tests share, one for each scenario: started once, put back for each use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount


@contextmanager
def kept_accounts() -> Iterator[Callable[[str], SimulatedAccount]]:
    """The account of a scenario as it was at first, without faults and without a record of calls."""
    with ExitStack() as running:
        kept: dict[str, tuple[SimulatedAccount, Any]] = {}

        def account(scenario: str) -> SimulatedAccount:
            if scenario not in kept:
                made = running.enter_context(pipeline.simulated_account(scenario))
                kept[scenario] = (made, made.state())
            there, first = kept[scenario]
            there.set_faults([])
            there.set_state(first)
            there.forget_calls()
            return there

        yield account
