"""Command ``export``: a plan in another format, for an admin."""

from __future__ import annotations

from typing import Any

import click

from sm_ssh_widget import export as exports
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli import fleet_verbs
from sm_ssh_widget.cli.options import (
    Wanted,
    common_options,
    load_fleet_runs,
    load_pipeline,
    looking,
    out_option,
    plan_file,
    target_options,
)
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.export.audit_role import audit_role_template
from sm_ssh_widget.export.fleet_handover import HANDOVER_FORMATS
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.problem import Code, Problem

READ_ACCESS, AUDIT_ROLE = "read-access", "audit-role"
NETWORK = {f"network-{language}": language for language in exports.NETWORK_FORMATS}
_OF_A_CHECK = (READ_ACCESS, *exports.REQUEST_FORMATS)
_WITHOUT_PLAN = (*_OF_A_CHECK, *NETWORK, AUDIT_ROLE)
_OF_FLEET = tuple(form for form in HANDOVER_FORMATS if form not in exports.FORMATS)
_FORMATS = (*exports.FORMATS, *_WITHOUT_PLAN, *_OF_FLEET)


@click.command(short_help="Export the plan for an admin: script, CloudFormation, Terraform, ticket.")
@click.argument("file", required=False)
@target_options
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="Output format.")
@out_option("Output file.  [default: standard output]")
@click.option("--mask", is_flag=True, help="Mask account, role and user names (formats for people only).")
@click.option("--requester", metavar="NAME", help="Requester, shown in the ticket.")
@click.option("--reason", metavar="TEXT", default="", help="Reason, shown in the ticket.")
@common_options
def export(
    *,
    screen: Output,
    wanted: Wanted,
    file: str | None,
    form: str,
    out: str | None,
    mask: bool,
    requester: str | None,
    reason: str,
) -> int:
    """Export the plan FILE (or a new plan) in another format. The format read-access requests read permissions only.

    The request formats ask for all that may be missing, where facts could not be read. No plan is needed.
    The format audit-role is a CloudFormation template with the role for audit --accounts; nothing is read for it.
    The formats network-cli, network-cloudformation and network-terraform tell your network team which VPC endpoints
    are missing.

    Read-only. Exit code: 0, or 3 if something required was refused.
    """
    screen.announce(f"Exporting the plan {file}" if file else _announced(form))
    if file and load_fleet_runs().is_fleet_file(file):
        return _fleet(screen, file, form, out, TicketRequest(requester or "", reason), mask=mask)
    _check_usage(form, file, out, mask=mask)
    if form == AUDIT_ROLE:
        return _give(audit_role_template().encode(), form, None, out, screen)
    asked: dict[str, Any] = {"mask": mask, "requester": requester, "reason": reason}
    if form in _OF_A_CHECK:
        return _give(_without_plan(wanted, screen, form, **asked).encode(), form, None, out, screen)
    if form in NETWORK:
        return _give(_network(wanted, screen, NETWORK[form]).encode(), form, None, out, screen)
    made = plan_file(file) if file else _planned(wanted, screen)
    guard.check_origin(made, "Exporting the plan")
    if file:
        wanted.check_against(made, "Exporting the plan")
    return _give(exports.content(made, form, **asked), form, made, out, screen)


def _announced(form: str) -> str:
    return "Exporting the audit role" if form == AUDIT_ROLE else "Exporting a new plan (read-only)"


def _fleet(screen: Output, file: str, form: str, out: str | None, asked: TicketRequest, *, mask: bool) -> int:
    if form not in HANDOVER_FORMATS:
        said = f"A fleet plan has no format {form}."
        raise Problem("Exporting the fleet plan", said, f"Use one of: {', '.join(HANDOVER_FORMATS)}.", Code.USAGE)
    return fleet_verbs.export(screen, file, form, out, asked, mask=mask)


def _check_usage(form: str, file: str | None, out: str | None, *, mask: bool) -> None:
    if mask and form in (AUDIT_ROLE, *NETWORK):
        said = f"The format {form} does not work with masked names."
        raise Problem("Exporting the plan", said, "Remove --mask.", Code.USAGE)
    if form in _OF_FLEET:
        said = f"The format {form} is for a fleet plan."
        raise Problem("Exporting the plan", said, f"Use one of: {', '.join(exports.FORMATS)}.", Code.USAGE)
    if form in _WITHOUT_PLAN and file:
        said = f"The format {form} needs a check, not a plan."
        raise Problem("Exporting the plan", said, "Remove FILE.", Code.USAGE)
    if form == "bundle" and not out:
        raise Problem("Exporting the plan", "A bundle is a binary file.", "Save it to a file: --out FILE", Code.USAGE)


def _planned(wanted: Wanted, screen: Output) -> Plan:
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        made: Plan = load_pipeline().plan(load_pipeline().check_target(target, selection, session))
    return made


def _without_plan(wanted: Wanted, screen: Output, form: str, **asked: Any) -> str:
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report = load_pipeline().check_target(target, selection, session)
    if form == READ_ACCESS:
        return exports.read_access(report.observation, **asked)
    made = exports.SetupRequest.of(selection, report.observation, report.assessment)
    return exports.request_content(made, form, **asked)


def _network(wanted: Wanted, screen: Output, language: str) -> str:
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        seen = load_pipeline().check_target(target, selection, session).observation
    return exports.network_text(seen.chosen.network, target.region, target.partition, language)


def _give(content: bytes, form: str, made: Plan | None, out: str | None, screen: Output) -> int:
    if out:
        load_pipeline().files.save_export(content, out)
        screen.show(words(f"Saved {form}: {out}"))
    elif not screen.as_json:
        screen.raw(content.decode())
    text = None if out else content.decode()
    screen.result({"format": form, "file": out, "digest": made.digest if made else None, "content": text})
    return Code.REFUSED.exit_code if made and made.required_refused else 0
