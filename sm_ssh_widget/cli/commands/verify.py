"""Command ``verify``: check again, optionally with a real activation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sm_ssh_widget.cli import fleet_verbs
from sm_ssh_widget.cli.account_options import member_option
from sm_ssh_widget.cli.options import Wanted, common_options, load_pipeline, looking, target_options, verbose_option
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.cli.report_result import report_code, show_report

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report


@click.command(short_help="Check again, optionally with a real activation.")
@target_options
@click.option("--proof", is_flag=True, help="Also create a real activation as the role (limit 1 node) and delete it.")
@click.option("--fleet", metavar="RUN", help="Audit the roles of a fleet's run (its directory).")
@verbose_option
@member_option
@common_options
def verify(
    *, screen: Output, wanted: Wanted, proof: bool, fleet: str | None, member_role: str | None, verbose: bool
) -> int:
    """Check again and, with --proof, test it with one real activation.

    Exit code: as for check; 1 if the proof failed, 4 if it was requested but is not available.
    """
    screen.announce("Verifying" + (", with a real activation as the role" if proof else " (read-only)"))
    if fleet:
        return fleet_verbs.verify(screen, wanted, fleet, member_role)
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = load_pipeline().verify(target, selection=selection, proof=proof, session=session)
    show_report(report, wanted, screen, verbose=verbose)
    return report_code(report)
