"""The matrix of an audit as data for a page: interned rows, small enough for thousands of roles.

A row is a list: name, account and path by number, status, group, then one number of a text for each requirement.
Statuses and texts stand in tables of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.fleet.stack_instances import NO_STACK, StackInstance, worst_stacks
from sm_ssh_widget.requirements.needs import Requirement

Json: TypeAlias = Any

_STATUSES = tuple(each.value for each in RowVerdict)


@dataclass(frozen=True)
class Matrix:
    """Rows and the tables that they refer to.

    ``columns``: id and title of each requirement. ``paths``: ARN of a role without its name. ``texts``: status, fact,
    consequence, remedy, with placeholders for the row's own names. ``rows``: see the module. ``stacks``: for each path,
    the status of the account's stacks of a roll-out, and its reason; empty where no roll-out is shown.
    """

    columns: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]
    texts: tuple[tuple[str, str, str, str], ...]
    groups: tuple[Mapping[str, Json], ...]
    rows: tuple[tuple[Json, ...], ...]
    stacks: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The matrix as a JSON object."""
        return {
            "columns": [list(each) for each in self.columns],
            "paths": list(self.paths),
            "statuses": list(_STATUSES),
            "texts": [list(each) for each in self.texts],
            "groups": [dict(each) for each in self.groups],
            "rows": [list(row) for row in self.rows],
            **({"stacks": [list(each) for each in self.stacks]} if self.stacks else {}),
        }


def matrix_of(
    audit: Audit,
    titles: Mapping[str, str],
    mask: Callable[[str], str] = str,
    stacks: Sequence[StackInstance] = (),
) -> Matrix:
    """Build the matrix of an audit. ``titles`` are those of the requirements, ``mask`` is applied to every text.

    ``stacks`` are those of a roll-out: the worst of an account counts.
    """
    ids, worst = tuple(dict.fromkeys(requirement for row in audit for requirement in row.cells)), worst_stacks(stacks)
    groups = audit.groups
    places = {role: number for number, group in enumerate(groups) for role in group.roles}
    paths: dict[str, int] = {}
    rows = tuple(_row(row, ids, paths, places, mask) for row in audit)
    texts = (
        tuple(mask(text[name]) for name in ("status", "fact", "consequence", "remedy")) for text in audit.table.texts
    )
    return Matrix(
        tuple((each, titles.get(each, each)) for each in ids),
        tuple(mask(path) for path in paths),
        tuple((status, fact, consequence, remedy) for status, fact, consequence, remedy in texts),
        tuple({**group.to_json(), "title": group.title} for group in groups),
        rows,
        tuple(_stack(worst, path, mask) for path in paths) if stacks else (),
    )


def _stack(worst: Mapping[tuple[str, str], StackInstance], path: str, mask: Callable[[str], str]) -> tuple[str, str]:
    """Status of the stacks of a path's account, and its reason."""
    found = worst.get((path.split(":")[4], ""))
    return (found.status, mask(found.told)) if found else (NO_STACK, "The roll-out has no stack in this account.")


def titles_of(requirements: Iterable[Requirement]) -> dict[str, str]:
    """The title of each requirement by id."""
    return {each.id: each.title for each in requirements}


def _row(
    row: RoleRow, ids: tuple[str, ...], paths: dict[str, int], groups: Mapping[str, int], mask: Callable[[str], str]
) -> tuple[Json, ...]:
    path = row.role.removesuffix(row.name)
    number = paths.setdefault(path, len(paths))
    cells = (row.cells.get(each, -1) for each in ids)
    used = (len(row.used_by), row.last_used)
    return (mask(row.name), number, _STATUSES.index(row.verdict.value), groups[row.role], *used, *cells)
