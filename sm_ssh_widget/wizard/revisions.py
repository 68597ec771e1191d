"""Revisions of a view: when one grows, a click on the view before no longer counts.

It grows when what can be pressed changes (a button, its words, its place among the others, whether it can act) or what
a press would do (the plan that would be applied, the undo that would be confirmed, the identity that would act). It
does not grow while only texts move on: the rows of a run, minutes that are left, a status. So a click on *Stop* is not
lost to a step that ended just then.

What is typed grows it only where a button that acts changes. A front end sends what was typed together with the click
that follows, and both were made on the same view; what would be read next is what was typed.
"""

from __future__ import annotations

from typing import TypeAlias

from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.state import Event, Typed, WizardState
from sm_ssh_widget.wizard.view import View, actions

Meaning: TypeAlias = tuple[object, ...]


def next_revision(before: tuple[View, WizardState], after: tuple[View, WizardState], event: Event | None) -> int:
    """The revision of the view that comes after; ``event`` is what happened in between."""
    acting_only = isinstance(event, Typed)
    same = _meaning(*before, acting_only=acting_only) == _meaning(*after, acting_only=acting_only)
    return before[0].revision + (not same)


def _meaning(view: View, state: WizardState, *, acting_only: bool) -> Meaning:
    """What can be pressed on a view, and what that would do."""
    buttons = tuple(action for action in actions(view) if action.acts or not acting_only)
    subject: Meaning = ()
    if any(action.acts for action in buttons):
        run, face = state.run, state.face
        of_many = state.fleet.subject if state.fleet and state.many else ()
        subject = (state.plan, state.asked, run.path if run else "", face.arn if face else "", of_many)
    return (view.screen, tuple(map(_told, buttons)), subject)


def _told(action: Action) -> Meaning:
    return action.id, action.label, bool(action.unavailable), action.url, action.acts
