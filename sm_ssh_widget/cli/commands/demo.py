"""Command ``demo``: the wizard, or the whole workflow in this terminal, on a simulated AWS account.

Each scene shows a command and then runs exactly that command, so that the demo cannot differ from the program.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import click
from rich.rule import Rule

from sm_ssh_widget.cli.boundary import run
from sm_ssh_widget.cli.options import PROGRAM, debug_option, load_pipeline
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.simulator_extra import known_scenario, require_simulator

_ADMIN = ("--sign-in", "profile:admin")
AS_IT_WAS = "as it was"
RunCommand: TypeAlias = Callable[[Sequence[str]], int]
"""Runs one command line on the screen of the demo and returns its exit code."""


@click.command(short_help="Try the wizard, or the whole workflow, on a simulated AWS account.")
@click.option("--terminal", is_flag=True, help="Run the whole demo in this terminal.")
@click.option("--scenario", metavar="NAME|FILE.json", default="fresh-studio-role", help="Scenario to load.")
@debug_option
@click.pass_context
def demo(context: click.Context, /, *, terminal: bool, scenario: str) -> int:
    """Open the wizard on a simulated AWS account, until Ctrl-C. Nothing reaches AWS.

    With --terminal, run the whole workflow from the first check to the undo. Exit code 0, and the last line "as it
    was", only if the final state of the account equals the initial one.
    """
    screen: Output = context.obj
    screen.announce("Starting a simulated AWS account on this machine; nothing reaches AWS")
    require_simulator()
    if terminal:
        one = screen.in_one_stream()
        return play_demo(scenario, one, lambda command: run(context.find_root().command, command, one))
    from sm_ssh_widget.serve import Page, serve  # noqa: PLC0415  # an extra, and slow to import

    screen.announce("The link works once. Press Ctrl-C to stop.")
    page = Page(account="simulated", scenario=known_scenario(scenario))
    return serve(page, say=lambda line: screen.raw(f"{line}\n"))


@dataclass(frozen=True)
class Scene:
    """A heading, a sentence, a command, and its expected exit codes."""

    title: str
    told: str
    command: tuple[str, ...]
    codes: tuple[int, ...] = (0,)


def scenes(user: str) -> tuple[Scene, ...]:
    """Return the scenes for the person who connects as ``user`` (an ARN)."""
    whose = ("--user", user, *_ADMIN)
    return (
        Scene(
            "What you can see without permissions",
            "You are in Studio as the execution role. It can read almost nothing in IAM, and the check says so.",
            ("check",),
            (1, 4),
        ),
        Scene(
            "Sign in to read the rest",
            "An admin signs in and specifies who connects. Nothing can be written yet.",
            ("check", *whose),
            (1,),
        ),
        Scene(
            "Plan",
            "Show every change, statement by statement, and save the plan for review.",
            ("plan", "--out", "plan.json", *whose),
        ),
        Scene(
            "Apply",
            "Apply exactly the reviewed plan, if the account has not changed.",
            ("apply", "plan.json", "--yes", *_ADMIN),
        ),
        Scene(
            "Proof",
            "The role creates a real activation, as a container would, and deletes it immediately.",
            ("verify", "--proof", *whose),
        ),
        Scene("Check again", "Nothing is missing anymore.", ("check", *whose)),
        Scene("Undo", "Every change is undone, newest first.", ("undo", "last", "--yes", *_ADMIN)),
    )


def play_demo(scenario: str, screen: Output, run_command: RunCommand) -> int:
    """Play every scene; return 0 if each exit code was expected and the account has its initial state."""
    simulated = load_pipeline().simulated_account(scenario)
    with simulated as account, tempfile.TemporaryDirectory(prefix="sm-ssh-widget-demo-") as place:
        before = account.state()
        with _at_home({**account.environment, "SM_SSH_WIDGET_STATE": str(Path(place) / "journals")}, place):
            code = _play(scenes(_who_connects(account)), screen, run_command)
        return code or _compare(before, account.state(), screen)


def _play(played: Sequence[Scene], screen: Output, run_command: RunCommand) -> int:
    for number, scene in enumerate(played, 1):
        title = f"{number}. {scene.title}"
        screen.show(words(""), Rule(words(title, "bold"), align="left", style="dim"), words(scene.told))
        screen.show(line(f"$ {' '.join((PROGRAM, *scene.command))}", "cyan"), words(""))
        code = run_command(scene.command)
        if code not in scene.codes:
            screen.show(words(""), words(f"Stopped: unexpected exit code {code}.", "red"))
            return code or 1
    return 0


def _compare(before: Mapping[str, Any], after: Mapping[str, Any], screen: Output) -> int:
    """Compare the account's whole state with the initial one, and show what differs."""
    different = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    screen.show(words(""))
    if not different:
        screen.show(words("Account state compared with the state before the first scene:"))
        screen.raw(f"{AS_IT_WAS}\n")
        return 0
    screen.show(words(f"The account differs from its initial state in: {', '.join(different)}.", "red"))
    return 1


def _who_connects(account: Any) -> str:
    return str(account.session("user").client("sts").get_caller_identity()["Arn"])


@contextmanager
def _at_home(environment: Mapping[str, str], place: str) -> Iterator[None]:
    """Run the block as in Studio: only the account's AWS variables, in the directory ``place``."""
    kept, where = dict(os.environ), Path.cwd()
    for name in kept:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(environment)
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(where)
        os.environ.clear()
        os.environ.update(kept)
