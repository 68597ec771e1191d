"""Plain ``voila notebooks/setup.ipynb`` shows the wizard's main view; nothing of ours stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from sm_ssh_widget import pipeline
from tests.browser.voila import voila
from tests.browser.wizard_page import PATIENCE, WizardPage

pytestmark = pytest.mark.browser
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "setup.ipynb"


def test_the_notebook_is_a_page(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    with pipeline.simulated_account() as account, voila(NOTEBOOK, tmp_path, environment=account.environment) as url:
        page.goto(url)
        expect(page.get_by_role("heading", name="Set up SSH for SageMaker")).to_be_visible(timeout=PATIENCE)
        wizard = WizardPage.on(page)
        wizard.press("Check this role")
        wizard.at("Health")
        expect(wizard.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)
        assert page.locator(".smw-plain :visible").count() == 0, "both views are seen"
    assert "Traceback" not in (tmp_path / "voila.log").read_text()
