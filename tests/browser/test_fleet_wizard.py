"""Many roles in the wizard, in Chromium, by accessible names: a story on an account, and thousands of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard.state import WizardState
from tests.browser.axe import violations
from tests.browser.bare_page import bare_page
from tests.browser.fleet_page import fleet_page
from tests.browser.test_wizard_access import overflow
from tests.browser.wizard_page import PATIENCE
from tests.support.mixed_roles import write_scenario
from tests.wizard.fleets import audited, large_audit

pytestmark = pytest.mark.browser
MOST_ROWS = 100
LOOKS = [
    {"viewport": {"width": 360, "height": 800}},
    {"viewport": {"width": 900, "height": 800}, "color_scheme": "dark"},
    {"viewport": {"width": 1100, "height": 800}},
    {"viewport": {"width": 1600, "height": 900}, "forced_colors": "active"},
]


@pytest.fixture(scope="module")
def large() -> WizardState:
    return audited(large_audit())


@pytest.fixture
def account(tmp_path: Path) -> Iterator[SimulatedAccount]:
    with SimulatedAccount(write_scenario(tmp_path, 6, seed=11)) as running:
        yield running


def rows(page: Page) -> int:
    return page.get_by_role("grid").locator("tbody tr").count()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: str(look["viewport"]["width"]))
def test_thousands_of_roles_in_every_look(browser: Browser, large: WizardState, look: dict[str, object]) -> None:
    with fleet_page(browser, large, **look) as (page, _):
        grid = page.get_by_role("grid", name="Fleet matrix")
        expect(grid).to_have_attribute("aria-rowcount", "5001")
        assert rows(page) < MOST_ROWS
        assert not violations(page)
        assert not overflow(page)
        grid.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("region", name="Chosen cell")).to_contain_text("Trust for Systems Manager")


def test_the_keyboard_reaches_the_last_of_thousands(browser: Browser, large: WizardState) -> None:
    with fleet_page(browser, large, viewport={"width": 1280, "height": 900}) as (page, live):
        grid = page.get_by_role("grid", name="Fleet matrix")
        grid.focus()
        page.keyboard.press("Control+End")
        expect(page.get_by_role("button", name="Open Role-04999")).to_be_visible(timeout=PATIENCE)
        assert rows(page) < MOST_ROWS
        expect(grid).to_be_focused()
        active = grid.get_attribute("aria-activedescendant")
        expect(page.locator(f"#{active}")).to_be_visible()
        page.keyboard.press("PageUp")
        page.keyboard.press("Home")
        expect(page.get_by_role("region", name="Chosen cell")).to_contain_text("Role-04989")
        page.keyboard.press("Control+Home")
        expect(page.get_by_role("button", name="Open Role-00000")).to_be_visible(timeout=PATIENCE)
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert live.state.busy is not None
        assert getattr(live.state.busy.effect, "role", "").endswith("Role-00000")


def test_roles_are_filtered_by_text_by_status_and_by_group(browser: Browser, large: WizardState) -> None:
    with fleet_page(browser, large, viewport={"width": 1280, "height": 900}) as (page, _):
        hint = page.get_by_text("roles are shown. Arrow keys move")
        page.get_by_role("searchbox", name="Filter roles").fill("role-0123")
        expect(hint).to_contain_text("10 of 5000 roles", timeout=PATIENCE)
        page.get_by_role("searchbox", name="Filter roles").fill("")
        expect(hint).to_contain_text("5000 of 5000 roles", timeout=PATIENCE)
        page.get_by_role("group", name="Status").get_by_role("button", name="Fixable 2875").click()
        expect(hint).to_contain_text("2125 of 5000 roles", timeout=PATIENCE)
        page.get_by_role("group", name="Status").get_by_role("button", name="Fixable 2875").click()
        page.get_by_role("region", name="Groups").get_by_role("button", name="2500 4 missing").click()
        expect(hint).to_contain_text("2500 of 5000 roles", timeout=PATIENCE)


def test_an_account_is_audited_and_a_role_opened_and_left(
    browser: Browser, account: SimulatedAccount, tmp_path: Path
) -> None:
    with bare_page(browser, account, tmp_path, viewport={"width": 1280, "height": 900}) as wizard:
        wizard.press("Audit all roles")
        wizard.at("Fleet")
        wizard.heading("could not be read|are ready")
        wizard.press("Sign in to see the rest")
        wizard.heading("Sign in to read")
        wizard.press("Sign in")
        wizard.heading("roles are ready, ")
        expect(wizard.button("Sign in to see the rest")).to_have_count(0, timeout=PATIENCE)
        grid = wizard.root.get_by_role("grid", name="Fleet matrix")
        fixable = grid.get_by_role("row").filter(has_text="Fixable").first
        name = (fixable.get_by_role("button").get_attribute("aria-label") or "").removeprefix("Open ")
        account.forget_calls()
        fixable.get_by_role("button").click()
        wizard.at("Health")
        expect(wizard.root.get_by_role("region", name="Account and role")).to_contain_text(name)
        assert account.calls() == []
        wizard.press("Back to the fleet")
        wizard.at("Fleet")
        expect(wizard.root.get_by_role("region", name="Chosen cell")).to_contain_text(name)


def test_roles_are_planned_reviewed_applied_proved_and_undone(
    browser: Browser, account: SimulatedAccount, tmp_path: Path
) -> None:
    before = account.state()
    with bare_page(browser, account, tmp_path, viewport={"width": 700, "height": 900}) as wizard:
        wizard.press("Audit all roles")
        wizard.at("Fleet")
        wizard.press("Sign in to see the rest")
        wizard.press("Sign in")
        wizard.heading("roles are ready, |is ready, ")
        grid = wizard.root.get_by_role("grid", name="Fleet matrix")
        grid.get_by_role("checkbox").first.check()
        expect(wizard.button(re.compile("Plan for 1 chosen role"))).to_be_visible(timeout=PATIENCE)
        wizard.press("Clear the choice of 1 role")
        grid.focus()
        wizard.page.keyboard.press("Control+Home")
        name = wizard.root.get_by_role("region", name="Chosen cell").locator("b").inner_text()
        wizard.press(re.compile("Plan for [0-9]+ roles?"))
        wizard.heading("to review$")
        assert name
        assert not violations(wizard.page)
        assert not overflow(wizard.page)
        wizard.press(re.compile("Continue with [0-9]+ changes"))
        wizard.heading("Review: ")
        expect(wizard.root.get_by_text(re.compile("Can make [0-9]+ of"))).to_be_visible(timeout=PATIENCE)
        assert not [each for each in account.calls() if each["operation"].startswith(("iam:Attach", "iam:Put"))]
        assert not violations(wizard.page)
        wizard.press(re.compile("Apply [0-9]+ changes"))
        wizard.at("Proof")
        wizard.heading("roles? .*(ready|the Region is not)")
        wizard.press(re.compile("Undo [0-9]+ changes"))
        wizard.heading("Undo [0-9]+ changes")
        assert not violations(wizard.page)
        assert not overflow(wizard.page)
        wizard.press(re.compile("Undo [0-9]+ changes"))
        wizard.heading("roles? (is|are) undone")
    assert account.state() == before
