"""The matrix of roles and requirements: only the rows around the one in view go to a browser."""

from __future__ import annotations

from collections import Counter

from sm_ssh_widget.fleet import groups as fleet_groups
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow
from sm_ssh_widget.fleet.texts import OwnNames
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.controls import Tone
from sm_ssh_widget.wizard.fleet_blocks import Chip, MatrixColumn, MatrixMark, MatrixRow, RoleMatrix
from sm_ssh_widget.wizard.screens.labels import FINDING, are, counted, marked
from sm_ssh_widget.wizard.state import WizardState

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
    numbers: dict[int, int] = {}
    cells = [tuple(numbers.setdefault(row.cells.get(each, -1), len(numbers)) for each, _ in columns) for row in window]
    opened = state.fleet.opened if state.fleet else ""
    return RoleMatrix(
        id="fleet",
        label="Fleet matrix",
        value=state.text(fleet_rows.FIND),
        chips=_chips(state, found),
        corner="Role",
        beside="Used by",
        columns=tuple(MatrixColumn(each, short_title(each), title) for each, title in columns),
        marks=tuple(_mark(found, number) for number in numbers),
        rows=tuple(_row(row, each, opened) for row, each in zip(window, cells, strict=True)),
        first=first,
        at=at,
        total=len(rows),
        text=_text(len(rows), len(found)),
        find=fleet_rows.FIND,
        statuses=fleet_rows.STATUSES,
        scroll=fleet_rows.AT,
        open="open-role",
    )


def _text(shown: int, total: int) -> str:
    if not shown:
        return f"None of {counted(total, 'role')} is shown. Change the filter, the statuses or the groups."
    return f"{shown} of {counted(total, 'role')} {are(shown)} shown. Arrow keys move, Enter opens the role."


def _chips(state: WizardState, found: Audit) -> tuple[Chip, ...]:
    on, counts = state.choice(fleet_rows.STATUSES), found.counts
    return tuple(
        Chip(name, f"{word} {counts[name]}", icon, tone, name in on)
        for name, (word, icon, tone) in VERDICTS.items()
        if counts[name]
    )


def _mark(found: Audit, number: int) -> MatrixMark:
    if number < 0:
        return _NONE
    text = found.table.texts[number]
    status = FindingStatus(text["status"])
    icon, tone = FINDING[status]
    account = found.accounts[0].id if found.accounts else "{account}"
    own = OwnNames("{role}", "{name}", account, found.header.regions[0])
    told = " ".join(own.fill(text[name]) for name in ("fact", "consequence", "remedy") if text[name])
    return MatrixMark(icon, _WORDS[status], tone, marked(told))


def _row(row: RoleRow, cells: tuple[int, ...], opened: str) -> MatrixRow:
    path = row.role.partition(":role")[2].removesuffix(row.name)
    parts = [
        VERDICTS[row.verdict.value][0],
        path if path != "/" else "",
        row.last_used and f"last used {row.last_used}",
    ]
    return MatrixRow(row.role, row.name, " · ".join(filter(None, parts)), _users(row), cells, row.role == opened)


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
