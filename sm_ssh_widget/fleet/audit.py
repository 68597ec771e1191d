"""The result of an audit, and its file: lines of JSON that are only ever appended.

The file has one header, texts before their first use, rows, one line that closes each account, and one end. What was
cut off is resumed; what was edited is refused. Cells hold no time, so that two audits can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import digest
from sm_ssh_widget.fleet.groups import RoleGroup, groups_of
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow, RowVerdict
from sm_ssh_widget.fleet.texts import FIELDS, TextTable
from sm_ssh_widget.incoming import parse_json
from sm_ssh_widget.policy.arn import ArnError
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.finding import FindingStatus

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/audit/1"
_LINES = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)
_AGAIN = "Run the audit again: sm-ssh-widget audit --out FILE.jsonl"


@dataclass(frozen=True)
class AuditHeader:
    """What was audited. ``started`` is ISO 8601, ``read_as`` the identity that read, ``user`` who connects.

    ``accounts_of`` is how several accounts were chosen (``org``), empty for the one of the session. ``regions_of`` is
    ``used`` or ``all`` where each account has Regions of its own; ``regions`` is then the Region of the sign-in.
    """

    started: str
    baseline: str
    options: tuple[str, ...]
    regions: tuple[str, ...]
    read_as: str
    endpoint: str = ""
    user: str = ""
    accounts: int = 1
    accounts_of: str = ""
    regions_of: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the first line of the file."""
        chosen = {"accounts_of": self.accounts_of, "regions_of": self.regions_of}
        return {
            "kind": "audit",
            "schema": SCHEMA,
            "started": self.started,
            "baseline": self.baseline,
            "options": list(self.options),
            "accounts": self.accounts,
            "regions": list(self.regions),
            "user": self.user or None,
            "read_as": self.read_as,
            "endpoint": self.endpoint,
            "scp": {"from": "iam:SimulatePrincipalPolicy", "read_at": self.started},
            **{name: value for name, value in chosen.items() if value},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> AuditHeader:
        """Parse the first line. Raises ``KeyError`` or ``ValueError`` for another one."""
        if value.get("kind") != "audit" or value["schema"] != SCHEMA:
            raise ValueError("the first line is not the header of an audit")
        return cls(
            started=str(value["started"]),
            baseline=str(value["baseline"]),
            options=tuple(map(str, value["options"])),
            regions=tuple(map(str, value["regions"])),
            read_as=str(value["read_as"]),
            endpoint=str(value["endpoint"]),
            user=str(value["user"] or ""),
            accounts=int(value["accounts"]),
            accounts_of=str(value.get("accounts_of", "")),
            regions_of=str(value.get("regions_of", "")),
        )

    @property
    def question(self) -> tuple[Json, ...]:
        """What a resumed or compared audit has to have in common with this one."""
        return self.baseline, self.options, self.regions, self.user, self.accounts_of, self.regions_of


@dataclass(frozen=True)
class AccountLine:
    """Closes an account. ``status`` is ``read``, ``partly``, ``not-read`` (``problem`` says why) or ``suspended``.

    ``scps`` tells how the organization's policies were read: ``none``, ``one role`` or ``every role``. ``name`` and
    ``unit`` are those of the organization, empty if it did not list the account. ``throttled`` calls were repeated
    after pauses of ``waited`` seconds in all.
    """

    id: str
    status: str
    problem: Mapping[str, str] | None = None
    calls: int = 0
    seconds: float = 0.0
    scps: str = "none"
    notes: tuple[str, ...] = ()
    name: str = ""
    unit: str = ""
    throttled: int = 0
    waited: float = 0.0

    @property
    def label(self) -> str:
        """The ID, with the name if it is known."""
        return f"{self.id} ({self.name})" if self.name else self.id

    def to_json(self) -> dict[str, Json]:
        """Return the line of the file."""
        where = {"kind": "account", "id": self.id, "name": None, "ou": None}  # promised null; see the schema
        named = {"account_name": self.name, "unit": self.unit}
        told = {"problem": dict(self.problem) if self.problem else None, "scps": self.scps, "notes": list(self.notes)}
        pauses = {"throttled": self.throttled, "waited": round(self.waited, 3)} if self.throttled else {}
        return {
            **where,
            "status": self.status,
            **told,
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            **pauses,
            **{key: each for key, each in named.items() if each},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> AccountLine:
        """Parse the line. Raises ``KeyError`` or ``TypeError`` for another one."""
        problem = value["problem"]
        return cls(
            id=str(value["id"]),
            status=str(value["status"]),
            problem=None if problem is None else {str(key): str(each) for key, each in problem.items()},
            calls=int(value["calls"]),
            seconds=float(value["seconds"]),
            scps=str(value["scps"]),
            notes=tuple(map(str, value["notes"])),
            name=str(value.get("account_name", "")),
            unit=str(value.get("unit", "")),
            throttled=int(value.get("throttled", 0)),
            waited=float(value.get("waited", 0)),
        )


@dataclass
class Audit:
    """An audit, complete or not. ``path`` is its file, empty if there is none.

    Iterating yields the rows of the roles.
    """

    header: AuditHeader
    table: TextTable = field(default_factory=TextTable)
    rows: list[RoleRow] = field(default_factory=list)
    places: list[RegionRow] = field(default_factory=list)
    accounts: list[AccountLine] = field(default_factory=list)
    complete: bool = False
    path: str = ""
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[RoleRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def groups(self) -> tuple[RoleGroup, ...]:
        """The roles by what they need."""
        return groups_of(self.rows)

    @property
    def problems(self) -> tuple[AccountLine, ...]:
        """The accounts that were not read, or only in part; a suspended one is none of them."""
        return tuple(each for each in self.accounts if each.status not in ("read", "suspended"))

    @property
    def suspended(self) -> tuple[AccountLine, ...]:
        """The accounts that are suspended, so that nothing in them was read."""
        return tuple(each for each in self.accounts if each.status == "suspended")

    def put_in_order(self) -> None:
        """Sort what several threads have added by account; what is of one account keeps its order."""
        self.rows.sort(key=lambda row: row.account)
        self.places.sort(key=lambda place: place.account)
        self.accounts.sort(key=lambda line: line.id)

    def close_account(self, line: AccountLine) -> None:
        """Add the line of an account; a later one replaces that of an earlier attempt."""
        self.accounts = [each for each in self.accounts if each.id != line.id] + [line]

    @property
    def counts(self) -> dict[str, int]:
        """The number of roles by status."""
        found = dict.fromkeys((each.value for each in RowVerdict), 0)
        for row in self.rows:
            found[row.verdict.value] += 1
        return found

    def text(self, row: RoleRow, requirement: str, region: str = "") -> Mapping[str, str]:
        """Return status, fact, consequence, remedy and reason of a cell, in the words of the row."""
        region = region or next(iter(row.trusts), self.header.regions[0])
        number = row.elsewhere.get(region, {}).get(requirement, row.cells[requirement])
        own = row.own_names(region)
        return {name: own.fill(self.table.texts[number][name]) for name in FIELDS}

    def regions_of(self, row: RoleRow) -> tuple[str, ...]:
        """The Regions that a role was audited in."""
        return tuple(row.trusts) or self.header.regions

    def open_in(self, row: RoleRow, region: str) -> tuple[str, ...]:
        """The required findings of a role that are not met in a Region, by ID."""
        open_ones = (*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown)
        return tuple(each for each in open_ones if each not in row.cells or self._is_open(row, each, region))

    def _is_open(self, row: RoleRow, requirement: str, region: str) -> bool:
        return not FindingStatus(self.text(row, requirement, region)["status"]).ready

    def region_text(self, place: RegionRow, requirement: str) -> Mapping[str, str]:
        """Return status, fact, consequence, remedy and reason of a cell of a Region's row."""
        own = RoleRow(place.account, "", {}, RowVerdict.READY, "", place.lacks).own_names(place.region)
        return {name: own.fill(self.table.texts[place.cells[requirement]][name]) for name in FIELDS}

    def digest_of(self, rows: Iterable[RoleRow]) -> str:
        """Return the digest of what some rows tell.

        It does not depend on the order in which accounts were read: neither that of the rows, nor the numbers of texts.
        """
        texts = [digest(dict(text)) for text in self.table.texts]

        def told(cells: Mapping[str, int]) -> dict[str, str]:
            return {name: texts[number] for name, number in cells.items()}

        def line(row: RoleRow) -> dict[str, Json]:
            numbered = {
                "cells": told(row.cells),
                "trusts": told(row.trusts),
                "caveats": [texts[n] for n in row.caveats],
            }
            elsewhere = {"elsewhere": {name: told(cells) for name, cells in row.elsewhere.items()}}
            return {**row.to_json(), **numbered, **(elsewhere if row.elsewhere else {})}

        return digest([line(row) for row in sorted(rows, key=lambda row: row.role)])

    def end(self) -> dict[str, Json]:
        """Return the last line of the file."""
        return {"kind": "end", "counts": {"roles": len(self.rows), **self.counts}, "complete": self.complete}

    def to_json(self) -> dict[str, Json]:
        """Return what ``audit --json`` prints: header, counts, groups, problems and the file, which has the rows."""
        return {
            **{name: value for name, value in self.header.to_json().items() if name != "kind"},
            "counts": {"roles": len(self.rows), **self.counts},
            "regions_rows": [place.to_json() for place in self.places],
            "groups": [group.to_json() for group in self.groups],
            "problems": [each.to_json() for each in self.problems],
            "account_rows": [each.to_json() for each in self.accounts],
            "notes": [*self.notes, *(note for each in self.accounts for note in each.notes)],
            "complete": self.complete,
            "file": self.path or None,
        }


def read_audit(lines: Iterable[str], path: str) -> Audit:
    """Parse an audit file. A last line without its end is dropped: the process was killed while it was written.

    Raises :class:`Problem` (``invalid``) for any other line that this program does not write.
    """
    found: Audit | None = None
    number = 0
    try:
        for line in lines:
            number += 1
            if not line.endswith("\n"):
                break
            value = parse_json(line)
            if found is None:
                found = Audit(AuditHeader.from_json(value), path=path)
            else:
                _take(found, value)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, ArnError) as error:
        raise _invalid(path, f"Line {number} is not a line of an audit ({_why(error)}).") from error
    if found is None:
        raise _invalid(path, "The file has no header.")
    return found


def _take(audit: Audit, value: Mapping[str, Json]) -> None:
    """Add one line. Raises for one that does not follow from those before it."""
    if audit.complete:
        raise ValueError("it stands behind the end")
    match value["kind"]:
        case "text":
            if value["id"] != len(audit.table.texts):
                raise ValueError("the texts are not numbered in order")
            audit.table.texts.append({name: str(value[name]) for name in FIELDS})
        case "role":
            row = RoleRow.from_json(value)
            _check_numbers((*row.cells.values(), *row.trusts.values(), *row.caveats), audit)
            for cells in row.elsewhere.values():
                _check_numbers(cells.values(), audit)
            audit.rows.append(row)
        case "region":
            place = RegionRow.from_json(value)
            _check_numbers(place.cells.values(), audit)
            audit.places.append(place)
        case "account":
            audit.close_account(AccountLine.from_json(value))
        case "end":
            audit.complete = bool(value["complete"])
        case kind:
            raise ValueError(f"unknown kind {kind!r}")


def _check_numbers(numbers: Iterable[int], audit: Audit) -> None:
    for number in numbers:
        if not 0 <= number < len(audit.table.texts):
            raise ValueError(f"there is no text {number}")


def resumed(audit: Audit, header: AuditHeader) -> Audit:
    """Return the audit to continue. Raises :class:`Problem` (``usage``) if it answers another question."""
    if audit.header.question != header.question:
        said = "The file has another baseline, other options, accounts or Regions, or another person who connects."
        raise Problem(f"Resuming {audit.path}", said, "Use the same options, or start again with --out.", Code.USAGE)
    table = TextTable.of(list(audit.table.texts))
    return Audit(audit.header, table, audit.rows, audit.places, audit.accounts, False, audit.path, audit.notes)


def line_of(value: Mapping[str, Json]) -> str:
    """One line of the file."""
    return _LINES.encode(value) + "\n"


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _invalid(path: str, said: str) -> Problem:
    return Problem(f"Reading the audit {path}", said, _AGAIN, Code.INVALID)
