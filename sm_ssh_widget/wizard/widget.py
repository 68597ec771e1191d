"""The wizard as a thing to put into a cell: the main view (anywidget), and the plain view where it cannot be shown.

Both draw one value, and the state is in the kernel: a reload or a second view shows where it stands. Secrets come in
by one-way messages; no trait ever holds one.
"""

from __future__ import annotations

import base64
import gzip
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import anywidget
import ipywidgets
import traitlets

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard import environment, steps
from sm_ssh_widget.wizard.controller import Controller
from sm_ssh_widget.wizard.plain import PlainView
from sm_ssh_widget.wizard.transitions import Next, refused
from sm_ssh_widget.wizard.translation import ENGLISH, Language
from sm_ssh_widget.wizard.view import View, to_json

Json: TypeAlias = Any
_STATIC = Path(__file__).parent / "static"

PATIENCE_SECONDS = 1.0
SAYS = (
    "SetupWizard: sets up IAM and Systems Manager for SageMaker SSH Helper. If no wizard shows here, run the cell, "
    "trust the notebook or reload the browser tab; in a terminal, sm-ssh-widget check does the same."
)
# The plain view steps aside as soon as the main view is drawn in the same output; until then it waits a moment.
_STAGE = """<style>
.smw-stage:not(:has(.smw)) > .smw-main { display: none; }
.smw-stage:has(.smw) > .smw-plain { display: none; }
.smw-stage > .smw-plain { width: 100%; max-width: 848px; animation: smw-late 1.2s step-end; }
@keyframes smw-late { from { max-height: 0; overflow: hidden; } to { max-height: none; } }
</style>"""


def _packed_styles() -> str:
    """Return the style sheet as gzip in base64: a stored cell keeps every trait, and as text this is the largest."""
    return base64.b64encode(gzip.compress((_STATIC / "wizard.css").read_bytes(), mtime=0)).decode()


class MainView(anywidget.AnyWidget):
    """Draws the view. ``view`` is all that a browser ever learns; it holds no secret. The rest never changes.

    ``words`` are the few texts of the front end itself, in another language than English.
    """

    _esm = _STATIC / "wizard.js"
    view = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    styles = traitlets.Unicode(_packed_styles()).tag(sync=True)

    def __repr__(self) -> str:
        return "MainView()"


class SetupWizard:
    """The wizard. Display it, or let it be the last expression of a cell.

    ``role`` and ``region`` are found where they are not named. ``account="simulated"`` runs all of it on an account
    that is made up on this machine, in one of its scenarios; no other host is contacted. ``language`` is a tag (``de``)
    or the path of a catalog (:mod:`.translation`), by default that of ``SM_SSH_WIDGET_LANGUAGE``, else English.
    """

    def __init__(
        self,
        *,
        role: str | None = None,
        region: str | None = None,
        baseline: str = "classic",
        options: tuple[str, ...] = (),
        account: str = "aws",
        scenario: str | None = None,
        language: str = "",
    ) -> None:
        first = _first(environment.setting(account, scenario), role or "", region or "", baseline, tuple(options))
        self._language, first = _language(language or os.environ.get("SM_SSH_WIDGET_LANGUAGE", ""), first)
        say = self._language.translate
        self._main_is_there = threading.Event()
        self._controller = Controller(first, partial(self._home, account, scenario))
        layout = ipywidgets.Layout()  # one for all: each is stored with the cell
        told = to_json(self._controller.view, say)
        self._main = MainView(view=told, words=dict(self._language.front_end), layout=layout)
        self._plain = PlainView(self._controller.take, self._controller.press, self._later, layout, say)
        self._controller.add(self._show)
        self._main.on_msg(self._heard)
        main = ipywidgets.VBox([self._main], layout=layout).add_class("smw-main")
        plain = self._plain.box.add_class("smw-plain")
        stage = ipywidgets.HTML(_STAGE, layout=layout)
        self._box = ipywidgets.VBox([stage, main, plain], layout=layout).add_class("smw-stage")

    def _home(self, account: str, scenario: str | None) -> environment.Home:
        """Where this wizard lives; opened by its worker, in a thread."""
        return environment.open_home(account, scenario)

    def __repr__(self) -> str:
        return SAYS

    def _repr_mimebundle_(self, **given: Json) -> Mapping[str, Json]:
        bundle = self._box._repr_mimebundle_(**given)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        self._wait_for_main()
        return {**(data or {}), "text/plain": SAYS}

    def _display_(self) -> MainView:
        """Return what marimo shows in a cell: it draws an anywidget, and refuses the box of ipywidgets around one."""
        return self._main

    def _wait_for_main(self) -> None:
        """Wake the plain view if the main one does not report in time; a main view that reports later takes over."""
        self._later(PATIENCE_SECONDS, self._wake_plain)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call back after some seconds, while nothing else changes."""

        def called() -> None:
            with self._controller.lock:
                call()

        timer = threading.Timer(seconds, called)
        timer.daemon = True
        timer.start()

    def _wake_plain(self) -> None:
        with self._controller.lock:
            if not self._main_is_there.is_set():
                self._plain.wake()

    def _show(self, view: View) -> None:
        told = to_json(view, self._language.translate)
        if told == self._main.view:  # a front end missed it: a trait that is the same is not sent by itself
            self._main.send_state("view")
        self._main.view = told
        self._plain.show(view)

    def _heard(self, _widget: object, content: Mapping[str, Json], _buffers: object) -> None:
        """A message of the main view. Nothing of it is kept, logged or raised: it may hold a secret."""
        kind = content.get("kind")
        if kind == "ping":
            self._main.send({"kind": "pong"})
            self._controller.tick()
        elif kind == "ready":
            with self._controller.lock:
                self._main_is_there.set()
                self._plain.step_aside()
                # What changed while the page was building its models was sent to nobody.
                self._main.send_state("view")
            self._controller.arrived()
        else:
            self._controller.heard(content)

    def close(self) -> None:
        """Forget the session and every secret, and take the wizard off the page."""
        self._controller.close()
        with self._controller.lock:  # a thread of the worker may be drawing
            self._plain.close()
            self._main.close()
            self._box.close()


def _first(setting: Any, role: str, region: str, baseline: str, options: tuple[str, ...]) -> Next:
    """Return the first state. An unknown argument is reported on the screen, and its default is used."""
    try:
        Selection.of(baseline, options)
    except Problem as problem:
        state, jobs = steps.start(setting, role=role, region=region)
        return refused(state, problem.where, problem.said, problem.remedy), jobs
    return steps.start(setting, role=role, region=region, baseline=baseline, options=options)


def _language(name: str, first: Next) -> tuple[Language, Next]:
    """Return the language and the first state, which says so if the catalog cannot be read."""
    try:
        return Language.named(name), first
    except Problem as problem:
        return ENGLISH, (refused(first[0], problem.where, problem.said, problem.remedy), first[1])
