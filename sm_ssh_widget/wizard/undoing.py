"""Undo, as the wizard asks for it: what it would do is read and shown, and only what was shown is undone. Pure."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.wizard.effects import PlanUndo, UndoEffect
from sm_ssh_widget.wizard.state import Asked, Intent, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, set_out, shelved, to_permission


def ask(state: WizardState, journal: Journal) -> Next:
    """Show what the undo of a run would do, after a sign-in if there is none."""
    state = state.with_(asked=Asked(journal, _left(state)))
    if state.face is None or state.face.account != journal.plan.account:
        return to_permission(state, journal.plan.account, Intent.UNDO)
    state = set_out(state, Screen.UNDO, intent=Intent.UNDO)
    return begin(state, PlanUndo(journal.path))


def _left(state: WizardState) -> Screen:
    """The screen to come back to, which is none of those that lead to the undo itself."""
    if state.asked:
        return state.asked.screen
    return Screen.APPLY if state.screen in (Screen.PERMISSION, Screen.UNDO) else state.screen


def remembered(state: WizardState) -> WizardState:
    """The state in which the undo that is under way, or that failed, is asked for."""
    return state if state.asked or state.journal is None else state.with_(asked=Asked(state.journal, _left(state)))


def was_undoing(state: WizardState) -> bool:
    """Whether what ended was an undo of the run that is shown; the journal of an undo itself is gone on with."""
    journal, failed = state.journal, state.failed
    if journal is None or journal.undoes:
        return False
    return journal.undoing or (failed is not None and isinstance(failed.effect, UndoEffect))


def keep(state: WizardState) -> Next:
    """Leave everything as it is, where the undo was asked for."""
    asked = state.asked
    if asked is None:
        return state, ()
    return set_out(state, asked.screen).with_(busy=None, status="Nothing was undone."), ()


def planned(state: WizardState, plan: Any) -> Next:
    """Show the planned undo. If it has nothing to do, the journal records that and the screen says so."""
    asked = state.asked
    if asked is None or state.screen is not Screen.UNDO:
        return state, ()
    state = state.with_(asked=Asked(asked.journal, asked.screen, plan), status="Review what the undo removes.")
    return confirm(state) if plan.empty else (state, ())


def confirm(state: WizardState) -> Next:
    """Undo what was shown."""
    asked, face = state.asked, state.face
    if state.screen is not Screen.UNDO or asked is None or asked.plan is None or face is None or state.busy:
        return state, ()
    earlier = state.earlier if state.journal and state.journal.path == asked.journal.path else shelved(state)
    state = set_out(state, Screen.APPLY, intent=Intent.UNDO)
    state = state.with_(asked=asked, journal=asked.journal, earlier=earlier, verified=None, begun={})
    return begin(state, UndoEffect(asked.journal.path, asked.plan.digest))
