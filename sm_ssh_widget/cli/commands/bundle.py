"""Command ``bundle``: check every file of a returned bundle against its own plan."""

from __future__ import annotations

import click

from sm_ssh_widget.changes import guard
from sm_ssh_widget.cli.options import common_options
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.export import load_bundle


@click.command(short_help="Check that every file of a bundle is what the plan says.")
@click.option("--verify", "file", metavar="FILE", required=True, help="The bundle to check.")
@common_options
def bundle(*, screen: Output, file: str) -> int:
    """Compare every file in a bundle with what this program makes of the plan in it.

    Exit code: 0 all equal, 3 a plan that this program would not make, 6 a file differs, is missing, or is not one of a
    bundle of this version.
    """
    screen.announce(f"Checking the bundle {file}")
    plan = load_bundle(file)
    guard.check_origin(plan, "Checking the bundle")
    screen.result({"bundle": file, "digest": plan.digest, "changes": len(plan.changes), "verified": True})
    screen.show(
        words("Every file in the bundle is what this program makes of the plan.", "bold green"),
        words(f"Digest of the plan: {plan.digest}"),
        words("Compare this digest with the one that the requester gave you on another channel."),
    )
    return 0
