"""How quick the wizard's page is, against the same page with a trivial widget in the same run; and how small it is."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from statistics import median
from time import monotonic

import pytest
from ipywidgets.embed import dependency_state
from playwright.sync_api import Browser, Page

from sm_ssh_widget import SetupWizard
from tests.serve.served import clean, serving

pytestmark = pytest.mark.benchmark
ROUNDS = 5
CLICKS = 15
TO_INTERACTIVE = 1.3
TO_ACKNOWLEDGE = 3.0
# The time from a click until anything on the page changes, in milliseconds.
ANSWER = """(button) => new Promise((done) => {
  const started = performance.now();
  new MutationObserver((_, observer) => { observer.disconnect(); done(performance.now() - started); })
    .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  button.click();
})"""


def test_the_module_is_small() -> None:
    size = len((files("sm_ssh_widget") / "wizard" / "static" / "wizard.js").read_bytes())
    print(f"wizard.js: {size} bytes")
    assert size < 60_000


def test_a_stored_cell_is_small() -> None:
    wizard = SetupWizard(account="simulated")
    state = dependency_state([wizard._box], drop_defaults=False)
    size = len(json.dumps(state)) + len(json.dumps(wizard._repr_mimebundle_()))
    wizard.close()
    print(f"stored cell output with widget state: {size} bytes")
    assert size < 100_000


def test_the_page_is_as_quick_as_a_page_can_be(browser: Browser, tmp_path: Path) -> None:
    home, other = tmp_path / "wizard", tmp_path / "trivial"
    home.mkdir()
    other.mkdir()
    opened: dict[str, list[float]] = {"wizard": [], "trivial": []}
    answered: dict[str, list[float]] = {"wizard": [], "trivial": []}
    pages = {"wizard": "Processing jobs", "trivial": "Trivial 0"}
    with serving(home, "--account", "simulated", "--no-browser") as page, trivial(other) as link:
        contexts = {"wizard": browser.new_context(), "trivial": browser.new_context()}
        links = {"wizard": page.link, "trivial": link}
        for _ in range(ROUNDS):  # one after the other, so that a busy moment meets both
            for name, context in contexts.items():
                visit = context.new_page()
                visit.goto("about:blank")
                visit.wait_for_timeout(6000)  # the spare kernel is warm again
                opened[name].append(open_page(visit, links[name], pages[name]))
                links[name] = links[name].partition("start")[0]
                answered[name] += clicks(visit, name)
                visit.close(run_before_unload=True)
        for context in contexts.values():
            context.close()
    ratio = median(opened["wizard"]) / median(opened["trivial"])
    print(f"to interactive: {median(opened['wizard']):.2f} s, trivial {median(opened['trivial']):.2f} s: {ratio:.2f}")
    slow = median(answered["wizard"]) / median(answered["trivial"])
    print(f"to an answer: {median(answered['wizard']):.0f} ms, bare {median(answered['trivial']):.0f} ms: {slow:.2f}")
    assert ratio <= TO_INTERACTIVE
    assert slow <= TO_ACKNOWLEDGE


def open_page(page: Page, link: str, control: str) -> float:
    """Seconds from following the link until its control is there."""
    started = monotonic()
    page.goto(link)
    page.get_by_label(control).or_(page.get_by_role("button", name=control)).first.wait_for(timeout=60_000)
    return monotonic() - started


def clicks(page: Page, name: str) -> list[float]:
    """Milliseconds until the page answers a click."""
    page.wait_for_timeout(1500)  # what the page does by itself is over
    choices = [page.get_by_label(label).first for label in ("Processing jobs", "Endpoints")]
    buttons = choices if name == "wizard" else [page.get_by_role("button").first]
    taken = []
    for number in range(CLICKS):  # a choice that is made already answers nothing
        taken.append(float(buttons[number % len(buttons)].evaluate(ANSWER)))
        page.wait_for_timeout(60)
    return taken


@contextmanager
def trivial(home: Path) -> Iterator[str]:
    """The link to the trivial page."""
    command = [sys.executable, "-m", "tests.benchmarks.trivial_page"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=home, env=clean(home), stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
