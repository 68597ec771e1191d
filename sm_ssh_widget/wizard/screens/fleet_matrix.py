"""The matrix of roles and requirements: only the rows around the one in view go to a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

from sm_ssh_widget.fleet import groups as fleet_groups
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.in_region import Place, cells_in
from sm_ssh_widget.fleet.rows import RoleRow
from sm_ssh_widget.fleet.texts import OwnNames
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.fleet_blocks import Chip, MatrixColumn, MatrixMark, MatrixRow, RoleMatrix
from sm_ssh_widget.wizard.screens.labels import FINDING, SWITCHES, are, counted, marked
from sm_ssh_widget.wizard.state import WizardState

Pick: TypeAlias = Literal["", "off", "on"]
ROWS = 90
"""Rows that are sent at once: a list of any length has fewer than 100 of them in the page."""
_ABOVE, _STEP = 30, 20

VERDICTS: dict[str, tuple[str, str, Tone]] = {
    "ready": ("Ready", "satisfied", "ok"),
    "fixable": ("Fixable", "missing", "attention"),
    "blocked": ("Blocked", "blocked", "bad"),
    "unknown": ("Unknown", "unknown", "quiet"),
    "ignored": ("Ignored", "not-applicable", "quiet"),
}
_WORDS = {
    FindingStatus.SATISFIED: "Met",
    FindingStatus.SATISFIED_OTHERWISE: "Met",
    FindingStatus.MISSING: "Missing",
    FindingStatus.BLOCKED: "Blocked",
    FindingStatus.UNKNOWN: "Unknown",
    FindingStatus.NOT_APPLICABLE: "Not needed",
}
_SHORT = {
    "trust.sagemaker": "SageMaker",
    "trust.ssm": "Systems Manager",
    "role.registrable": "Name",
    "role.managed-instance-core": "Agent",
    "role.cloudwatch-logs": "Logs",
    "role.sagemaker-ssm-policy": "Registers",
    "role.capabilities": "Permissions",
    "user.permissions": "Connects",
    "user.owner-guard": "Owner guard",
    "ssm.session-preferences": "Sessions",
    "network.endpoints": "Network",
    "account.leftovers": "Leftovers",
    "requests": "a denied request",
}
_NONE = MatrixMark("not-applicable", "Not checked", "quiet")


def short_title(requirement: str) -> str:
    """A requirement in one or two words, for the head of a column."""
    return _SHORT.get(requirement) or fleet_groups.short(requirement)


def matrix(state: WizardState, found: Audit) -> RoleMatrix:
    """The roles that are shown, around the one at the top of the list."""
    rows, columns = fleet_rows.shown(state), fleet_rows.columns(found)
    at = min(int(state.text(fleet_rows.AT) or 0), max(0, len(rows) - 1))
    first = max(0, (at - _ABOVE) // _STEP * _STEP)
    window = rows[first : first + ROWS]
    numbers: dict[Place, int] = {}
    cells = [_cells(state, found, row, columns, numbers) for row in window]
    names = fleet_rows.short_names(found)
    opened = state.fleet.opened if state.fleet else ""
    chosen = fleet_rows.chosen(state)
    picks = _picks(window, frozenset(chosen), fleet_rows.fixable(state))
    return RoleMatrix(
        id="fleet",
        label="Fleet matrix",
        value=state.text(fleet_rows.FIND),
        chips=_chips(state),
        corner="Role",
        beside="Used by",
        columns=tuple(MatrixColumn(each, short_title(each), title) for each, title in columns),
        marks=tuple(_mark(found, *place) for place in numbers),
        rows=tuple(
            _row(row, names.get(row.account, ""), each, opened, picks[row.role])
            for row, each in zip(window, cells, strict=True)
        ),
        first=first,
        at=at,
        total=len(rows),
        text=_text(rows, len(fleet_rows.in_view(state)), frozenset(chosen)),
        find=fleet_rows.FIND,
        statuses=fleet_rows.STATUSES,
        scroll=fleet_rows.AT,
        open="open-role",
        picks=fleet_rows.ROLES,
        clear=Action("clear-roles", f"Clear the choice of {counted(len(chosen), 'role')}", "link") if chosen else None,
    )


def _picks(window: Sequence[RoleRow], chosen: frozenset[str], fixable: frozenset[str]) -> dict[str, Pick]:
    """Return whether each role that is sent is chosen; empty for one that a plan cannot help."""
    return {row.role: "on" if row.role in chosen else "off" if row.role in fixable else "" for row in window}


def _text(rows: Sequence[RoleRow], total: int, chosen: frozenset[str]) -> str:
    if not rows:
        told = f"None of {counted(total, 'role')} is shown. Change the filter, the statuses or the groups."
    else:
        shown = f"{len(rows)} of {counted(total, 'role')} {are(len(rows))} shown."
        told = f"{shown} Arrow keys move, Space chooses, Enter opens the role."
    hidden = len(chosen - {row.role for row in rows}) if chosen else 0
    return f"{told} {hidden} of the {len(chosen)} chosen {are(hidden)} not shown." if hidden else told


def _chips(state: WizardState) -> tuple[Chip, ...]:
    on, counts = state.choice(fleet_rows.STATUSES), fleet_rows.counts(state)
    return tuple(
        Chip(name, f"{word} {counts[name]}", icon, tone, name in on)
        for name, (word, icon, tone) in VERDICTS.items()
        if counts[name]
    )


def _cells(
    state: WizardState,
    found: Audit,
    row: RoleRow,
    columns: Sequence[tuple[str, str]],
    numbers: dict[Place, int],
) -> tuple[int, ...]:
    """The number of the mark of each cell, in the chosen Region or in the worst one."""
    cells = cells_in(found, row, state.text(fleet_rows.REGION))
    places = (_place(found, row, each, *cells.get(each, (-1, ""))) for each, _ in columns)
    return tuple(numbers.setdefault(place, len(numbers)) for place in places)


def _place(found: Audit, row: RoleRow, requirement: str, number: int, region: str) -> Place:
    """A text, and its Region where that makes a difference."""
    differs = any(requirement in cells for cells in row.elsewhere.values())
    names_it = number >= 0 and any("{region}" in text for text in found.table.texts[number].values())
    return number, region if differs or names_it else ""


def _mark(found: Audit, number: int, region: str) -> MatrixMark:
    if number < 0:
        return _NONE
    text = found.table.texts[number]
    status = FindingStatus(text["status"])
    icon, tone = FINDING[status]
    account = found.accounts[0].id if len(found.accounts) == 1 else "{account}"
    own = OwnNames("{role}", "{name}", account, region)
    told = " ".join(own.fill(text[name]) for name in ("fact", "consequence", "remedy") if text[name])
    for switch, words in SWITCHES.items():
        told = told.replace(switch, words)
    if region and len(fleet_rows.regions(found)) > 1:
        told = f"In `{region}`: {told}"
    return MatrixMark(icon, _WORDS[status], tone, marked(told))


def _row(row: RoleRow, account: str, cells: tuple[int, ...], opened: str, pick: Pick) -> MatrixRow:
    path = row.role.partition(":role")[2].removesuffix(row.name)
    parts = [
        VERDICTS[row.verdict.value][0],
        account,
        path if path != "/" else "",
        row.last_used and f"last used {row.last_used}",
    ]
    return MatrixRow(row.role, row.name, " · ".join(filter(None, parts)), _users(row), cells, row.role == opened, pick)


_USERS = {
    "domain": ("domain", "domains"),
    "user-profile": ("user profile", "user profiles"),
    "notebook-instance": ("notebook", "notebooks"),
    "trainingjob": ("training job", "training jobs"),
    "hyperparametertuningjob": ("tuning job", "tuning jobs"),
}


def _users(row: RoleRow) -> str:
    """Who uses the role, by kind: ``1 domain, 3 user profiles``."""
    kinds = Counter(each.partition("/")[0] for each in row.used_by)
    return ", ".join(counted(number, *_USERS.get(kind, (kind, f"{kind}s"))) for kind, number in kinds.items())
