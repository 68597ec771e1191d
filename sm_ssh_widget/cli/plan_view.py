"""Text view of a plan: totals, then each change with statements, cost, risk and undo. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS, Form, describe_resource
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.removals import is_removal
from sm_ssh_widget.changes.undo import UNDOES_CHANGE
from sm_ssh_widget.cli.output import grid, line, words
from sm_ssh_widget.cli.people_view import elsewhere_view
from sm_ssh_widget.cli.report_view import target_view
from sm_ssh_widget.export.command import command, variables
from sm_ssh_widget.policy.merge import Difference, difference
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.wording import Cell, StatementCells, counted

_LONGEST_IN_SHORT = 160


@dataclass(frozen=True)
class Counts:
    """Number of changes that add, change and remove, of kept statements, and of changes that cost money."""

    add: int
    change: int
    remove: int
    kept: int
    cost: int

    @classmethod
    def of(cls, plan: Plan) -> Counts:
        """Count the changes of a plan."""
        effects = [effect(change) for change in plan.changes]
        costly = sum(change.cost is not None for change in plan.changes)
        return cls(effects.count("add"), effects.count("change"), effects.count("remove"), plan.kept, costly)

    def __str__(self) -> str:
        parts = [f"{self.add} to add", f"{self.change} to change", f"{self.remove} to remove"]
        parts.append(f"{counted(self.kept, 'statement')} kept")
        if self.cost:
            parts.append(f"{counted(self.cost, 'change costs', 'changes cost')} money")
        return " · ".join(parts)


def effect(change: Change) -> str:
    """Return ``add``, ``change`` or ``remove``: an appended statement is ``add``."""
    if isinstance(change.after, bool):
        return "add" if change.after else "remove"
    if change.before is None or change.after is None:
        return "remove" if change.after is None else "add"
    if not isinstance(change.after, str):
        return "change"
    found = difference(change.before, change.after)
    if found.removed and found.added:
        return "change"
    return "remove" if found.removed else "add"


def summary_view(plan: Plan) -> RenderableType:
    """Render a reviewed plan in short: what each change writes, and the digest to compare."""
    parts: list[RenderableType] = [target_view(plan.target), words(""), words(_headline(plan), "bold")]
    parts += [grid((words(f"{number}."), _in_short(change))) for number, change in enumerate(plan.changes, 1)]
    return Group(*parts, digest_view(plan))


def _in_short(change: Change) -> RenderableType:
    text = words(f"{_told(change)[0]}: {describe_resource(change)}")
    if change.cost:
        text.append_text(words(f"  costs {change.cost}", "yellow"))
    taken = _removed(change) if is_removal(change) else ()
    written = [words(f"+ {what}", "green") for what in _written(change)]
    return Group(text, *written, *(words(f"- {what}", "red") for what in taken))


def _removed(change: Change) -> Iterator[str]:
    yield from map(_statement_in_short, difference(change.before, change.after).removed)


def _written(change: Change) -> Iterator[str]:
    """Yield one line per item that a change writes: the statement itself, not the plan's description."""
    if change.kind in ATTACHMENTS:
        yield change.resource["policy_arn"]
    elif isinstance(change.after, str):
        yield from map(_statement_in_short, difference(change.before, change.after).added)


def _statement_in_short(statement: Mapping[str, Any]) -> str:
    action, about, condition = (", ".join(cell.splitlines()) for cell in _cells(statement))
    limited = f" if {condition}" if condition else ""
    return f"{statement.get('Effect')} {_cut(action)} · {_cut(about)}{_cut(limited)}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_IN_SHORT else f"{text[: _LONGEST_IN_SHORT - 1]}…"


def plan_view(plan: Plan, *, verbose: bool = False) -> RenderableType:
    """Render the whole plan, except the next command."""
    parts: list[RenderableType] = [target_view(plan.target)]
    parts += [words(""), words(_headline(plan), "bold")]
    for number, change in enumerate(plan.changes, 1):
        parts += [words(""), change_view(change, number, verbose=verbose)]
    if plan.refused:
        parts += [words(""), words("Refused (not part of this plan)", "bold")]
        parts += [_refusal(plan, refusal.finding, refusal.code.value, refusal.reason) for refusal in plan.refused]
    elsewhere = elsewhere_view(plan.refused)
    if elsewhere is not None:
        parts += [words(""), elsewhere]
    if not plan.empty:
        parts += [words(""), grid((words("Security", "bold yellow"), words(plan.notice)))]
    parts += [words(""), digest_view(plan)]
    return Group(*parts)


def undo_view(plan: Plan, done: Journal) -> RenderableType:
    """Render what an undo removes, what stays, and of which run, before the confirmation."""
    parts: list[RenderableType] = [run_view(done), target_view(plan.target)]
    if not plan.empty:
        parts += [words(""), words(str(Counts.of(plan)), "bold")]
    for number, change in enumerate(plan.changes, 1):
        head = Text.assemble((f"{number}. ", "bold")).append_text(words(_sentence(describe_resource(change)), "bold"))
        head.append_text(words(f"  {change.id}", "dim"))
        stays = change.risk.removeprefix(UNDOES_CHANGE).strip()
        parts += [words(""), head, *_content(change), *([grid(_fact("leaves", stays, "yellow"))] if stays else [])]
    if plan.refused:
        parts += [words(""), words("Left unchanged", "bold")]
        parts += [grid((words("≠", "magenta"), words(f"{each.finding}  {each.reason}"))) for each in plan.refused]
    return Group(*parts, *([words(""), digest_view(plan)] if not plan.empty else []))


