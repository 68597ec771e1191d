"""The state machine: a state and an event give the next state, and the jobs that it asks for. Pure.

An event that does not fit the state changes nothing, so a second click, a second view and a late answer are harmless.
What a person typed or chose is kept on every way; secrets are not in the state at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.wording import authorization_id
from sm_ssh_widget.wizard import account_steps, choices, effect_results, fleet_steps, people, planning, undoing
from sm_ssh_widget.wizard.effects import (
    WRITES,
    Apply,
    Check,
    ChooseRole,
    Detect,
    EndSession,
    Explain,
    Forget,
    Job,
    ListRoles,
    Recall,
    Resume,
    SignInEffect,
    Stop,
    Verify,
)
from sm_ssh_widget.wizard.screens.failures import failed_step, words
from sm_ssh_widget.wizard.state import Chose, Event, Intent, Pressed, Screen, Setting, Typed, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, name_of, set_out, shelved, to_permission

Press: TypeAlias = Callable[[WizardState], Next]
_ACTING = frozenset({"apply", "retry", "confirm-undo", "prove"}) | fleet_steps.ACTING


def acts(name: str) -> bool:
    """Whether a press of this button may write to the account."""
    return name in _ACTING or name.startswith("continue-earlier:")


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
    state = WizardState(setting=setting, chosen=chosen, typed=typed, status="Finding the role, account and Region.")
    looking, jobs = begin(state, Detect(role, region))
    return looking, (*jobs, Job(0, Recall()))


def step(state: WizardState, event: Event) -> Next:
    """The next state, and the jobs that it asks for."""
    if isinstance(event, Pressed):
        return _pressed(state, event.id)
    if isinstance(event, Typed):
        state = fleet_steps.typed(_typed(state, event), event)
        asks = event.id in choices.TICKET_FIELDS and state.screen is Screen.HAND_OVER
        return planning.hand_over(state) if asks else (state, ())
    if isinstance(event, Chose):
        return _chose(state, event)
    return effect_results.came(state, event)


# What is typed and chosen


def _typed(state: WizardState, event: Typed) -> WizardState:
    if event.id not in choices.FIELDS or choices.has(state, event.id, event.text) or not isinstance(event.text, str):
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
        return planning.ticked(state, event), ()
    if event.id == "tier":
        return planning.ticked(state, Chose("ticks", choices.TIER, event.option == "yes")), ()
    if event.id == "connects" and event.option == people.SIGNED_IN:
        state = state.with_(typed={**state.typed, "suggested-user": people.suggestion(state)})
    if event.id in choices.RADIOS:
        after = frozenset({event.option})
    else:
        after = before | {event.option} if event.on else before - {event.option}
    state = state.with_(chosen={**state.chosen, event.id: after})
    state = account_steps.narrowed(fleet_steps.narrowed(state, event), event)
    if event.id == "way" and after != before:
        return _leaving_device(state)
    if event.id == "mask":
        return planning.hand_over(state)
    return (dropped(state) if event.id in choices.DECISIVE and after != before else state), ()


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
    if found := account_steps.pressed(state, name) or fleet_steps.pressed(state, name):
        return found
    if verb == "name-user":
        return _name_user(state)
    if verb == "download":
        return planning.download(state, argument)
    if verb in _EARLIER and argument:
        return _earlier(state, verb, argument)
    press = _PRESSES.get(name)
    return press(state) if press else (state, ())


def _check(state: WizardState) -> Next:
    if state.doing(Check) and state.screen is Screen.HEALTH:
        return state, ()
    asked = choices.wanted(state)
    state = set_out(state, Screen.HEALTH).with_(verified=None, checked_with=asked, replan=False)
    return begin(state, asked)


def _list_roles(state: WizardState) -> Next:
    return (state, ()) if state.doing(ListRoles) else begin(state, ListRoles(), "Listing the roles of the account.")


def _sign_in_to_see(state: WizardState) -> Next:
    return set_out(state, Screen.PERMISSION, intent=Intent.READ), ()


def _make_plan(state: WizardState) -> Next:
    return planning.planned(state), ()


def _other_role(state: WizardState) -> Next:
    """Back to the first screen, with the roles to choose from."""
    state = set_out(state, Screen.WHO).with_(busy=None)
    return (state, ()) if state.roles is not None else begin(state, ListRoles(), "Listing the roles of the account.")


def _name_user(state: WizardState) -> Next:
    """Back to the question who connects."""
    chosen = {**state.chosen, "connects": frozenset({people.OTHER})}
    return set_out(state, Screen.WHO).with_(busy=None, chosen=chosen), ()


def _check_me(state: WizardState) -> Next:
    """Check whether the identity that signed in can connect; without one, ask who connects."""
    subject = state.verified or state.report
    if people.suggested(state) is None or subject is None or state.busy:
        return _name_user(state) if not state.busy else (state, ())
    chosen = {**state.chosen, "connects": frozenset({people.SIGNED_IN})}
    state = state.with_(chosen=chosen, typed={**state.typed, "suggested-user": people.suggestion(state)})
    target = subject.target
    asked = replace(choices.wanted(state), role=str(target.role), region=target.region)
    state = set_out(state.with_(checked_with=asked), Screen.PROOF)
    return begin(state, Verify(asked), "Checking whether you can connect.")


def _done(state: WizardState) -> Next:
    state = set_out(state, Screen.DONE).with_(face=None, device=None, busy=None)
    return state, (Job(0, Forget()),)


def _continue(state: WizardState) -> Next:
    if state.plan is None or state.plan.empty:
        return state.with_(status="No change is selected."), ()
    state, jobs = to_permission(state, state.plan.account)
    return state, (*jobs, *planning.ask_acting(state))


def _sign_in(state: WizardState) -> Next:
    if state.doing(SignInEffect, ChooseRole):
        return state, ()
    way = choices.way_of(state)
    if way == choices.HAND_OVER_WAY:
        return planning.hand_over(state)
    if state.device and state.device.roles:
        account, _, role = (state.text("sso-role") or _first_role(state)).partition("/")
        return begin(state, ChooseRole(account, role), "Signing in…")
    given = {**state.typed, "start-url": choices.start_url(state)}
    typed = {name: text.strip() for name, text in given.items() if name in choices.SIGN_IN_FIELDS and text.strip()}
    asked = SignInEffect(way, typed, choices.region_of(state), choices.account_of(state))
    return begin(state.with_(device=None), asked, "Signing in…")


def _first_role(state: WizardState) -> str:
    account, _, role = state.device.roles[0] if state.device else ("", "", "")
    return f"{account}/{role}"


def _apply(state: WizardState) -> Next:
    plan = state.plan
    if plan is None or plan.empty or state.intent is not Intent.APPLY or state.journal:
        return state, ()
    if state.face is None or state.face.account != plan.account:
        return to_permission(state, plan.account)
    return begin(set_out(state, Screen.APPLY, intent=Intent.APPLY).with_(begun={}), Apply(plan))


def _retry(state: WizardState) -> Next:
    failed = state.failed
    if state.journal is None and failed and isinstance(failed.effect, WRITES):
        if state.face is None:
            return set_out(state, Screen.PERMISSION, intent=Intent.APPLY), ()
        return begin(state, failed.effect, "Trying again.")
    if failed and failed.ticket and not isinstance(failed.effect, (*WRITES, SignInEffect, ChooseRole)):
        return begin(state, failed.effect, "Trying again.")
    journal = state.journal
    if journal is None or not journal.path:
        return state, ()
    return undoing.ask(state, journal) if undoing.was_undoing(state) else _resume(state, journal)


def _explain(state: WizardState) -> Next:
    """Read why AWS denied the change that failed, as the identity that is signed in."""
    step = failed_step(state.journal)
    said = words(step) if step else ""
    if state.face is None or not authorization_id(said):
        return state, ()
    return begin(state, Explain(said), "Reading AWS's explanation, up to 20 s.")


def _undo(state: WizardState) -> Next:
    run = state.run
    return undoing.ask(state, run) if run and run.path and not run.undoes else (state, ())


def _resume(state: WizardState, journal: Journal) -> Next:
    """Resume the run of the journal, after a sign-in if there is none."""
    if state.face is None or state.face.account != journal.plan.account:
        return to_permission(state, journal.plan.account, Intent.RESUME)
    return begin(set_out(state, Screen.APPLY, intent=Intent.RESUME), Resume(journal.path))


def _other_identity(state: WizardState) -> Next:
    intent = Intent.APPLY if state.journal is None else Intent.RESUME
    if state.asked or undoing.was_undoing(state):
        intent, state = Intent.UNDO, undoing.remembered(state)
    elif state.screen is Screen.HEALTH:
        intent = Intent.READ
    state = set_out(state, Screen.PERMISSION, intent=intent)
    return state.with_(face=None), (Job(0, Forget()),)


def _end_session(state: WizardState) -> Next:
    if state.face is None or not state.face.ending.call or state.busy:
        return state, ()
    return begin(state, EndSession(), "Ending the session at AWS.")


def _forget(state: WizardState) -> Next:
    state = state.with_(face=None, device=None, status="The credentials were removed from memory.")
    return state, (Job(0, Forget()),)


def _proof(state: WizardState) -> Next:
    report = state.verified or state.report
    if report is None:
        return state, ()
    state = set_out(state, Screen.PROOF)
    return (state, ()) if state.verified else begin(state, Verify(report))


def _verify(state: WizardState, *, proof: bool = False) -> Next:
    if state.doing(Verify):
        return state, ()
    subject = state.verified or state.report or (choices.check_of(state.journal.plan) if state.journal else None)
    if subject is None:
        return _check(state)
    return begin(set_out(state, Screen.PROOF), Verify(subject, proof))


def _stop(state: WizardState) -> Next:
    busy = state.busy
    if busy is None or busy.stopping:
        return state, ()
    stop = (Job(0, Stop()),)
    if state.doing(*WRITES):
        return state.with_(busy=replace(busy, stopping=True), status="Stopping after the current change."), stop
    return state.with_(busy=None, device=None, status="Cancelled."), stop


def _back(state: WizardState) -> Next:
    """One screen back; reading that is under way is given up."""
    state, jobs = _leaving_device(state)
    if state.asked:
        return undoing.keep(state)[0], jobs
    reads = state.screen is Screen.PERMISSION and state.intent is Intent.READ
    for there in (Screen.HEALTH,) if reads else _BEHIND.get(state.screen, (Screen.WHO,)):
        if there in reachable(state) and (there is not Screen.PLAN or state.intent is Intent.APPLY):
            return set_out(state, there).with_(busy=None), jobs
    return set_out(state, Screen.WHO).with_(busy=None), jobs


_BEHIND = {
    Screen.PLAN: (Screen.HEALTH,),
    Screen.HAND_OVER: (Screen.PLAN, Screen.APPLY, Screen.HEALTH),
    Screen.PERMISSION: (Screen.PLAN, Screen.APPLY, Screen.HEALTH),
    Screen.APPLY: (Screen.HEALTH,),
    Screen.PROOF: (Screen.APPLY, Screen.HEALTH),
    Screen.DONE: (Screen.PROOF,),
}
"""What a step back leads to: the first of these that can be gone to, else the first screen."""


def reachable(state: WizardState) -> frozenset[Screen]:
    """The screens that the stepper leads to."""
    if state.doing(*WRITES):
        return frozenset()
    there = {Screen.WHO}
    if state.many:
        return frozenset(there | fleet_steps.reachable(state))
    there |= {Screen.HEALTH} if state.report else set()
    there |= {Screen.PLAN} if state.offer else set()
    there |= {Screen.PERMISSION} if state.face and choices.account_of(state) in ("", state.face.account) else set()
    there |= {Screen.APPLY} if state.journal else set()
    there |= {Screen.PROOF} if state.verified else set()
    return frozenset(there)


def _go(state: WizardState, name: str) -> Next:
    for screen in reachable(state):
        if screen.value == name:
            state, jobs = _leaving_device(state)
            return set_out(state, screen).with_(busy=None, many=state.many and screen is not Screen.WHO), jobs
    return state, ()


# Earlier runs

_EARLIER = ("continue-earlier", "undo-earlier", "leave-earlier")


def _earlier(state: WizardState, verb: str, argument: str) -> Next:
    """Go on with a run that was found on disk, undo it, or leave it."""
    journal = next((each for each in state.earlier if name_of(each) == argument), None)
    if journal is None:
        return state, ()
    if verb == "leave-earlier":
        return state.with_(earlier=tuple(each for each in state.earlier if each is not journal)), ()
    if verb == "undo-earlier":
        return undoing.ask(state, journal)
    return _resume(state.with_(earlier=shelved(state), journal=journal, verified=None), journal)


_PRESSES: dict[str, Press] = {
    "check": _check,
    "list-roles": _list_roles,
    "sign-in-to-see": _sign_in_to_see,
    "make-plan": _make_plan,
    "continue": _continue,
    "sign-in": _sign_in,
    "apply": _apply,
    "retry": _retry,
    "explain": _explain,
    "undo": _undo,
    "confirm-undo": undoing.confirm,
    "keep": undoing.keep,
    "least-privilege": planning.least_privilege,
    "other-role": _other_role,
    "check-me": _check_me,
    "done": _done,
    "other-identity": _other_identity,
    "forget": _forget,
    "end-session": _end_session,
    "hand-over": planning.hand_over,
    "request-all": planning.request_all,
    "proof": _proof,
    "verify": _verify,
    "prove": lambda state: _verify(state, proof=True),
    "stop": _stop,
    "back": _back,
}
