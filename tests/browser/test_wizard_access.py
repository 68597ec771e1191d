"""Everybody can use it: axe in both themes on every screen, the keyboard alone, a narrow window, a large zoom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import visit
from tests.browser.wizard_page import PATIENCE, SCREENS, TROUBLES, WizardPage, screens, troubled
from tests.serve.served import Served

pytestmark = pytest.mark.browser
Walk: TypeAlias = Callable[[WizardPage, Callable[[str], None]], None]
NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 640, "height": 450}  # a window of 1280 at 200 %
WIDE = {"width": 1280, "height": 900}


def overflow(page: Page) -> list[str]:
    """Whether the page scrolls sideways, and what sticks out."""
    return list(
        page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll('main *')]
                .filter((node) => node.getBoundingClientRect().right > wide + 1)
                .slice(0, 5).map((node) => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 60)}`);
            }"""
        )
    )


@pytest.mark.parametrize(("walk", "number"), [(screens, SCREENS), (troubled, TROUBLES)], ids=["well", "troubled"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_in_every_theme(
    browser: Browser, demo: Served, door: dict[str, str], theme: Any, walk: Walk, number: int
) -> None:
    person = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    wizard = visit(demo, door, person)
    told: dict[str, list[str]] = {}
    seen: list[str] = []

    def look(screen: str) -> None:
        seen.append(screen)
        told[f"{screen}, axe"] = violations(wizard.page)
        for name, size in (("320 px", NARROW), ("200 %", ZOOMED)):
            wizard.page.set_viewport_size(size)  # type: ignore[arg-type]
            told[f"{screen}, {name}"] = overflow(wizard.page)
        wizard.page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    walk(wizard, look)
    assert len(seen) == number
    background = wizard.page.evaluate("getComputedStyle(document.body).backgroundColor")
    shade = sum(int(part) for part in re.findall(r"\d+", background)[:3])
    assert (shade < 384) == (theme == "dark")
    person.close()
    assert {name: found for name, found in told.items() if found} == {}


def test_axe_finds_a_fault_that_was_planted(wizard: WizardPage) -> None:
    assert violations(wizard.page) == []
    wizard.root.get_by_role("heading", level=2).evaluate(
        "node => node.style.cssText = 'color: #aaa; background: #fff; opacity: 1'"
    )
    assert any("color-contrast" in found for found in violations(wizard.page))


def test_the_overflow_of_a_planted_fault_is_found(wizard: WizardPage) -> None:
    wizard.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert overflow(wizard.page) == []
    wizard.root.evaluate("node => node.style.minWidth = '500px'")
    assert overflow(wizard.page)


def test_the_keyboard_is_enough(wizard: WizardPage) -> None:
    keys = Keyboard(wizard)
    keys.press("Check this role")
    wizard.at("Health")
    expect(wizard.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)
    keys.press("Sign in to see the rest")
    wizard.heading("Sign in to read")
    keys.press("Sign in")
    wizard.heading("are not met: 5 missing")
    expect(wizard.button("Check again")).to_be_visible(timeout=PATIENCE)
    keys.press("Make a plan")
    wizard.heading("4 changes, and the tier is left out")
    keys.press("No, leave it", "ArrowUp")
    wizard.heading("5 changes make this role ready")
    keys.press("Continue with 5 changes")
    wizard.at("Permission")
    keys.press("Apply 5 changes")
    wizard.at("Proof")
    wizard.heading("The role is ready")
    keys.press("Undo 5 changes")
    wizard.heading(r"Undo 5 changes\?$")
    expect(wizard.button("Undo 5 changes")).not_to_have_attribute("aria-disabled", "true")
    keys.press("Undo 5 changes")
    expect(wizard.button(re.compile("^Undo"))).to_have_count(0)


class Keyboard:
    """A person without a mouse. Focus must be seen wherever it goes, and must not be caught."""

    def __init__(self, wizard: WizardPage) -> None:
        self._wizard = wizard

    def press(self, name: str | re.Pattern[str], key: str = "Enter") -> None:
        """Tab to a control by its name, and press a key."""
        for _ in range(120):
            self._wizard.page.keyboard.press("Tab")
            focused = self._focused()
            if name.search(focused) if isinstance(name, re.Pattern) else focused == name:
                assert self._ring(), f"the focus on {focused} is not seen"
                self._wizard.page.keyboard.press(key)
                return
        raise AssertionError(f"{name} cannot be reached")

    def _focused(self) -> str:
        return str(
            self._wizard.page.evaluate(
                """() => {
                  const node = document.activeElement;
                  const label = node.getAttribute('aria-label') || node.labels?.[0]?.innerText;
                  return (label || node.innerText || '').trim();
                }"""
            )
        )

    def _ring(self) -> bool:
        return bool(
            self._wizard.page.evaluate(
                """() => {
                  const style = getComputedStyle(document.activeElement);
                  return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
                }"""
            )
        )