def run_view(journal: Journal) -> RenderableType:
    """Render the run of a journal: path, start time and identity."""
    rows = (("Journal", journal.path), ("Applied", local_time(journal.started)), ("As", journal.acted_as))
    return grid(*((words(name, "bold"), words(told)) for name, told in rows))


def local_time(moment: str) -> str:
    """Convert an ISO 8601 time to local time; any other text stays unchanged."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return moment


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _headline(plan: Plan) -> str:
    if not plan.empty:
        return str(Counts.of(plan))
    return "No change can be planned." if plan.required_refused else "Nothing to do. All requirements are met."


def digest_view(plan: Plan) -> Text:
    """Render the digest, which binds an apply to the reviewed plan."""
    return Text("Digest  ", "bold").append_text(words(plan.digest))


def change_view(change: Change, number: int, *, verbose: bool = False) -> RenderableType:
    """Render a change: reason, added and kept statements, cost, risk, undo, and the equivalent command."""
    title, why = _told(change)
    head = Text.assemble((f"{number}. {title}", "bold"), (f"  {change.id}", "dim"))
    parts: list[RenderableType] = [head]
    rows = [_fact("where", describe_resource(change))]
    if why:
        rows.append(_fact("why", why))
    parts.append(grid(*rows))
    parts += _content(change)
    below = [_fact("risk", change.risk), _fact("undo", change.undo)]
    if change.cost:
        below.insert(0, _fact("cost", change.cost, "yellow"))
    same = [line(f"   equivalent command  {told}", "cyan") for told in _commands(change, whole=verbose)]
    return Group(*parts, grid(*below), *same, *(line(f"            {told}", "dim") for told in variables(change.calls)))


def _fact(name: str, value: str, style: str = "") -> tuple[Text, Text]:
    return words(f"   {name:<7}", "dim"), words(value, style)


def _told(change: Change) -> tuple[str, str]:
    """Return title and consequence of a requirement from the catalogue."""
    if change.finding == INSTANCE_CHECK.id:
        return INSTANCE_CHECK.title, INSTANCE_CHECK.why
    for baseline in BASELINES.values():
        for requirement in baseline.requirements:
            if requirement.id == change.finding:
                return requirement.title, requirement.why
    return change.finding, ""


def _content(change: Change) -> Iterator[RenderableType]:
    """Render the content of a change by its form: document, attachment, setting, or object."""
    state = change.before if change.after is None else change.after
    if isinstance(state, str):
        yield from _statements(difference(change.before, change.after))
    elif isinstance(state, bool):
        sign = "+" if change.after else "-"
        yield grid(_fact("policy", f"{sign} {change.resource['policy_arn']}", "green" if change.after else "red"))
    elif KINDS[change.kind].form is Form.SETTING:
        yield grid(_fact("value", f"{change.before['value']} → {change.after['value']}", "green"))
    elif state:
        sign = "-" if change.after is None else "+"
        yield grid(*(_fact(sign, f"{name}: {_values(value)}") for name, value in state.items()))


def _statements(found: Difference) -> Iterator[RenderableType]:
    if found.added:
        yield statements_table(found.added, "+")
    if found.removed:
        yield statements_table(found.removed, "-")
    if found.kept:
        yield grid(_fact("kept", f"{counted(len(found.kept), 'statement')}, unchanged"))


def statements_table(statements: Sequence[Mapping[str, Any]], sign: str) -> Table:
    """Render statements as rows: effect, action, resource or principal, condition."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, style="dim", header_style="dim")
    for name in ("   Effect", "Action", "Resource or principal", "Condition"):
        table.add_column(name, overflow="fold", no_wrap=name == "   Effect")
    for statement in statements:
        style = "red" if sign == "-" or statement.get("Effect") == "Deny" else "green"
        row = [f"   {sign} {statement.get('Effect')}", *_cells(statement)]
        table.add_row(*(words(cell, style if place == 0 else "") for place, cell in enumerate(row)))
    return table


def _cells(statement: Mapping[str, Any]) -> tuple[str, str, str]:
    cells = StatementCells.of(statement)
    about = "\n".join(filter(None, (_lines(cells.resource), _lines(cells.principal, ":"))))
    return _lines(cells.action), about, _lines(cells.condition)


def _lines(cell: Cell, mark: str = "") -> str:
    """Put each value on a line after its name, which ends in ``mark``."""
    values = (f"{entry.name}{mark} {entry.value}" if entry.name else entry.value for entry in cell.entries)
    return ("all except " if cell.inverted else "") + "\n".join(values)


def _values(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{kind}: {_values(names)}" for kind, names in value.items())
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _refusal(plan: Plan, finding: str, code: str, reason: str) -> RenderableType:
    required = "required" if finding in plan.required_refused else "optional"
    head = Text.assemble(("⊘ ", "magenta"), (finding, "bold"), (f"  {code}, {required}", "dim"))
    return Group(head, grid((words(" "), words(reason))))


# Equivalent commands


def _commands(change: Change, *, whole: bool) -> list[str]:
    """Return the AWS CLI commands of a change; without ``whole``, documents and long values are ``…``."""
    region = change.resource.get("region", "")
    return [command(call, region) if whole else command(call, region, _in_few_words) for call in change.calls]


def _in_few_words(name: str, words: str) -> str:
    return "…" if name.endswith("PolicyDocument") or len(words) > _LONGEST_IN_SHORT else words
