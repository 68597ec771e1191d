"""Holds the state of one wizard and turns what front ends send into events. The only place where state changes.

Front ends and the threads of the worker may speak at the same time; events are taken one after another. Whatever goes
wrong in here ends in a problem panel, never in a traceback.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.wizard import steps
from sm_ssh_widget.wizard.effects import ChooseRole, Job, Recall, SignInEffect
from sm_ssh_widget.wizard.environment import Home
from sm_ssh_widget.wizard.kernel_shutdown import before_the_end
from sm_ssh_widget.wizard.revisions import next_revision
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.screens.permission import SECRET_FIELDS
from sm_ssh_widget.wizard.state import (
    Came,
    Chose,
    Event,
    Failed,
    Pressed,
    ReadBegun,
    SessionEnded,
    Typed,
    WizardState,
)
from sm_ssh_widget.wizard.transitions import Next, refused
from sm_ssh_widget.wizard.view import View
from sm_ssh_widget.wizard.worker import Worker

Json: TypeAlias = Any
Show: TypeAlias = Callable[[View], None]
RENEWED_MINUTES = 5
"""A session that can be renewed is renewed in its last minutes; botocore asks AWS for it no earlier."""
IGNORED = "The view changed before the click arrived. The click was ignored."


class Controller:
    """One wizard: its state, its worker, and who is shown each new view, and the same one again if it was missed.

    ``lock`` is held while anything changes; a view that draws apart from :meth:`add` takes it too.
    """

    def __init__(self, first: Next, open_home: Callable[[], Home]) -> None:
        self.lock = threading.RLock()
        self._state, jobs = first
        self._worker = Worker(open_home, self.take, self.notify)
        before_the_end(self._worker.finish)
        self._shows: list[Show] = []
        self._notice = ""
        self.view = self._render()
        self._drawn = self._state
        for job in jobs:
            self._worker.start(job)

    def __repr__(self) -> str:
        return f"<Controller, screen {self._state.screen.value}>"

    @property
    def state(self) -> WizardState:
        """The state; it holds no secret."""
        return self._state

    def add(self, show: Show) -> None:
        """Show the view as it is, and every new one: threads move on between the first view and this call."""
        with self.lock:
            self._shows.append(show)
            show(self.view)

    # What front ends send

    def heard(self, content: Mapping[str, Json]) -> None:
        """A message of a front end; one that is malformed is not looked at."""
        kind = content.get("kind")
        name, value, given = content.get("name"), content.get("value"), content.get("revision")
        revision = given if type(given) is int else None
        if kind == "secret" and isinstance(name, str):
            fields = content.get("fields")
            self.press_with(name, fields if isinstance(fields, Mapping) else {}, revision)
        elif kind == "event" and isinstance(name, str):
            event = as_event(name, value)
            if isinstance(event, Pressed):
                self.press(name, revision)
            elif event is not None:
                self.take(event)

    def press(self, name: str, revision: int | None) -> None:
        """Press a button of the view with this revision; a click on another view is ignored."""
        with self.lock:
            if self._counts(name, revision):
                self.take(Pressed(name))
            else:
                self._ignored()

    def press_with(self, name: str, secrets: Mapping[str, str], revision: int | None) -> None:
        """Press a button that takes secrets along; they go to the worker and nowhere else."""
        with self.lock:
            if not self._counts(name, revision):
                self._ignored()
                return
            if self._state.doing(SignInEffect, ChooseRole):
                return
            known = {each: text for each, text in secrets.items() if each in SECRET_FIELDS and isinstance(text, str)}
            self._worker.take(known)
            self.take(Pressed(name))

    def _counts(self, name: str, revision: int | None) -> bool:
        """Whether a click was made on the view that is shown now; one that does not say counts if it cannot write."""
        return not steps.acts(name) if revision is None else revision == self.view.revision

    def _ignored(self) -> None:
        """Say that a click was ignored, and send the view again: the click was made on an older one."""
        self._notice = IGNORED
        self._redraw(again=True)

    def take(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self.lock:
            if not (isinstance(event, (Came, Failed, ReadBegun)) and event.ticket == 0):  # nobody waits for these
                self._notice = ""
            self._state, jobs = self._next(event)
            if isinstance(event, Came) and isinstance(event.effect, (SignInEffect, ChooseRole)):
                self._worker.settle(event.ticket, accepted=self._state.face is event.value)
            self._redraw(event)
            for job in jobs:
                self._worker.start(job)

    def tick(self) -> None:
        """Time went by: count minutes down, renew a session that can be renewed, report one that is over."""
        with self.lock:
            face = self._state.face
            left = face.minutes_left(current_clock().now()) if face else None
            if face is not None and face.renews:
                if left is not None and left < RENEWED_MINUTES:
                    self._worker.renew()
                self._redraw()
            elif left == 0:
                self._worker.forget()
                self.take(SessionEnded())
            else:
                self._redraw()

    def notify(self, line: str) -> None:
        """Say beside the status what goes on while something is waited for, until the next event; from any thread."""
        with self.lock:
            if self._state.busy is not None:
                self._notice = line
                self._redraw()

    def arrived(self) -> None:
        """Look for earlier runs again when the wizard is first shown: it may have been made in a kernel kept warm."""
        with self.lock:
            if self._state.tickets <= 1:  # nothing was asked of it yet
                self._worker.start(Job(0, Recall()))

    def close(self) -> None:
        """Forget the session and every secret."""
        self._worker.forget()

    # The boundary

    def _next(self, event: Event) -> Next:
        try:
            return steps.step(self._state, event)
        except Exception as error:  # the boundary: no traceback reaches a person
            return self._unknown(error), ()

    def _render(self) -> View:
        try:
            return render(self._state, current_clock().now())
        except Exception as error:  # the boundary: a screen that cannot be drawn is left for the first one
            self._state = self._unknown(steps.step(self._state, Pressed("go:who"))[0], error)
            return render(self._state, current_clock().now())

    def _unknown(self, *found: object) -> WizardState:
        state = next((each for each in found if isinstance(each, WizardState)), self._state)
        kind = type(found[-1]).__name__
        said = f"something went wrong that this program does not know ({kind})."
        return refused(state.with_(busy=None), "The wizard", said, "What was entered is kept. Check the role again.")

    def _redraw(self, event: Event | None = None, *, again: bool = False) -> None:
        view = self._render()
        status = " ".join(filter(None, (view.status, self._notice)))
        revision = next_revision((self.view, self._drawn), (view, self._state), event)
        self._drawn = self._state
        view = replace(view, status=status, revision=revision)
        if view != self.view or again:
            self.view = view
            for show in tuple(self._shows):
                show(view)


def as_event(name: str, value: Json) -> Event | None:
    """What a front end sends as an event: null presses, a text types, ``{"option", "on"}`` chooses."""
    if value is None:
        return Pressed(name)
    if isinstance(value, str):
        return Typed(name, value) if name not in SECRET_FIELDS else None
    if isinstance(value, Mapping) and isinstance(value.get("option"), str):
        return Chose(name, value["option"], bool(value.get("on")))
    return None
