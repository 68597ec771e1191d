"""Shared by the commands that write: confirmation, Ctrl-C between two changes, and the result of a run."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.journal_view import journal_view
from sm_ssh_widget.cli.options import PROGRAM, Wanted, load_pipeline
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.problem import Code, Problem

_STOPPING = "Stopping before the next change. Press Ctrl-C again to stop now."
_NOTICE_PATIENCE = 1.0
"""Seconds to wait for the notice to be written; a pipe that is not read blocks it."""


def chosen_journal(name: str, journal_dir: str | None, screen: Output) -> Journal:
    """Load the specified or last journal; report how it was chosen and if another user can have written it."""
    files = load_pipeline().files
    found = files.last_listed(files.place(journal_dir)) if name == "last" else files.examine_journal(name)
    if found.note:
        screen.tell(words(found.note, "yellow"))
    if not found.provenance.proven:
        screen.tell(words(f"Another user can have written this journal. {found.provenance.reason}", "yellow"))
    journal: Journal = found.journal
    return journal


def tell_endpoint(endpoint: str, screen: Output) -> None:
    """Show a custom endpoint before anything is sent there."""
    if endpoint:
        screen.tell(words(f"Endpoint   {endpoint} (custom, not an AWS endpoint)", "yellow"))


def confirm(question: str, later: str, *, yes: bool) -> None:
    """Ask for confirmation. Raises :class:`Problem`: ``usage`` without a terminal, ``stopped`` for a no."""
    if yes:
        return
    if not prompts.possible():
        raise Problem(
            "Confirming the changes",
            "There is no terminal for the confirmation prompt.",
            "To apply without a prompt, add --yes",
            Code.USAGE,
        )
    if not prompts.confirmed(question):
        said = "You did not confirm. Nothing was written."
        raise Problem("Confirming the changes", said, later, Code.STOPPED)


@contextmanager
def stoppable(screen: Output) -> Iterator[Callable[[], bool]]:
    """Stop on the first Ctrl-C before the next change, where the journal is complete, on the second one immediately."""
    pressed: list[int] = []
    # Ctrl-C can arrive in the middle of a write, where a stream refuses a second one of the same thread.
    notice = Thread(target=screen.tell, args=[words(_STOPPING, "yellow")], daemon=True)

    def press(number: int, _frame: object) -> None:
        pressed.append(number)
        if len(pressed) > 1:
            raise KeyboardInterrupt
        notice.start()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            notice.join(_NOTICE_PATIENCE)


def next_command(verb: str, journal: Journal, wanted: Wanted) -> str:
    """Return the command that continues; after a denial, with another identity."""
    if any("denied" in (step.notes or {}) for step in journal.steps if step.status is StepStatus.FAILED):
        return f"Run it as an identity with these permissions: {command_for(verb, journal.path, 'profile:NAME')}"
    return command_for(verb, journal.path, wanted.sign_in)


def command_for(verb: str, path: str, sign_in: str | None) -> str:
    """Return the command line for a journal or a plan file, with the same sign-in method."""
    command = f"{PROGRAM} {verb} {shlex.quote(path)}"
    return f"{command} --sign-in {shlex.quote(sign_in)}" if sign_in else command


def tell_result(journal: Journal, outcome: Code | None, remedy: str, screen: Output) -> int:
    """Show the result of a run and return its exit code; if it is incomplete, also show the next command."""
    screen.show(journal_view(journal))
    if outcome is None:
        screen.result(journal.to_json())
        return 0
    where = {Code.STOPPED: "Stopped", Code.DRIFTED: "Drifted"}.get(outcome, "Not finished")
    problem = Problem(where, _said(journal) or "The remaining changes were not started.", remedy, outcome)
    screen.result({**journal.to_json(), **problem.to_json()})
    if not screen.as_json:
        screen.problem(problem)
    return outcome.exit_code


def _said(journal: Journal) -> str:
    """Join the details of the failed changes in the order of the plan; a repeated detail is said once."""
    told: dict[str, list[str]] = {}
    for step in journal.steps:
        if step.detail and step.status in _TELLING:
            told.setdefault(step.detail, []).append(step.id)
    return " ".join(f"{', '.join(ids)}: {detail}" for detail, ids in told.items())


_TELLING = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT, StepStatus.WAITING)
