"""Every way through the wizard, at every width, by accessible names: what a person is told, and what they can do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect

from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.browser.axe import violations
from tests.browser.bare_page import bare_page
from tests.browser.test_wizard_access import overflow
from tests.browser.wizard_page import PATIENCE, STEPS, WizardPage
from tests.language.catalog import written
from tests.language.extraction import front_end_texts
from tests.language.pseudo import pseudo
from tests.support.held_calls import held_calls
from tests.support.kept_accounts import kept_accounts

pytestmark = pytest.mark.browser
HEIGHT = 800
WIDTHS = (360, 700, 1100, 1600)
Seen: TypeAlias = Callable[[str], None]
Story: TypeAlias = Callable[[WizardPage, SimulatedAccount, Seen], None]


@pytest.fixture(scope="module")
def accounts() -> Iterator[Callable[[str], SimulatedAccount]]:
    """The account of a scenario, as it was at first."""
    with kept_accounts() as found:
        yield found


# The stories


def fresh(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """From the first look to the end."""
    seen("who")
    wizard.check()
    seen("unread")
    wizard.sign_in()
    picture = wizard.root.get_by_role("group", name="Who trusts whom")
    expect(picture.get_by_role("button", name="identity: Systems Manager can use the role, missing")).to_be_visible()
    wizard.plan()
    seen("plan")
    wizard.apply()
    wizard.heading("The role is ready. Whether you may connect was not checked")
    seen("proof")
    wizard.press("Check me")
    wizard.heading(r"Ready: all \d are met")
    for part in ("Connect now", "Proof", "Tidy up"):
        expect(wizard.root.get_by_role("heading", name=part, exact=True)).to_be_visible()
    wizard.press("Done")
    wizard.heading("^Step 6 of 6: Done$")
    expect(wizard.root.get_by_role("region", name="Account and role")).to_contain_text("Read only")
    seen("done")


def unread(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """Without any right to read: what is not known is no fault, and there is more than one way on."""
    wizard.press("Check this role")
    wizard.heading("could not be read")
    expect(wizard.root.get_by_text("it does not mean that anything is missing")).to_be_visible()
    expect(wizard.button("Sign in to see the rest")).to_be_visible()
    expect(wizard.button("Copy the request for read access")).to_be_visible()
    expect(wizard.button("Request all that may be missing")).to_be_visible()
    seen("unread")
    wizard.press("Sign in to see the rest")
    wizard.heading("Sign in to read the other")
    wizard.at("Health")
    seen("sign-in")
    wizard.press("Back")
    wizard.heading("could not be read")
    wizard.press("Request all that may be missing")
    wizard.heading(r"A request for your admin: \d requirements, if missing")
    expect(wizard.button("Copy the ticket")).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
    seen("request")


def blocked(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """The largest words say that it is not possible, and what would make it so."""
    wizard.press("Check this role")
    wizard.press("Sign in to see the rest")
    wizard.press("Sign in")
    wizard.heading("SSH is not possible with this role: 2 are blocked")
    expect(wizard.root.get_by_text("What would make it possible.")).to_be_visible()
    seen("blocked")
    wizard.press("Use another role")
    expect(wizard.root.get_by_role("combobox", name="Find a role")).to_be_visible(timeout=PATIENCE)
    seen("picker")


def refused(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """A plan that cannot reach ready says so first, and its remedy is the button to press."""
    wizard.press("Check this role")
    wizard.press("Sign in to see the rest")
    wizard.press("Sign in")
    wizard.press("Make a plan")
    wizard.heading("refused$")
    seen("refused")
    wizard.press("Switch to least privilege")
    wizard.heading("left out$|make this role ready$")
    wizard.root.get_by_role("radio", name="Yes, raise it").check()
    wizard.heading("make this role ready$")
    seen("least-privilege")


def failed(wizard: WizardPage, account: SimulatedAccount, seen: Seen) -> None:
    """AWS denies a write: its words stand alone, and the button to press is one that can help."""
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    wizard.press("Continue with 5 changes")
    wizard.heading("Review: 5 changes, applied as user.admin")
    expect(wizard.root.get_by_text("Can make 4 of 4 calls")).to_be_visible(timeout=PATIENCE)
    seen("review")
    account.set_faults([{"kind": "deny", "operation": "iam:AttachRolePolicy"}])
    wizard.press("Apply 5 changes")
    wizard.heading("2 of 5 are applied, 1 was not allowed")
    problem = wizard.root.get_by_role("group", name="Problem")
    expect(problem.get_by_text("AWS said", exact=True)).to_be_visible()
    expect(
        problem.locator("dd code").filter(has_text=re.compile("^AccessDenied: User: ((?!Sign in).)*$"))
    ).to_be_visible()
    expect(wizard.button("Sign in as another identity")).to_have_class(re.compile("primary"))
    seen("denied")


def not_permitted(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """Who cannot make the calls of the plan is told so before the button that writes, call by call."""
    wizard.check()
    wizard.press("Sign in to see the rest")
    wizard.root.get_by_role("combobox", name="Identity of the simulated account").select_option("read-only")
    wizard.press("Sign in")
    wizard.plan()
    wizard.press("Continue with 5 changes")
    expect(wizard.root.get_by_text("This identity cannot apply the whole plan.")).to_be_visible(timeout=PATIENCE)
    expect(wizard.root.get_by_role("button", name="Sign in as another identity").last).to_have_class(
        re.compile("primary")
    )
    seen("not-permitted")


def stopped(wizard: WizardPage, account: SimulatedAccount, seen: Seen) -> None:
    """A run says how far it is and for how long; it stops after the change that is under way, and goes on."""
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    wizard.press("Continue with 5 changes")
    account.set_faults([{"kind": "latency", "operation": "iam:AttachRolePolicy", "milliseconds": 1}])
    with held_calls(account) as held:
        wizard.press("Apply 5 changes")
        held.wait()
        wizard.heading("Applying: 2 of 5 done")
        expect(wizard.root.get_by_text("so far")).to_be_visible()
        expect(wizard.row("Keep the job's logs")).to_contain_text("Pending")
        seen("applying")
        wizard.press("Stop after this step")
        expect(wizard.root.get_by_text("Stopping after the current change.").first).to_be_visible()
    wizard.heading("Stopped: 3 of 5 changes are applied")
    account.set_faults([])
    seen("stopped")
    wizard.press("Retry")
    wizard.heading("The role is ready")


def undone(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """What an undo removes is shown, and its rows move one by one."""
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    wizard.apply()
    wizard.heading("The role is ready")
    wizard.ask_undo(re.compile(r"^Undo \d changes"))
    seen("undo")
    wizard.press("Undo 5 changes")
    wizard.heading("5 changes are undone")
    seen("undone")


def handed_over(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """Without rights: a ticket with a name and a reason in it, in every form, and a way to look again."""
    wizard.check()
    wizard.press("Hand over to an admin")
    wizard.heading("A ticket for your admin: 1 change")
    expect(wizard.root.get_by_text("4 requirements could not be read here.")).to_be_visible()
    wizard.root.get_by_label("Requester", exact=True).fill("alice@example.com")
    wizard.root.get_by_label("Reason", exact=True).fill("Debug the churn model")
    rendered = wizard.root.get_by_role("tabpanel")
    expect(rendered).to_contain_text("alice@example.com", timeout=PATIENCE)
    expect(rendered).to_contain_text("Debug the churn model", timeout=PATIENCE)
    wizard.root.get_by_role("checkbox", name="Mask ids").check()
    expect(rendered).not_to_contain_text("123456789012", timeout=PATIENCE)
    seen("ticket")
    expect(wizard.button("Download everything")).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
    with wizard.page.expect_download(timeout=PATIENCE) as saved:
        wizard.press("Download everything")
    assert saved.value.suggested_filename.endswith(".zip")
    wizard.press("Check again")
    wizard.at("Health")


STORIES: dict[str, tuple[str, Story]] = {
    "fresh": ("fresh-studio-role", fresh),
    "unread": ("reads-denied", unread),
    "blocked": ("boundary-blocks", blocked),
    "refused": ("managed-policy-quota-full", refused),
    "failed": ("fresh-studio-role", failed),
    "not permitted": ("fresh-studio-role", not_permitted),
    "stopped": ("fresh-studio-role", stopped),
    "undone": ("fresh-studio-role", undone),
    "handed over": ("fresh-studio-role", handed_over),
}


def walk(
    browser: Browser,
    account: SimulatedAccount,
    home: Path,
    story: Story,
    *,
    by_axe: bool = False,
    language: str = "",
    **context: Any,
) -> None:
    """A story, and on each screen that it names: nothing sticks out, and axe has nothing to say."""
    told: dict[str, list[str]] = {}
    wrong: list[str] = []
    context = {"reduced_motion": "reduce", **context}
    with bare_page(browser, account, home, language=language, **context) as wizard:
        wizard.page.on("pageerror", lambda error: wrong.append(str(error)))

        def look(screen: str) -> None:
            wizard.page.wait_for_timeout(150)
            told[screen] = overflow(wizard.page) + (violations(wizard.page) if by_axe else [])

        story(wizard, account, look)
    assert {screen: found for screen, found in told.items() if found} == {}
    assert not wrong


@pytest.mark.parametrize("name", STORIES)
def test_a_story(browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path, name: str) -> None:
    scenario, story = STORIES[name]
    size = {"width": 900, "height": HEIGHT}
    walk(browser, accounts(scenario), tmp_path, story, by_axe=True, viewport=size)


@pytest.mark.parametrize("width", WIDTHS)
def test_one_story_at_every_width(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path, width: int
) -> None:
    walk(browser, accounts("fresh-studio-role"), tmp_path, fresh, viewport={"width": width, "height": HEIGHT})


@pytest.mark.deep
@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, *WIDTHS])
def test_every_story_at_every_width_in_every_theme(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path, name: str, theme: str, width: int
) -> None:
    scenario, story = STORIES[name]
    size = {"width": width, "height": HEIGHT}
    walk(browser, accounts(scenario), tmp_path, story, by_axe=True, viewport=size, color_scheme=theme)


@pytest.mark.parametrize(
    "context",
    [
        {"viewport": {"width": 450, "height": 400}},  # a window of 900 at 200 %
        {"viewport": {"width": 900, "height": HEIGHT}, "forced_colors": "active"},
        {"viewport": {"width": 900, "height": HEIGHT}, "color_scheme": "dark"},
    ],
    ids=["zoom", "forced colors", "dark"],
)
def test_the_failed_story_as_others_see_it(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path, context: dict[str, Any]
) -> None:
    by_axe = "forced_colors" not in context  # what axe computes is not what is painted then
    walk(browser, accounts("fresh-studio-role"), tmp_path, failed, by_axe=by_axe, **context)


# What holds on every screen


def test_the_order_of_the_steps_and_the_headline_are_said(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path
) -> None:
    with bare_page(browser, accounts("fresh-studio-role"), tmp_path) as wizard:
        steps = wizard.root.get_by_role("navigation", name="Steps").get_by_role("listitem")
        assert [re.sub(r"\s*\(done\)", "", text).strip() for text in steps.all_inner_texts()] == list(STEPS)
        assert wizard.page.title() == "Simulated: SageMaker SSH set-up"
        wizard.check()
        expect(wizard.root.get_by_role("status").last).to_contain_text(
            "5 of 7 are not met: 1 missing, 4 could not be read.", timeout=PATIENCE
        )


def test_within_300_ms_of_each_click_something_names_what_happens(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path
) -> None:
    """With an AWS that takes 2 s for each call."""
    account = accounts("fresh-studio-role")
    slow = [{"kind": "latency", "operation": "*", "milliseconds": 2000}]
    with bare_page(browser, account, tmp_path) as wizard:
        for press, heading in (("Check this role", "Checking the role"), ("Sign in", "Sign in to read")):
            if press == "Sign in":
                account.set_faults([])
                wizard.press("Sign in to see the rest")
                wizard.heading("Sign in to read")
            account.set_faults(slow)
            wizard.page.evaluate(
                """words => {
                  const begun = performance.now();
                  window.named = new Promise(resolve => {
                    const look = () => {
                      const busy = document.querySelector('[data-busy]');
                      if (busy && busy.textContent.includes(words)) resolve(performance.now() - begun);
                      else requestAnimationFrame(look);
                    };
                    document.addEventListener('click', () => requestAnimationFrame(look), { once: true });
                  });
                }""",
                heading,
            )
            wizard.press(press)
            took = wizard.page.evaluate("window.named")
            expect(wizard.root).to_have_attribute("aria-busy", "true")
            assert took < 3000, "the machine is busy; the click itself is a part of it"
        account.set_faults([])


def pseudo_story(wizard: WizardPage, _account: SimulatedAccount, seen: Seen) -> None:
    """From the first screen to a proof, all of it in another language."""
    for press in ("Check this role", "Sign in to see the rest", "Sign in", "Make a plan", "Hand over to an admin"):
        seen(press)
        wizard.press(pseudo(press))
    seen("hand-over")
    assert_translated(wizard.page)
    wizard.press(pseudo("Back"))
    wizard.press(pseudo("Continue with 4 changes"))
    wizard.heading(pseudo("Review"))
    seen("review")
    wizard.press(pseudo("Apply 4 changes"))
    expect(wizard.button(pseudo("Undo 4 changes"))).to_be_visible(timeout=PATIENCE)
    seen("proof")
    assert_translated(wizard.page)


def assert_translated(page: Page) -> None:
    """Nothing that the front end says by itself is left in English, in a text or in a name for a screen reader."""
    said = page.evaluate(
        """() => [...document.querySelectorAll('.smw *')].flatMap(each => [
          ...[...each.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent.trim()),
          ...['aria-label', 'title', 'placeholder'].map(name => each.getAttribute(name) ?? '')
        ])"""
    )
    ours = {text.strip(" :().") for text in front_end_texts() if "%" not in text}
    assert {text.strip(" :().") for text in said} & ours == set()


@pytest.mark.parametrize("width", [360, 900])
def test_a_language_with_texts_a_third_longer_breaks_nothing(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path, width: int
) -> None:
    """The whole way in a language that is made up: every text goes through the translation, and all of it has room."""
    language = str(written(tmp_path / "pseudo.json", pseudo))
    size = {"width": width, "height": HEIGHT}
    walk(browser, accounts("fresh-studio-role"), tmp_path, pseudo_story, language=language, by_axe=True, viewport=size)


def test_an_edge_of_the_picture_leads_to_its_row(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path
) -> None:
    with bare_page(browser, accounts("fresh-studio-role"), tmp_path) as wizard:
        wizard.check()
        picture = wizard.root.get_by_role("group", name="Who trusts whom")
        picture.get_by_role("button", name=re.compile("^identity: ")).click()
        focused = wizard.page.evaluate("document.activeElement.getAttribute('data-row')")
        assert focused == "trust.ssm"


def test_of_5000_roles_50_are_drawn_and_the_search_finds_one(
    browser: Browser, accounts: Callable[[str], SimulatedAccount], tmp_path: Path
) -> None:
    with bare_page(browser, accounts("many-roles"), tmp_path) as wizard:
        wizard.press("Choose a role")
        find = wizard.root.get_by_role("combobox", name="Find a role")
        expect(find).to_be_visible(timeout=PATIENCE)
        options = wizard.root.get_by_role("option")
        assert options.count() <= 50
        name = options.last.locator("b").inner_text()
        find.fill(name)
        expect(options.first).to_contain_text(name, timeout=PATIENCE)
        find.press("ArrowDown")
        find.press("Enter")
        expect(wizard.root.get_by_label("Role ARN", exact=True)).to_have_value(re.compile(f"{name}$"), timeout=PATIENCE)
