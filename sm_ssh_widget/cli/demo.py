"""The whole story in a terminal: the verbs themselves, run against a simulated account of their own.

Each scene shows the command and then is that command, so that the demonstration cannot drift from the program.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.rule import Rule

from sm_ssh_widget.cli.boundary import run
from sm_ssh_widget.cli.options import PROGRAM, story
from sm_ssh_widget.cli.output import Output, line, words

_ADMIN = ("--sign-in", "profile:admin")
AS_IT_WAS = "as it was"


@dataclass(frozen=True)
class Scene:
    """A heading, a sentence, a command, and the exit codes that belong to the story."""

    title: str
    told: str
    command: tuple[str, ...]
    codes: tuple[int, ...] = (0,)


def scenes(user: str) -> tuple[Scene, ...]:
    """The story for the local user ``user`` (an ARN)."""
    whose = ("--user", user, *_ADMIN)
    return (
        Scene(
            "What can be known without rights",
            "You are in Studio, as the execution role. It may read next to nothing of IAM, and that is said.",
            ("check",),
            (1, 4),
        ),
        Scene(
            "Sign in to read the rest",
            "An admin signs in, and names who will connect. Still nothing can be written.",
            ("check", *whose),
            (1,),
        ),
        Scene(
            "Plan",
            "What would change, statement by statement, saved for review.",
            ("plan", "--out", "plan.json", *whose),
        ),
        Scene(
            "Apply",
            "Exactly the plan that was reviewed, if the account is still as it was.",
            ("apply", "plan.json", "--yes", *_ADMIN),
        ),
        Scene(
            "Proof",
            "The role itself creates a real activation, as a container would; it is deleted at once.",
            ("verify", "--proof", *whose),
        ),
        Scene("Check again", "Nothing is missing any more.", ("check", *whose)),
        Scene("Undo", "Every step is taken back, newest first.", ("undo", "last", "--yes", *_ADMIN)),
    )


def tell_story(scenario: str, screen: Output) -> int:
    """Play every scene; 0 when each went as the story says and the account is as it was before."""
    simulated = story().simulated_account(scenario)
    with simulated as account, tempfile.TemporaryDirectory(prefix="sm-ssh-widget-demo-") as place:
        before = account.state()
        with _at_home({**account.environment, "SM_SSH_WIDGET_STATE": str(Path(place) / "journals")}, place):
            code = _play(scenes(_local_user(account)), screen)
        return code or _compare(before, account.state(), screen)


def _play(played: Sequence[Scene], screen: Output) -> int:
    for number, scene in enumerate(played, 1):
        title = f"{number}. {scene.title}"
        screen.show(words(""), Rule(words(title, "bold"), align="left", style="dim"), words(scene.told))
        screen.show(line(f"$ {' '.join((PROGRAM, *scene.command))}", "cyan"), words(""))
        code = run(scene.command, screen)
        if code not in scene.codes:
            screen.show(words(""), words(f"The story ends here: exit code {code} was not expected.", "red"))
            return code or 1
    return 0


def _compare(before: Mapping[str, Any], after: Mapping[str, Any], screen: Output) -> int:
    """Whether the account's whole state is the one from before; what differs is named."""
    different = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    screen.show(words(""))
    if not different:
        screen.show(words("The account's state, compared with the state before the first scene:"))
        screen.raw(f"{AS_IT_WAS}\n")
        return 0
    screen.show(words(f"The account differs from the state before in: {', '.join(different)}.", "red"))
    return 1


def _local_user(account: Any) -> str:
    return str(account.session("user").client("sts").get_caller_identity()["Arn"])


@contextmanager
def _at_home(environment: Mapping[str, str], place: str) -> Iterator[None]:
    """The process as it is in that Studio: no AWS variable but the account's own, in a directory of its own."""
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
