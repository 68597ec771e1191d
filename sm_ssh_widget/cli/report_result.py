"""Result of the commands that check: exit code, report on the screen, and the next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType

from sm_ssh_widget.cli.options import Wanted
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.report_view import report_view
from sm_ssh_widget.problem import Code
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.observation import Reason

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report

ANY_PROFILE = "profile:NAME"


def report_code(report: Report) -> int:
    """Return the exit code of a report; precedence: 3, 4, 1."""
    proof = report.proof.status if report.proof else ""
    count = report.assessment.count
    connects = report.assessment.connects.status
    if count(FindingStatus.BLOCKED) or report.assessment.denied or connects == "blocked":
        return Code.BLOCKED.exit_code
    if count(FindingStatus.UNKNOWN) or proof == "not-available" or connects == "unknown":
        return Code.UNKNOWN.exit_code
    return 0 if report.ready else Code.MISSING.exit_code


def show_report(report: Report, wanted: Wanted, screen: Output, *, verbose: bool) -> None:
    """Show a report and the next command, or print its JSON object."""
    screen.result(report.to_json())
    screen.show(report_view(report, verbose=verbose), *next_view(_after_report(report, wanted)))


def _after_report(report: Report, wanted: Wanted) -> tuple[str, str]:
    """Return the next command and its purpose."""
    count = report.assessment.count
    if count(FindingStatus.UNKNOWN) and (wanted.sign_in is None or any(map(_was_denied, report.findings))):
        return wanted.again("check", sign_in=ANY_PROFILE), "sign in to read the rest"
    if count(FindingStatus.MISSING) or (report.ready and report.check_is_due):
        return wanted.again("plan", "--out", "plan.json"), "review what would change"
    if report.ready and (report.proof is None or report.proof.status == "not-asked"):
        return wanted.again("verify", "--proof"), "test it with a real activation"
    return "", ""


def _was_denied(finding: Finding) -> bool:
    """Whether the read was denied to this identity: another one could be allowed."""
    return (
        finding.required and finding.status is FindingStatus.UNKNOWN and finding.reason.startswith(Reason.DENIED.value)
    )


def next_view(command_and_purpose: tuple[str, str]) -> tuple[RenderableType, ...]:
    """Render the next command and its purpose; nothing for an empty command."""
    command, why = command_and_purpose
    if not command:
        return ()
    return (line(f"Next  {command}", "cyan"), words(f"      to {why}", "dim"))
