"""From a report to a plan, and from a plan to an admin. Pure."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import REQUEST_FORMATS, SetupRequest
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.effects import AskActing, HandOver, Job
from sm_ssh_widget.wizard.state import Chose, Intent, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, set_out, shelved


def planned(state: WizardState) -> WizardState:
    """The state with everything that can be planned, on the screen of the plan; unchanged without a report.

    Where only what costs money is left, the person who asks for a plan asks for that.
    """
    report = state.verified or state.report
    if report is None:
        return state
    everything = choices.offer(report)
    kept = state.ticks & frozenset(change.finding for change in everything.changes) if state.offer else frozenset()
    ticks = (
        kept or choices.first_ticks(report, everything) or frozenset(change.finding for change in everything.changes)
    )
    plan = choices.planned(report, ticks, everything)
    state = set_out(state, Screen.PLAN, intent=Intent.APPLY)
    state = state.with_(earlier=shelved(state), report=report, verified=None, journal=None, begun={})
    return state.with_(offer=everything, plan=plan, ticks=ticks, ticket=None, replan=False)


def ask_acting(state: WizardState) -> tuple[Job, ...]:
    """The question which calls of the plan the signed-in identity can make, where both are there."""
    if state.face is None or state.plan is None or state.plan.empty or state.intent is not Intent.APPLY:
        return ()
    return (Job(0, AskActing(state.plan)),)


def ticked(state: WizardState, event: Chose) -> WizardState:
    """The state after a change was selected or left out."""
    if state.report is None or state.offer is None:
        return state
    ticks = state.ticks | {event.option} if event.on else state.ticks - {event.option}
    return state.with_(ticks=ticks, plan=choices.planned(state.report, ticks, state.offer), status="")


def least_privilege(state: WizardState) -> Next:
    """Another baseline, another check, and the plan that follows from it."""
    chosen = {**state.chosen, "baseline": frozenset({"least-privilege"})}
    asked = choices.wanted(state.with_(chosen=chosen))
    report = state.report
    if report is not None:  # the one that is shown, also where it was named by a run
        target = report.target
        asked = replace(asked, role=str(target.role), region=target.region)
    state = set_out(dropped(state).with_(chosen=chosen), Screen.HEALTH)
    return begin(state.with_(checked_with=asked, replan=True, verified=None), asked, "Switching to least privilege.")


def hand_over(state: WizardState) -> Next:
    """The ticket of the plan; of a plan of all that is missing, where none was made yet."""
    if state.screen is Screen.HAND_OVER and state.request:
        return begin(state, _ticket(state, state.request))
    if state.plan is None and state.journal is None and state.report:
        state = planned(state)
    plan = state.plan or (state.journal.plan if state.journal else None)
    if plan is None or not state.setting.formats:
        return state, ()
    return _handed(state.with_(request=None), plan)


def request_all(state: WizardState) -> Next:
    """The ticket of a request: what is missing, and what could not be read, only if missing."""
    report = state.report
    if report is None or not state.setting.formats:
        return state, ()
    asked = SetupRequest.of(report.selection, report.observation, report.assessment)
    fresh = state.screen is Screen.HAND_OVER and state.request is None  # another ticket on the same screen
    state = state.with_(ticket=None) if fresh else state
    return _handed(state.with_(request=asked), asked)


def _handed(state: WizardState, what: Plan | SetupRequest) -> Next:
    if state.screen is not Screen.HAND_OVER:
        state = set_out(state, Screen.HAND_OVER, intent=Intent.APPLY).with_(ticket=None)
    return begin(state, _ticket(state, what))


def _ticket(state: WizardState, what: Plan | SetupRequest) -> HandOver:
    requester, reason = state.text("requester").strip(), state.text("reason").strip()
    return HandOver(what, "ticket", requester, reason, "mask" in state.choice("mask"))


def download(state: WizardState, name: str) -> Next:
    """Prepare a file for the browser that asks for it."""
    what = state.request or state.plan or (state.journal.plan if state.journal else None)
    known = REQUEST_FORMATS if state.request else dict(state.setting.formats)
    if what is None or name not in known or state.doing(HandOver):
        return state, ()
    asked = replace(_ticket(state, what), format=name, mask=False, saves=True)
    return begin(state.with_(saved=None), asked, "Preparing the file.")
