"""Command ``simulate``: an AWS account on this machine until it is stopped."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TextIO

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import files, services
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.operations import table
from sm_ssh_widget.simulator.scenario import ACCOUNT, DEFAULT, load_scenario, scenario_names
from sm_ssh_widget.visible import visible


def run(
    port: int = 0,
    scenario: str = DEFAULT,
    region: str | None = None,
    account: str = ACCOUNT,
    *,
    directory: str | None = None,
    sso_auto: bool = False,
    accounts: int | None = None,
    out: TextIO | None = None,
) -> int:
    """Run until SIGTERM or Ctrl-C. Writes ``READY URL``, then ``export`` lines. Raises :class:`Problem`."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="simulated-account-") as made:
        place = Path(directory or made).absolute()
        with _listening(
            port, scenario, region, account, directory=place, sso_auto=sso_auto, accounts=accounts
        ) as running:
            lines = [f"READY {running.url}", *files.exports(running.environment)]
            (out or sys.stdout).write("".join(f"{line}\n" for line in lines))
            (out or sys.stdout).flush()
            ended.wait()
    return 0


def _listening(
    port: int,
    scenario: str,
    region: str | None,
    account: str,
    *,
    directory: Path,
    sso_auto: bool,
    accounts: int | None,
) -> SimulatedAccount:
    try:
        return SimulatedAccount(scenario, region, account, port, directory, sso_auto=sso_auto, accounts=accounts)
    except OSError as error:
        said = f"Port {port} cannot be used: {error.strerror}."
        raise Problem(
            "Starting the simulated account", said, "Choose another port, or a free one: --port 0", Code.USAGE
        ) from None


def list_scenarios(out: TextIO | None = None) -> int:
    """Write one line per scenario (name and title), and return 0."""
    lines = (f"{name:<32}{load_scenario(name).title}\n" for name in scenario_names())
    (out or sys.stdout).write("".join(lines))
    return 0


def list_operations(out: TextIO | None = None) -> int:
    """Write one line per operation (name, who answers, authorized resource), and return 0."""
    services.declare_all()
    lines = (f"{name:<48} {by:<6}{on}\n" for name, by, on in table())
    (out or sys.stdout).write("".join(lines))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run ``python -m sm_ssh_widget.simulator``: the same command with the same options."""
    parser = argparse.ArgumentParser(prog="sm-ssh-widget simulate", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--scenario", default=DEFAULT, help="a name of --list, or FILE.json")
    parser.add_argument("--region")
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--accounts", type=int, help="number of accounts of an organization")
    parser.add_argument("--dir", dest="directory")
    sso = "approve device codes on their page (person) or automatically (auto)"
    parser.add_argument("--sso", choices=("page", "auto"), default="page", help=sso)
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    told = "list the operations: name, who answers, authorized resource"
    parser.add_argument("--operations", action="store_true", help=told)
    given = vars(parser.parse_args(arguments))
    given["sso_auto"] = given.pop("sso") == "auto"
    try:
        if given.pop("operations"):
            return list_operations()
        return list_scenarios() if given.pop("list") else run(**given)
    except Problem as problem:
        sys.stderr.write(f"{visible(str(problem))}\n")
        return problem.code.exit_code
