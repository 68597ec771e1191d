"""The simulator as an optional extra: whether it is installed, and its scenarios."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sm_ssh_widget.cli.options import load_pipeline
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.version import install_command

_EXTRA = ("moto", "werkzeug")


def require_simulator() -> None:
    """Raise :class:`Problem` (``usage``) if the simulator's extra is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        said = f"The simulated account is not installed ({', '.join(missing)} is missing)."
        raise Problem("Starting the simulated account", said, install_command("simulator"), Code.USAGE)


def known_scenario(scenario: str) -> str:
    """Resolve a scenario for any working directory. Raises :class:`Problem` if it does not exist."""
    load_pipeline().simulated_account(scenario)
    return str(Path(scenario).resolve()) if Path(scenario).is_file() else scenario
