"""A thousand accounts in the wizard: few of them are sent at once, and none is lost for that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from sm_ssh_widget.fleet.accounts import AccountEntry, ListedAccounts
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.wizard import account_choices, environment, fleet_rows, steps
from sm_ssh_widget.wizard.effects import AuditAll, ListAccounts
from sm_ssh_widget.wizard.fleet_state import AccountClosed
from sm_ssh_widget.wizard.screens import fleet_accounts, render
from sm_ssh_widget.wizard.screens.accounts import MOST_ACCOUNTS
from sm_ssh_widget.wizard.state import Came, Chose, Event, Pressed, Typed, WizardState
from sm_ssh_widget.wizard.view import to_json
from tests.wizard.conftest import walk
from tests.wizard.fleets import large_audit

NOW = datetime(2026, 11, 29, 20, tzinfo=timezone.utc)
MOST_BYTES = 100_000
NUMBER, DENIED = 1000, 400
IDS = tuple(f"{number:012}" for number in range(1, NUMBER + 1))


def entry(number: int) -> AccountEntry:
    unit = f"Workloads/Team {number % 40}"
    return AccountEntry(IDS[number], f"account-{number:04}", unit, suspended=number % 100 == 99)


LISTED = ListedAccounts(tuple(map(entry, range(NUMBER))), IDS[0])


def stepped(state: WizardState, *events: Event) -> WizardState:
    for event in events:
        state, _ = steps.step(state, event)
    return state


def listed() -> WizardState:
    state, jobs = steps.step(steps.start(environment.setting("aws"))[0], Pressed("choose-accounts"))
    (job,) = jobs
    assert isinstance(job.effect, ListAccounts)
    return stepped(state, Came(job.ticket, job.effect, LISTED))


def drawn(state: WizardState) -> Any:
    view = to_json(render(state, NOW))
    assert len(json.dumps(view)) < MOST_BYTES
    return view


def boxes(view: Any, choice: str) -> list[Any]:
    return [option for each in walk(view) if each.get("id") == choice for option in each.get("options", ())]


def test_units_are_shown_without_their_accounts_until_few_are_left() -> None:
    state = listed()
    view = drawn(state)
    assert boxes(view, account_choices.ACCOUNTS) == []
    assert len(boxes(view, account_choices.UNITS)) == 42
    unit = stepped(state, Chose(account_choices.UNITS, "Workloads/Team 7", on=True))
    assert drawn(unit)["heading"] == "25 accounts are chosen"
    found = drawn(stepped(state, Typed(account_choices.FIND, "account-000")))
    shown = boxes(found, account_choices.ACCOUNTS)
    assert len(shown) == 10
    assert 10 < MOST_ACCOUNTS < NUMBER
    everything = stepped(state, Chose(account_choices.UNITS, account_choices.EVERY_UNIT, on=True))
    assert drawn(everything)["heading"] == "990 accounts are chosen"


def audited() -> WizardState:
    """An audit of all of them, 400 of which were denied."""
    everything = stepped(listed(), Chose(account_choices.UNITS, account_choices.EVERY_UNIT, on=True))
    state, jobs = steps.step(everything, Pressed("audit-accounts"))
    (job,) = jobs
    assert isinstance(job.effect, AuditAll)
    assert job.effect.accounts is not None
    assert len(job.effect.accounts.entries) == NUMBER
    told = {"where": "Signing in", "said": "AccessDenied: no.", "next": "Create the role.", "code": "sign-in"}
    closed = (
        AccountClosed(job.ticket, AccountsProgress(at + 1, NUMBER, at, 0, 9.0, account=each, status="read"))
        for at, each in enumerate(IDS[:70])
    )
    state = stepped(state, *closed)
    progress = drawn(state)
    assert len([row for row in walk(progress) if str(row.get("id")).startswith("account:")]) == fleet_accounts.MOST_ROWS
    assert "70 accounts" in {row.get("title") for row in walk(progress)}
    return stepped(state, Came(job.ticket, job.effect, found(told)))


def found(told: dict[str, str]) -> Audit:
    made = large_audit(3000)
    lines = [AccountLine(each, "read", name=f"account-{at:04}") for at, each in enumerate(IDS)]
    lines[-DENIED:] = [replace(line, status="not-read", problem=told) for line in lines[-DENIED:]]
    rows = [
        replace(row, account=IDS[at % 600], role=row.role.replace("123456789012", IDS[at % 600]))
        for at, row in enumerate(made.rows)
    ]
    return replace(made, header=replace(made.header, accounts=NUMBER), rows=rows, accounts=lines)


def test_the_matrix_of_a_thousand_accounts_and_what_was_not_read() -> None:
    state = audited()
    view = drawn(state)
    assert f"600 of {NUMBER} accounts are read" in view["lede"]
    fold = next(each for each in view["blocks"] if each.get("id") == "unread")
    assert fold["summary"].startswith(f"{DENIED} accounts were not read: account-0600, account-0601")
    assert not fold.get("open"), "so many would push the matrix out of sight"
    rows = [each for each in walk(fold) if str(each.get("id")).startswith("unread:")]
    assert len(rows) == fleet_accounts.MOST_ROWS
    assert f"{DENIED - fleet_accounts.MOST_ROWS} more accounts" in json.dumps(fold)
    alone = stepped(state, Typed(fleet_rows.ACCOUNT, IDS[599]))
    assert {row.account for row in fleet_rows.shown(alone)} == {IDS[599]}, "also one that is not among the options"
    named = stepped(state, Typed(fleet_rows.FIND, "account-0599"))
    assert {row.account for row in fleet_rows.shown(named)} == {IDS[599]}
