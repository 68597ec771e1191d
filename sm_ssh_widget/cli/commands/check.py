"""Command ``check``: what is missing, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from sm_ssh_widget.cli.options import Wanted, common_options, load_pipeline, looking, target_options, verbose_option
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.cli.report_result import report_code, show_report
from sm_ssh_widget.requirements.condition_keys import documented

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report


@click.command(short_help="Show what is missing and why (read-only).")
@target_options
@click.option(
    "--assume",
    multiple=True,
    metavar="KEY=VALUE",
    callback=lambda _context, _parameter, values: _assumed(values),
    help="Value of a condition key that cannot be read. Repeatable. Such a check cannot be planned.",
)
@verbose_option
@common_options
def check(*, screen: Output, wanted: Wanted, assume: Mapping[str, str], verbose: bool) -> int:
    """Show what the role, the account and the person who connects lack for SSH Helper.

    Read-only. Exit code: 0 ready, 1 something is missing, 3 blocked, 4 unknown.
    """
    screen.announce("Checking what SageMaker SSH Helper needs (read-only)")
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = load_pipeline().check_target(target, selection, session, assume=assume)
    show_report(report, wanted, screen, verbose=verbose)
    return report_code(report)


def _assumed(values: Sequence[str]) -> dict[str, str]:
    """Parse condition keys and values. Raises a usage error for anything but ``KEY=VALUE``."""
    found = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not (equals and ":" in key):
            raise click.BadParameter(f"{text!r} is not KEY=VALUE, such as aws:SourceVpc=vpc-0123456789abcdef0")
        found[documented(key)] = value
    return found
