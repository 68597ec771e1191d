"""What a person does where the accounts of an audit are chosen, and what follows. Pure; see :mod:`.steps`."""

from __future__ import annotations

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.wizard import account_choices, choices
from sm_ssh_widget.wizard.effects import AuditAll, Forget, Job, ListAccounts, Stop
from sm_ssh_widget.wizard.fleet_state import FleetState
from sm_ssh_widget.wizard.state import Chose, Intent, Screen, WizardState
from sm_ssh_widget.wizard.transitions import OF_ONE_ROLE, Next, begin, refused, set_out


def pressed(state: WizardState, name: str) -> Next | None:
    """The next state after a button of this screen, or one that leads to it; ``None`` if it is none of them."""
    if name == "choose-accounts":
        return _choose(state)
    if not state.many:
        return None
    here = state.screen is Screen.ACCOUNTS or (state.screen is Screen.PERMISSION and state.intent is Intent.LIST)
    match name:
        case "list-accounts" if here:
            return listing(state)
        case "audit-accounts" if state.screen is Screen.ACCOUNTS:
            return _audit(state)
        case "clear-accounts" if state.screen is Screen.ACCOUNTS:
            return state.with_(chosen={**state.chosen, account_choices.ACCOUNTS: frozenset()}), ()
        case "sign-in-to-list" if here:
            return set_out(state, Screen.PERMISSION, intent=Intent.LIST), ()
        case "other-identity" if here:
            return set_out(state, Screen.PERMISSION, intent=Intent.LIST).with_(face=None), (Job(0, Forget()),)
        case "back" if here:
            return _back(state)
    # Before the first audit, the buttons of the other screens mean nothing here
    return (state, ()) if state.fleet is None and name not in OF_ONE_ROLE else None


def narrowed(state: WizardState, event: Chose) -> WizardState:
    """The state after a unit was chosen: all of its accounts that are shown are, or none of them."""
    if event.id != account_choices.UNITS:
        return state
    path = "" if event.option == account_choices.EVERY_UNIT else event.option
    ids = account_choices.with_unit(state, path, on=event.on)
    return state.with_(chosen={**state.chosen, account_choices.ACCOUNTS: ids, account_choices.UNITS: frozenset()})


def listing(state: WizardState) -> Next:
    """List the accounts of the organization; nothing in them is read."""
    state = set_out(state, Screen.ACCOUNTS, intent=Intent.LIST).with_(many=True)
    return begin(state, ListAccounts(choices.audited_region(state)), "Listing the accounts of the organization.")


def _choose(state: WizardState) -> Next:
    """Show the accounts, as they were listed before if they were."""
    if state.busy and state.many:
        return state, ()
    if state.listed is None and account_choices.source_of(state) == account_choices.ORGANIZATION:
        return listing(state)
    return set_out(state, Screen.ACCOUNTS, intent=Intent.LIST).with_(many=True), ()


def _audit(state: WizardState) -> Next:
    """Audit what is chosen; what is wrong with a field is shown at the field."""
    if state.doing(ListAccounts) or not account_choices.chosen(state):
        return state, ()
    try:
        entered = account_choices.entered(state)
    except Problem as problem:
        return refused(state, problem.where, problem.said, problem.remedy), ()
    wanted = choices.wanted(state)
    asked = AuditAll(choices.audited_region(state), "", wanted.baseline, wanted.options, entered)
    before = state.fleet
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    fresh = FleetState(asked, run=before.run if before else None)
    return begin(state.with_(many=True, fleet=fresh, plan=None, offer=None), asked)


def _back(state: WizardState) -> Next:
    """One screen back; listing that is under way is given up."""
    jobs = (Job(0, Stop()),) if state.busy else ()
    state = state.with_(busy=None, device=None)
    if state.screen is Screen.PERMISSION:
        return set_out(state, Screen.ACCOUNTS, intent=Intent.LIST), jobs
    return set_out(state, Screen.WHO, intent=Intent.APPLY).with_(many=False), jobs
