"""A page that is seen keeps its kernel; one that nobody looks at loses it, and says so to whoever comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import visit
from tests.serve.served import serving, until

pytestmark = pytest.mark.browser
IDLE_MINUTES = 0.5
"""Long enough for a busy machine to open the page: a kernel that nobody has come to yet ends as well."""
LOOK_AWAY = "state => Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })"


def test_a_page_that_nobody_looks_at_loses_its_kernel(tmp_path: Path, context: BrowserContext) -> None:
    with serving(tmp_path, "--account", "simulated", "--no-browser", "--idle-minutes", str(IDLE_MINUTES)) as served:
        name, _, value = served.enter().partition("=")
        door = {"name": name, "value": value, "url": f"http://{served.host}"}
        until(lambda: len(served.kernels()) == 1)
        spare = served.kernels()
        wizard = visit(served, door, context)
        (mine,) = spare  # the visit takes the one that was kept warm
        wizard.page.wait_for_timeout(IDLE_MINUTES * 60_000 * 1.5)
        assert mine in served.kernels(), "somebody looks at it"
        wizard.check()
        wizard.page.evaluate(LOOK_AWAY, "hidden")
        until(lambda: mine not in served.kernels())
        wizard.page.evaluate(LOOK_AWAY, "visible")
        expect(wizard.root.get_by_role("alert")).to_contain_text("The kernel is not responding")
