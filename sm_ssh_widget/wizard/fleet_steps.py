"""What a person does on the screens of many roles, and what follows. Pure; see :mod:`.steps`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from sm_ssh_widget.fleet.fleet_plan import FleetPlan, ordered
from sm_ssh_widget.wizard import choices, fleet_rows
from sm_ssh_widget.wizard.effects import (
    WRITES_TO_MANY,
    ApplyFleet,
    AuditAll,
    Forget,
    HandOverFleet,
    Job,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    ResumeFleet,
    SaveReport,
    Stop,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.fleet_results import NAMED, with_fleet, with_run
from sm_ssh_widget.wizard.fleet_state import FleetRunState, FleetState
from sm_ssh_widget.wizard.state import Intent, Screen, Typed, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, set_out

Press: TypeAlias = Callable[[WizardState, FleetState], "Next | None"]

ACTING = frozenset({"apply-fleet", "resume-fleet", "confirm-undo-fleet"})
FORMATS = {
    "ticket": "fleet-ticket.md",
    "shell": "apply-fleet.sh",
    "shell-undo": "undo-fleet.sh",
    "bundle": "fleet-bundle.zip",
}
"""The forms of a fleet plan for an admin, and the name of each file."""


def pressed(state: WizardState, name: str) -> Next | None:
    """The next state after a button of these screens; ``None`` if the button is none of them."""
    if name == "audit-all":
        return _audit_all(state)
    if name == "fleet":
        return _back_to_fleet(state)
    if name == "back" and state.screen is Screen.HEALTH and state.fleet and state.fleet.opened:
        return _back_to_fleet(state)
    if not state.many or state.fleet is None:
        return None
    verb, _, argument = name.partition(":")
    if verb == "open-role":
        return begin(state, OpenRole(argument), "Opening the role.")
    if verb == "download-fleet":
        return _download(state, state.fleet, argument)
    press = _PRESSES.get(name)
    return press(state, state.fleet) if press else None


def typed(state: WizardState, event: Typed) -> WizardState:
    """The state after the filter was entered, or the list was scrolled to a row, which is told by its number."""
    if not isinstance(event.text, str) or (event.id == fleet_rows.AT and not event.text.isdecimal()):
        return state
    if state.text(event.id) == event.text:
        return state
    state = state.with_(typed={**state.typed, event.id: event.text})
    return from_the_top(state) if event.id == fleet_rows.FIND else state


def from_the_top(state: WizardState) -> WizardState:
    """Show the roles from the first one on: other ones are shown now."""
    return state.with_(typed={**state.typed, fleet_rows.AT: "0"})


def reachable(state: WizardState) -> set[Screen]:
    """The screens of many roles that the stepper leads to."""
    fleet = state.fleet
    if fleet is None:
        return set()
    there = {Screen.FLEET} if fleet.audit else set()
    there |= {Screen.FLEET_PLAN} if fleet.planned else set()
    there |= {Screen.PERMISSION} if state.face and fleet.approved else set()
    there |= {Screen.FLEET_RUN} if fleet.run else set()
    return there | ({Screen.FLEET_PROOF} if fleet.verified else set())


# Audit


def _audit_all(state: WizardState) -> Next:
    """Audit the account; again, with what was asked before, where the result is shown."""
    if state.doing(AuditAll):
        return state, ()
    if state.many and state.fleet:
        asked, run = state.fleet.asked, state.fleet.run
    else:
        wanted, run = choices.wanted(state), state.fleet.run if state.fleet else None
        region = wanted.region or choices.found(state, "region")
        asked = AuditAll(region, wanted.user, wanted.baseline, wanted.options)
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    return begin(state.with_(many=True, fleet=FleetState(asked, run=run)), asked)


def _back_to_fleet(state: WizardState) -> Next:
    """Show the roles where they were left."""
    fleet = state.fleet
    if fleet is None or fleet.audit is None:
        return state, ()
    kept = {name: text for name, text in state.typed.items() if name not in NAMED}
    typed = state.typed if state.many else {**kept, **fleet.before}
    state = set_out(state, Screen.FLEET, intent=Intent.READ)
    return state.with_(many=True, typed=typed, busy=None, report=None, offer=None, plan=None, verified=None), ()


def _sign_in_to_see(state: WizardState, _fleet: FleetState) -> Next:
    return set_out(state, Screen.PERMISSION, intent=Intent.READ), ()


def _report(state: WizardState, fleet: FleetState) -> Next:
    if fleet.audit is None or state.doing(SaveReport):
        return state, ()
    return begin(state.with_(saved=None), SaveReport(fleet.audit), "Preparing the file.")


# Plan


def _plan(state: WizardState, fleet: FleetState) -> Next:
    roles = fleet_rows.plannable(state)
    if fleet.audit is None or not roles:
        return state.with_(status="No role that is shown can be helped by a plan."), ()
    state = with_fleet(set_out(state, Screen.FLEET_PLAN, intent=Intent.APPLY), planned=None, approved=None)
    return begin(state, PlanFleet(fleet.audit, roles))


def approved(state: WizardState) -> FleetPlan | None:
    """The part of the plan that is ticked, its first roles chosen anew; ``None`` if nothing is."""
    fleet = state.fleet
    planned = fleet.planned if fleet else None
    if fleet is None or planned is None:
        return None
    ticks = state.choice(fleet_rows.TICKS)
    if len(ticks) == len(planned.alike):
        return planned.plan
    members = [
        planned.plan.members[at] for number, each in enumerate(planned.alike) if str(number) in ticks for at in each
    ]
    if not members:
        return None
    groups = fleet_rows.groups(fleet.audit) if fleet.audit else ()
    of = {role: group.id for group in groups for role in group.roles}
    roles = {member.role for member in members}
    told = tuple(group.to_json() for group in groups if roles & set(group.roles))
    return replace(planned.plan, members=ordered(members, of), groups=told)


def _continue(state: WizardState, _fleet: FleetState) -> Next:
    plan = approved(state)
    if plan is None:
        return state.with_(status="Nothing is approved."), ()
    state = with_fleet(state, approved=plan, digest=plan.digest)
    return set_out(state, Screen.PERMISSION, intent=Intent.APPLY), ()


def _hand_over(state: WizardState, _fleet: FleetState) -> Next:
    plan = to_hand_over(state)
    if plan is None:
        return state, ()
    state = with_fleet(set_out(state, Screen.FLEET_HAND_OVER, intent=Intent.APPLY), ticket="", digest=plan.digest)
    return begin(state, HandOverFleet(plan, "ticket"))


def to_hand_over(state: WizardState) -> FleetPlan | None:
    """The plan for an admin: what is ticked, else all of it."""
    fleet = state.fleet
    if fleet is None:
        return None
    return approved(state) or (fleet.planned.plan if fleet.planned else fleet.run.plan if fleet.run else None)


def _download(state: WizardState, _fleet: FleetState, form: str) -> Next:
    plan = to_hand_over(state)
    if plan is None or form not in FORMATS or state.doing(HandOverFleet):
        return state, ()
    return begin(state.with_(saved=None), HandOverFleet(plan, form, saves=True), "Preparing the file.")


# Apply, undo


def _apply(state: WizardState, fleet: FleetState) -> Next:
    plan = fleet.approved
    if plan is None or state.intent is not Intent.APPLY or state.screen is not Screen.PERMISSION:
        return state, ()
    if state.face is None:
        return state, ()
    state = with_fleet(set_out(state, Screen.FLEET_RUN), run=FleetRunState(plan), verified=None)
    return begin(state, ApplyFleet(plan))


def _resume(state: WizardState, fleet: FleetState) -> Next:
    run = fleet.run
    if run is None or run.complete or run.undoing:
        return state, ()
    if not run.path:  # it ended before its directory was made
        return set_out(with_fleet(state, approved=run.plan), Screen.PERMISSION, intent=Intent.APPLY), ()
    if state.face is None:
        return set_out(state, Screen.PERMISSION, intent=Intent.RESUME), ()
    return begin(set_out(state, Screen.FLEET_RUN, intent=Intent.RESUME), ResumeFleet(run.path))


def _undo(state: WizardState, fleet: FleetState) -> Next:
    """Show what the undo of the run would do, after a sign-in if there is none."""
    run = fleet.run
    if run is None or not run.path:
        return state, ()
    state = with_fleet(state, undo=None)
    if state.face is None:
        return set_out(state, Screen.PERMISSION, intent=Intent.UNDO), ()
    return begin(set_out(state, Screen.FLEET_UNDO, intent=Intent.UNDO), PlanFleetUndo(run.path))


def _confirm_undo(state: WizardState, fleet: FleetState) -> Next:
    if state.screen is not Screen.FLEET_UNDO or state.face is None or state.busy or not fleet.undo or not fleet.run:
        return state, ()
    state = with_run(set_out(state, Screen.FLEET_RUN, intent=Intent.UNDO), undoing=True, complete=False)
    return begin(state, UndoFleet(fleet.run.path, fleet.undo.digest))


def _keep(state: WizardState, fleet: FleetState) -> Next:
    screen = Screen.FLEET_PROOF if fleet.verified else Screen.FLEET_RUN
    return with_fleet(set_out(state, screen).with_(busy=None, status="Nothing was undone."), undo=None), ()


def _verify(state: WizardState, fleet: FleetState) -> Next:
    if fleet.run is None or not fleet.run.path or state.doing(VerifyFleet):
        return state, ()
    return begin(set_out(state, Screen.FLEET_PROOF), VerifyFleet(fleet.run.path))


# Ways back


def _back(state: WizardState, fleet: FleetState) -> Next:
    """One screen back; reading that is under way is given up."""
    jobs = (Job(0, Stop()),) if state.busy else ()
    state = state.with_(busy=None, device=None)
    if state.screen is Screen.FLEET_UNDO:
        return _keep(state, fleet)[0], jobs
    there = _BEHIND.get(state.screen, ())
    if state.screen is Screen.PERMISSION:
        there = {Intent.APPLY: (Screen.FLEET_PLAN,), Intent.READ: ()}.get(state.intent, (Screen.FLEET_RUN,))
    for screen in (*there, Screen.FLEET) if state.screen is not Screen.FLEET else ():
        if screen in reachable(state):
            return set_out(state, screen), jobs
    return set_out(state, Screen.WHO).with_(many=False), jobs


_BEHIND: Mapping[Screen, tuple[Screen, ...]] = {
    Screen.FLEET_HAND_OVER: (Screen.FLEET_PLAN, Screen.FLEET_RUN),
    Screen.FLEET_PROOF: (Screen.FLEET_RUN,),
}


def _other_identity(state: WizardState, fleet: FleetState) -> Next:
    """Sign in anew, for what is shown."""
    intents = {Screen.FLEET: Intent.READ, Screen.FLEET_UNDO: Intent.UNDO, Screen.FLEET_RUN: Intent.RESUME}
    intent = intents.get(state.screen, state.intent)
    if state.screen is Screen.FLEET_RUN and fleet.run and fleet.run.undoing:
        intent = Intent.UNDO
    state = set_out(state, Screen.PERMISSION, intent=intent)
    return state.with_(face=None), (Job(0, Forget()),)


def _retry(state: WizardState, fleet: FleetState) -> Next:
    failed = state.failed
    if failed is None or not failed.ticket:
        return state, ()
    if isinstance(failed.effect, WRITES_TO_MANY):
        return _undo(state, fleet) if isinstance(failed.effect, UndoFleet) else _resume(state, fleet)
    return begin(state, failed.effect, "Trying again.")


_PRESSES: Mapping[str, Press] = {
    "sign-in-to-see": _sign_in_to_see,
    "report-fleet": _report,
    "plan-fleet": _plan,
    "continue-fleet": _continue,
    "hand-over-fleet": _hand_over,
    "apply-fleet": _apply,
    "resume-fleet": _resume,
    "undo-fleet": _undo,
    "confirm-undo-fleet": _confirm_undo,
    "keep-fleet": _keep,
    "verify-fleet": _verify,
    "other-identity": _other_identity,
    "retry-fleet": _retry,
    "back": _back,
}
