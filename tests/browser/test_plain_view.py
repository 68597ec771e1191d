"""The plain view, in a browser whose front end has no anywidget: it does the whole job with core widgets.

The first page is ``voila notebooks/setup.ipynb`` with anywidget's extension denied, and an account in the environment
as a person has it: the wizard cannot know that it is simulated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.browser.voila import voila
from tests.browser.wizard_page import PATIENCE

pytestmark = pytest.mark.browser
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "setup.ipynb"
WITHOUT = '--VoilaConfiguration.extension_denylist=["anywidget"]'
ADMIN = {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    """An account whose person of IAM Identity Center is an admin."""
    with pipeline.simulated_account() as running:
        state = running.state()
        for role in state["RoleDetailList"]:
            if role["RoleName"].startswith("AWSReservedSSO_"):
                role["AttachedManagedPolicies"] = [ADMIN]
        running.set_state(state)
        yield running


@pytest.fixture(scope="module")
def url(account: SimulatedAccount, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("voila")
    with voila(NOTEBOOK, home, WITHOUT, environment=account.environment) as running:
        yield running


class Plain:
    """Core widgets, found by what they say."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str)).last

    def press(self, name: str | re.Pattern[str]) -> None:
        expect(self.button(name)).to_be_enabled(timeout=PATIENCE)
        self.button(name).click()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=2, name=re.compile(text))).to_be_visible(timeout=PATIENCE)

    def from_check_to_undo(self) -> None:
        """From a signed-in check on: plan, apply, undo."""
        self.press("Make a plan")
        self.heading(r"^\d changes")
        self.press(re.compile(r"^Continue with \d changes"))
        self.press(re.compile(r"^Apply \d changes"))
        self.heading("role is ready|Ready|not met")
        self.press(re.compile(r"^Undo \d changes"))
        self.heading(r"^Undo \d changes\?$")
        self.press(re.compile(r"^Undo \d changes"))
        self.heading("undone$")


@pytest.fixture
def plain(url: str, context: BrowserContext) -> Plain:
    page = context.new_page()
    page.goto(url, timeout=PATIENCE)
    found = Plain(page)
    expect(found.button("Check this role")).to_be_visible(timeout=PATIENCE)
    assert page.locator(".smw").count() == 0, "the main view is there, so nothing is proved"
    return found


def roles(account: SimulatedAccount) -> object:
    """What is written to, without what only reading changes."""
    parts = ("RoleName", "RolePolicyList", "AttachedManagedPolicies", "AssumeRolePolicyDocument")
    return [[role.get(part) for part in parts] for role in account.state()["RoleDetailList"]]


def test_a_profile_signs_in_and_the_job_is_done(plain: Plain, account: SimulatedAccount) -> None:
    before = roles(account)
    plain.press("Check this role")
    plain.press("Sign in to see the rest")
    plain.press(re.compile("Use a profile$"))
    plain.page.get_by_label("Profile").select_option("admin")
    plain.press("Sign in")
    plain.from_check_to_undo()
    assert roles(account) == before
    written = [call for call in account.calls() if call["operation"].endswith("PutRolePolicy")]
    assert written


def test_a_device_code_signs_in_and_the_job_is_done(plain: Plain, account: SimulatedAccount) -> None:
    before = roles(account)
    plain.press("Check this role")
    plain.press("Sign in to see the rest")
    plain.press(re.compile("Sign in with a browser$"))
    plain.page.get_by_label("Start URL").fill("https://example.awsapps.com/start")
    plain.page.keyboard.press("Tab")
    plain.press("Sign in")
    with plain.page.expect_popup(timeout=PATIENCE) as opened:
        plain.page.get_by_role("link", name="Open sign-in page").click(timeout=PATIENCE)
    opened.value.get_by_role("button", name="Allow").click(timeout=PATIENCE)
    expect(opened.value.get_by_text("Request approved")).to_be_visible(timeout=PATIENCE)
    plain.from_check_to_undo()
    assert roles(account) == before
