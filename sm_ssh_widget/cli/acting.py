"""The verbs that write, and the journals they leave: apply, undo, journal."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.journal_view import Progress, journal_view, journals_view
from sm_ssh_widget.cli.options import (
    PROGRAM,
    Wanted,
    common_options,
    journal_option,
    plan_file,
    signed_in,
    story,
    target_options,
    verbose_option,
)
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.plan_view import plan_view, summary_view, undo_view
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.wording import counted


@click.command(short_help="Write what a reviewed plan lists.")
@click.argument("file", required=False)
@target_options
@click.option(
    "--resume", metavar="JOURNAL", help="Go on with a journal that was left unfinished ('last' for the newest)."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@journal_option
@verbose_option
@common_options
def apply(
    *,
    screen: Output,
    wanted: Wanted,
    file: str | None,
    resume: str | None,
    yes: bool,
    journal_dir: str | None,
    verbose: bool,
) -> int:
    """Write exactly what the reviewed plan FILE (or bundle) lists, if the account is still as it was.

    Exit code: 0 done, 5 drifted and nothing written, 6 plan or journal invalid, 9 partly applied.
    """
    screen.announce("Resuming" if resume else "Applying a reviewed plan")
    if bool(file) == bool(resume):
        said = "it takes the file of a reviewed plan, or --resume and a journal."
        raise Problem("Applying", said, f"Make a plan: {wanted.again('plan', '--out', 'plan.json')}", Code.USAGE)
    pipeline = story()
    begun = _journal(resume, journal_dir, screen) if resume else None
    if begun:
        pipeline.check_resumable(begun)
    plan: Plan = begun.plan if begun else plan_file(file or "")
    wanted.check_against(plan, "Checking the plan")
    screen.show(plan_view(plan, verbose=True) if verbose else summary_view(plan), words(""))
    if plan.empty:
        return _nothing(plan, wanted, screen)
    with signed_in(wanted.sign_in or "chain", plan.region, plan.account, screen) as session:
        _tell_endpoint(session.face.endpoint, screen)
        later = _command("apply --resume" if begun else "apply", begun.path if begun else file or "", wanted.sign_in)
        _confirm(
            f"Apply {counted(len(plan.changes), 'change')} as {session.face.arn}?",
            f"Review it first: {later} -v",
            yes=yes,
        )
        with _stoppable(screen) as stop:
            how: dict[str, Any] = {"observer": Progress(screen), "stop": stop}
            if begun:
                journal = pipeline.resume(begun, session, **how)
            else:
                journal = pipeline.apply(plan, session, journal_dir, **how)
    outcome = pipeline.outcome(journal)
    place = pipeline.files.place(journal_dir)
    left = None if begun or outcome is not Code.DRIFTED else pipeline.files.unfinished_journal(place, plan.digest)
    remedy = _goes_on(journal, outcome, wanted, left)
    return _tell(journal, outcome, remedy, screen)


@click.command(short_help="Undo what a journal records.")
@click.argument("journal")
@target_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--digest", metavar="SHA256", help="Undo only what was reviewed: the digest of the undo's plan.")
@journal_option
@common_options
def undo(
    *, screen: Output, wanted: Wanted, journal: str, yes: bool, digest: str | None, journal_dir: str | None
) -> int:
    """Undo what JOURNAL records ('last' for the newest), newest change first.

    Shows what it removes before it asks. With --json and without --yes it prints {"undo": PLAN, "confirmed": false}
    and writes nothing. Changes that somebody edited since are left unchanged. Exit code: 0 done or nothing to undo,
    2 not confirmed, 3 refused, 5 drifted, 8 AWS refused and nothing was undone, 9 partly undone.
    """
    screen.announce("Undoing")
    done = _journal(journal, journal_dir, screen)
    wanted.check_against(done.plan, "Checking the undo")
    with signed_in(wanted.sign_in or "chain", done.plan.region, done.plan.account, screen) as session:
        _tell_endpoint(session.face.endpoint, screen)
        plan = story().plan_undo(done, session)
        if digest and not plan.empty:
            story().check_same_plan(digest, plan)
        if _show_undo(plan, done, screen, yes=yes):
            return Code.USAGE.exit_code
        if not plan.empty:
            later = _command("undo", done.path, wanted.sign_in)
            _confirm(
                f"Undo {counted(len(plan.changes), 'change')} as {session.face.arn}?",
                f"When you are sure: {later}",
                yes=yes,
            )
        with _stoppable(screen) as stop:
            back = story().undo(done, session, journal_dir, observer=Progress(screen), stop=stop, digest=plan.digest)
    outcome = story().outcome(back)
    remedy = _BY_HAND if outcome is Code.DRIFTED else _again("undo", back, wanted)
    return _tell(back, outcome, remedy, screen)


def _show_undo(plan: Plan, done: Journal, screen: Output, *, yes: bool) -> bool:
    """Show what an undo removes; whether it ends there, as a program that asked for JSON has not confirmed it."""
    if not screen.as_json:
        screen.tell(undo_view(plan, done))
        return False
    shown = {"undo": plan.to_json(), "confirmed": yes}
    if yes or plan.empty:
        screen.tell(line(json.dumps(shown, indent=2)))
        return False
    screen.result(shown)
    screen.tell(words("Nothing was written. To undo this, add --yes."))
    return True


@click.command(short_help="List what was applied and undone.")
@journal_option
@common_options
def journal(*, screen: Output, journal_dir: str | None) -> int:
    """The journals that are kept: what was applied and undone, newest first."""
    screen.announce("Reading the journals")
    pipeline = story()
    listed = pipeline.journals(journal_dir)
    told = [
        item.journal.to_json() if item.journal else {"journal": str(item.path), **item.problem.to_json()}
        for item in listed
    ]
    screen.result({"journals": told})
    screen.show(journals_view(listed, str(pipeline.files.place(journal_dir))))
    return 0


_BY_HAND = "Look at what was changed; edit it by hand, or leave it as it is."


def _journal(name: str, journal_dir: str | None, screen: Output) -> Journal:
    """The journal that was named, or the last one; tells how that was found, and who else can have written it."""
    files = story().files
    found = files.last_listed(files.place(journal_dir)) if name == "last" else files.examine_journal(name)
    if found.note:
        screen.tell(words(found.note, "yellow"))
    if not found.provenance.proven:
        screen.tell(words(f"Somebody else can have written this journal. {found.provenance.reason}", "yellow"))
    journal: Journal = found.journal
    return journal


def _nothing(plan: Plan, wanted: Wanted, screen: Output) -> int:
    """What an empty plan comes to; raises :class:`Problem` (``refused``) where it is empty for want of a way."""
    if required := [refusal for refusal in plan.refused if refusal.finding in plan.required_refused]:
        said = " ".join(f"{refusal.finding} is required and refused: {refusal.reason}" for refusal in required)
        remedy = f"Once that is mended, plan again: {wanted.again('plan', '--out', 'plan.json')}"
        raise Problem("Checking the plan", said, remedy, Code.REFUSED)
    screen.result({"journal": None, "digest": plan.digest, "steps": [], "complete": True})
    return 0


def _tell_endpoint(endpoint: str, screen: Output) -> None:
    if endpoint:
        screen.tell(words(f"Endpoint   {endpoint} (not AWS's own)", "yellow"))


def _confirm(question: str, later: str, *, yes: bool) -> None:
    """Go on only with a yes; raises :class:`Problem`: ``usage`` where nobody can be asked, ``stopped`` for a no."""
    if yes:
        return
    if not prompts.possible():
        raise Problem("Before writing", "there is no terminal to ask at.", "Add --yes to write.", Code.USAGE)
    if not prompts.confirmed(question):
        said = "it was not confirmed. Nothing was written: the account and the plan are as they were."
        raise Problem("Before writing", said, later, Code.STOPPED)


@contextmanager
def _stoppable(screen: Output) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C ends it before the next step, where the journal is whole; the second one at once."""
    pressed: list[int] = []

    def press(number: int, _frame: object) -> None:
        pressed.append(number)
        if len(pressed) > 1:
            raise KeyboardInterrupt
        screen.tell(words("Stopping before the next step; Ctrl-C again stops at once.", "yellow"))

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _goes_on(journal: Journal, outcome: Code | None, wanted: Wanted, left: Journal | None) -> str:
    """What to do about an apply that is not whole; ``left`` is the journal of one that was cut short before it."""
    if left:
        return f"An apply of this plan was cut short; go on with it: {_again('apply --resume', left, wanted)}"
    if outcome is Code.DRIFTED:
        return "Look at what was changed, then make the plan again: " + wanted.again("plan", "--out", "plan.json")
    return _again("apply --resume", journal, wanted)


