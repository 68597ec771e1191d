"""The wizard in a browser, as a person meets it: by roles and names (INTERFACES, Wizard), never by classes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

PATIENCE = 60_000  # milliseconds; the machine may be busy
SCREENS = 9  # that `screens` names
TROUBLES = 8
STEPS = ("Who and where", "Health", "Plan", "Permission", "Apply", "Proof")


@dataclass(frozen=True)
class WizardPage:
    """One wizard on a page; ``page`` holds it, on a page of its own or in a notebook."""

    page: Page
    root: Locator

    @staticmethod
    def on(page: Page) -> WizardPage:
        """The first wizard of a page, once it can be used."""
        wizard = WizardPage.on_screen(page)
        expect(wizard.button("Check this role")).to_be_visible(timeout=PATIENCE)
        expect(wizard.button("Check this role")).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
        return wizard

    @staticmethod
    def on_screen(page: Page) -> WizardPage:
        """The first wizard of a page, whatever it shows."""
        return WizardPage(page, page.get_by_role("region", name="SageMaker SSH set-up").first)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its whole name, or by a pattern."""
        return self.root.get_by_role("button", name=name, exact=isinstance(name, str)).first

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        self.button(name).click(timeout=PATIENCE)

    def heading(self, text: str) -> Locator:
        """The screen's heading, once it says so."""
        found = self.root.get_by_role("heading", level=2, name=re.compile(text))
        expect(found).to_be_visible(timeout=PATIENCE)
        return found

    def at(self, step: str) -> None:
        """Wait until the stepper stands there."""
        expect(self.root.locator('[aria-current="step"]')).to_contain_text(step, timeout=PATIENCE)

    def row(self, title: str) -> Locator:
        """A requirement, a change or a step of the journal."""
        return self.root.get_by_role("listitem").filter(has_text=title).last

    # The way through

    def check(self) -> None:
        """From the first screen to what can be known without rights."""
        self.heading("Which role")
        expect(self.root.get_by_role("note", name="Simulated account")).to_be_visible()
        self.press("Check this role")
        self.at("Health")
        expect(self.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)

    def sign_in(self) -> None:
        """As the simulated account's admin, to see the rest."""
        self.press("Sign in to see the rest")
        self.heading("Sign in to read")
        self.at("Health")
        self.press("Sign in")
        self.heading("are not met: 5 missing")
        expect(self.button("Check again")).to_be_visible(timeout=PATIENCE)

    def plan(self) -> None:
        """A plan of everything that is missing, the tier that costs money included."""
        self.press("Make a plan")
        self.heading("4 changes, and the tier is left out")
        self.root.get_by_role("radio", name="Yes, raise it").check()
        self.heading("5 changes make this role ready")

    def apply(self) -> None:
        """Apply it, and wait for the check that follows."""
        self.press("Continue with 5 changes")
        self.at("Permission")
        self.press("Apply 5 changes")
        self.at("Proof")

    def ask_undo(self, name: str | re.Pattern[str]) -> None:
        """Open the confirmation of an undo, and wait until its buttons can be used."""
        self.press(name)
        self.heading(r"Undo \d changes?\?$")
        expect(self.button(name)).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)

    def undo(self) -> None:
        """Undo all of it."""
        self.ask_undo(re.compile(r"^Undo \d changes"))
        self.press(re.compile(r"^Undo \d changes"))
        self.heading(r"undone$")
        expect(self.button(re.compile(r"^Undo"))).to_have_count(0, timeout=PATIENCE)


def screens(wizard: WizardPage, seen: Callable[[str], None]) -> None:
    """All the way, naming every screen as it stands still."""
    seen("who")
    wizard.check()
    seen("health")
    wizard.press("Sign in to see the rest")
    wizard.heading("Sign in to read")
    seen("health-sign-in")
    wizard.press("Sign in")
    wizard.heading("are not met: 5 missing")
    expect(wizard.button("Check again")).to_be_visible(timeout=PATIENCE)
    seen("health-signed-in")
    wizard.plan()
    seen("plan")
    wizard.press("Hand over to an admin")
    wizard.heading("A ticket for your admin: 5 changes")
    expect(wizard.button("Copy the ticket")).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
    seen("hand-over")
    wizard.press("Back")
    wizard.press("Continue with 5 changes")
    wizard.at("Permission")
    wizard.heading("Review: 5 changes, applied as user.admin")
    seen("review")
    wizard.press("Apply 5 changes")
    wizard.at("Proof")
    expect(wizard.button("Undo 5 changes")).to_be_visible(timeout=PATIENCE)
    seen("proof")
    wizard.press(re.compile("^Apply"))
    wizard.at("Apply")
    seen("apply")


def troubled(wizard: WizardPage, seen: Callable[[str], None]) -> None:
    """The way with what can be in it: a slip, keys that are refused, a code, a denied write, a second run."""
    role = wizard.root.get_by_label("Role ARN", exact=True)
    named = role.input_value()
    role.fill("not an ARN")
    wizard.root.get_by_text(re.compile(r"^\d+ options")).first.click()
    wizard.press("Check this role")
    expect(role).to_have_attribute("aria-invalid", "true", timeout=PATIENCE)
    seen("who-refused")
    role.fill(named)
    wizard.check()
    wizard.press("Sign in to see the rest")
    wizard.root.get_by_role("radio", name="Paste temporary keys").check()
    wizard.root.get_by_label("Paste export block").fill(
        "export AWS_ACCESS_KEY_ID=ASIAWRONG AWS_SECRET_ACCESS_KEY=wrong"
    )
    wizard.press("Sign in")
    expect(wizard.root.get_by_role("group", name="Problem")).to_be_visible(timeout=PATIENCE)
    seen("permission-refused")
    wizard.root.get_by_role("radio", name="Sign in with a browser").check()
    wizard.press("Sign in")
    expect(wizard.root.get_by_role("link", name="Open sign-in page")).to_be_visible(timeout=PATIENCE)
    seen("permission-code")
    wizard.press("Cancel sign-in")
    wizard.root.get_by_role("radio", name="Use an identity").check()
    wizard.root.get_by_role("combobox", name="Identity of the simulated account").select_option("read-only")
    wizard.press("Sign in")
    wizard.heading("are not met: 5 missing")
    wizard.press("Make a plan")
    wizard.press("Continue with 4 changes")
    expect(wizard.button("Sign in as another identity")).to_be_visible(timeout=PATIENCE)
    seen("permission-denied")
    wizard.press("Sign in as another identity")
    wizard.root.get_by_role("combobox", name="Identity of the simulated account").select_option("admin")
    wizard.press("Sign in")
    wizard.press("Apply 4 changes")
    wizard.heading("1 of 7 is not met: 1 missing")
    seen("proof-open")
    wizard.press("Make a plan")
    wizard.press("Continue with 1 change")
    wizard.press("Apply 1 change")
    wizard.heading("The role is ready")
    seen("proof-second-run")
    wizard.ask_undo("Undo 1 change")
    seen("undo")
    wizard.press("Undo 1 change")
    wizard.heading("undone$")
    expect(wizard.button("Undo 4 changes")).to_be_visible(timeout=PATIENCE)
    seen("undone")
