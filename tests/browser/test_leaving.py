"""The page may be left while changes are being written: it asks, and the step that is under way is journalled."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog

from tests.browser.wizard_page import PATIENCE, WizardPage

pytestmark = pytest.mark.browser


def test_it_asks_while_changes_are_written_and_not_before(wizard: WizardPage) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    wizard.page.on("dialog", stay)
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    wizard.press("Continue with 5 changes")
    wizard.at("Permission")
    wizard.button("Apply 5 changes").click()
    wizard.page.wait_for_function("document.querySelector('[data-busy=Apply]') !== null", timeout=PATIENCE, polling=5)
    wizard.page.close(run_before_unload=True)
    wizard.at("Proof")  # who stayed sees it through
    assert asked == ["beforeunload"]
    wizard.press(re.compile("^Undo"))
