"""Comparison of two audits, cell by cell: what regressed, what improved, what is new or gone.

Nothing is called improved or regressed where one of the two could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.requirements.finding import FindingStatus

Json: TypeAlias = Any
Key: TypeAlias = tuple[str, str, str, str]
"""Account, role (empty for a Region's row), Region, and requirement."""


@dataclass(frozen=True)
class Since:
    """Cells that differ, each as ``(account, role, region, requirement)``."""

    regressed: tuple[Key, ...] = ()
    improved: tuple[Key, ...] = ()
    new: tuple[Key, ...] = ()
    gone: tuple[Key, ...] = ()
    cannot_compare: tuple[Key, ...] = field(default=())

    def to_json(self) -> dict[str, Json]:
        """``{"regressed", "improved", "new", "gone", "cannot_compare"}``, each a list of objects."""
        names = ("account", "role", "region", "finding")
        return {
            kind: [dict(zip(names, key, strict=True)) for key in getattr(self, kind)]
            for kind in ("regressed", "improved", "new", "gone", "cannot_compare")
        }


def compare(before: Audit, after: Audit) -> Since:
    """Compare two audits."""
    old, new = dict(_cells(before)), dict(_cells(after))
    found: dict[str, list[Key]] = {"regressed": [], "improved": [], "cannot_compare": []}
    for key in old.keys() & new.keys():
        if (how := _change(old[key], new[key])) is not None:
            found[how].append(key)
    only = {"new": new.keys() - old.keys(), "gone": old.keys() - new.keys()}
    for how, other in (("new", before), ("gone", after)):
        unread = {each.id for each in other.problems}
        found[how] = [key for key in only[how] if key[0] not in unread]
        found["cannot_compare"] += [key for key in only[how] if key[0] in unread]
    return Since(**{how: tuple(sorted(keys)) for how, keys in found.items()})


def _change(old: FindingStatus, new: FindingStatus) -> str | None:
    if FindingStatus.UNKNOWN in (old, new):
        return None if old is new else "cannot_compare"
    if old.ready is new.ready:
        return None
    return "improved" if new.ready else "regressed"


def _cells(audit: Audit) -> Iterator[tuple[Key, FindingStatus]]:
    for row in audit.rows:
        for region in row.trusts or audit.header.regions:
            cells: Mapping[str, int] = {**row.cells, **row.elsewhere.get(region, {})}
            for requirement, number in cells.items():
                yield (row.account, row.role, region, requirement), _status(audit, number)
    for place in audit.places:
        for requirement, number in place.cells.items():
            yield (place.account, "", place.region, requirement), _status(audit, number)


def _status(audit: Audit, number: int) -> FindingStatus:
    return FindingStatus(audit.table.texts[number]["status"])
