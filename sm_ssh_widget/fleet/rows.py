"""Rows of an audit: one for each role, with its requirements as cells, and one for each Region of the account."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

from sm_ssh_widget.fleet.texts import OwnNames, TextTable
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import BASELINES, Selection
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.needs import Scope
from sm_ssh_widget.requirements.observation import Known, Observation

Json: TypeAlias = Any

_SCOPES: Mapping[str, Scope] = {each.id: each.scope for made in BASELINES.values() for each in made.requirements}


def scope_of(requirement: str) -> Scope:
    """Return the scope of a requirement, by its ID. One that is in no baseline can only be about its own role."""
    return _SCOPES.get(requirement, "role")


def is_of_place(requirement: str) -> bool:
    """Return whether a requirement has one finding for the account and Region, whatever the role."""
    return scope_of(requirement) == "region"


class RowVerdict(str, Enum):
    """How a row stands as a whole. ``fixable``: something is missing, and a plan can add it."""

    READY = "ready"
    FIXABLE = "fixable"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Standing:
    """The required findings of a row that are not met, by id."""

    missing: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding], denied: bool = False) -> Standing:
        """Sort the findings by status. ``denied``: a request is denied that no finding stands for."""
        required = [finding for finding in findings if finding.required]

        def ids(status: FindingStatus) -> tuple[str, ...]:
            return tuple(finding.id for finding in required if finding.status is status)

        blocked = ids(FindingStatus.BLOCKED)
        if denied and not blocked:
            blocked = ("requests",)
        return cls(ids(FindingStatus.MISSING), blocked, ids(FindingStatus.UNKNOWN))

    def to_json(self) -> dict[str, Json]:
        """``{"missing", "blocked", "unknown"}``."""
        return {kind: list(getattr(self, kind)) for kind in _KINDS}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Standing:
        """Parse the output of :meth:`to_json`."""
        return cls(**{kind: tuple(map(str, value[kind])) for kind in _KINDS})

    @property
    def verdict(self) -> RowVerdict:
        """The worst of them: blocked before unknown before missing."""
        if self.blocked:
            return RowVerdict.BLOCKED
        if self.unknown:
            return RowVerdict.UNKNOWN
        return RowVerdict.FIXABLE if self.missing else RowVerdict.READY

    @property
    def group(self) -> str:
        """Short id of what is not met: equal for roles that need the same."""
        return _group_of(self.missing, self.blocked, self.unknown)


@dataclass(frozen=True)
class RoleRow:
    """One role. ``cells`` hold the number of a text for each requirement of the role and of the person who connects.

    ``trusts`` hold the number of the finding about Systems Manager for each Region; ``elsewhere`` holds the cells of
    further Regions that differ. ``group`` is equal for roles that need the same (:attr:`Standing.group`).
    """

    account: str
    role: str
    cells: Mapping[str, int]
    verdict: RowVerdict
    group: str
    lacks: Standing
    trusts: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    used_by: tuple[str, ...] = ()
    last_used: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    caveats: tuple[int, ...] = ()
    ignored_by: str = ""

    @property
    def name(self) -> str:
        """Name of the role."""
        return self.role.rpartition("/")[2]

    def own_names(self, region: str) -> OwnNames:
        """The names that its texts contain, in a Region."""
        return OwnNames(self.role, self.name, self.account, region)

    def to_json(self) -> dict[str, Json]:
        """Return the line of an audit file."""
        more: dict[str, Json] = {"elsewhere": {name: dict(cells) for name, cells in self.elsewhere.items()}}
        return {
            "kind": "role",
            "account": self.account,
            "role": self.role,
            "trusts": dict(self.trusts),
            "cells": dict(self.cells),
            "verdict": self.verdict.value,
            "lacks": self.lacks.to_json(),
            "used_by": list(self.used_by),
            "last_used": self.last_used,
            "tags": dict(self.tags),
            "plan_group": self.group,
            "caveats": list(self.caveats),
            **({"ignored_by": self.ignored_by} if self.ignored_by else {}),
            **(more if self.elsewhere else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> RoleRow:
        """Parse the output of :meth:`to_json`. Raises ``KeyError``, ``TypeError``, ``ValueError`` for others."""
        lacks = Standing.from_json(value["lacks"])
        verdict = RowVerdict(value["verdict"])
        if value["plan_group"] != lacks.group or verdict not in (lacks.verdict, RowVerdict.IGNORED):
            raise ValueError(f"status or group of {value['role']} do not follow from what it lacks")
        if PrincipalArn.parse(value["role"]).account != value["account"]:
            raise ValueError(f"{value['role']} is not of account {value['account']}")
        return cls(
            account=value["account"],
            role=value["role"],
            cells=_numbers(value["cells"]),
            verdict=verdict,
            group=lacks.group,
            lacks=lacks,
            trusts=_numbers(value["trusts"]),
            elsewhere={name: _numbers(cells) for name, cells in value.get("elsewhere", {}).items()},
            used_by=tuple(map(str, value["used_by"])),
            last_used=str(value["last_used"]),
            tags={str(key): str(tag) for key, tag in value["tags"].items()},
            caveats=tuple(map(int, value["caveats"])),
            ignored_by=str(value.get("ignored_by", "")),
        )

    def and_elsewhere(self, region: str, other: RoleRow) -> RoleRow:
        """Return the row with the findings of another Region: the worse one counts."""
        differs = {key: cell for key, cell in other.cells.items() if self.cells.get(key) != cell}
        lacks = Standing(*(_both(getattr(self.lacks, kind), getattr(other.lacks, kind)) for kind in _KINDS))
        return replace(
            self,
            trusts={**self.trusts, **other.trusts},
            elsewhere={**self.elsewhere, **({region: differs} if differs else {})},
            lacks=lacks,
            verdict=lacks.verdict,
            group=lacks.group,
        )


_KINDS = ("missing", "blocked", "unknown")


@lru_cache(maxsize=1024)
def _group_of(*lacks: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(lacks).encode()).hexdigest()[:8]


def _both(mine: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*mine, *others)))


def _numbers(value: Mapping[str, Json]) -> dict[str, int]:
    if not all(isinstance(number, int) for number in value.values()):
        raise TypeError("a cell is not the number of a text")
    return dict(value)


@dataclass(frozen=True)
class RegionRow:
    """The requirements of one account and Region; ``nodes`` is its number of hybrid nodes, ``None`` if unknown."""

    account: str
    region: str
    cells: Mapping[str, int]
    lacks: Standing
    nodes: int | None = None

    @property
    def verdict(self) -> RowVerdict:
        """How it stands."""
        return self.lacks.verdict

    def to_json(self) -> dict[str, Json]:
        """Return the line of an audit file."""
        where = {"kind": "region", "account": self.account, "region": self.region}
        return {**where, "cells": dict(self.cells), "lacks": self.lacks.to_json(), "nodes": self.nodes}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> RegionRow:
        """Parse the output of :meth:`to_json`. Raises ``KeyError``, ``TypeError``, ``ValueError`` for others."""
        lacks = Standing.from_json(value["lacks"])
        return cls(value["account"], value["region"], _numbers(value["cells"]), lacks, value["nodes"])


def role_row(seen: Observation, found: Assessment, table: TextTable) -> RoleRow:
    """Build the row of a role from its assessment; new texts are added to the table."""
    target = seen.target
    own = OwnNames(str(target.role), target.role.name, target.account, target.region)
    mine = [finding for finding in found.findings if not is_of_place(finding.id)]
    cells = {finding.id: table.add(finding, own) for finding in mine}
    lacks = Standing.of(mine, denied=bool(found.denied))
    return RoleRow(
        account=target.account,
        role=own.role,
        cells=cells,
        verdict=lacks.verdict,
        group=lacks.group,
        lacks=lacks,
        trusts={target.region: cells["trust.ssm"]} if "trust.ssm" in cells else {},
        tags=dict(seen.role.tags),
        caveats=tuple(table.add_caveat(caveat, own) for caveat in found.caveats),
    )


def region_row(seen: Observation, found: Assessment, table: TextTable) -> RegionRow:
    """Build the row of the account's Region, from the assessment of any of its roles."""
    target, nodes = seen.target, seen.region.nodes
    own = OwnNames(str(target.role), target.role.name, target.account, target.region)
    shared = [finding for finding in found.findings if is_of_place(finding.id)]
    cells = {finding.id: table.add(finding, own) for finding in shared}
    hybrid = nodes.value.hybrid if isinstance(nodes, Known) else None
    return RegionRow(target.account, target.region, cells, Standing.of(shared), hybrid)


def columns(selection: Selection) -> tuple[tuple[str, str], ...]:
    """The requirements of a role's row in the order of the baseline: id and title."""
    return tuple((each.id, each.title) for each in selection.requirements if not is_of_place(each.id))
