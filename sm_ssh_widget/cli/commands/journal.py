"""Command ``journal``: list the runs, applied and undone."""

from __future__ import annotations

import click

from sm_ssh_widget.cli.journal_view import journals_view
from sm_ssh_widget.cli.options import common_options, journal_option, load_pipeline
from sm_ssh_widget.cli.output import Output


@click.command(short_help="List runs: applied and undone.")
@journal_option
@common_options
def journal(*, screen: Output, journal_dir: str | None) -> int:
    """List the journals of all runs, applied and undone, newest first."""
    screen.announce("Reading the journals")
    pipeline = load_pipeline()
    listed = pipeline.journals(journal_dir)
    told = [
        item.journal.to_json() if item.journal else {"journal": str(item.path), **item.problem.to_json()}
        for item in listed
    ]
    screen.result({"journals": told})
    screen.show(journals_view(listed, str(pipeline.files.place(journal_dir))))
    return 0
