"""Text view of an audit: groups first, then problems, then counts; single roles on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from sm_ssh_widget.cli.output import grid, words
from sm_ssh_widget.cli.report_view import MARKS
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.comparison import Since
from sm_ssh_widget.fleet.groups import groups_of
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.fleet.stack_instances import NO_STACK, StackInstance, worst_stacks
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.wording import counted

_MARKS = {
    RowVerdict.READY: ("✔", "green"),
    RowVerdict.FIXABLE: ("✖", "red"),
    RowVerdict.BLOCKED: ("⊘", "magenta"),
    RowVerdict.UNKNOWN: ("?", "yellow"),
    RowVerdict.IGNORED: ("–", "dim"),
}


_NAMED = 3
"""Accounts that a line names."""


def audit_view(
    audit: Audit,
    since: Since | None = None,
    *,
    by: str = "plan",
    rows: bool = False,
    stacks: Sequence[StackInstance] = (),
) -> RenderableType:
    """Render an audit for a terminal; each of its rows with the stack of a roll-out, if one is shown."""
    parts: list[RenderableType] = [*_groups(audit, by), *_places(audit)]
    parts += [words(f"! {note}", "yellow") for note in audit.to_json()["notes"]]
    parts += [*_problems(audit), *_since(since), *(_rows(audit, stacks) if rows else ())]
    counts = ", ".join(f"{number} {name}" for name, number in audit.counts.items() if number)
    state = "" if audit.complete else " The audit is not complete."
    read = sum(each.status == "read" for each in audit.accounts)
    where = f" in {read} of {audit.header.accounts} accounts" if audit.header.accounts > 1 else ""
    return Group(*parts, words(f"{counted(len(audit), 'role')}{where}: {counts or 'none in scope'}.{state}", "bold"))


def _groups(audit: Audit, by: str) -> Iterator[RenderableType]:
    for group in groups_of(audit, by=by):
        mark, style = _MARKS[group.verdict]
        yield grid((Text(mark, f"bold {style}"), words(f"{group.title}  [{group.id}]")), gap=1)


def _places(audit: Audit) -> Iterator[RenderableType]:
    """Each open finding of a Region once, with the accounts that have it if there are several."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for place in audit.places:
        for requirement in (*place.lacks.missing, *place.lacks.blocked, *place.lacks.unknown):
            text = audit.region_text(place, requirement)
            said = f"{text['fact']} {text['remedy']}".replace(place.account, "ACCOUNT")
            found.setdefault((text["status"], place.region, said), []).append(place.account)
    several = audit.header.accounts > 1
    for (status, region, said), accounts in found.items():
        mark, style = MARKS[FindingStatus(status)]
        head = f"{region} of {_listed(accounts)}: " if several else ""
        text_of_one = said if len(accounts) > 1 else said.replace("ACCOUNT", accounts[0])
        yield grid((Text(mark, f"bold {style}"), words(f"{head}{text_of_one}")), gap=1)


def _listed(accounts: list[str]) -> str:
    """The first accounts by ID, and how many more."""
    more = f" and {len(accounts) - _NAMED} more" if len(accounts) > _NAMED else ""
    return f"{', '.join(accounts[:_NAMED])}{more}"


def _problems(audit: Audit) -> Iterator[RenderableType]:
    for each in audit.problems:
        told = each.problem or {}
        said = " ".join(told.get(name, "") for name in ("said", "next"))
        yield words(f"! Account {each.label}: {each.status.replace('-', ' ')}. {said}", "yellow")
    if audit.suspended:
        named = ", ".join(each.label for each in audit.suspended)
        yield words(f"Suspended, not read: {named}", "dim")


def _since(since: Since | None) -> Iterator[RenderableType]:
    for kind in ("regressed", "improved", "new", "gone", "cannot_compare") if since else ():
        keys = getattr(since, kind)
        if keys:
            yield words(f"{kind.replace('_', ' ').capitalize()}: {counted(len(keys), 'finding')}", "bold")
        for account, role, region, finding in keys[:20] if kind == "regressed" else ():
            yield words(f"  {role or account} in {region}: {finding}")


def _rows(audit: Audit, stacks: Sequence[StackInstance]) -> Iterator[RenderableType]:
    worst = worst_stacks(stacks)
    for row in audit:
        mark, style = _MARKS[row.verdict]
        open_ones = (*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown)
        told = row.ignored_by or ", ".join(open_ones)
        found = worst.get((row.account, ""))
        stack = f"  stack {found.status if found else NO_STACK}" if stacks else ""
        yield grid((Text(mark, f"bold {style}"), words(f"{row.role}  {told}{stack}")), gap=1)
