"""Every role of the account: groups of roles that need the same beside the matrix of roles and requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.groups import RoleGroup
from sm_ssh_widget.fleet.rows import RowVerdict, Standing
from sm_ssh_widget.wizard import fleet_planning, fleet_rows
from sm_ssh_widget.wizard.blocks import Band, Block, Fold, Meter, Note, Skeleton
from sm_ssh_widget.wizard.controls import Action, SavedFile, Tone
from sm_ssh_widget.wizard.effects import AuditAll, OpenRole, SaveReport
from sm_ssh_widget.wizard.fleet_blocks import Card, Cards
from sm_ssh_widget.wizard.screens import fleet_accounts
from sm_ssh_widget.wizard.screens.fleet_matrix import VERDICTS, matrix, short_title
from sm_ssh_widget.wizard.screens.labels import (
    BACK,
    OTHER_IDENTITY,
    are,
    counted,
    duration,
    marked,
    plain,
    problem,
    short,
)
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

AUDIT_AGAIN = Action("audit-all", "Audit again", "plain", icon="again")
REPORT = Action("report-fleet", "Download report", icon="download")
REPORT_FILE = "audit.html"
MOST_CARDS = 24
"""Groups that are shown as cards; of more, their number is shown."""
_SIGN_IN_CODES = ("sign-in", "refused", "aws-refused", "unknown")


def fleet(state: WizardState) -> View:
    """Which roles are ready, and what the others lack."""
    found = state.fleet.audit if state.fleet else None
    if state.doing(AuditAll):
        return _auditing(state)
    if found is None or not len(found):
        return _nothing(state, found)
    heading, lede = _heading(found)
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    blocks += [
        *_stale(state),
        *fleet_accounts.problems(found),
        *fleet_accounts.places(found),
        *fleet_accounts.narrow(state, found),
        _cards(state),
        matrix(state, found),
    ]
    blocks += _notes(found)
    return View(
        screen="fleet",
        heading=heading,
        lede=lede,
        icon="satisfied" if found.counts["ready"] == len(found) else "",
        tone="ok" if found.counts["ready"] == len(found) else "",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state, found)),
        again=AUDIT_AGAIN,
        wide=True,
        footnote=_footnote(state, found),
        saves=_saves(state),
    )


def _footnote(state: WizardState, found: Audit) -> str:
    calls, seconds = sum(each.calls for each in found.accounts), sum(each.seconds for each in found.accounts)
    if state.fleet and state.fleet.progress:  # several accounts were read at the same time
        seconds = state.fleet.progress.seconds
    reader = plain(short(found.header.read_as))
    return f"{counted(calls, 'read')}, 0 writes, {duration(seconds)}. Read as `{reader}`."


def _saves(state: WizardState) -> SavedFile | None:
    saved = state.saved
    return SavedFile(saved.ticket, REPORT_FILE, saved.data) if saved else None


# While it is read, and where nothing came of it


def _auditing(state: WizardState) -> View:
    fleet, entered = state.fleet, state.fleet.asked.accounts if state.fleet else None
    seen = fleet.seen if fleet else 0
    told = f"{counted(seen, 'role')} so far" if seen else "Listing the roles of the account"
    heading, shown = "Auditing every role of the account", Skeleton("The roles of the account", 6)
    blocks: tuple[Block, ...] = (shown,)
    if fleet and entered:
        suspended = sum(each.suspended for each in entered.entries)
        heading = f"Auditing {counted(len(entered.entries) - suspended, 'account')}"
        heading += f", {suspended} more {are(suspended)} suspended" if suspended else ""
        told = fleet_accounts.told(fleet)
        blocks = (fleet_accounts.progress(fleet, entered.entries),)
    ticket = state.busy.ticket if state.busy else 0
    return View(
        screen="fleet",
        heading=heading,
        lede="The notebook stays free. Nothing is written.",
        steps=(),
        blocks=(Meter(f"audit-{ticket}", 0, told), *blocks),
        actions=(
            BACK,
            Action("stop", "Stop"),
            replace(REPORT, look="primary", unavailable="The roles are being read."),
        ),
        wide=True,
    )


def _nothing(state: WizardState, found: Audit | None) -> View:
    failed = state.failed
    again = Action("audit-all", "Audit again", "primary")
    actions: tuple[Action, ...] = (again,)
    blocks: tuple[Block, ...] = ()
    if failed:
        heading, lede = "The roles could not be audited", "What you entered is kept."
        blocks = (problem(failed.where, failed.said, failed.remedy),)
        if failed.code in _SIGN_IN_CODES:
            sign_in = Action("sign-in-to-see", "Sign in", "primary")
            actions = (
                Action("audit-all", "Audit again"),
                sign_in if state.face is None else replace(OTHER_IDENTITY, look="primary"),
            )
    elif found is not None:
        heading, lede = _no_role(found)
        blocks = (*fleet_accounts.problems(found), *fleet_accounts.places(found))
    else:
        heading, lede = "The audit was stopped", "Nothing was written, and nothing of it is kept."
    icon, tone = ("failed", "bad") if failed else ("", "")
    return View("fleet", heading, (), blocks, (BACK, *actions), lede, icon, tone)  # type: ignore[arg-type]


def _no_role(found: Audit) -> tuple[str, str]:
    if found.problems:
        return "No role was read", "What could not be read is not known to be missing."
    where = "these accounts" if found.header.accounts > 1 else "this account"
    return f"No role of {where} can be an execution role", "None of them trusts SageMaker, and SageMaker uses none."


# The largest words


def _heading(found: Audit) -> tuple[str, str]:
    counts, total = found.counts, len(found)
    ready = counts["ready"]
    parts = [f"{counts[name]} {word.lower()}" for name, (word, _, _) in VERDICTS.items() if counts[name]]
    lede = f"Of {total}: {', '.join(parts)}. Each role is counted once.{fleet_accounts.read(found)}"
    if ready == total:
        return f"{'The only role is' if total == 1 else f'All {total} roles are'} ready", lede
    largest = max((group for group in fleet_rows.groups(found) if group.verdict is not RowVerdict.READY), key=_size)
    told = f"{ready} of {counted(total, 'role')} {are(1 if total == 1 else ready)} ready"
    return f"{told}, {_same(largest, counts)}", lede


def _size(group: RoleGroup) -> int:
    return len(group.roles)


def _same(group: RoleGroup, counts: Mapping[str, int]) -> str:
    """Describe the largest group by what it lacks, or else all roles that end like it."""
    number = len(group.roles)
    missing = len(group.lacks.missing)
    if group.verdict is RowVerdict.FIXABLE:
        lacks, same = ("lacks", "") if number == 1 else ("lack", "the same ")
        return f"{number} {lacks} {same}{counted(missing, 'requirement')}"
    number = counts[group.verdict.value]
    if group.verdict is RowVerdict.BLOCKED:
        return f"{number} {are(number)} blocked"
    if group.verdict is RowVerdict.IGNORED:
        return f"{number} {are(number)} ignored"
    return f"{number} could not be read in full"


# What is told before the roles


def _stale(state: WizardState) -> Iterator[Block]:
    if state.fleet and state.fleet.stale:
        text = "It shows the roles as they were before it. A plan reads each role again."
        yield Band("stale", "A run has changed roles since this audit.", text, "attention", "info")


def _notes(found: Audit) -> tuple[Block, ...]:
    texts = [*found.notes, *(note for account in found.accounts for note in account.notes)]
    if not texts:
        return ()
    return (
        Fold(
            "notes",
            counted(len(texts), "note on how it was read", "notes on how it was read"),
            tuple(Note("", marked(text)) for text in texts),
        ),
    )


# Groups


def _cards(state: WizardState) -> Cards:
    groups = fleet_rows.groups_in_view(state)
    chosen, total = state.choice(fleet_rows.GROUPS), len(fleet_rows.in_view(state))
    cards = tuple(_card(group, total, on=group.id in chosen) for group in groups[:MOST_CARDS])
    rest = groups[MOST_CARDS:]
    more = f", the largest {MOST_CARDS} shown" if rest else ""
    return Cards(fleet_rows.GROUPS, "Groups", f"{len(groups)}, by what they lack{more}", cards)


_TONES: dict[RowVerdict, Tone] = {
    RowVerdict.FIXABLE: "attention",
    RowVerdict.BLOCKED: "bad",
    RowVerdict.UNKNOWN: "quiet",
    RowVerdict.READY: "ok",
    RowVerdict.IGNORED: "quiet",
}


def _card(group: RoleGroup, total: int, *, on: bool) -> Card:
    number = len(group.roles)
    title = f"{len(group.lacks.missing)} missing" if group.verdict is RowVerdict.FIXABLE else group.verdict.value
    share = max(1, round(100 * number / total))
    return Card(group.id, str(number), title, _needs(group), share, _TONES[group.verdict], on)


def _needs(group: RoleGroup) -> str:
    if group.verdict is RowVerdict.READY:
        return "Nothing to add"
    if group.verdict is RowVerdict.IGNORED:
        return "Accepted by a rule"
    parts = [f"{word}: {', '.join(map(short_title, ids))}" for word, ids in _lists(group.lacks) if ids]
    if group.verdict is RowVerdict.FIXABLE:
        return parts[0].partition(": ")[2]
    return "; ".join(parts)


def _lists(lacks: Standing) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("Blocked", lacks.blocked), ("unknown", lacks.unknown), ("missing", lacks.missing)


# Actions


def _actions(state: WizardState, found: Audit) -> Iterator[Action]:
    """What leads on for most roles is primary: to read the rest, or to plan."""
    unread, fixable = found.counts["unknown"], len(fleet_rows.fixable(state))
    busy = "Opening the role." if state.doing(OpenRole) else "Preparing the file." if state.doing(SaveReport) else ""
    reads_on = bool(unread or found.problems)
    plans_first = bool(fixable) and unread <= fixable
    report = replace(REPORT, unavailable=busy)
    yield report if reads_on or fixable else replace(report, look="primary")
    if reads_on:
        yield _sees_rest(state, "second" if plans_first else "primary")
    if fixable:
        plan = _plan(state)
        yield replace(plan, look="primary" if plans_first else "second", unavailable=plan.unavailable or busy)


def _sees_rest(state: WizardState, look: Literal["primary", "second"]) -> Action:
    if state.face is None:
        return Action("sign-in-to-see", "Sign in to see the rest", look)
    return Action(OTHER_IDENTITY.id, OTHER_IDENTITY.label, look)


def _plan(state: WizardState) -> Action:
    """Plan the chosen roles, else all fixable ones that are shown."""
    number = len(fleet_planning.roles_to_plan(state))
    of = "chosen role" if fleet_rows.chosen(state) else "role"
    return Action("plan-fleet", f"Plan for {counted(number, of)}", unavailable="" if number else _NONE_FIXABLE)


_NONE_FIXABLE = "None of the roles that are shown is fixable."
