"""Boundary of the command line: every error becomes a Problem in three parts and an exit code, never a traceback."""

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


def run(verbs: click.Command, arguments: Sequence[str], screen: Output) -> int:
    """Run a command of ``verbs`` and return its exit code. Raises nothing: errors are shown on the screen."""
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
            return 0  # --help does not write through the screen; leave() reports the error
        found = _fault(error)
    except Exception as error:  # the boundary: any error is shown in three parts
        found = _fault(error)
    screen.problem(found)
    return found.code.exit_code


def leave(code: int, screen: Output) -> int:
    """Return the exit code of the command, but never 0 if its output could not be written."""
    failure = screen.failure()
    if failure is None or isinstance(
        failure, BrokenPipeError
    ):  # the reader closed the pipe (``| head``) and wants no more
        return code
    said = (
        f"{failure.strerror or failure}. The command ended with exit code {code}, but its output could not be written."
    )
    remedy = f"Write the output elsewhere. Changes made in AWS are in the journal: {PROGRAM} journal"
    screen.tell_problem(Problem("Writing to standard output", said, remedy, Code.UNKNOWN))
    return code or Code.UNKNOWN.exit_code


def _usage(error: click.ClickException) -> Problem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else PROGRAM
    said = " ".join(error.format_message().split())
    return Problem("Reading the command line", said, f"Show the options: {path} --help", Code.USAGE)


def _stopped() -> Problem:
    said = "Stopped before the end. If a run had started, its journal shows how far it got."
    return Problem("Stopped", said, f"Show the journals: {PROGRAM} journal", Code.STOPPED)


def _fault(error: Exception) -> Problem:
    """Build the problem of a bug. It omits the error's message, which can contain typed secrets."""
    if os.environ.get(DEBUG_VARIABLE) == "1":
        sys.stderr.write(visible("".join(traceback.format_exception(error))))
    frame = traceback.extract_tb(error.__traceback__)[-1]
    said = (
        f"This is a bug in {PROGRAM} ({type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}). "
        "Changes made in AWS are in the journal."
    )
    remedy = f"Show the journals: {PROGRAM} journal. To report the bug, run the command again with {DEBUG_VARIABLE}=1."
    return Problem("Running the command", said, remedy, Code.UNKNOWN)
