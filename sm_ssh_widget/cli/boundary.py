"""The one place where every error becomes three parts and an exit code. No traceback passes it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from sm_ssh_widget.cli.options import PROGRAM
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible

DEBUG_VARIABLE = "SM_SSH_WIDGET_DEBUG"


def run(arguments: Sequence[str], screen: Output) -> int:
    """Run a verb; its exit code. Raises nothing: what goes wrong is on the screen."""
    from sm_ssh_widget.cli.verbs import verbs  # noqa: PLC0415  # one of them, the demonstration, runs the others

    try:
        code = verbs.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=screen)
        return code if isinstance(code, int) else 0
    except Problem as problem:
        found = problem
    except click.ClickException as error:
        found = _usage(error)
    except (click.Abort, KeyboardInterrupt):
        found = _stopped()
    except OSError as error:
        if (failure := screen.failure()) and failure.errno == error.errno:
            return 0  # the help of a verb, which does not go through the screen; leave() tells it
        found = _fault(error)
    except Exception as error:  # the boundary: whatever it is, a person reads three parts
        found = _fault(error)
    screen.problem(found)
    return found.code.exit_code


def leave(code: int, screen: Output) -> int:
    """The exit code of the program: that of its verb, but never *done* where nobody could read what was done."""
    failure = screen.failure()
    if failure is None or isinstance(failure, BrokenPipeError):  # whoever went away did not want the rest
        return code
    said = f"{failure.strerror or failure}. The verb ended with exit code {code}, and its answer was not written."
    remedy = (
        f"Give it another place. If it was to write to AWS, all that it did stands in the journal: {PROGRAM} journal"
    )
    screen.tell_problem(Problem("Writing to standard output", said, remedy, Code.UNKNOWN))
    return code or Code.UNKNOWN.exit_code


def _usage(error: click.ClickException) -> Problem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else PROGRAM
    said = " ".join(error.format_message().split())
    return Problem("Reading the command line", said, f"See: {path} --help", Code.USAGE)


def _stopped() -> Problem:
    said = "it was stopped before its end. A journal, if one was begun, tells how far it came."
    return Problem("Stopped", said, f"Look: {PROGRAM} journal", Code.STOPPED)


def _fault(error: Exception) -> Problem:
    """A fault of ours. The message of the error stays unsaid: it may hold what was typed."""
    if os.environ.get(DEBUG_VARIABLE) == "1":
        sys.stderr.write(visible("".join(traceback.format_exception(error))))
    frame = traceback.extract_tb(error.__traceback__)[-1]
    said = (
        f"this is a fault of the program ({type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}). "
        "Nothing was lost: what was written to AWS stands in the journal."
    )
    remedy = f"Look: {PROGRAM} journal. For a report, run it again with {DEBUG_VARIABLE}=1."
    return Problem("While it ran", said, remedy, Code.UNKNOWN)
