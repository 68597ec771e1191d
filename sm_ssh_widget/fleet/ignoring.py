"""Ignore rules: findings that a person accepted, with a reason, a name and an end date.

A rule without one of them, or with an unknown key, is refused: a rule of the wrong shape must not be skipped. An
expired rule counts no longer, and a rule that matches nothing is reported.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict, Standing
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

_KEYS = {"accounts", "roles", "findings", "reason", "by", "until"}


@dataclass(frozen=True)
class IgnoreRule:
    """One rule. Empty lists match everything; ``roles`` are ARNs with wildcards."""

    reason: str
    by: str
    until: date
    accounts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The rule in one line."""
        return f"{self.reason} ({self.by}, until {self.until:%Y-%m-%d})"

    def matches(self, row: RoleRow) -> bool:
        """Whether the rule concerns a row."""
        account = not self.accounts or row.account in self.accounts
        return account and (not self.roles or any(fnmatch.fnmatchcase(row.role, role) for role in self.roles))


def parse_rules(value: Mapping[str, Json], path: str) -> tuple[IgnoreRule, ...]:
    """Parse the content of an ignore file. Raises :class:`Problem` (``usage``) for a rule of another shape."""
    if unknown := sorted(value.keys() - {"ignore"}):
        raise _refused(path, f"Unknown key: {', '.join(unknown)}.")
    rules = value.get("ignore", [])
    if not isinstance(rules, list):
        raise _refused(path, "The rules are not a list. Begin each one with [[ignore]].")
    return tuple(_rule(rule, number, path) for number, rule in enumerate(rules, 1))


def _rule(value: Json, number: int, path: str) -> IgnoreRule:
    if not isinstance(value, Mapping):
        raise _refused(path, f"Rule {number} is not a table.")
    if unknown := sorted(value.keys() - _KEYS):
        raise _refused(path, f"Rule {number} has an unknown key: {', '.join(unknown)}.")
    for name in ("reason", "by"):
        if not (isinstance(value.get(name), str) and value[name].strip()):
            raise _refused(path, f"Rule {number} has no {name}.")
    until = value.get("until")
    if type(until) is not date:
        raise _refused(path, f"Rule {number} has no end date (until = 2027-03-31).")
    lists = {name: value.get(name, []) for name in ("accounts", "roles", "findings")}
    for name, listed in lists.items():
        if not (isinstance(listed, list) and all(isinstance(each, str) for each in listed)):
            raise _refused(path, f"{name} of rule {number} is not a list of texts.")
    if not any(lists.values()):
        raise _refused(path, f"Rule {number} names no account, role or finding.")
    return IgnoreRule(value["reason"], value["by"], until, **{name: tuple(each) for name, each in lists.items()})


def ignore(audit: Audit, rules: Sequence[IgnoreRule], today: date) -> Audit:
    """Return the audit with its rows marked. Expired and unused rules are added to its notes."""
    current = [rule for rule in rules if rule.until >= today]
    notes = [f"Expired, counts again: {rule.label}." for rule in rules if rule.until < today]
    used: set[int] = set()
    rows = [_marked(row, current, used) for row in audit.rows]
    notes += [f"Matches no role: {rule.label}." for number, rule in enumerate(current) if number not in used]
    return replace(audit, rows=rows, notes=[*audit.notes, *notes])


def _marked(row: RoleRow, rules: Sequence[IgnoreRule], used: set[int]) -> RoleRow:
    """Return a row without the findings that rules accept; ignored as a whole if nothing else is open."""
    left, told = row.lacks, ""
    for number, rule in enumerate(rules):
        if not rule.matches(row):
            continue
        accepted = _without(left, rule.findings)
        if accepted != left or (not rule.findings and row.verdict is not RowVerdict.READY):
            left, told = accepted, rule.label
        used.add(number)
    if left == row.lacks:
        return row
    verdict = RowVerdict.IGNORED if left.verdict is RowVerdict.READY else left.verdict
    return replace(row, verdict=verdict, ignored_by=told)


def _without(lacks: Standing, findings: Iterable[str]) -> Standing:
    names = set(findings)
    if not names:
        return Standing()
    parts = (lacks.missing, lacks.blocked, lacks.unknown)
    return Standing(*(tuple(name for name in part if name not in names) for part in parts))


def accepts_account(rules: Iterable[IgnoreRule], account: str, today: date) -> bool:
    """Whether a current rule names an account that could not be read."""
    return any(account in rule.accounts and not rule.roles and rule.until >= today for rule in rules)


def _refused(path: str, said: str) -> Problem:
    remedy = "Give every rule a reason, by and until, and lists of accounts, roles or findings."
    return Problem(f"Reading the ignore file {path}", said, remedy, Code.USAGE)
