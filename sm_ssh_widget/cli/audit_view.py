"""Text view of an audit: groups first, then problems, then counts; single roles on request."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from sm_ssh_widget.cli.output import grid, words
from sm_ssh_widget.cli.report_view import MARKS
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.comparison import Since
from sm_ssh_widget.fleet.groups import groups_of
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.wording import counted

_MARKS = {
    RowVerdict.READY: ("✔", "green"),
    RowVerdict.FIXABLE: ("✖", "red"),
    RowVerdict.BLOCKED: ("⊘", "magenta"),
    RowVerdict.UNKNOWN: ("?", "yellow"),
    RowVerdict.IGNORED: ("–", "dim"),
}


def audit_view(audit: Audit, since: Since | None = None, *, by: str = "plan", rows: bool = False) -> RenderableType:
    """Render an audit for a terminal."""
    parts: list[RenderableType] = [*_groups(audit, by), *_places(audit)]
    parts += [words(f"! {note}", "yellow") for note in audit.to_json()["notes"]]
    parts += [*_problems(audit), *_since(since), *(_rows(audit) if rows else ())]
    counts = ", ".join(f"{number} {name}" for name, number in audit.counts.items() if number)
    state = "" if audit.complete else " The audit is not complete."
    return Group(*parts, words(f"{counted(len(audit), 'role')}: {counts or 'none in scope'}.{state}", "bold"))


def _groups(audit: Audit, by: str) -> Iterator[RenderableType]:
    for group in groups_of(audit, by=by):
        mark, style = _MARKS[group.verdict]
        yield grid((Text(mark, f"bold {style}"), words(f"{group.title}  [{group.id}]")), gap=1)


def _places(audit: Audit) -> Iterator[RenderableType]:
    for place in audit.places:
        for requirement in (*place.lacks.missing, *place.lacks.blocked, *place.lacks.unknown):
            text = audit.region_text(place, requirement)
            mark, style = MARKS[FindingStatus(text["status"])]
            yield grid((Text(mark, f"bold {style}"), words(f"{text['fact']} {text['remedy']}")), gap=1)


def _problems(audit: Audit) -> Iterator[RenderableType]:
    for each in audit.problems:
        told = each.problem or {}
        said = " ".join(told.get(name, "") for name in ("said", "next"))
        yield words(f"! Account {each.id}: {each.status}. {said}", "yellow")


def _since(since: Since | None) -> Iterator[RenderableType]:
    for kind in ("regressed", "improved", "new", "gone", "cannot_compare") if since else ():
        keys = getattr(since, kind)
        if keys:
            yield words(f"{kind.replace('_', ' ').capitalize()}: {counted(len(keys), 'finding')}", "bold")
        for account, role, region, finding in keys[:20] if kind == "regressed" else ():
            yield words(f"  {role or account} in {region}: {finding}")


def _rows(audit: Audit) -> Iterator[RenderableType]:
    for row in audit:
        mark, style = _MARKS[row.verdict]
        open_ones = (*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown)
        told = row.ignored_by or ", ".join(open_ones)
        yield grid((Text(mark, f"bold {style}"), words(f"{row.role}  {told}")), gap=1)
