"""Command ``undo``: undo a run, after showing what that removes."""

from __future__ import annotations

import json

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
    signed_in,
    target_options,
)
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.plan_view import undo_view
from sm_ssh_widget.cli.run_control import (
    chosen_journal,
    command_for,
    confirm,
    next_command,
    stoppable,
    tell_endpoint,
    tell_result,
)
from sm_ssh_widget.problem import Code
from sm_ssh_widget.requirements.wording import counted

_BY_HAND = "Review what changed. Edit it in the console, or leave it unchanged."


@click.command(short_help="Undo a run.")
@click.argument("journal")
@target_options
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@click.option("--digest", metavar="SHA256", help="Undo only the reviewed plan of the undo, with this digest.")
@journal_option
@member_option
@common_options
def undo(
    *,
    screen: Output,
    wanted: Wanted,
    journal: str,
    yes: bool,
    digest: str | None,
    journal_dir: str | None,
    member_role: str | None,
) -> int:
    """Undo the run in JOURNAL ('last' for the newest, or the directory of a fleet's run), newest change first.

    Shows what it removes before it asks. With --json and without --yes it prints {"undo": PLAN, "confirmed": false}
    and writes nothing. A change that was modified since is left unchanged. Exit code: 0 done or nothing to undo,
    2 not confirmed, 3 refused, 5 drifted, 8 AWS refused and nothing was undone, 9 partly undone.
    """
    screen.announce("Undoing")
    if load_fleet_runs().is_run(journal):
        return fleet_verbs.undo(screen, wanted, journal, yes=yes, digest=digest, member_role=member_role)
    done = chosen_journal(journal, journal_dir, screen)
    wanted.check_against(done.plan, "Checking the undo")
    with signed_in(wanted.sign_in or "chain", done.plan.region, done.plan.account, screen) as session:
        tell_endpoint(session.face.endpoint, screen)
        plan = load_pipeline().plan_undo(done, session)
        if digest and not plan.empty:
            load_pipeline().check_same_plan(digest, plan)
        if _show_undo(plan, done, screen, yes=yes):
            return Code.USAGE.exit_code
        if not plan.empty:
            later = command_for("undo", done.path, wanted.sign_in)
            confirm(
                f"Undo {counted(len(plan.changes), 'change')} as {session.face.arn}?",
                f"To undo, run: {later}",
                yes=yes,
            )
        with stoppable(screen) as stop:
            back = load_pipeline().undo(
                done, session, journal_dir, observer=Progress(screen), stop=stop, digest=plan.digest
            )
    outcome = load_pipeline().outcome(back)
    remedy = _BY_HAND if outcome is Code.DRIFTED else next_command("undo", back, wanted)
    return tell_result(back, outcome, remedy, screen)


def _show_undo(plan: Plan, done: Journal, screen: Output, *, yes: bool) -> bool:
    """Show what an undo removes. Returns True if the command ends here: --json without --yes only shows."""
    if not screen.as_json:
        screen.tell(undo_view(plan, done))
        return False
    shown = {"undo": plan.to_json(), "confirmed": yes}
    if yes or plan.empty:
        screen.tell(line(json.dumps(shown, indent=2)))
        return False
    screen.result(shown)
    screen.tell(words("Nothing was written. To undo, add --yes."))
    return True
