"""From a report to a plan: the moves that more than one event leads to. Pure."""

from __future__ import annotations

from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.state import Intent, Screen, WizardState
from sm_ssh_widget.wizard.transitions import set_out, shelved


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
