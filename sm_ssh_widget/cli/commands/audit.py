"""Command ``audit``: every execution role of the account at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from sm_ssh_widget.cli.account_options import WantedAccounts, accounts_option, member_options
from sm_ssh_widget.cli.audit_view import audit_view
from sm_ssh_widget.cli.options import PROGRAM, SIGN_IN, common_options, load_fleet, load_pipeline
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.stacks_view import stacks_view
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.export.fleet_formats import AUDIT_FORMATS
from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.export.fleet_tables import as_csv
from sm_ssh_widget.files import read_lines
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.comparison import Since, compare
from sm_ssh_widget.fleet.ignoring import accepts_account, ignore
from sm_ssh_widget.fleet.outcome import REASONS, audit_code
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.fleet.stack_instances import StackInstance, read_stack_instances
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import BASELINES, Option
from sm_ssh_widget.requirements.wording import counted

F = TypeVar("F", bound=Callable[..., Any])

_EVERY = 500
"""Roles between two lines of progress."""


@dataclass(frozen=True)
class _Shown:
    """How an audit is shown and judged."""

    form: str
    group_by: str
    rows: bool
    mask: bool
    since: str | None
    ignore: str | None
    fail_on: tuple[str, ...]
    stacks: tuple[StackInstance, ...] = ()


def _view_options(verb: F) -> F:
    formats = click.Choice(["table", *AUDIT_FORMATS])
    options = (
        click.option("--format", "form", type=formats, default="table", help="Format of standard output."),
        click.option("--group-by", type=click.Choice(["plan", "account", "team-tag"]), default="plan"),
        click.option("--rows", is_flag=True, help="Also list each role."),
        click.option("--mask", is_flag=True, help="Mask account IDs (html)."),
        click.option("--since", metavar="FILE", help="Compare with an earlier audit."),
        click.option("--ignore", metavar="FILE", help="Accepted findings (TOML), each with a reason, by and until."),
        click.option(
            "--fail-on",
            metavar="LIST",
            callback=lambda _context, _parameter, text: _reasons(text),
            help=f"Exit code only for these: {','.join(REASONS)}.",
        ),
    )
    made: Any = verb
    for option in reversed(options):
        made = option(made)
    return cast(F, made)


def _reasons(text: str | None) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",")) if text else REASONS
    if wrong := [each for each in found if each not in REASONS]:
        raise click.BadParameter(f"{wrong[0]!r} is not one of {', '.join(REASONS)}")
    return found


@click.group(short_help="Check every execution role of the account (read-only).", invoke_without_command=True)
@accounts_option
@member_options
@click.option(
    "--regions",
    metavar="LIST",
    help="AWS Regions, comma-separated; used or all: those of each account.  [default: from the environment]",
)
@click.option("--role", "roles", multiple=True, metavar="GLOB", help="Only roles with this ARN or name. Repeatable.")
@click.option("--used-by", type=click.Choice(["none", "defaults", "all"]), default="defaults", help="Who uses a role.")
@click.option("--user", metavar="ARN", help="ARN of the role or IAM user that connects.")
@click.option("--baseline", type=click.Choice(list(BASELINES)), default="classic", help="Set of requirements.")
@click.option("--option", "options", multiple=True, metavar="NAME", help=f"{', '.join(o.value for o in Option)}.")
@click.option("--sign-in", "way", metavar="WAY", help=f"{SIGN_IN}. Secrets are read from standard input.")
@click.option("--out", metavar="FILE", help="Append every row to this file (JSON lines).")
@click.option("--resume", metavar="FILE", help="Continue an unfinished audit file.")
@click.option("--gentle", is_flag=True, help="One account and one call at a time.")
@_view_options
@common_options
@click.pass_context
def audit(
    context: click.Context,
    /,
    *,
    screen: Output,
    accounts: str,
    member_role: str,
    portal_role: str | None,
    regions: str | None,
    way: str | None,
    out: str | None,
    resume: str | None,
    form: str,
    group_by: str,
    rows: bool,
    mask: bool,
    since: str | None,
    ignore: str | None,
    fail_on: tuple[str, ...],
    **asked: Any,
) -> int:
    """Check every execution role of the account with one sweep, and group the roles by what they need.

    With --accounts, in several accounts: a role is assumed in each, and may do only what the audit reads. A profile
    with wildcards (--sign-in profile:GLOB) is one account a profile.

    Read-only. Exit code: 0 all ready, 1 something is missing, 3 blocked, 4 unknown or not read, 5 regressed since
    an earlier audit (--since), 130 stopped (continue with --resume).
    """
    if context.invoked_subcommand is not None:
        return 0
    shown = _Shown(form, group_by, rows, mask, since, ignore, fail_on)
    if out and resume:
        said = "Specify either --out or --resume."
        raise Problem("Reading the options", said, f"Continue a file: {PROGRAM} audit --resume FILE", Code.USAGE)
    wanted = WantedAccounts.parse(accounts, member_role, portal_role)
    screen.announce(f"Auditing the execution roles of {_of(wanted)} (read-only)")
    places = tuple(each.strip() for each in regions.split(",")) if regions else (_home(),)
    told = _TellsAccounts(screen)
    how = {"regions": places, "out": out, "resume": resume, "on_account": told, **asked}
    with wanted.opened(way, _home() if places[0] in ("used", "all") else places[0], screen) as opened:
        how["progress"] = None if "accounts" in opened else _Progress(screen)
        found: Audit = load_fleet().audit(**opened, **how)
    told.end()
    return _give(found, shown, screen)


def _of(wanted: WantedAccounts) -> str:
    return "the account" if wanted.choice.kind == "current" else "several accounts"


def _home() -> str:
    return str(load_pipeline().region_of(None) or "")


@audit.command(short_help="Show an audit file again, without AWS.")
@click.argument("file")
@click.option("--stacks", metavar="FILE", help="Also show the stacks of a roll-out: the output of deploy.sh --status.")
@_view_options
@common_options
def show(*, screen: Output, file: str, stacks: str | None, **asked: Any) -> int:
    """Render an audit file in another format. Nothing is read from AWS."""
    found: Audit = load_fleet().load_audit(file)
    instances = read_stack_instances(read_lines(stacks), stacks) if stacks else ()
    code = _give(found, _Shown(stacks=instances, **asked), screen)
    if instances:
        screen.tell(stacks_view(instances, (row.account for row in found)))
    return code


class _Progress:
    """Tells on standard error how many roles were audited."""

    def __init__(self, screen: Output) -> None:
        self._screen = screen

    def __call__(self, number: int) -> None:
        if not self._screen.as_json and (number % _EVERY == 0 or number == _EVERY // 5):
            self._screen.tell(words(f"{counted(number, 'role')} audited", "dim"))


class _TellsAccounts:
    """Tells on standard error how many accounts were audited: one line in two seconds, and what throttling cost."""

    def __init__(self, screen: Output) -> None:
        self._screen, self._next, self._waits = screen, 0.0, ""

    def __call__(self, now: AccountsProgress) -> None:
        self._waits = now.told_waits
        clock = current_clock()
        if not self._screen.as_json and (clock.elapsed() >= self._next or now.done == now.of):
            self._next = clock.elapsed() + 2
            self._screen.tell(words(now.line, "dim"))

    def end(self) -> None:
        """Tell how long the audit waited because AWS throttled it."""
        if self._waits and not self._screen.as_json:
            self._screen.tell(words(self._waits, "yellow"))


def _give(found: Audit, shown: _Shown, screen: Output) -> int:
    """Show an audit and return its exit code."""
    today = current_clock().now().date()
    rules = load_fleet().load_rules(shown.ignore) if shown.ignore else ()
    judged = ignore(found, rules, today)
    since = compare(load_fleet().load_audit(shown.since), found) if shown.since else None
    stacks = {"stacks": [each.to_json() for each in shown.stacks]} if shown.stacks else {}
    screen.result({**judged.to_json(), **({"since": since.to_json()} if since else {}), **stacks})
    if not screen.as_json:
        _show(judged, since, shown, screen)
    accepted = [each.id for each in found.problems if accepts_account(rules, each.id, today)]
    code = audit_code(judged, since, shown.fail_on, accepted)
    return 0 if code is None else code.exit_code


def _show(found: Audit, since: Since | None, shown: _Shown, screen: Output) -> None:
    if shown.form == "html":
        screen.raw(as_html(found, mask=shown.mask, stacks=shown.stacks))
    elif shown.form == "csv":
        screen.raw(as_csv(found, stacks=shown.stacks))
    elif shown.form != "table":
        screen.raw(AUDIT_FORMATS[shown.form](found))
    else:
        shows = audit_view(found, since, by=shown.group_by, rows=shown.rows, stacks=shown.stacks)
        screen.show(shows, *_next(found))


def _next(found: Audit) -> Sequence[Any]:
    """The command that goes on: a plan for the largest group that can be fixed."""
    fixable = next((group for group in found.groups if group.verdict.value == "fixable"), None)
    if fixable is None:
        return ()
    if not found.path:
        return (line(f"Next  {PROGRAM} audit --out audit.jsonl", "cyan"), words("      to save it for a plan", "dim"))
    plan = f"{PROGRAM} plan --fleet {found.path} --group {fixable.id} --out fleet.jsonl"
    if found.header.accounts > 1:
        plan += " --member-role NAME --sign-in profile:NAME"
    return (line(f"Next  {plan}", "cyan"), words(f"      to plan {counted(len(fixable.roles), 'role')}", "dim"))
