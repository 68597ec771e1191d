"""Command ``explain``: AWS's own explanation of a denial, by its authorization ID."""

from __future__ import annotations

import sys
from typing import Any

import click

from sm_ssh_widget.cli.options import common_options, load_pipeline, signed_in
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Known

_WHERE = "Reading the explanation"


@click.command(short_help="Show which policy denied a call, in AWS's own account of it.")
@click.argument("text", metavar="ID|TEXT|-")
@click.option("--region", metavar="REGION", help="AWS Region.  [default: from the environment]")
@click.option("--sign-in", metavar="WAY", help="Sign-in method, as for check.  [default: chain]")
@common_options
def explain(*, screen: Output, text: str, region: str | None, sign_in: str | None) -> int:
    """Show which policy denied a call, and in which layer (one read).

    TEXT is a denial that contains an authorization ID; - reads it from standard input. ID is the ID alone. AWS keeps
    the details for 24 hours and records them some seconds after the denial.
    """
    pipeline: Any = load_pipeline()
    denial = pipeline.denial_of(sys.stdin.read() if text == "-" else text)
    screen.announce("Reading AWS's explanation (read-only, up to 20 s)")
    with signed_in(sign_in or "chain", pipeline.region_of(region), None, screen) as session:
        fact = pipeline.explain(denial, session.reader)
    if isinstance(fact, Known):
        found = fact.value
        screen.result({"id": denial.authorization_id, "evaluations": [each.to_json() for each in found]})
        screen.show(*(words(line) for each in found for line in each.lines))
        return 0
    if isinstance(fact, Absent):
        said = f"AWS keeps no details for {denial.authorization_id}."
        remedy = "Repeat the denied call to get a new ID, and sign in to the same account."
        raise Problem(_WHERE, said, remedy, Code.UNKNOWN)
    raise Problem(_WHERE, fact.said, fact.remedy, Code.AWS_REFUSED)
