"""Before the first write: which calls of the plan the signed-in identity can make. Pure.

It is asked once for each plan and identity, as soon as both stand on the screen with the button that writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sm_ssh_widget.wizard.effects import Preflight
from sm_ssh_widget.wizard.state import Intent, Permitted, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin

if TYPE_CHECKING:
    from sm_ssh_widget.changes.acting import Acting


def asked(moved: Next) -> Next:
    """The same step, and the question where it is due."""
    state, jobs = moved
    if not _is_due(state) or state.plan is None:
        return moved
    failed = state.failed
    state, more = begin(state, Preflight(state.plan), state.status)
    return state.with_(failed=failed), (*jobs, *more)


def _is_due(state: WizardState) -> bool:
    there = state.screen is Screen.PERMISSION and state.intent is Intent.APPLY and state.busy is None
    return there and bool(state.plan and state.plan.changes) and state.face is not None and not known(state)


def known(state: WizardState) -> Permitted | None:
    """The answer about this plan and this identity; ``None`` where nobody asked yet."""
    found, plan, face = state.permitted, state.plan, state.face
    fits = found is not None and plan is not None and face is not None
    return found if fits and found and plan and face and (found.digest, found.arn) == (plan.digest, face.arn) else None


def answered(state: WizardState, effect: Preflight, acting: Acting | None) -> WizardState:
    """The state that knows the answer, also that there is none."""
    if state.face is None:
        return state
    return state.with_(permitted=Permitted(effect.plan.digest, state.face.arn, acting))


def refused(state: WizardState) -> tuple[str, ...]:
    """The calls that are known to be refused, each once."""
    found = known(state)
    calls = found.acting.may_not if found and found.acting else ()
    return tuple(dict.fromkeys(each.call for each in calls))
