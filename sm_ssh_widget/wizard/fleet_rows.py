"""Which roles of an audit are shown: filtered by group, status and text. Pure."""

from __future__ import annotations

from functools import lru_cache

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.groups import RoleGroup, groups_of
from sm_ssh_widget.fleet.in_region import row_in
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard.state import WizardState

GROUPS, STATUSES, FIND, AT = "fleet-groups", "fleet-statuses", "fleet-find", "fleet-at"
CANARIES, FAILURES = "fleet-canaries", "fleet-failures"
ACCOUNT, REGION = "fleet-account", "fleet-region"
"""Fields that show the roles of one account, and how they stand in one Region; empty for all."""
FIELDS = frozenset({FIND, AT, CANARIES, FAILURES, ACCOUNT, REGION})
ROLES, TICKS, RAISES = "fleet-roles", "fleet-ticks", "fleet-tier"
"""Choices: the roles to plan, the sets of changes of their plan, and the answer about the instance tier."""
VERDICTS = tuple(each.value for each in RowVerdict)


class _One:
    """An audit as the key of a cache: the very same one, because audits are large and no longer change."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    def __hash__(self) -> int:
        return id(self.audit)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.audit is self.audit


def groups(audit: Audit) -> tuple[RoleGroup, ...]:
    """The roles by what they need; those that a plan can help first."""
    return _groups(_One(audit))


@lru_cache(maxsize=4)
def _groups(one: _One) -> tuple[RoleGroup, ...]:
    return one.audit.groups


def in_view(state: WizardState) -> tuple[RoleRow, ...]:
    """The roles of the chosen account, as they stand in the chosen Region; every role where none is chosen."""
    audit = state.fleet.audit if state.fleet else None
    return _in_view(_One(audit), state.text(ACCOUNT), state.text(REGION)) if audit is not None else ()


@lru_cache(maxsize=8)
def _in_view(one: _One, account: str, region: str) -> tuple[RoleRow, ...]:
    rows = (row for row in one.audit if account in ("", row.account))
    if not region:
        return tuple(rows)
    return tuple(row_in(one.audit, row, region) for row in rows if region in one.audit.regions_of(row))


def groups_in_view(state: WizardState) -> tuple[RoleGroup, ...]:
    """The roles in view by what they need."""
    audit = state.fleet.audit if state.fleet else None
    return _groups_in_view(_One(audit), state.text(ACCOUNT), state.text(REGION)) if audit is not None else ()


@lru_cache(maxsize=8)
def _groups_in_view(one: _One, account: str, region: str) -> tuple[RoleGroup, ...]:
    return groups_of(_in_view(one, account, region)) if account or region else groups(one.audit)


def counts(state: WizardState) -> dict[str, int]:
    """The number of roles in view by status."""
    found = dict.fromkeys(VERDICTS, 0)
    for row in in_view(state):
        found[row.verdict.value] += 1
    return found


def shown(state: WizardState) -> tuple[RoleRow, ...]:
    """The roles in view of the chosen groups and statuses whose name, path or account has every word of the filter."""
    audit = state.fleet.audit if state.fleet else None
    if audit is None:
        return ()
    place = state.text(ACCOUNT), state.text(REGION)
    return _shown(_One(audit), place, state.choice(GROUPS), state.choice(STATUSES), state.text(FIND).lower().strip())


@lru_cache(maxsize=16)
def _shown(
    one: _One, place: tuple[str, str], chosen: frozenset[str], statuses: frozenset[str], find: str
) -> tuple[RoleRow, ...]:
    words, names = find.split(), account_names(one.audit)
    wanted = {role for group in _groups_in_view(one, *place) if group.id in chosen for role in group.roles}
    return tuple(
        row
        for row in _in_view(one, *place)
        if row.verdict.value in statuses
        and (not chosen or row.role in wanted)
        and all(word in f"{row.role.partition(':role')[2]} {names.get(row.account, '')}".lower() for word in words)
    )


def account_names(audit: Audit) -> dict[str, str]:
    """``NAME (ID)`` of each account of an audit of several, by ID; nothing for an audit of one."""
    lines = audit.accounts if audit.header.accounts > 1 else ()
    return {each.id: f"{each.name} ({each.id})" if each.name else each.id for each in lines}


def short_names(audit: Audit) -> dict[str, str]:
    """The name of each account of an audit of several, or its ID where it has none of its own, by ID."""
    lines = audit.accounts if audit.header.accounts > 1 else ()
    names = [each.name for each in lines]
    return {each.id: each.name if each.name and names.count(each.name) == 1 else each.id for each in lines}


def regions(audit: Audit) -> tuple[str, ...]:
    """The Regions that were audited, in any account."""
    found = dict.fromkeys(region for row in audit for region in audit.regions_of(row))
    return tuple(sorted(found)) or audit.header.regions


def fixable(state: WizardState) -> frozenset[str]:
    """ARNs of the roles of the audit that a plan can help."""
    audit = state.fleet.audit if state.fleet else None
    return _fixable(_One(audit)) if audit is not None else frozenset()


@lru_cache(maxsize=4)
def _fixable(one: _One) -> frozenset[str]:
    return frozenset(row.role for row in one.audit if row.verdict is RowVerdict.FIXABLE)


def chosen(state: WizardState) -> tuple[str, ...]:
    """ARNs of the roles that are chosen one by one, by ARN, whether they are shown or not."""
    return tuple(sorted(state.choice(ROLES) & fixable(state)))


def columns(audit: Audit) -> tuple[tuple[str, str], ...]:
    """ID and title of the requirements that count: what is required, and what any role does not meet."""
    return _columns(_One(audit))


@lru_cache(maxsize=4)
def _columns(one: _One) -> tuple[tuple[str, str], ...]:
    header = one.audit.header
    selection = Selection.of(header.baseline, header.options)
    cells = {requirement for row in one.audit for requirement in row.cells}
    lacking = {each for row in one.audit for part in _parts(row) for each in part}
    titles = {each.id: each.title for each in selection.requirements}
    required = {each.id for each in selection.requirements if selection.requires(each)}
    if not header.user:
        required = {each for each in required if not each.startswith("user.")}
    return tuple((each, title) for each, title in titles.items() if each in cells and each in required | lacking)


def _parts(row: RoleRow) -> tuple[tuple[str, ...], ...]:
    return row.lacks.missing, row.lacks.blocked, row.lacks.unknown
