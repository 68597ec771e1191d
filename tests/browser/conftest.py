"""One browser for all tests of a run, one clean context (no cookies, no storage) for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.chromium import FLAGS, chromium


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
