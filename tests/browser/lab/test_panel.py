"""The tab and its kernel, with a stand-in for the wizard."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Error, Locator, expect

from tests.browser.lab.conftest import Visit
from tests.browser.lab.lab_page import NAME, LabPage
from tests.browser.lab.server import LabServer


def count(lab: LabPage, number: int) -> Locator:
    """The stand-in's button, which shows how often it was pressed."""
    return lab.panel.get_by_role("button", name=f"Count {number}")


def press_once(lab: LabPage) -> None:
    count(lab, 0).click()
    expect(count(lab, 1)).to_be_visible()


def test_the_tile_opens_the_wizard_with_what_the_settings_say(visit: Visit, server: LabServer) -> None:
    server.configure(kernel="stand-in", baseline="least-privilege", account="simulated")
    lab = visit()
    lab.open()
    expect(count(lab, 0)).to_be_visible()
    opened = lab.panel.locator(".stand-in").get_attribute("data-opened")
    assert opened == '{"baseline":"least-privilege","account":"simulated"}'
    expect(lab.notice).to_be_hidden()
    assert lab.complaints == []


def test_the_palette_and_the_settings_menu_have_the_command(lab: LabPage) -> None:
    lab.page.get_by_role("menuitem", name="Settings", exact=True).click()
    entry = lab.page.locator(".lm-Menu").get_by_role("menuitem", name=NAME)
    expect(entry).to_be_visible()

    def closed() -> bool:  # the key goes to the menu itself: another part of JupyterLab takes the focus while it starts
        with suppress(Error):
            entry.press("Escape", timeout=2_000)
        return entry.is_hidden()

    lab.until(closed)
    lab.page.keyboard.press("Escape")
    query, found = (lab.page.locator(f".lm-CommandPalette-{part}") for part in ("input", "item.lm-mod-active"))

    def chosen() -> bool:  # it hides whenever another part of JupyterLab takes the focus, as that does while it starts
        lab.execute("apputils:activate-command-palette")
        try:
            query.fill(NAME, timeout=2_000)
            expect(found).to_contain_text(NAME, timeout=2_000)
            query.press("Enter", timeout=2_000)
            expect(lab.tab).to_have_count(1, timeout=5_000)
        except (Error, AssertionError):
            return False
        return True

    lab.until(chosen)
    expect(count(lab, 0)).to_be_visible()


def test_the_command_comes_back_to_the_one_tab(lab: LabPage) -> None:
    lab.open()
    press_once(lab)
    lab.execute("sm-ssh-widget:open")
    expect(count(lab, 1)).to_be_visible()
    expect(lab.tab).to_have_count(1)
    assert len(lab.server.kernels()) == 1


def test_a_reload_restores_the_tab_and_its_state(lab: LabPage) -> None:
    lab.open()
    press_once(lab)
    before = lab.server.kernels()
    lab.reload()
    expect(count(lab, 1)).to_be_visible()
    assert lab.server.kernels() == before


def test_two_browsers_get_two_kernels_even_from_one_layout(visit: Visit, server: LabServer) -> None:
    first = visit()
    first.open()
    press_once(first)
    first.saved()
    second = visit()  # the server hands it the same layout, our tab in it
    expect(count(second, 0)).to_be_visible()
    assert len(set(server.kernels().values())) == 2
    expect(count(first, 1)).to_be_visible()


def test_closing_the_tab_ends_the_kernel(lab: LabPage) -> None:
    lab.open()
    press_once(lab)
    lab.close_tab()
    expect(lab.tab).to_have_count(0)
    lab.until(lambda: not lab.server.kernels())
    lab.execute("sm-ssh-widget:open")
    expect(count(lab, 0)).to_be_visible()


def test_closing_asks_first_while_changes_are_being_applied(lab: LabPage) -> None:
    lab.open().get_by_role("button", name="Apply").click()
    expect(lab.panel.get_by_role("button", name="Applying")).to_be_visible()
    lab.close_tab()
    question = lab.page.get_by_role("dialog")
    expect(question).to_contain_text("Changes are being applied")
    question.get_by_role("button", name="Keep open").click()
    expect(question).to_have_count(0)
    expect(lab.panel).to_be_visible()
    lab.reload()  # what the reloaded page knows, it knows from the kernel
    expect(lab.panel.get_by_role("button", name="Applying")).to_be_visible()
    lab.close_tab()
    lab.page.get_by_role("dialog").get_by_role("button", name="Close and stop").click()
    expect(lab.tab).to_have_count(0)
    lab.until(lambda: not lab.server.kernels())


def test_simple_interface_and_dark_theme(lab: LabPage) -> None:
    lab.execute("apputils:change-theme", theme="JupyterLab Dark")
    lab.execute("application:toggle-mode")
    lab.open()
    press_once(lab)
    expect(lab.page.locator("#main")).to_have_attribute("data-shell-mode", "single-document")
    assert lab.faults() == {}
    lab.paint("JupyterLab Dark")
    background = lab.panel.evaluate("panel => getComputedStyle(panel).backgroundColor")
    assert max(map(int, background.strip("rgb()").split(","))) < 64
    lab.execute("application:toggle-mode")
