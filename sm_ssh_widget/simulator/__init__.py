"""A simulated AWS account on this machine: moto, with everything that moto lacks; scenarios; fault switches.

``with SimulatedAccount(scenario="fresh-studio-role") as account: account.session("admin").client("iam")``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sm_ssh_widget.simulator.account import SimulatedAccount

__all__ = ["SimulatedAccount"]


def __getattr__(name: str) -> Any:
    if name != "SimulatedAccount":
        raise AttributeError(name)
    from sm_ssh_widget.simulator.account import SimulatedAccount  # noqa: PLC0415 - the import costs boto3

    return SimulatedAccount
