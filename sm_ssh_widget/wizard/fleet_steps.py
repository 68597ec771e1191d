"""What a person does on the screens of many roles, and what follows. Pure; see :mod:`.steps`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sm_ssh_widget.wizard import choices, fleet_rows
from sm_ssh_widget.wizard.effects import AuditAll, Forget, Job, OpenRole, SaveReport, Stop
from sm_ssh_widget.wizard.fleet_state import FleetState
from sm_ssh_widget.wizard.state import Chose, Intent, Screen, Typed, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, set_out

Press: TypeAlias = Callable[[WizardState, FleetState], "Next | None"]


def pressed(state: WizardState, name: str) -> Next | None:
    """The next state after a button of these screens; ``None`` if the button is none of them."""
    if name == "audit-all":
        return _audit_all(state)
    if name == "back" and state.screen is Screen.HEALTH and state.fleet and state.fleet.alone:
        return _back_to_fleet(state)
    if not state.many or state.fleet is None:
        return None
    verb, _, argument = name.partition(":")
    if verb == "open-role":
        return begin(state, OpenRole(argument), "Opening the role.")
    press = _PRESSES.get(name)
    return press(state, state.fleet) if press else None


def typed(state: WizardState, event: Typed) -> WizardState:
    """The state after the filter was entered, or the list was scrolled to a row; the text is its number."""
    if event.id not in fleet_rows.FIELDS or not isinstance(event.text, str) or state.text(event.id) == event.text:
        return state
    if event.id == fleet_rows.AT and not event.text.isdecimal():
        return state
    state = state.with_(typed={**state.typed, event.id: event.text})
    return _from_the_top(state) if event.id == fleet_rows.FIND else state


def narrowed(state: WizardState, event: Chose) -> WizardState:
    """The state after other groups or statuses were chosen."""
    return _from_the_top(state) if event.id in (fleet_rows.GROUPS, fleet_rows.STATUSES) else state


def _from_the_top(state: WizardState) -> WizardState:
    """Show the roles from the first one on: other ones are shown now."""
    return state.with_(typed={**state.typed, fleet_rows.AT: "0"})


def reachable(state: WizardState) -> set[Screen]:
    """The screens of many roles that the stepper leads to."""
    return {Screen.FLEET} if state.fleet and state.fleet.audit else set()


# Audit


def _audit_all(state: WizardState) -> Next:
    """Audit the account; again, with what was asked before, where the result is shown."""
    if state.doing(AuditAll):
        return state, ()
    if state.many and state.fleet:
        asked = state.fleet.asked
    else:
        wanted = choices.wanted(state)
        region = wanted.region or choices.found(state, "region")
        asked = AuditAll(region, wanted.user, wanted.baseline, wanted.options)
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    return begin(state.with_(many=True, fleet=FleetState(asked)), asked)


def _back_to_fleet(state: WizardState) -> Next:
    """Show the roles where they were left."""
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    return state.with_(many=True, busy=None, report=None, offer=None, plan=None, verified=None), ()


def _sign_in_to_see(state: WizardState, _fleet: FleetState) -> Next:
    return set_out(state, Screen.PERMISSION, intent=Intent.READ), ()


def _report(state: WizardState, fleet: FleetState) -> Next:
    if fleet.audit is None or state.doing(SaveReport):
        return state, ()
    return begin(state.with_(saved=None), SaveReport(fleet.audit), "Preparing the file.")


# Ways back


def _back(state: WizardState, _fleet: FleetState) -> Next:
    """One screen back; reading that is under way is given up."""
    jobs = (Job(0, Stop()),) if state.busy else ()
    leads_back = state.screen is Screen.PERMISSION and Screen.FLEET in reachable(state)
    state = state.with_(busy=None, device=None)
    if leads_back:
        return set_out(state, Screen.FLEET), jobs
    return set_out(state, Screen.WHO).with_(many=False), jobs


def _other_identity(state: WizardState, _fleet: FleetState) -> Next:
    """Sign in anew, to read."""
    return set_out(state, Screen.PERMISSION, intent=Intent.READ).with_(face=None), (Job(0, Forget()),)


_PRESSES: Mapping[str, Press] = {
    "sign-in-to-see": _sign_in_to_see,
    "report-fleet": _report,
    "other-identity": _other_identity,
    "back": _back,
}
