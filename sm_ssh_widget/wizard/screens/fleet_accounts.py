"""What an audit tells of accounts and Regions: how far it is, which were not read and why, what a Region lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sm_ssh_widget.fleet.accounts import AccountEntry
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.rows import RegionRow, RowVerdict
from sm_ssh_widget.problem import Code
from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.blocks import Band, Block, Field, Fold, Note, Row, Rows, Section
from sm_ssh_widget.wizard.controls import Tone
from sm_ssh_widget.wizard.fleet_state import FleetState
from sm_ssh_widget.wizard.screens.labels import are, counted, marked, plain
from sm_ssh_widget.wizard.state import WizardState

MOST_ROWS = 60
"""Accounts that have a row each; the others are counted."""
MOST_OPEN = 4
"""Accounts that were not read, or findings of Regions, up to which they are shown at once."""
MOST_OPTIONS = 300
"""Accounts to choose from; more of them are found by the text of the filter."""
_NAMED = 3
_STATUSES: dict[str, tuple[str, str, Tone]] = {
    "read": ("satisfied", "Read", "ok"),
    "partly": ("unknown", "Read in part", "attention"),
    "not-read": ("failed", "Not read", "bad"),
    "suspended": ("not-applicable", "Suspended", "quiet"),
}
_PENDING: tuple[str, str, Tone] = ("pending", "Pending", "quiet")
_REASONS = {
    Code.SIGN_IN.value: "No sign-in",
    Code.AWS_REFUSED.value: "Denied",
    Code.UNREACHABLE.value: "No answer",
}


# While it is read


def told(fleet: FleetState) -> str:
    """How far the audit is, in one line."""
    now = fleet.progress
    if now is None:
        return "Signing in to the first accounts"
    return f"{now.line}. {now.told_waits}" if now.throttled else now.line


def progress(fleet: FleetState, entries: Sequence[AccountEntry]) -> Rows:
    """A row for each account, always in the same place; of many, those that are closed and read are counted."""
    rows = [_account_row(each, fleet.closed.get(each.id, "")) for each in entries]
    if len(rows) > MOST_ROWS:
        read = [each for each in entries if fleet.closed.get(each.id) in ("read", "suspended")]
        rest = [each for each in entries if each not in read]
        rows = [Row("read", "satisfied", counted(len(read), "account"), "Read", "ok")] if read else []
        rows += [_account_row(each, fleet.closed.get(each.id, "")) for each in rest[:MOST_ROWS]]
        if (left := len(rest) - MOST_ROWS) > 0:
            rows.append(Row("ahead", "pending", counted(left, "more account"), "Pending", "quiet"))
    return Rows("Accounts", tuple(rows))


def _account_row(entry: AccountEntry, status: str) -> Row:
    icon, word, tone = _STATUSES.get("suspended" if entry.suspended else status, _PENDING)
    return Row(f"account:{entry.id}", icon, _named(entry.id, entry.name), word, tone, entry.unit and plain(entry.unit))


def _named(account: str, name: str) -> str:
    return f"{plain(name)} ({account})" if name else account


# What was not read


def read(found: Audit) -> str:
    """How many of several accounts were read, and in how many Regions."""
    if found.header.accounts < 2:  # one account needs no count
        return ""
    done = sum(each.status == "read" for each in found.accounts)
    regions = counted(len(fleet_rows.regions(found)), "Region")
    return f" {done} of {counted(len(found.accounts), 'account')} {are(done)} read, in {regions}."


def problems(found: Audit) -> Iterator[Block]:
    """The accounts that were not read, each with the reason and the remedy; then those that are suspended."""
    if found.header.accounts < 2:
        yield from (_single(each) for each in found.problems)
        return
    if found.problems:
        rows = tuple(map(_problem_row, found.problems[:MOST_ROWS]))
        number, left = len(found.problems), len(found.problems) - MOST_ROWS
        were = "was" if number == 1 else "were"
        in_full = " in full" if any(each.status == "partly" for each in found.problems) else ""
        lead = f"{counted(number, 'account')} {were} not read{in_full}: {_names(found.problems)}"
        blocks: list[Block] = [Rows("Accounts that were not read", rows)]
        if left > 0:
            blocks.append(Note("", f"The report names {counted(left, 'more account')}."))
        aside = "Their roles are not counted."
        yield Fold("unread", lead, tuple(blocks), aside, "unknown", "attention", open=number <= MOST_OPEN)
    if found.suspended:
        yield Note("Suspended, not read:", f"{_names(found.suspended, MOST_ROWS)}.")


def _single(account: AccountLine) -> Band:
    said = account.problem or {}
    text = marked(plain(f"{said.get('said', '')} {said.get('next', '')}".strip()))
    return Band(f"unread:{account.id}", "The list of roles is not complete.", text, "attention", "unknown")


def _problem_row(account: AccountLine) -> Row:
    said = account.problem or {}
    icon, word, tone = _STATUSES.get(account.status, _STATUSES["not-read"])
    if account.status == "not-read":
        word = _REASONS.get(said.get("code", ""), word)
    told = marked(plain(said.get("said", "")))
    waited = f"AWS throttled {counted(account.throttled, 'call')}." if account.throttled else ""
    remedy = marked(plain(said.get("next", "")))
    return Row(f"unread:{account.id}", icon, _named(account.id, account.name), word, tone, told, waited, remedy)


def _names(accounts: Sequence[AccountLine], most: int = _NAMED) -> str:
    named = ", ".join(plain(each.name) or each.id for each in accounts[:most])
    more = f" and {len(accounts) - most} more" if len(accounts) > most else ""
    return f"{named}{more}"


# What a Region lacks


def places(found: Audit) -> Iterator[Block]:
    """What Regions lack, whatever the role: a plan adds it. The same finding of several accounts is shown once."""
    bands = tuple(_bands(found))
    if len(bands) <= MOST_OPEN:
        yield from bands
    elif bands:
        lead = f"{counted(len(bands), 'finding')} of Regions, whatever the role"
        yield Fold("places", lead, bands, "A plan adds what is missing.", "flag", "attention")


def _bands(found: Audit) -> Iterator[Band]:
    same: dict[tuple[RowVerdict, str, str], list[str]] = {}
    for place in found.places:
        if place.verdict is not RowVerdict.READY:
            key = (place.verdict, place.region, _told(found, place))
            same.setdefault(key, []).append(place.account)
    names = fleet_rows.account_names(found)
    for number, ((verdict, region, text), accounts) in enumerate(same.items()):
        listed = ", ".join(names.get(each, each) for each in accounts[:_NAMED])
        more = f" and {len(accounts) - _NAMED} more" if len(accounts) > _NAMED else ""
        where = f"{region} of {plain(listed)}{more}" if names else region
        unread = verdict is RowVerdict.UNKNOWN
        lead = f"{where} {'could not be read in full' if unread else 'is not ready'}, whatever the role."
        once = "once in each account" if len(accounts) > 1 else "once"
        offered = f" The plan offers it {once}, for all roles." if verdict is RowVerdict.FIXABLE else ""
        whose = f"{text}{offered}".replace("{account}", accounts[0] if len(accounts) == 1 else "the account")
        yield Band(f"place:{number}:{region}", lead, marked(whose), "attention", "unknown" if unread else "flag")


def _told(found: Audit, place: RegionRow) -> str:
    ids = (*place.lacks.missing, *place.lacks.blocked, *place.lacks.unknown)
    texts = (found.region_text(place, each) for each in ids if each in place.cells)
    said = " ".join(f"{text['fact']} {text['consequence']}".strip() for text in texts)
    return said.replace(place.account, "{account}")


# One account or Region alone


def narrow(state: WizardState, found: Audit) -> Iterator[Block]:
    """Fields that show the roles of one account, or how roles stand in one Region; none where there is one of each."""
    fields: list[Block] = []
    if names := fleet_rows.account_names(found):
        roles: dict[str, int] = {}
        for row in found:
            roles[row.account] = roles.get(row.account, 0) + 1
        each = [(account, f"{names[account]}: {counted(number, 'role')}") for account, number in roles.items()]
        options = (("", f"All {counted(len(roles), 'account')} with roles"), *each[:MOST_OPTIONS])
        hint = "" if len(each) <= MOST_OPTIONS else "The filter below finds the others by name or ID."
        fields.append(_select(state, fleet_rows.ACCOUNT, "Account", options, hint))
    regions = fleet_rows.regions(found)
    if len(regions) > 1:
        told = (("", f"All {len(regions)} Regions: the worst of each"), *((each, each) for each in regions))
        fields.append(_select(state, fleet_rows.REGION, "Region", told, ""))
    if fields:
        yield Section("narrow", "Show", tuple(fields))


def _select(state: WizardState, field: str, label: str, options: tuple[tuple[str, str], ...], hint: str) -> Field:
    return Field(field, label, "select", state.text(field), hint, options=options)
