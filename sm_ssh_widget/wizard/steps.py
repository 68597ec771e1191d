"""The state machine: a state and an event give the next state, and the jobs that it asks for. Pure.

An event that does not fit the state changes nothing, so a second click, a second view and a late answer are harmless.
What a person typed or chose is kept on every way; secrets are not in the state at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard import choices, effect_results
from sm_ssh_widget.wizard.state import (
    Apply,
    Check,
    ChooseRole,
    Chose,
    Detect,
    Event,
    Forget,
    HandOver,
    Intent,
    Job,
    ListRoles,
    Pressed,
    Recall,
    Resume,
    Screen,
    Setting,
    SignInEffect,
    Stop,
    Typed,
    UndoEffect,
    Verify,
    WizardState,
)
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, set_out

Press: TypeAlias = Callable[[WizardState], Next]
WRITES = (Apply, Resume, UndoEffect)


def start(
    setting: Setting, *, role: str = "", region: str = "", baseline: str = "classic", options: tuple[str, ...] = ()
) -> Next:
    """The first state of a wizard, looking around."""
    studio = "studio-as-client" in options
    chosen = {
        "purpose": frozenset({"training", *(["studio"] if studio else [])}),
        "baseline": frozenset({Selection.of(baseline, options).baseline.name}),
        "options": frozenset(options) - {"studio-as-client"},
    }
    typed = {name: text for name, text in (("role", role), ("region", region)) if text}
    state = WizardState(
        setting=setting, chosen=chosen, typed=typed, status="Looking for the role, the account and the Region."
    )
    looking, jobs = begin(state, Detect(role, region))
    return looking, (*jobs, Job(0, Recall()))


def step(state: WizardState, event: Event) -> Next:
    """The next state, and the jobs that it asks for."""
    if isinstance(event, Pressed):
        return _pressed(state, event.id)
    if isinstance(event, Typed):
        return _typed(state, event), ()
    if isinstance(event, Chose):
        return _chose(state, event)
    return effect_results.came(state, event)


# What is typed and chosen


def _typed(state: WizardState, event: Typed) -> WizardState:
    if event.id not in choices.FIELDS or state.text(event.id) == event.text or not isinstance(event.text, str):
        return state
    field_id = "role" if event.id == "pick-role" else event.id
    if field_id in choices.TARGET_FIELDS:
        state = dropped(state)
    return state.with_(typed={**state.typed, field_id: event.text})


def _chose(state: WizardState, event: Chose) -> Next:
    if event.option not in choices.known(state, event.id) or state.doing(*WRITES):
        return state, ()
    before = state.choice(event.id)
    if event.id == "ticks":
        return _ticked(state, event), ()
    if event.id in choices.RADIOS:
        after = frozenset({event.option})
    else:
        after = before | {event.option} if event.on else before - {event.option}
    state = state.with_(chosen={**state.chosen, event.id: after})
    if event.id == "way" and after != before:
        return _leaving_device(state)
    if event.id == "format":
        return _hand_over(state)
    return (dropped(state) if event.id in choices.DECISIVE and after != before else state), ()


def _ticked(state: WizardState, event: Chose) -> WizardState:
    if state.report is None or state.offer is None:
        return state
    ticks = state.ticks | {event.option} if event.on else state.ticks - {event.option}
    plan = choices.planned(state.report, ticks, state.offer)
    number = len(plan.changes)
    status = f"{number} {'change is' if number == 1 else 'changes are'} in the plan."
    return state.with_(ticks=ticks, plan=plan, status=status)


def _leaving_device(state: WizardState) -> Next:
    """A sign-in that is under way is given up, and a portal that roles could be chosen from is forgotten."""
    jobs = (Job(0, Stop()),) if state.device or state.doing(SignInEffect, ChooseRole) else ()
    busy = None if state.doing(SignInEffect, ChooseRole) else state.busy
    return state.with_(device=None, failed=None, busy=busy), jobs


# What is pressed


def _pressed(state: WizardState, name: str) -> Next:
    if state.doing(*WRITES) and name != "stop":
        return state, ()
    verb, _, argument = name.partition(":")
    if verb == "go":
        return _go(state, argument)
    if verb in _EARLIER and argument:
        return _earlier(state, verb, argument)
    press = _PRESSES.get(name)
    return press(state) if press else (state, ())


def _check(state: WizardState) -> Next:
    if state.doing(Check) and state.screen is Screen.HEALTH:
        return state, ()
    asked = choices.wanted(state)
    state = state.with_(screen=Screen.HEALTH, verified=None, checked_with=asked)
    return begin(state, asked, "Reading the role.")


def _list_roles(state: WizardState) -> Next:
    return (state, ()) if state.doing(ListRoles) else begin(state, ListRoles(), "Listing the roles of the account.")


def _sign_in_to_see(state: WizardState) -> Next:
    return set_out(state, Screen.PERMISSION, intent=Intent.READ), ()


def _make_plan(state: WizardState) -> Next:
    report = state.verified or state.report
    if report is None:
        return state, ()
    everything = choices.offer(report)
    kept = state.ticks & frozenset(change.finding for change in everything.changes) if state.offer else frozenset()
    ticks = kept or choices.first_ticks(report, everything)
    plan = choices.planned(report, ticks, everything)
    state = set_out(state, Screen.PLAN, intent=Intent.APPLY)
    state = state.with_(earlier=_shelved(state), report=report, verified=None, journal=None)
    return state.with_(offer=everything, plan=plan, ticks=ticks), ()


def _continue(state: WizardState) -> Next:
    if state.plan is None or state.plan.empty:
        return state.with_(status="No change is ticked."), ()
    return set_out(state, Screen.PERMISSION, intent=Intent.APPLY), ()


def _sign_in(state: WizardState) -> Next:
    if state.doing(SignInEffect, ChooseRole):
        return state, ()
    way = choices.way_of(state)
    if way == choices.HAND_OVER_WAY:
        return _hand_over(state)
    if state.device and state.device.roles:
        account, _, role = (state.text("sso-role") or _first_role(state)).partition("/")
        return begin(state, ChooseRole(account, role), "Signing in.")
    given = {**state.typed, "start-url": choices.start_url(state)}
    typed = {name: text.strip() for name, text in given.items() if name in choices.SIGN_IN_FIELDS and text.strip()}
    asked = SignInEffect(way, typed, choices.region_of(state), choices.account_of(state))
    return begin(state.with_(device=None), asked, "Signing in.")


def _first_role(state: WizardState) -> str:
    account, _, role = state.device.roles[0] if state.device else ("", "", "")
    return f"{account}/{role}"


def _apply(state: WizardState) -> Next:
    plan = state.plan
    if plan is None or plan.empty or state.intent is not Intent.APPLY or state.journal:
        return state, ()
    if state.face is None:
        return set_out(state, Screen.PERMISSION, intent=Intent.APPLY), ()
    return begin(set_out(state, Screen.APPLY, intent=Intent.APPLY), Apply(plan), "Applying the plan.")


def _retry(state: WizardState) -> Next:
    failed = state.failed
    if state.journal is None and failed and isinstance(failed.effect, WRITES):
        if state.face is None:
            return set_out(state, Screen.PERMISSION, intent=Intent.APPLY), ()
        return begin(state, failed.effect, "Trying again.")
    if failed and failed.ticket and not isinstance(failed.effect, (*WRITES, SignInEffect, ChooseRole)):
        return begin(state, failed.effect, "Trying again.")
    if state.journal is None or not state.journal.path:
        return state, ()
    return _on_journal(state, Intent.UNDO if state.journal.undoing else Intent.RESUME)


def _undo(state: WizardState) -> Next:
    return _on_journal(state, Intent.UNDO) if state.journal and state.journal.path else (state, ())


def _on_journal(state: WizardState, intent: Intent) -> Next:
    """Go on with the journal, or take it back; whoever is not signed in signs in first."""
    journal = state.journal
    if journal is None:
        return state, ()
    if state.face is None or state.face.account != journal.plan.account:
        return set_out(state, Screen.PERMISSION, intent=intent), ()
    state = set_out(state, Screen.APPLY, intent=intent)
    if intent is Intent.UNDO:
        return begin(state, UndoEffect(journal.path), "Taking the changes back.")
    return begin(state, Resume(journal.path), "Going on.")


def _other_identity(state: WizardState) -> Next:
    intent = Intent.APPLY if state.journal is None else Intent.UNDO if state.journal.undoing else Intent.RESUME
    if state.screen is Screen.HEALTH:
        intent = Intent.READ
    state = set_out(state, Screen.PERMISSION, intent=intent)
    return state.with_(face=None), (Job(0, Forget()),)


def _forget(state: WizardState) -> Next:
    state = state.with_(face=None, device=None, status="The credentials are forgotten.")
    return state, (Job(0, Forget()),)


def _hand_over(state: WizardState) -> Next:
    plan = state.plan or (state.journal.plan if state.journal else None)
    if plan is None or not state.setting.formats:
        return state, ()
    name = next(iter(state.choice("format")), state.setting.formats[0][0])
    if state.screen is not Screen.HAND_OVER:
        state = set_out(state, Screen.HAND_OVER, intent=Intent.APPLY)
    return begin(state.with_(told=None), HandOver(plan, name))


def _proof(state: WizardState) -> Next:
    report = state.verified or state.report
    if report is None:
        return state, ()
    state = set_out(state, Screen.PROOF)
    return (state, ()) if state.verified else begin(state, Verify(report), "Checking again.")


def _verify(state: WizardState, *, proof: bool = False) -> Next:
    if state.doing(Verify):
        return state, ()
    subject = state.verified or state.report or (choices.check_of(state.journal.plan) if state.journal else None)
    if subject is None:
        return _check(state)
    status = "Proving it with a real activation." if proof else "Checking again."
    return begin(set_out(state, Screen.PROOF), Verify(subject, proof), status)


def _stop(state: WizardState) -> Next:
    busy = state.busy
    if busy is None or busy.stopping:
        return state, ()
    stop = (Job(0, Stop()),)
    if state.doing(*WRITES):
        stopping = type(busy)(busy.effect, busy.ticket, stopping=True)
        return state.with_(busy=stopping, status="Stopping after the step that is under way."), stop
    return state.with_(busy=None, device=None, status="Cancelled."), stop


def _back(state: WizardState) -> Next:
    """One screen back; reading that is under way is given up."""
    state, jobs = _leaving_device(state)
    for there in _BEHIND.get(state.screen, (Screen.WHO,)):
        if there in reachable(state) and (there is not Screen.PLAN or state.intent is Intent.APPLY):
            return set_out(state, there).with_(busy=None), jobs
    return set_out(state, Screen.WHO).with_(busy=None), jobs


_BEHIND = {
    Screen.PLAN: (Screen.HEALTH,),
    Screen.HAND_OVER: (Screen.PLAN,),
    Screen.PERMISSION: (Screen.PLAN, Screen.APPLY, Screen.HEALTH),
    Screen.APPLY: (Screen.HEALTH,),
    Screen.PROOF: (Screen.APPLY, Screen.HEALTH),
}
"""What a step back leads to: the first of these that can be gone to, else the first screen."""


def reachable(state: WizardState) -> frozenset[Screen]:
    """The screens that the stepper leads to."""
    if state.doing(*WRITES):
        return frozenset()
    there = {Screen.WHO}
    there |= {Screen.HEALTH} if state.report else set()
    there |= {Screen.PLAN} if state.offer else set()
    there |= {Screen.PERMISSION} if state.face else set()
    there |= {Screen.APPLY} if state.journal else set()
    there |= {Screen.PROOF} if state.verified else set()
    return frozenset(there)


def _go(state: WizardState, name: str) -> Next:
    for screen in reachable(state):
        if screen.value == name:
            state, jobs = _leaving_device(state)
            return set_out(state, screen).with_(busy=None), jobs
    return state, ()


# Earlier runs

_EARLIER = ("continue-earlier", "undo-earlier", "leave-earlier")


def _earlier(state: WizardState, verb: str, argument: str) -> Next:
    """Take up a run that was found on disk, take it back, or leave it."""
    if not argument.isdecimal() or int(argument) >= len(state.earlier):
        return state, ()
    journal = state.earlier[int(argument)]
    if verb == "leave-earlier":
        return state.with_(earlier=tuple(each for each in state.earlier if each is not journal)), ()
    state = state.with_(earlier=_shelved(state), journal=journal, verified=None)
    return _on_journal(state, Intent.UNDO if verb == "undo-earlier" else Intent.RESUME)


def _shelved(state: WizardState) -> tuple[Journal, ...]:
    """The earlier runs, and before them the one that is shown, if something of it can be taken back."""
    shown = state.journal
    rest = tuple(each for each in state.earlier if shown is None or each.path != shown.path)
    return (shown, *rest) if shown and any(step.status is StepStatus.DONE for step in shown.steps) else rest


_PRESSES: dict[str, Press] = {
    "check": _check,
    "list-roles": _list_roles,
    "sign-in-to-see": _sign_in_to_see,
    "make-plan": _make_plan,
    "continue": _continue,
    "sign-in": _sign_in,
    "apply": _apply,
    "retry": _retry,
    "undo": _undo,
    "other-identity": _other_identity,
    "forget": _forget,
    "hand-over": _hand_over,
    "proof": _proof,
    "verify": _verify,
    "prove": lambda state: _verify(state, proof=True),
    "stop": _stop,
    "back": _back,
}
