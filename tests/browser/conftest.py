"""One browser for all tests of a run, one clean context (no cookies, no storage) for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.wizard_page import PATIENCE, WizardPage
from tests.serve.served import Served, serving, until

_LONGEST_FIRST = (
    "test_idle.py",  # waits for two minutes and works for some seconds
    "test_story.py",
    "test_wizard_in_lab.py",
    "test_wizard_access.py",
    "test_nothing_by_accident.py",
    "test_kernel_trouble.py",
    "test_stories.py",
)
"""Files that are begun first where they run side by side, so that none of them is left alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests in that order, file by file; other tests stay where they are."""
    here = [number for number, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    for number, item in zip(here, sorted((items[number] for number in here), key=_turn), strict=True):
        items[number] = item


def _turn(item: pytest.Item) -> int:
    name = item.path.name
    return _LONGEST_FIRST.index(name) if name in _LONGEST_FIRST else len(_LONGEST_FIRST)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver process."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium."""
    expect.set_options(timeout=PATIENCE)
    running = playwright.chromium.launch(executable_path=chromium(playwright), args=list(FLAGS))
    yield running
    running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person: cookies and storage of their own."""
    person = browser.new_context(viewport={"width": 1280, "height": 900})
    person.set_default_timeout(PATIENCE)
    yield person
    person.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A blank page of that person."""
    return context.new_page()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The wizard's page on the simulated account; every visit has an account of its own."""
    with serving(tmp_path_factory.mktemp("demo"), verb="demo") as running:
        yield running


@pytest.fixture(scope="session")
def door(demo: Served) -> dict[str, str]:
    """The cookie of the one who used the link, for any context."""
    name, _, value = demo.enter().partition("=")
    return {"name": name, "value": value, "url": f"http://{demo.host}"}


@pytest.fixture
def wizard(demo: Served, door: dict[str, str], context: BrowserContext) -> WizardPage:
    """The wizard's first screen, on a page of its own.

    All tests are one browser to the server, which lets it have three pages: a kernel ends a while after its page.
    """
    until(lambda: len(demo.kernels()) <= 1)  # the one that is kept warm
    return visit(demo, door, context)


def visit(demo: Served, door: dict[str, str], context: BrowserContext) -> WizardPage:
    """One more visit by a person who was let in."""
    context.set_default_timeout(PATIENCE)
    context.add_cookies([door])  # type: ignore[list-item]  # a plain dictionary will do
    page = context.new_page()
    page.goto(door["url"])
    return WizardPage.on(page)
