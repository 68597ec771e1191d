"""The header holds long names at every width: nothing covers another thing, and no step loses letters."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.bare_page import still_page

WIDTHS = (360, 640, 700, 761, 900, 1100, 1600)
STEPS = ("Who and where", "Health", "Plan", "Permission", "Apply", "Proof")
CONTEXT = {
    "account": "acme-machine-learning (123456789012)",
    "hue": 3,
    "role": "AmazonSageMaker-ExecutionRole-20240101T000000",
    "region": "ap-southeast-2",
    "access": "writes",
    "words": "Writes as AdministratorAccess/jane.doe, renewed automatically",
    "forget": {"id": "forget", "label": "Forget credentials", "look": "link"},
}
BAR = '[aria-label="Account and role"]'
OVERLAPS = """bar => {
  const [brand, chip, where, lock] = bar.children;
  const clip = where.getBoundingClientRect();
  const box = each => {
    const own = each.getBoundingClientRect();
    const inside = where.contains(each) && getComputedStyle(where).overflowX !== 'visible';
    return { left: inside ? Math.max(own.left, clip.left) : own.left, top: own.top, bottom: own.bottom,
             right: inside ? Math.min(own.right, clip.right) : own.right, name: each.textContent };
  };
  const boxes = [chip, ...where.children, lock].map(box).filter(each => each.right > each.left);
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => over(a, b)).map(b => `${a.name} | ${b.name}`));
}"""
CUT = """bar => [...bar.ownerDocument.querySelectorAll('nav[aria-label="Steps"] li > * > span')]
  .filter(each => {
    const [own, step] = [each.getBoundingClientRect(), each.closest('li').getBoundingClientRect()];
    return own.width > 2 && (own.right > step.right + 1 || each.scrollWidth > each.clientWidth + 1);
  }).map(each => each.textContent)"""


def view(at: int) -> dict[str, Any]:
    steps = [
        {"id": name, "label": name, "state": "done" if n < at else "current" if n == at else "ahead"}
        for n, name in enumerate(STEPS)
    ]
    return {
        "screen": "plan",
        "heading": "5 changes make this role ready",
        "context": CONTEXT,
        "steps": steps,
        "blocks": [],
        "actions": [],
        "revision": 1,
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_in_the_header_covers_another_thing(browser: Browser, width: int) -> None:
    with still_page(browser, view(2), viewport={"width": width, "height": 800}) as page:
        assert page.locator(BAR).evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [width for width in WIDTHS if width >= 640])
@pytest.mark.parametrize("at", [0, 5])
def test_no_step_is_cut(browser: Browser, width: int, at: int) -> None:
    with still_page(browser, view(at), viewport={"width": width, "height": 800}) as page:
        assert page.locator(BAR).evaluate(CUT) == []
