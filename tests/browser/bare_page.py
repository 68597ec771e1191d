"""The wizard on a page without a server and a kernel: the real front end, and the real wizard in this process.

What a browser is sent and sends goes over a line that the page asks again and again, in the place of a comm. So a story
takes seconds, at any width, in any theme. The page of ``demo`` and the cell of a notebook have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard.widget import MainView
from tests.browser.wizard_page import WizardPage
from tests.wizard.conftest import Driver

STATIC = files("sm_ssh_widget") / "wizard" / "static"
ADDRESS = "http://wizard.test/"
ASK_MS = 60
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>SageMaker SSH set-up</title>
<link rel="stylesheet" href="theme.css"><link rel="stylesheet" href="wizard.css">
<style>html, body { background: var(--jp-layout-color2); margin: 0; } main { padding: 2vw; }</style></head>
<body data-voila="voila" data-jp-theme-light="LIGHT">
<main><h1 style="font-size: 0">Set-up</h1><div id="here"></div></main>
<script type="module">
const { default: widget } = await import('./wizard.js');
const listeners = {};
let view = await window.pull();
const words = await window.words();
const model = {
  get: name => (name === 'words' ? words : view),
  on: (name, call) => (listeners[name] ??= new Set()).add(call),
  off: (name, call) => listeners[name]?.delete(call),
  send: message => {
    if (message.kind === 'ping') listeners['msg:custom']?.forEach(call => call({ kind: 'pong' }));
    else window.push(message);
  }
};
widget.render({ model, el: document.getElementById('here') });
let told = JSON.stringify(view);
for (;;) {
  await new Promise(resolve => setTimeout(resolve, ASK));
  const found = await window.pull();
  const text = JSON.stringify(found);
  if (text === told) continue;
  [view, told] = [found, text];
  listeners['change:view']?.forEach(call => call());
}
</script></body></html>"""


@contextmanager
def bare_page(
    browser: Browser, account: SimulatedAccount, journals: Path, *, language: str = "", **context: Any
) -> Iterator[WizardPage]:
    """A wizard on this account, with journals of its own; ``language`` is what :class:`SetupWizard` takes.

    ``context`` is what Playwright takes: ``viewport``, ``color_scheme``, ``reduced_motion``, ``forced_colors``.
    """
    person = browser.new_context(**context)
    driver = Driver(account, journals, language=language)
    page = person.new_page()
    try:
        page.expose_function("pull", lambda: driver.view)
        page.expose_function("words", lambda: driver.wizard._main.words)
        page.expose_function("push", driver.message)
        _serve(page, dark=context.get("color_scheme") == "dark")
        page.goto(ADDRESS)
        yield WizardPage(page, page.locator(".smw")) if language else WizardPage.on(page)
    finally:
        person.close()
        account.set_faults([])
        driver.press("stop").settle()
        driver.wizard.close()


@contextmanager
def still_page(browser: Browser, view: Any, **context: Any) -> Iterator[Page]:
    """One view, drawn by the real front end, with no wizard behind it: what is pressed goes nowhere."""
    person = browser.new_context(**context)
    page = person.new_page()
    try:
        page.expose_function("pull", lambda: {"revision": 1, **view})
        page.expose_function("push", lambda _message: None)
        page.expose_function("words", lambda: {})  # `dict` itself takes no attribute, and Playwright sets one
        _serve(page, dark=False)
        page.goto(ADDRESS)
        yield page
    finally:
        person.close()


def _serve(page: Page, *, dark: bool) -> None:
    """Answer every request of the page from this process; any other one fails."""
    shade = "dark" if dark else "light"
    css = files("jupyterlab") / "themes" / "@jupyterlab" / f"theme-{shade}-extension" / "index.css"
    served = {
        "": (PAGE.replace("LIGHT", str(not dark).lower()).replace("ASK", str(ASK_MS)), "text/html"),
        "wizard.js": (str(MainView._esm), "text/javascript"),
        "wizard.css": ((STATIC / "wizard.css").read_text("utf-8"), "text/css"),
        "theme.css": (css.read_text("utf-8"), "text/css"),
    }
    for name, (text, kind) in served.items():
        page.route(f"{ADDRESS}{name}", _answer(text, kind))


def _answer(text: str, kind: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.fulfill(body=text, content_type=kind)

    return answer
