"""The accounts of an organization in the wizard, in Chromium, by accessible names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.browser.axe import violations
from tests.browser.bare_page import bare_page
from tests.browser.test_wizard_access import overflow
from tests.browser.wizard_page import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def organization() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation") as running:
        yield running


def test_accounts_are_chosen_in_a_tree_audited_and_shown_one_by_one(
    browser: Browser, organization: SimulatedAccount, tmp_path: Path
) -> None:
    with bare_page(browser, organization, tmp_path, viewport={"width": 700, "height": 900}) as wizard:
        wizard.press("Audit several accounts")
        expect(wizard.root.get_by_text("Sign in to the management account or to a del")).to_be_visible(timeout=PATIENCE)
        wizard.press("Sign in to list the accounts")
        wizard.heading("Sign in to list")
        wizard.press("Sign in")
        wizard.heading("Which accounts do you want to audit")
        wizard.at("Accounts")
        everything = wizard.root.get_by_role("checkbox", name="All that are shown")
        everything.check()
        wizard.heading("11 accounts are chosen")
        everything.uncheck()
        wizard.heading("Which accounts do you want to audit")
        wizard.root.get_by_role("textbox", name="Find an account").fill("production")
        unit = wizard.root.get_by_role("checkbox", name="Production")
        unit.check()
        wizard.heading("3 accounts are chosen")
        wizard.root.get_by_role("checkbox", name="Robotics").uncheck()
        wizard.heading("2 accounts are chosen")
        expect(unit).not_to_be_checked()
        assert not violations(wizard.page)
        assert not overflow(wizard.page)
        wizard.press("Audit 2 accounts")
        wizard.at("Fleet")
        wizard.heading("roles? (is|are) ready")
        problems = wizard.root.get_by_role("list", name="Accounts that were not read")
        expect(problems).to_contain_text("Acquired (210000000008)")
        expect(problems).to_contain_text("export --format audit-role")
        expect(wizard.root.get_by_text("Suspended, not read:")).to_be_visible()
        assert not violations(wizard.page)
        assert not overflow(wizard.page)
        wizard.root.get_by_role("combobox", name="Account", exact=True).select_option("210000000004")
        cell = wizard.root.get_by_role("grid", name="Fleet matrix").get_by_role("row").nth(1)
        expect(cell).to_contain_text("Ranking", timeout=PATIENCE)
        cell.get_by_role("button").first.click()
        wizard.at("Health")
        expect(wizard.root.get_by_role("region", name="Account and role")).to_contain_text("210000000004")
        wizard.press("Back to the fleet")
        wizard.at("Fleet")
    sweeps = (call for call in organization.calls("*") if call["operation"] == "iam:GetAccountAuthorizationDetails")
    entered = {call["account"] for call in sweeps}
    assert entered == {"210000000004"}
