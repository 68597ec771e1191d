"""Command ``doctor``: check the laptop that connects against SSH Helper's needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.options import common_options, load_pipeline
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.doctor.judge import NEEDS, LaptopFinding, LaptopStatus
from sm_ssh_widget.doctor.observed import Expected
from sm_ssh_widget.problem import Code

if TYPE_CHECKING:
    from sm_ssh_widget.doctor.judge import LaptopReport

_MARKS = {
    LaptopStatus.OK: ("✔ OK", "green"),
    LaptopStatus.WRONG: ("✖ Wrong", "red"),
    LaptopStatus.UNKNOWN: ("? Unknown", "yellow"),
}
_WIDEST_MARK = max(len(mark) for mark, _ in _MARKS.values())
_WIDEST_NAME = max(len(need.name) for need in NEEDS.values())
_CODES = {
    LaptopStatus.OK: 0,
    LaptopStatus.WRONG: Code.MISSING.exit_code,
    LaptopStatus.UNKNOWN: Code.UNKNOWN.exit_code,
}


@click.command(short_help="Check the laptop that connects; sends one or two reads.")
@click.option("--region", metavar="REGION", help="The Region of the nodes.  [default: not compared]")
@click.option("--user", metavar="ARN", help="The identity that connects.  [default: not compared]")
@click.option("--owner", metavar="USERID", help="The SSHOwner of the nodes (aws:userid).  [default: not compared]")
@click.option("--node", metavar="ID", help="A hybrid node (mi-…): its SSHOwner is read and compared.")
@common_options
def doctor(*, screen: Output, region: str | None, user: str | None, owner: str | None, node: str | None) -> int:
    """Check the laptop: AWS CLI, Session Manager plugin, ssh, SDK, clock, Region, identity and proxy.

    Run it with the profile and in the Python environment that connects. It changes nothing.
    Exit code: 0 all in order, 1 something is wrong, 4 something is unknown.
    """
    screen.announce("Checking this laptop (read-only)")
    expected = Expected.of(region, user, owner, node)
    report: LaptopReport = load_pipeline().examine_laptop(expected, ask=_ask if prompts.possible() else None)
    screen.result(report.to_json())
    if report.endpoint:
        screen.show(words(f"Endpoint: {report.endpoint} (custom, not an AWS endpoint)"), words(""))
    screen.show(*map(_row, report.findings), words(""), words(_verdict(report), "bold"))
    return _CODES[report.status]


def _ask(what: str) -> Any:
    return load_pipeline().Secret(prompts.ask(what))


def _row(finding: LaptopFinding) -> Text:
    """Render a finding on one line without wrapping, so that its commands and addresses can be copied."""
    mark, style = _MARKS[finding.status]
    text = finding.found
    if finding.status is not LaptopStatus.OK:
        text = f"{text.rstrip('.')}. Needed: {finding.need.needed}."
    elif finding.remedy:
        text = f"{text.rstrip('.')}."
    text = f"{text} {finding.remedy}" if finding.remedy else text
    return line(f"{mark:<{_WIDEST_MARK}}", style).append_text(
        line(f"  {finding.need.name:<{_WIDEST_NAME}}  {text}", "")
    )


def _verdict(report: LaptopReport) -> str:
    counts = {status: sum(each.status is status for each in report.findings) for status in LaptopStatus}
    if report.status is LaptopStatus.OK:
        return f"This laptop is in order: {counts[LaptopStatus.OK]} of {len(report.findings)} checks passed."
    wrong, unknown = counts[LaptopStatus.WRONG], counts[LaptopStatus.UNKNOWN]
    return f"{wrong} wrong, {unknown} unknown, {counts[LaptopStatus.OK]} in order."
