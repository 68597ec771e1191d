"""The whole wizard on a page of its own, in a real browser, on the simulated account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import visit
from tests.browser.wizard_page import PATIENCE, STEPS, WizardPage
from tests.serve.served import Served, until

pytestmark = pytest.mark.browser


def test_the_whole_story(wizard: WizardPage) -> None:
    steps = wizard.root.get_by_role("navigation", name="Steps").get_by_role("listitem")
    assert [re.sub(r"\s*\(done\)", "", text).strip() for text in steps.all_inner_texts()] == list(STEPS)
    wizard.check()
    expect(wizard.row("Systems Manager")).to_be_visible()
    assert wizard.root.get_by_text("Unknown").count() > 0
    wizard.sign_in()
    wizard.plan()
    expect(wizard.root.get_by_text(re.compile(r"sha256:[0-9a-f]{8}")).first).to_be_visible()
    wizard.apply()
    wizard.heading("The role is ready. Whether you may connect was not checked")
    wizard.press(re.compile("real activation|Prove"))
    expect(wizard.root.get_by_text("Proved").first).to_be_visible(timeout=PATIENCE)
    wizard.undo()


def test_what_was_typed_stays_on_the_way_back(wizard: WizardPage) -> None:
    region = wizard.root.get_by_label("Region")
    region.fill("eu-central-1")
    wizard.press("Check this role")
    wizard.at("Health")
    wizard.press("Back")
    wizard.at("Who and where")
    expect(region).to_have_value("eu-central-1")


def test_focus_goes_to_the_heading_and_a_live_region_tells(wizard: WizardPage) -> None:
    wizard.check()
    focused = wizard.page.evaluate("document.activeElement.closest('h2') !== null")
    assert focused
    live = wizard.root.get_by_role("status").last
    expect(live).to_have_attribute("aria-live", "polite")
    expect(live).not_to_be_empty()


def test_a_double_click_is_one_click(wizard: WizardPage) -> None:
    wizard.button("Check this role").dblclick()
    expect(wizard.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)
    wizard.sign_in()
    wizard.plan()
    wizard.press("Continue with 5 changes")
    wizard.button("Apply 5 changes").dblclick()
    wizard.at("Proof")
    wizard.heading("The role is ready. Whether you may connect was not checked")


def test_a_wrong_role_is_told_at_its_field_and_stays_typed(wizard: WizardPage) -> None:
    role = wizard.root.get_by_label("Role ARN", exact=True)
    role.fill("not an ARN; <script>alert(1)</script>")
    wizard.press("Check this role")
    expect(role).to_have_attribute("aria-invalid", "true", timeout=PATIENCE)
    expect(role).to_be_focused()
    expect(role).to_have_accessible_description(re.compile("not an ARN"))
    wizard.at("Who and where")
    expect(role).to_have_value("not an ARN; <script>alert(1)</script>")
    role.fill("")
    wizard.check()


def test_leaving_ends_the_kernel_and_a_reload_starts_again_signed_out(
    wizard: WizardPage, demo: Served, door: dict[str, str], context: BrowserContext
) -> None:
    wizard.check()
    wizard.sign_in()
    mine = demo.kernels()
    wizard.page.reload()
    again = WizardPage.on(wizard.page)
    again.check()
    until(lambda: bool(mine - demo.kernels()))
    here = demo.kernels()
    other = visit(demo, door, context)  # a second visitor's page is another kernel
    until(lambda: bool(demo.kernels() - here))
    other.check()
    other.page.close(run_before_unload=True)
    again.page.close(run_before_unload=True)
    until(lambda: not here & demo.kernels() or len(demo.kernels()) == 1)


def test_no_request_leaves_this_machine_and_nothing_is_kept(
    demo: Served, door: dict[str, str], context: BrowserContext
) -> None:
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.add(request.url.partition("://")[2].partition("/")[0]))
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    wizard = visit(demo, door, context)
    wizard.check()
    assert {host for host in hosts if host} == {demo.host}
    assert not wrong
    kept = wizard.page.evaluate("[localStorage.length, sessionStorage.length]")
    assert kept[1] == 0
    assert "start" not in wizard.page.url
    assert "t=" not in wizard.page.url


def test_a_device_code_is_allowed_in_a_second_tab(wizard: WizardPage) -> None:
    wizard.check()
    wizard.press("Sign in to see the rest")
    wizard.root.get_by_role("radio", name="Sign in with a browser").check()
    wizard.press("Sign in")
    link = wizard.root.get_by_role("link", name="Open sign-in page")
    expect(link).to_be_visible(timeout=PATIENCE)
    code = link.get_attribute("href", timeout=PATIENCE)
    assert code
    shown = code.rpartition("=")[2]
    expect(wizard.root.get_by_text(shown).first).to_be_visible()
    with wizard.page.expect_popup() as opened:
        link.click()
    portal = opened.value
    expect(portal.get_by_text(shown)).to_be_visible(timeout=PATIENCE)
    assert portal.evaluate("window.opener") is None
    portal.get_by_role("button", name="Allow").click()
    expect(portal.get_by_text("Request approved")).to_be_visible(timeout=PATIENCE)
    portal.close()
    wizard.at("Health")
    expect(wizard.button("Sign in as another identity")).to_be_visible(timeout=PATIENCE)  # alice may not read it either
    expect(wizard.root.get_by_text(re.compile("^Read as .*AWSReservedSSO_")).last).to_be_visible()
