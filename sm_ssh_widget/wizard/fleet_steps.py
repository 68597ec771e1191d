"""What a person does on the screens of many roles, and what follows. Pure; see :mod:`.steps`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sm_ssh_widget.wizard import choices, fleet_planning, fleet_rows, fleet_run_steps
from sm_ssh_widget.wizard.effects import AuditAll, Forget, Job, OpenRole, PlanFleet, SaveReport, Stop
from sm_ssh_widget.wizard.fleet_results import with_fleet
from sm_ssh_widget.wizard.fleet_state import FleetState
from sm_ssh_widget.wizard.state import Chose, Intent, Screen, Typed, WizardState
from sm_ssh_widget.wizard.transitions import OF_ONE_ROLE, Next, begin, set_out

Press: TypeAlias = Callable[[WizardState, FleetState], Next]

ACTING = fleet_run_steps.ACTING


def pressed(state: WizardState, name: str) -> Next | None:
    """The next state after a button of these screens; ``None`` if the button is none of them."""
    if name == "audit-all":
        return _audit_all(state)
    if name == "back" and state.screen is Screen.HEALTH and state.fleet and state.fleet.alone:
        return _back_to_fleet(state)
    verb, _, argument = name.partition(":")
    if verb == "open-run":
        return fleet_run_steps.open_run(state, argument)
    if not state.many or state.fleet is None:
        return None
    if verb == "open-role":
        return begin(state, OpenRole(argument, state.text(fleet_rows.REGION)), "Opening the role.")
    if verb == "download-fleet":
        return fleet_run_steps.download(state, state.fleet, argument)
    if press := _PRESSES.get(name) or fleet_run_steps.PRESSES.get(name):
        return press(state, state.fleet)
    return None if name in OF_ONE_ROLE else (state, ())


def typed(state: WizardState, event: Typed) -> WizardState:
    """The state after the filter or a limit was entered, or the list was scrolled to a row; its text is a number."""
    if event.id not in fleet_rows.FIELDS or not isinstance(event.text, str) or state.text(event.id) == event.text:
        return state
    if event.id == fleet_rows.AT and not event.text.isdecimal():
        return state
    if event.text not in fleet_planning.LIMITS.get(event.id, (event.text,)):
        return state
    if event.id in (fleet_rows.ACCOUNT, fleet_rows.REGION) and event.text not in _places(state, event.id):
        return state
    state = state.with_(typed={**state.typed, event.id: event.text})
    if event.id in (fleet_rows.ACCOUNT, fleet_rows.REGION):  # the groups are those of the roles in view
        state = state.with_(chosen={**state.chosen, fleet_rows.GROUPS: frozenset()})
    return _from_the_top(state) if event.id in _NARROWS else state


_NARROWS = (fleet_rows.FIND, fleet_rows.ACCOUNT, fleet_rows.REGION)


def _places(state: WizardState, field: str) -> tuple[str, ...]:
    """The accounts, or the Regions, that can be chosen."""
    audit = state.fleet.audit if state.fleet else None
    if audit is None:
        return ("",)
    return ("", *(fleet_rows.account_names(audit) if field == fleet_rows.ACCOUNT else fleet_rows.regions(audit)))


def narrowed(state: WizardState, event: Chose) -> WizardState:
    """The state after other groups or statuses were chosen, or whether to raise the instance tier."""
    if event.id == fleet_rows.RAISES:
        return _raised(state, on=event.option == "yes")
    return _from_the_top(state) if event.id in (fleet_rows.GROUPS, fleet_rows.STATUSES) else state


def _raised(state: WizardState, *, on: bool) -> WizardState:
    """Select the set of changes that raises the tier, or leave it out."""
    tier = fleet_planning.tier_set(state.fleet.planned if state.fleet else None)
    ticks = state.choice(fleet_rows.TICKS)
    return state.with_(chosen={**state.chosen, fleet_rows.TICKS: ticks | {tier} if on else ticks - {tier}})


def _from_the_top(state: WizardState) -> WizardState:
    """Show the roles from the first one on: other ones are shown now."""
    return state.with_(typed={**state.typed, fleet_rows.AT: "0"})


def reachable(state: WizardState) -> set[Screen]:
    """The screens of many roles that the stepper leads to."""
    fleet = state.fleet
    there = {Screen.ACCOUNTS} if state.listed or (fleet and fleet.of_several) else set()
    if fleet is None:
        return there
    there |= {Screen.FLEET} if fleet.audit else set()
    there |= {Screen.FLEET_PLAN} if fleet.planned else set()
    there |= {Screen.PERMISSION} if state.face and _can_write(state, fleet) else set()
    there |= {Screen.FLEET_RUN} if fleet.run else set()
    return there | ({Screen.FLEET_PROOF} if fleet.verified else set())


def _can_write(state: WizardState, fleet: FleetState) -> bool:
    """Return whether the identity that is signed in is of the account of what is approved."""
    return bool(fleet.approved and state.face and state.face.account == fleet.approved.plan.account)


# Audit


def _audit_all(state: WizardState) -> Next:
    """Audit the account; again, with what was asked before, where the result is shown."""
    if state.doing(AuditAll):
        return state, ()
    if state.many and state.fleet:
        asked = state.fleet.asked
    else:
        wanted = choices.wanted(state)
        asked = AuditAll(choices.audited_region(state), wanted.user, wanted.baseline, wanted.options)
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    before = state.fleet
    fresh = FleetState(asked, alias=before.alias, run=before.run) if before else FleetState(asked)
    return begin(state.with_(many=True, fleet=fresh, plan=None, offer=None), asked)


def _back_to_fleet(state: WizardState) -> Next:
    """Show the roles where they were left."""
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    return state.with_(many=True, busy=None, report=None, offer=None, plan=None, verified=None), ()


def _sign_in_to_see(state: WizardState, _fleet: FleetState) -> Next:
    return set_out(state, Screen.PERMISSION, intent=Intent.READ), ()


def _report(state: WizardState, fleet: FleetState) -> Next:
    if fleet.audit is None or state.screen is not Screen.FLEET or state.doing(SaveReport):
        return state, ()
    return begin(state.with_(saved=None), SaveReport(fleet.audit), "Preparing the file.")


def _clear(state: WizardState, _fleet: FleetState) -> Next:
    """Choose no role: all fixable ones that are shown are planned."""
    return state.with_(chosen={**state.chosen, fleet_rows.ROLES: frozenset()}), ()


def _plan(state: WizardState, fleet: FleetState) -> Next:
    """Plan the chosen roles, else all fixable ones that are shown."""
    roles = fleet_planning.roles_to_plan(state)
    if fleet.audit is None or not roles:
        return state, ()
    state = set_out(state, Screen.FLEET_PLAN, intent=Intent.APPLY)
    state = with_fleet(state, planned=None, approved=None, acting=None, ticket="")
    return begin(state, PlanFleet(fleet.audit, roles, fleet.asked.accounts))


# Ways back


def _back(state: WizardState, fleet: FleetState) -> Next:
    """One screen back; reading that is under way is given up."""
    jobs = (Job(0, Stop()),) if state.busy else ()
    state = state.with_(busy=None, device=None)
    if state.screen is Screen.FLEET_UNDO:
        return fleet_run_steps.keep(state, fleet)[0], jobs
    there: tuple[Screen, ...] = _BEHIND.get(state.screen, ())
    if state.screen is Screen.PERMISSION:
        there = {Intent.APPLY: (Screen.FLEET_PLAN,), Intent.READ: ()}.get(state.intent, (Screen.FLEET_RUN,))
    for screen in (*there, Screen.FLEET) if state.screen is not Screen.FLEET else ():
        if screen in reachable(state):
            return set_out(state, screen, intent=Intent.APPLY), jobs
    if fleet.of_several:
        return set_out(state, Screen.ACCOUNTS, intent=Intent.LIST), jobs
    return set_out(state, Screen.WHO).with_(many=False), jobs


_BEHIND: Mapping[Screen, tuple[Screen, ...]] = {
    Screen.FLEET_HAND_OVER: (Screen.FLEET_PLAN, Screen.FLEET_RUN),
    Screen.FLEET_PROOF: (Screen.FLEET_RUN,),
    Screen.DONE: (Screen.FLEET_PROOF, Screen.FLEET_RUN),
}
"""What a step back leads to: the first of these that can be gone to, else the matrix, else the first screen."""


def _other_identity(state: WizardState, fleet: FleetState) -> Next:
    """Sign in anew, for what is shown."""
    intents = {Screen.FLEET: Intent.READ, Screen.FLEET_UNDO: Intent.UNDO, Screen.FLEET_RUN: Intent.RESUME}
    intent = intents.get(state.screen, state.intent)
    if state.screen is Screen.FLEET_RUN and fleet.run:
        intent = Intent.UNDO if fleet.run.undoing else Intent.RESUME if fleet.run.path else Intent.APPLY
    state = set_out(state, Screen.PERMISSION, intent=intent)
    return with_fleet(state.with_(face=None), acting=None), (Job(0, Forget()),)


_PRESSES: Mapping[str, Press] = {
    "sign-in-to-see": _sign_in_to_see,
    "report-fleet": _report,
    "plan-fleet": _plan,
    "clear-roles": _clear,
    "other-identity": _other_identity,
    "back": _back,
}