def _again(verb: str, journal: Journal, wanted: Wanted) -> str:
    """The command that goes on; where the identity was denied, as another one."""
    if any("denied" in (step.notes or {}) for step in journal.steps if step.status is StepStatus.FAILED):
        return f"As an identity that may: {_command(verb, journal.path, 'profile:NAME')}"
    return _command(verb, journal.path, wanted.sign_in)


def _command(verb: str, path: str, sign_in: str | None) -> str:
    command = f"{PROGRAM} {verb} {shlex.quote(path)}"
    return f"{command} --sign-in {shlex.quote(sign_in)}" if sign_in else command


def _tell(journal: Journal, outcome: Code | None, remedy: str, screen: Output) -> int:
    """Show what became of it; where it is not whole, also the problem with the command that goes on."""
    screen.show(journal_view(journal))
    if outcome is None:
        screen.result(journal.to_json())
        return 0
    where = {Code.STOPPED: "Stopped", Code.DRIFTED: "Drifted"}.get(outcome, "Not finished")
    problem = Problem(where, _said(journal) or "the rest was not begun.", remedy, outcome)
    screen.result({**journal.to_json(), **problem.to_json()})
    if not screen.as_json:
        screen.problem(problem)
    return outcome.exit_code


def _said(journal: Journal) -> str:
    """What there is to say of the steps in trouble, in the order of the plan; what holds for several is said once."""
    told: dict[str, list[str]] = {}
    for step in journal.steps:
        if step.detail and step.status in _TELLING:
            told.setdefault(step.detail, []).append(step.id)
    return " ".join(f"{', '.join(ids)}: {detail}" for detail, ids in told.items())


_TELLING = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT, StepStatus.WAITING)
