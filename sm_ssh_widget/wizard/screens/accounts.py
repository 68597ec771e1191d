"""Which accounts are audited: a tree of the organization's units, the role that is assumed in each, and the Regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sm_ssh_widget.fleet.accounts import AccountEntry
from sm_ssh_widget.wizard import account_choices, choices
from sm_ssh_widget.wizard.account_choices import AccountUnit
from sm_ssh_widget.wizard.blocks import (
    Band,
    Block,
    Choice,
    ChoiceOption,
    Field,
    Fold,
    Meter,
    Note,
    Section,
    Skeleton,
    Text,
)
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import ListAccounts
from sm_ssh_widget.wizard.leaf_blocks import CodeListing
from sm_ssh_widget.wizard.screens.labels import BACK, OTHER_IDENTITY, are, counted, marked, plain, problem
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

MOST_ACCOUNTS = 150
"""Accounts that are sent to a browser; of more, their units can be chosen, and each is found by its name."""
_SUSPENDED = "Suspended or being closed: listed in the result, not entered."
_PORTAL = "sm-ssh-widget audit --accounts portal --portal-role NAME --sign-in sso:START_URL,REGION"
_PROFILES = "sm-ssh-widget audit --sign-in 'profile:PATTERN-*'"
_ELSEWHERE = (
    Text("The wizard assumes a role in each account. The command line has the other sign-in methods:", "quiet"),
    CodeListing("Audit through an access portal", _PORTAL),
    CodeListing("Audit with profiles", _PROFILES),
)


def accounts(state: WizardState) -> View:
    """Which accounts, which Regions, and how each account is entered."""
    blocks: list[Block] = []
    failed = state.failed
    if failed and failed.where not in account_choices.WHERE.values():
        again = (Action("list-accounts", "Try again"),) if isinstance(failed.effect, ListAccounts) else ()
        blocks.append(problem(failed.where, failed.said, failed.remedy, *again))
    blocks += [_which(state), _way_in(state), _regions(state)]
    return View(
        screen="accounts",
        heading=_heading(state),
        lede="No account is entered unless you choose it. Every session in an account can only read.",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state)),
        footnote="Reads only. The role is assumed when you start the audit.",
    )


def _heading(state: WizardState) -> str:
    if state.doing(ListAccounts):
        return "Listing the accounts of the organization"
    number = len(account_choices.chosen(state))
    return f"{counted(number, 'account')} {are(number)} chosen" if number else "Which accounts do you want to audit?"


def _actions(state: WizardState) -> Iterator[Action]:
    by_list = account_choices.source_of(state) == account_choices.LIST
    waits = "The accounts are being listed." if state.doing(ListAccounts) else ""
    number = len(account_choices.chosen(state))
    if state.listed is None and not by_list and not waits:
        if state.face is None:
            yield Action("sign-in-to-list", "Sign in to list the accounts", "primary")
        else:
            yield Action(OTHER_IDENTITY.id, OTHER_IDENTITY.label, "primary")
        return
    if state.face is None:
        yield Action("sign-in-to-list", "Sign in", "second", unavailable=waits)
    else:
        yield OTHER_IDENTITY
    reason = waits or ("" if number else "No account is chosen.")
    label = f"Audit {counted(number, 'account')}" if number else "Audit accounts"
    yield Action("audit-accounts", label, "primary", unavailable=reason)


# Which accounts


def _which(state: WizardState) -> Section:
    source = account_choices.source_of(state)
    options = (
        ChoiceOption(
            account_choices.ORGANIZATION,
            "The organization's accounts",
            "Listed by the management account or a delegated administrator",
            source == account_choices.ORGANIZATION,
            blocks=tuple(_organization(state)) if source == account_choices.ORGANIZATION else (),
        ),
        ChoiceOption(
            account_choices.LIST,
            "Accounts by ID",
            "Nothing is listed: enter the account IDs",
            source == account_choices.LIST,
            blocks=(_ids(state),) if source == account_choices.LIST else (),
        ),
    )
    choice = Choice(account_choices.FROM, "Which accounts", "radio", options, label_hidden=True)
    return Section("which", "Accounts", (choice,), hint="Each is read with a session of its own")


def _ids(state: WizardState) -> Field:
    return Field(
        account_choices.IDS,
        account_choices.WHERE[account_choices.IDS],
        value=state.text(account_choices.IDS),
        hint="12 digits each, with commas or spaces between them.",
        placeholder="123456789012, 210987654321",
        error=_error(state, account_choices.IDS),
    )


def _organization(state: WizardState) -> Iterator[Block]:
    if state.doing(ListAccounts):
        call = f"`{state.busy.call}`" if state.busy and state.busy.call else "Starting"
        yield Meter(f"list-{state.busy.ticket if state.busy else 0}", 0, call)
        yield Skeleton("The accounts of the organization", 5)
        return
    listed = state.listed
    if listed is None:
        return
    if listed.note:
        yield Band("units", "The accounts are shown without their units.", marked(plain(listed.note)), icon="unknown")
    found = account_choices.shown(state)
    yield Field(
        account_choices.FIND,
        "Find an account",
        value=state.text(account_choices.FIND),
        hint=_found(state, len(found)),
        placeholder="Name, ID or unit",
        action=_clear(state),
    )
    if found:
        yield _unit(state, account_choices.tree(found), len(found) > MOST_ACCOUNTS)


def _clear(state: WizardState) -> Action | None:
    number = len(account_choices.chosen(state))
    return Action("clear-accounts", f"Clear the choice of {counted(number, 'account')}", "link") if number else None


def _found(state: WizardState, number: int) -> str:
    listed = state.listed.entries if state.listed else ()
    suspended = sum(each.suspended for each in listed)
    told = f"{number} of {counted(len(listed), 'account')} {are(number)} shown."
    if suspended:
        told += f" {suspended} {are(suspended)} suspended."
    return told if number <= MOST_ACCOUNTS else f"{told} Choose units, or enter more of the name."


def _unit(state: WizardState, unit: AccountUnit, units_only: bool) -> Choice:
    """A unit, whose box chooses all of its accounts that are shown, with its accounts and inner units below it."""
    active = [each.id for each in unit.entries() if not each.suspended]
    ticked = state.choice(account_choices.ACCOUNTS)
    number = sum(each in ticked for each in active)
    below: list[Block] = [_accounts(state, unit)] if unit.accounts and not units_only else []
    below += (_unit(state, inner, units_only) for inner in unit.units)
    option = ChoiceOption(
        unit.path or account_choices.EVERY_UNIT,
        plain(unit.name) or "All that are shown",
        on=bool(active) and number == len(active),
        aside=f"{number} of {len(active)} chosen" if active else "",
        unavailable="" if active else "No account to enter",
        blocks=tuple(below),
    )
    label = f"Unit {plain(unit.path)}" if unit.path else "Organization"
    return Choice(account_choices.UNITS, label, "check", (option,), label_hidden=True)


def _accounts(state: WizardState, unit: AccountUnit) -> Choice:
    ticked, own = state.choice(account_choices.ACCOUNTS), state.listed.own if state.listed else ""
    options = tuple(_account(each, own, on=each.id in ticked) for each in unit.accounts)
    label = f"Accounts of {plain(unit.name)}" if unit.path else "Accounts outside of any unit"
    return Choice(account_choices.ACCOUNTS, label, "check", options, label_hidden=True)


def _account(entry: AccountEntry, own: str, *, on: bool) -> ChoiceOption:
    line = "The account of this identity: read as it is, no role is assumed" if entry.id == own else ""
    return ChoiceOption(
        entry.id,
        plain(entry.name) or entry.id,
        line,
        on and not entry.suspended,
        aside=entry.id if entry.name else "",
        unavailable=_SUSPENDED if entry.suspended else "",
    )


# How each account is entered


def _way_in(state: WizardState) -> Section:
    hint = "Of the simulated organization." if state.setting.simulated else "If the role's trust policy asks for it."
    fields: Sequence[Block] = (
        Field(
            account_choices.ROLE,
            account_choices.WHERE[account_choices.ROLE],
            value=account_choices.role_name(state),
            hint="The role that is assumed in each account. A stack set creates it: `export --format audit-role`.",
            error=_error(state, account_choices.ROLE),
        ),
        Field(
            account_choices.EXTERNAL_ID,
            account_choices.WHERE[account_choices.EXTERNAL_ID],
            value=account_choices.external_id(state),
            hint=hint,
            error=_error(state, account_choices.EXTERNAL_ID),
        ),
        Note("", _assumes(state)),
        Fold("elsewhere", "Another sign-in: an access portal, or a profile for each account", _ELSEWHERE),
    )
    return Section("way-in", "Sign-in", tuple(fields), hint="The same in every chosen account")


def _assumes(state: WizardState) -> str:
    """Who assumes the role, and what its session can do."""
    who = "The identity that signed in" if state.face else "The identity of this notebook"
    role = plain(account_choices.role_name(state).strip())
    told = f"{who} assumes `{role}` with a session policy of exactly the audit's reads."
    return f"{told} The session is forgotten when its account is read."


def _error(state: WizardState, field: str) -> str:
    failed = state.failed
    if failed is None or failed.where != account_choices.WHERE[field]:
        return ""
    return marked(f"{failed.said} {failed.remedy}".strip())


# Which Regions


def _regions(state: WizardState) -> Section:
    chosen, here = account_choices.regions_of(state), choices.audited_region(state)
    listed = (
        Field(
            account_choices.REGION_LIST,
            account_choices.WHERE[account_choices.REGION_LIST],
            value=state.text(account_choices.REGION_LIST),
            placeholder="eu-west-1, us-east-1",
            error=_error(state, account_choices.REGION_LIST),
        ),
    )
    told = (
        (account_choices.THIS, f"Only {here}" if here else "Only the Region of this notebook", ""),
        (account_choices.USED, "Those that each account uses", "With a domain, notebook, training job or hybrid node"),
        (account_choices.ALL, "All that are enabled in each account", "Takes the longest"),
        (account_choices.SOME, "A list", ""),
    )
    options = tuple(
        ChoiceOption(each, title, line, each == chosen, blocks=listed if each == chosen == account_choices.SOME else ())
        for each, title, line in told
    )
    choice = Choice(account_choices.REGIONS, "Regions", "radio", options, label_hidden=True)
    return Section("regions", "Regions", (choice,))
