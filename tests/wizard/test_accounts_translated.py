"""The screens of several accounts in a language that nobody speaks: no text of ours is left in English."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from sm_ssh_widget.fleet.accounts import AccountEntry, ListedAccounts
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.wizard import account_choices, environment, steps
from sm_ssh_widget.wizard.blocks import Band
from sm_ssh_widget.wizard.effects import AuditAll
from sm_ssh_widget.wizard.fleet_state import AccountClosed, PlannedFleet
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.state import Came, Chose, Event, Failed, Pressed, Typed, WizardState
from sm_ssh_widget.wizard.translation import Language
from tests.fleet.plans import fleet
from tests.language.catalog import written
from tests.language.pseudo import pseudo
from tests.wizard.fleets import large_audit
from tests.wizard.test_pseudo_language import left_in_english

NOW = datetime(2026, 11, 29, 20, tzinfo=timezone.utc)
OWN, ONE, GONE = "123456789012", "210987654321", "345678901234"
LISTED = ListedAccounts(
    (AccountEntry(OWN, "acct-a"), AccountEntry(ONE, "acct-b", "x-1/y-2"), AccountEntry(GONE, "acct-c", "x-1", True)),
    OWN,
)
DENIED = {"where": "Signing in", "said": "`no:Access`.", "next": "`ask:Them`.", "code": "sign-in"}


def after(state: WizardState, *events: Event) -> WizardState:
    for event in events:
        state, _ = steps.step(state, event)
    return state


def came(state: WizardState, value: object) -> WizardState:
    assert state.busy is not None
    return after(state, Came(state.busy.ticket, state.busy.effect, value))


def of_several() -> Audit:
    made = large_audit(40)
    lines = [
        AccountLine(OWN, "read", name="acct-a", throttled=3, waited=2.0),
        AccountLine(ONE, "not-read", DENIED, name="acct-b"),
        AccountLine(GONE, "suspended", name="acct-c"),
    ]
    return replace(made, header=replace(made.header, accounts=3), accounts=lines)


def screens() -> dict[str, WizardState]:
    listing = after(
        steps.start(environment.setting("aws"))[0], Typed("region", "eu-west-1"), Pressed("choose-accounts")
    )
    assert listing.busy is not None
    listed = came(listing, LISTED)
    ticket, effect = listing.busy.ticket, listing.busy.effect
    denied = Failed(ticket, effect, "Listing the accounts", "`no:Access`.", "`ask:Them`.", "usage")
    chosen = after(
        listed,
        Chose(account_choices.UNITS, account_choices.EVERY_UNIT, on=True),
        Chose(account_choices.REGIONS, "some", on=True),
    )
    auditing = after(chosen, Chose(account_choices.REGIONS, "used", on=True), Pressed("audit-accounts"))
    assert auditing.busy is not None
    assert isinstance(auditing.busy.effect, AuditAll)
    now = AccountsProgress(1, 2, 7, 1, 9.0, 3, 2.0, ONE, "not-read")
    shown = came(auditing, of_several())
    return {
        "listing": listing,
        "denied": after(listing, denied),
        "by ID": after(listed, Chose(account_choices.FROM, "list", on=True)),
        "without units": came(listing, replace(LISTED, note="`no:Access`.")),
        "chosen": chosen,
        "no Region": after(chosen, Pressed("audit-accounts")),
        "sign-in": after(listed, Pressed("sign-in-to-list")),
        "begun": auditing,
        "auditing": after(auditing, AccountClosed(auditing.busy.ticket, now)),
        "audited": shown,
    }


def planned() -> WizardState:
    """A plan for two accounts, with a third one left out."""
    made = fleet("a", "b", "c")
    first = made.members[0]
    other = replace(first, plan=replace(first.plan, target={**first.plan.target, "account": ONE}))
    refused = ({"for": GONE, "finding": "account", "code": "sign-in", "reason": "`no:Access`."},)
    several = replace(made, members=(*made.members, other), refused=refused)
    alike = tuple((at,) for at in range(len(several.members)))
    return came(after(screens()["audited"], Pressed("plan-fleet")), PlannedFleet(several, alike))


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("language") / "pseudo.json", pseudo)


@pytest.mark.parametrize("name", list(screens()))
def test_no_text_is_left_in_english(language: Path, name: str) -> None:
    said = Language.named(str(language)).translate
    assert "\n".join(dict.fromkeys(left_in_english(render(screens()[name], NOW), said))) == ""


def test_what_is_told_of_a_plan_for_several_accounts_is_translated(language: Path) -> None:
    said = Language.named(str(language)).translate
    view = render(planned(), NOW)
    bands = tuple(block for block in view.blocks if isinstance(block, Band))
    assert {"one-account", "refused:0"} <= {band.id for band in bands}
    assert "\n".join(left_in_english(replace(view, blocks=bands), said)) == ""
