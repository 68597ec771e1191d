"""A role's row as it stands in one Region, or in all that it was audited in: then the worst finding of each counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict, Standing
from sm_ssh_widget.requirements.finding import FindingStatus

Place: TypeAlias = tuple[int, str]
"""Number of a text, and the Region that it tells of."""

_WORST = (FindingStatus.BLOCKED, FindingStatus.UNKNOWN, FindingStatus.MISSING)
_KINDS = dict(zip(_WORST, ("blocked", "unknown", "missing"), strict=True))


def cells_in(audit: Audit, row: RoleRow, region: str = "") -> Mapping[str, Place]:
    """Return the cells of a row in a Region, or the worst of each requirement, by requirement."""
    regions = (region,) if region else audit.regions_of(row)
    found: dict[str, Place] = {}
    for each in regions:
        for requirement, number in {**row.cells, **row.elsewhere.get(each, {})}.items():
            if requirement not in found or _rank(audit, number) < _rank(audit, found[requirement][0]):
                found[requirement] = number, each
    return found


def row_in(audit: Audit, row: RoleRow, region: str) -> RoleRow:
    """Return a row with what it lacks in one Region; an ignored one stays ignored.

    What has no finding of its own, such as a denied request, is lacking in every Region.
    """
    cells = cells_in(audit, row, region)
    status = {name: FindingStatus(audit.table.texts[number]["status"]) for name, (number, _) in cells.items()}
    everything = (*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown)
    kinds: dict[str, tuple[str, ...]] = {
        kind: tuple(dict.fromkeys(each for each in everything if status.get(each) is of)) for of, kind in _KINDS.items()
    }
    others = {kind: tuple(each for each in getattr(row.lacks, kind) if each not in status) for kind in kinds}
    lacks = Standing(**{kind: (*kinds[kind], *others[kind]) for kind in kinds})
    verdict = row.verdict if row.verdict is RowVerdict.IGNORED else lacks.verdict
    return replace(row, lacks=lacks, verdict=verdict, group=lacks.group)


def _rank(audit: Audit, number: int) -> int:
    """Place of a text's status: the worst one first."""
    status = FindingStatus(audit.table.texts[number]["status"])
    return _WORST.index(status) if status in _WORST else len(_WORST)
