"""Groups of roles that need the same: what a person reviews first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict, Standing
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any

_ORDER = (RowVerdict.FIXABLE, RowVerdict.BLOCKED, RowVerdict.UNKNOWN, RowVerdict.READY, RowVerdict.IGNORED)


@dataclass(frozen=True)
class RoleGroup:
    """Roles with the same unmet requirements; ``roles`` are their ARNs, in the order of the audit."""

    id: str
    verdict: RowVerdict
    lacks: Standing
    roles: tuple[str, ...]
    accounts: int = 1

    @property
    def title(self) -> str:
        """One line: how many roles, and what they need."""
        where = f" in {self.accounts} accounts" if self.accounts > 1 else ""
        return f"{counted(len(self.roles), 'role')}{where} · {self.needs}"

    @property
    def needs(self) -> str:
        """What the roles need, as short names of requirements."""
        if self.verdict is RowVerdict.READY:
            return "ready"
        if self.verdict is RowVerdict.IGNORED:
            return "ignored"
        parts = [
            f"{counted(len(ids), 'requirement')} {told}: {', '.join(map(short, ids))}"
            for ids, told in (
                (self.lacks.missing, "missing"),
                (self.lacks.blocked, "blocked"),
                (self.lacks.unknown, "unknown"),
            )
            if ids
        ]
        return "; ".join(parts)

    def to_json(self) -> dict[str, Json]:
        """The group as a JSON object, without the ARNs."""
        return {
            "id": self.id,
            "verdict": self.verdict.value,
            "roles": len(self.roles),
            "accounts": self.accounts,
            "missing": list(self.lacks.missing),
            "blocked": list(self.lacks.blocked),
            "unknown": list(self.lacks.unknown),
        }


def groups_of(rows: Iterable[RoleRow], *, by: str = "plan") -> tuple[RoleGroup, ...]:
    """Group the rows, by status, larger groups first.

    ``by``: ``plan`` (what is not met), ``account``, or ``team-tag`` (the role's tag ``team``) in addition.
    """
    found: dict[tuple[str, str, str], list[RoleRow]] = {}
    for row in rows:
        beside = {"account": row.account, "team-tag": row.tags.get("team", "")}.get(by, "")
        ignored = RowVerdict.IGNORED.value if row.verdict is RowVerdict.IGNORED else row.group
        found.setdefault((ignored, beside, row.verdict.value), []).append(row)
    groups = [_group(key, members) for key, members in found.items()]
    return tuple(sorted(groups, key=lambda group: (_ORDER.index(group.verdict), -len(group.roles), group.id)))


def _group(key: tuple[str, str, str], rows: list[RoleRow]) -> RoleGroup:
    name = f"{key[0]}:{key[1]}" if key[1] else key[0]
    accounts = len({row.account for row in rows})
    return RoleGroup(name, rows[0].verdict, rows[0].lacks, tuple(row.role for row in rows), accounts)


def short(requirement: str) -> str:
    """Short name of a requirement: ``ssm trust``, ``managed-instance-core``."""
    kind, _, name = requirement.partition(".")
    return f"{name} trust" if kind == "trust" else name or kind
