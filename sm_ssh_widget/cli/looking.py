"""The verbs that only look: check, plan, verify."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.cli.options import (
    PROGRAM,
    Wanted,
    common_options,
    looking,
    out_option,
    story,
    target_options,
    verbose_option,
)
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.people_view import demonstration_view, owner_view
from sm_ssh_widget.cli.plan_view import plan_view
from sm_ssh_widget.cli.report_view import report_view
from sm_ssh_widget.export import render
from sm_ssh_widget.problem import Code
from sm_ssh_widget.requirements.condition_keys import documented
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.observation import Reason

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report

_PROFILE = "profile:NAME"


@click.command(short_help="What is missing, and why; reads only.")
@target_options
@click.option(
    "--assume",
    multiple=True,
    metavar="KEY=VALUE",
    callback=lambda _context, _parameter, values: _assumed(values),
    help="A value for a condition key that nobody can read; repeatable. No plan is made from it.",
)
@verbose_option
@common_options
def check(*, screen: Output, wanted: Wanted, assume: Mapping[str, str], verbose: bool) -> int:
    """What SSH Helper needs that the role, the account and the local user lack.

    Only reads. Exit code: 0 ready, 1 something is missing, 3 blocked, 4 unknown.
    """
    screen.announce("Checking what SageMaker SSH Helper needs (reads only)")
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = story().check_target(target, selection, session, assume=assume)
    _show(report, wanted, screen, verbose=verbose)
    return report_code(report)


def _assumed(values: Sequence[str]) -> dict[str, str]:
    """The condition keys and their values; raises a usage error for one that is no ``KEY=VALUE``."""
    found = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not (equals and ":" in key):
            raise click.BadParameter(f"{text!r} is not KEY=VALUE, such as aws:SourceVpc=vpc-0123456789abcdef0")
        found[documented(key)] = value
    return found


@click.command(short_help="The changes that would bring it; reads only.")
@target_options
@out_option("Save the plan, to be reviewed and applied.")
@click.option("--only-if-ready", is_flag=True, help="Write no plan that would not make the role ready (exit 3).")
@click.option("--admin-policy", is_flag=True, help="Print the least policy to apply, verify and undo it, not the plan.")
@verbose_option
@common_options
def plan(
    *, screen: Output, wanted: Wanted, out: str | None, only_if_ready: bool, admin_policy: bool, verbose: bool
) -> int:
    """The changes that would bring what is missing: statements, cost, risk, undo, and a digest.

    Only reads. Exit code: 0 also when there is nothing to do, 3 when something required was refused.
    """
    screen.announce("Planning what is missing (reads only)")
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = story().check_target(target, selection, session)
        made: Plan = story().plan(report)
    withheld = only_if_ready and made.beside.ready_afterwards is not True
    out = None if withheld else out
    if out:
        story().files.save_plan(made, out)
    if admin_policy:
        screen.raw(render(made, "admin-policy"))
    else:
        screen.result(made.to_json())
        screen.show(*_first(made, withheld=withheld))
        screen.show(plan_view(made, verbose=verbose), *map(words, made.beside.caveats), *_people(report, made))
        screen.show(words(""), *_after_plan(made, wanted, out))
    return Code.REFUSED.exit_code if made.required_refused or withheld else 0


def _first(made: Plan, *, withheld: bool) -> tuple[RenderableType, ...]:
    """What to know before reading the changes: that they do not make the role ready, and who cannot apply them."""
    ready, acting = made.beside.ready_afterwards, made.beside.acting
    told = []
    if ready is False:
        refused = ", ".join(made.required_refused)
        why = f": {refused} cannot be planned" if refused else ""
        told.append(f"This plan does not make the role ready{why}.")
    elif ready is None:
        told.append("Whether the role is ready afterwards is not known: see the requirements that are unknown.")
    if withheld:
        told.append("No plan was written (--only-if-ready).")
    if acting and acting["may_not"]:
        told.append(f"{acting['arn']} cannot make: {', '.join(each['call'] for each in acting['may_not'])}.")
    return tuple(words(f"! {each}", "bold yellow") for each in told)


@click.command(short_help="Check again, and prove it by a real activation.")
@target_options
@click.option("--proof", is_flag=True, help="Let the role itself create an activation (limit 1), and delete it.")
@verbose_option
@common_options
def verify(*, screen: Output, wanted: Wanted, proof: bool, verbose: bool) -> int:
    """Check again and, with --proof, prove it by one real activation.

    Exit code: as check; 1 when the proof failed, 4 when it was asked for and is not available.
    """
    screen.announce("Verifying" + (", with a real activation as the role itself" if proof else " (reads only)"))
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = story().verify(target, selection=selection, proof=proof, session=session)
    _show(report, wanted, screen, verbose=verbose)
    return report_code(report)


def report_code(report: Report) -> int:
    """The exit code of a report. Several: 3 before 4 before 1."""
    proof = report.proof.status if report.proof else ""
    count = report.assessment.count
    connects = report.assessment.connects.status
    if count(FindingStatus.BLOCKED) or report.assessment.denied or connects == "blocked":
        return Code.BLOCKED.exit_code
    if count(FindingStatus.UNKNOWN) or proof == "not-available" or connects == "unknown":
        return Code.UNKNOWN.exit_code
    return 0 if report.ready else Code.MISSING.exit_code


def _show(report: Report, wanted: Wanted, screen: Output, *, verbose: bool) -> None:
    screen.result(report.to_json())
    screen.show(report_view(report, verbose=verbose), *_next(_after_report(report, wanted)))


def _people(report: Report, made: Plan) -> tuple[RenderableType, ...]:
    """Who is who where the plan is about the local user, and what the owner guard does where it is planned."""
    findings = [*(change.finding for change in made.changes), *(refusal.finding for refusal in made.refused)]
    about_user = any(finding.startswith("user.") for finding in findings)
    rows = story().demonstrate(report, made)
    told = (words(""), owner_view(report.owner)) if about_user else ()
    by_hand = any(refusal.elsewhere for refusal in made.refused)
    return (*told, words(""), demonstration_view(rows, by_hand=by_hand)) if rows else told


def _after_report(report: Report, wanted: Wanted) -> tuple[str, str]:
    """The next command and why."""
    count = report.assessment.count
    if count(FindingStatus.UNKNOWN) and (wanted.sign_in is None or any(map(_was_denied, report.findings))):
        return wanted.again("check", sign_in=_PROFILE), "sign in to read the rest"
    if count(FindingStatus.MISSING) or (report.ready and report.check_is_due):
        return wanted.again("plan", "--out", "plan.json"), "review what would change"
    if report.ready and (report.proof is None or report.proof.status == "not-asked"):
        return wanted.again("verify", "--proof"), "prove it by a real activation"
    return "", ""


def _was_denied(finding: Finding) -> bool:
    """Whether this is unknown because the identity that reads may not: another one may."""
    return (
        finding.required and finding.status is FindingStatus.UNKNOWN and finding.reason.startswith(Reason.DENIED.value)
    )


def _after_plan(made: Plan, wanted: Wanted, out: str | None) -> tuple[RenderableType, ...]:
    if made.empty:
        return _next(
            (wanted.again("verify", "--proof"), "prove it by a real activation")
            if not made.required_refused
            else ("", "")
        )
    if not out:
        return _next((wanted.again("plan", "--out", "plan.json"), "save it for review"))
    way = shlex.quote(wanted.sign_in) if wanted.sign_in else _PROFILE
    number = f"{len(made.changes)} change{'s' if len(made.changes) > 1 else ''}"
    return _next((f"{PROGRAM} apply {shlex.quote(out)} --sign-in {way}", f"apply {number}"))


def _next(told: tuple[str, str]) -> tuple[RenderableType, ...]:
    command, why = told
    if not command:
        return ()
    return (line(f"Next  {command}", "cyan"), words(f"      to {why}", "dim"))
