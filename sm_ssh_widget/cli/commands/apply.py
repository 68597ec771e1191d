"""Command ``apply``: write a reviewed plan, or resume an unfinished run."""

from __future__ import annotations

from typing import Any

import click

from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli import fleet_verbs
from sm_ssh_widget.cli.account_options import member_option
from sm_ssh_widget.cli.journal_view import Progress
from sm_ssh_widget.cli.options import (
    Wanted,
    common_options,
    journal_option,
    load_fleet_runs,
    load_pipeline,
    plan_file,
    signed_in,
    target_options,
    verbose_option,
)
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.cli.plan_view import plan_view, summary_view
from sm_ssh_widget.cli.run_control import (
    chosen_journal,
    command_for,
    confirm,
    next_command,
    stoppable,
    tell_endpoint,
    tell_result,
)
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.wording import counted


@click.command(short_help="Apply a reviewed plan.")
@click.argument("file", required=False)
@target_options
@click.option("--resume", metavar="JOURNAL", help="Resume an unfinished run ('last' for the newest).")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@click.option("--canary", default=3, metavar="N", help="Of a fleet plan: roles to apply and check first.  [default: 3]")
@click.option("--max-failures", default="0", metavar="N|P%", help="Of a fleet plan: failed plans before it stops.")
@click.option("--all-or-nothing", is_flag=True, help="Of a fleet plan: write nothing if any role has changed.")
@journal_option
@verbose_option
@member_option
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
    **limits: Any,
) -> int:
    """Apply exactly the reviewed plan FILE (or bundle), if the account has not changed since.

    FILE can be a fleet plan, and JOURNAL the directory of its run. Exit code: 0 done, 5 drifted and
    nothing written, 6 plan or journal invalid, 9 partly applied.
    """
    screen.announce("Resuming" if resume else "Applying a reviewed plan")
    if bool(file) == bool(resume):
        said = "Specify either a plan file or --resume JOURNAL."
        raise Problem("Applying", said, f"Create a plan: {wanted.again('plan', '--out', 'plan.json')}", Code.USAGE)
    pipeline, runs = load_pipeline(), load_fleet_runs()
    if (resume and runs.is_run(resume)) or (file and runs.is_fleet_file(file)):
        return fleet_verbs.apply(screen, wanted, file, resume, yes=yes, journal_dir=journal_dir, **limits)
    begun = chosen_journal(resume, journal_dir, screen) if resume else None
    if begun:
        pipeline.check_resumable(begun)
    plan: Plan = begun.plan if begun else plan_file(file or "")
    wanted.check_against(plan, "Checking the plan")
    screen.show(plan_view(plan, verbose=True) if verbose else summary_view(plan), words(""))
    if plan.empty:
        return _nothing(plan, wanted, screen)
    with signed_in(wanted.sign_in or "chain", plan.region, plan.account, screen) as session:
        tell_endpoint(session.face.endpoint, screen)
        later = command_for("apply --resume" if begun else "apply", begun.path if begun else file or "", wanted.sign_in)
        question = f"Apply {counted(len(plan.changes), 'change')} as {session.face.arn}?"
        confirm(question, f"To review it: {later} -v", yes=yes)
        with stoppable(screen) as stop:
            how: dict[str, Any] = {"observer": Progress(screen), "stop": stop}
            if begun:
                journal = pipeline.resume(begun, session, **how)
            else:
                journal = pipeline.apply(plan, session, journal_dir, **how)
    outcome = pipeline.outcome(journal)
    place = pipeline.files.place(journal_dir)
    left = None if begun or outcome is not Code.DRIFTED else pipeline.files.unfinished_journal(place, plan.digest)
    remedy = _goes_on(journal, outcome, wanted, left)
    return tell_result(journal, outcome, remedy, screen)


def _nothing(plan: Plan, wanted: Wanted, screen: Output) -> int:
    """Return the result of an empty plan. Raises :class:`Problem` (``refused``) if something required was refused."""
    if required := [refusal for refusal in plan.refused if refusal.finding in plan.required_refused]:
        said = " ".join(f"{refusal.finding} is required but was refused: {refusal.reason}" for refusal in required)
        remedy = f"Fix that, then create a new plan: {wanted.again('plan', '--out', 'plan.json')}"
        raise Problem("Checking the plan", said, remedy, Code.REFUSED)
    screen.result({"journal": None, "digest": plan.digest, "steps": [], "complete": True})
    return 0


def _goes_on(journal: Journal, outcome: Code | None, wanted: Wanted, left: Journal | None) -> str:
    """Return the remedy for an incomplete apply; ``left`` is the journal of an unfinished earlier run."""
    if left:
        return f"A run of this plan is unfinished. Resume it: {next_command('apply --resume', left, wanted)}"
    if outcome is Code.DRIFTED:
        return "Review what changed, then create a new plan: " + wanted.again("plan", "--out", "plan.json")
    return next_command("apply --resume", journal, wanted)
