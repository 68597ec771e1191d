"""Which roles of an audit are shown: filtered by group, status and text. Pure."""

from __future__ import annotations

from functools import lru_cache

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.groups import RoleGroup
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard.state import WizardState

GROUPS, STATUSES, FIND, AT = "fleet-groups", "fleet-statuses", "fleet-find", "fleet-at"
FIELDS = frozenset({FIND, AT})
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


def shown(state: WizardState) -> tuple[RoleRow, ...]:
    """The roles of the chosen groups and statuses whose name or path contains every word that was entered."""
    audit = state.fleet.audit if state.fleet else None
    if audit is None:
        return ()
    return _shown(_One(audit), state.choice(GROUPS), state.choice(STATUSES), state.text(FIND).lower().strip())


@lru_cache(maxsize=16)
def _shown(one: _One, chosen: frozenset[str], statuses: frozenset[str], find: str) -> tuple[RoleRow, ...]:
    words = find.split()
    wanted = {role for group in groups(one.audit) if group.id in chosen for role in group.roles}
    return tuple(
        row
        for row in one.audit
        if row.verdict.value in statuses
        and (not chosen or row.role in wanted)
        and all(word in row.role.partition(":role")[2].lower() for word in words)
    )


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
