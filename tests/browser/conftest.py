"""One browser for all tests of a run, one clean context (no cookies, no storage) for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.wizard_page import WizardPage
from tests.serve.served import Served, serving


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver process."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium."""
    running = playwright.chromium.launch(executable_path=chromium(playwright), args=list(FLAGS))
    yield running
    running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person: cookies and storage of their own."""
    person = browser.new_context(viewport={"width": 1280, "height": 900})
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
    """The wizard's first screen, on a page of its own."""
    return visit(demo, door, context)


def visit(demo: Served, door: dict[str, str], context: BrowserContext) -> WizardPage:
    """One more visit by a person who was let in."""
    context.add_cookies([door])  # type: ignore[list-item]  # a plain dictionary will do
    page = context.new_page()
    page.goto(door["url"])
    return WizardPage.on(page)
