"""Command ``plan``: the changes that add what is missing."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.projection import outlook_of
from sm_ssh_widget.cli import fleet_verbs
from sm_ssh_widget.cli.account_options import member_option
from sm_ssh_widget.cli.options import (
    PROGRAM,
    Wanted,
    common_options,
    load_pipeline,
    looking,
    out_option,
    target_options,
    verbose_option,
)
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.cli.people_view import demonstration_view, owner_view
from sm_ssh_widget.cli.plan_view import plan_view
from sm_ssh_widget.cli.report_result import ANY_PROFILE, next_view
from sm_ssh_widget.export import render, requested
from sm_ssh_widget.problem import Code, Problem

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report


@click.command(short_help="Show the changes that would add what is missing (read-only).")
@target_options
@out_option("Save the plan for review and apply.")
@click.option("--only-if-ready", is_flag=True, help="Write a plan only if it makes the role ready (else exit code 3).")
@click.option(
    "--admin-policy",
    is_flag=True,
    help="Print the minimum IAM policy to apply, verify and undo the plan, instead of the plan.",
)
@click.option("--fleet", metavar="AUDIT", help="Plan many roles: those of an audit file, or of --role (a pattern).")
@click.option("--group", metavar="ID", help="With --fleet: only the roles of this group of the audit.")
@click.option("--ignore", metavar="FILE", help="With --fleet: take out the roles that these rules accept.")
@click.option("--request", metavar="FILE", help="Plan what a request asks for (export --format request).")
@verbose_option
@member_option
@common_options
def plan(
    *,
    screen: Output,
    wanted: Wanted,
    out: str | None,
    only_if_ready: bool,
    admin_policy: bool,
    fleet: str | None,
    group: str | None,
    ignore: str | None,
    request: str | None,
    member_role: str | None,
    verbose: bool,
) -> int:
    """Show the changes that would add what is missing: statements, cost, risk, undo, and a digest.

    Read-only. Exit code: 0 also if there is nothing to do, 3 if something required was refused.
    """
    screen.announce("Planning what is missing (read-only)")
    if fleet:
        chosen = {"group": group, "rules": ignore, "member_role": member_role}
        return fleet_verbs.plan(screen, wanted, fleet, out=out, verbose=verbose, **chosen)
    if request:
        wanted = _as_requested(wanted, request)
    selection = wanted.selection
    with looking(wanted, screen) as (target, session):
        report: Report = load_pipeline().check_target(target, selection, session)
        made: Plan = load_pipeline().plan(report)
    withheld = only_if_ready and made.beside.ready_afterwards is not True
    out = None if withheld else out
    if out:
        load_pipeline().files.save_plan(made, out)
    if admin_policy:
        screen.raw(render(made, "admin-policy"))
    else:
        screen.result(made.to_json())
        screen.show(*_first(made, withheld=withheld))
        caveats = [each for each in made.beside.caveats if each not in _outlook(made)]
        screen.show(plan_view(made, verbose=verbose), *map(words, caveats), *_people(report, made))
        screen.show(words(""), *_after_plan(made, wanted, out))
    return Code.REFUSED.exit_code if made.required_refused or withheld else 0


def _as_requested(wanted: Wanted, path: str) -> Wanted:
    """The target, baseline and options of a request; an argument that contradicts it is refused."""
    asked = requested(load_pipeline().files.load_request(path))
    told = {"role": asked.role, "region": asked.region, "user": asked.user, "baseline": asked.baseline}
    for name, value in told.items():
        given = getattr(wanted, name)
        if given not in (None, value):
            said = f"--{name} {given} does not match the request ({value or 'the request has none'})."
            raise Problem("Planning a request", said, "Remove the option. The request contains the value.", Code.USAGE)
    if wanted.option or wanted.key_bucket:
        said = "--option and --key-bucket are part of the request."
        raise Problem("Planning a request", said, "Remove them. The request contains the options.", Code.USAGE)
    return replace(
        wanted, role=asked.role, region=asked.region, user=asked.user, baseline=asked.baseline, option=asked.options
    )


def _first(made: Plan, *, withheld: bool) -> tuple[RenderableType, ...]:
    """Warn before the changes: if they do not make the role ready, and if the reader cannot apply them."""
    acting = made.beside.acting
    told = list(_outlook(made))
    if withheld:
        told.append("No plan was written (--only-if-ready).")
    if acting and acting["may_not"]:
        told.append(f"{acting['arn']} is not allowed to call: {', '.join(each['call'] for each in acting['may_not'])}.")
    return tuple(words(f"! {each}", "bold yellow") for each in told)


def _outlook(made: Plan) -> tuple[str, ...]:
    """The caveat whether the plan makes the role ready, if it might not."""
    return outlook_of(made, ready_afterwards=made.beside.ready_afterwards)


def _people(report: Report, made: Plan) -> tuple[RenderableType, ...]:
    """Explain the owner tag if the plan concerns the person who connects, and preview a planned owner guard."""
    findings = [*(change.finding for change in made.changes), *(refusal.finding for refusal in made.refused)]
    about_user = any(finding.startswith("user.") for finding in findings)
    rows = load_pipeline().demonstrate(report, made)
    told = (words(""), owner_view(report.owner)) if about_user else ()
    by_hand = any(refusal.elsewhere for refusal in made.refused)
    return (*told, words(""), demonstration_view(rows, by_hand=by_hand)) if rows else told


def _after_plan(made: Plan, wanted: Wanted, out: str | None) -> tuple[RenderableType, ...]:
    if made.empty:
        return next_view(
            (wanted.again("verify", "--proof"), "test it with a real activation")
            if not made.required_refused
            else ("", "")
        )
    if not out:
        return next_view((wanted.again("plan", "--out", "plan.json"), "save it for review"))
    way = shlex.quote(wanted.sign_in) if wanted.sign_in else ANY_PROFILE
    number = f"{len(made.changes)} change{'s' if len(made.changes) > 1 else ''}"
    return next_view((f"{PROGRAM} apply {shlex.quote(out)} --sign-in {way}", f"apply {number}"))
