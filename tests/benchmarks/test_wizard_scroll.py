"""A plan of 500 changes, and a list of 5,000 roles: both scroll at the frames of the browser, without long tasks.

A busy machine makes any task long, so a plain list of 500 lines is scrolled in the same run: it is the peer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sm_ssh_widget.wizard.blocks import ChangeLine, Changes, Picker, PickerItem
from sm_ssh_widget.wizard.controls import Action, StepItem
from sm_ssh_widget.wizard.leaf_blocks import Diff, Statement, Statements
from sm_ssh_widget.wizard.screens.target import MOST_SHOWN
from sm_ssh_widget.wizard.view import View, to_json
from tests.browser.bare_page import still_page

pytestmark = pytest.mark.benchmark
LONG_TASK_MS = 50
FRAMES = 120
# Scrolls by a step each frame, and tells the gaps between frames and every task that took longer than 50 ms.
SCROLL = """async frames => {
  const tasks = [], gaps = [];
  const seen = new PerformanceObserver(list => tasks.push(...list.getEntries().map(each => each.duration)));
  seen.observe({ type: 'longtask' });
  const next = () => new Promise(resolve => requestAnimationFrame(resolve));
  let before = await next();
  for (let n = 0; n < frames; n++) {
    scrollBy(0, n < frames / 2 ? 240 : -240);
    const now = await next();
    gaps.push(now - before);
    before = now;
  }
  await new Promise(resolve => setTimeout(resolve, 200));
  return { tasks, gaps };
}"""
BARE = View("plan", "", (StepItem("Plan", "current"),), (), (Action("go", "Go", "primary"),))


def change(number: int) -> ChangeLine:
    """A change with the details that one of a role has: statements, and a difference of 40 lines."""
    texts = (f"Allow `ssm:CreateActivation` on role {number}.{n}" for n in range(3))
    statements = tuple(Statement("+", text, level="Write") for text in texts)
    lines = tuple(("+" if n > 5 else "=", f'  "Line": "{number}.{n}"') for n in range(40))
    details = (Statements("Statements", statements), Diff(f"d{number}", f"Policy {number}", lines))
    title = f"Let the job of role {number} register itself"
    return ChangeLine(f"c{number}", title, "+", True, "+3 statements", "", "PassRole", blocks=details)


def scrolled(page: Page, what: str) -> tuple[float, float]:
    """The median frame, and the time of all tasks over 50 ms, in milliseconds; the calmer one of three times."""
    found = [page.evaluate(SCROLL, FRAMES) for _ in range(3)]
    frame = min(median(each["gaps"]) for each in found)
    long = min(sum(each["tasks"]) for each in found)
    print(f"{what}: median frame {frame:.1f} ms, tasks over 50 ms: {long:.0f} ms in all")
    return frame, long


def compared(browser: Browser, page: Page, what: str) -> None:
    """It scrolls as a plain list of 500 lines does on this machine just now."""
    frame, long = scrolled(page, what)
    peer = browser.new_page(viewport={"width": 1400, "height": 800})
    peer.set_content("<ul>" + "<li style='height: 60px'>A line</li>" * 500 + "</ul>")
    peer_frame, peer_long = scrolled(peer, "peer")
    peer.close()
    assert frame <= 1.2 * peer_frame
    assert long <= peer_long + 1.5 * LONG_TASK_MS


@contextmanager
def shown(browser: Browser, view: View) -> Iterator[Page]:
    told: Any = to_json(view)
    with still_page(browser, told, viewport={"width": 1400, "height": 800}) as page:
        page.get_by_role("heading", level=2, name=view.heading).wait_for()
        page.wait_for_timeout(500)  # what is drawn once is not what is measured
        yield page


def test_a_plan_of_500_changes_scrolls_without_a_long_task(browser: Browser) -> None:
    changes = Changes("ticks", "500 of 500 selected", "Changes of the plan", tuple(map(change, range(500))))
    with shown(browser, replace(BARE, heading="500 changes", blocks=(changes,), wide=True)) as page:
        assert page.get_by_role("checkbox").count() == 500
        compared(browser, page, "500 changes")


def test_a_list_of_5000_roles_scrolls_without_a_long_task(browser: Browser) -> None:
    items = tuple(
        PickerItem(f"arn:aws:iam::123456789012:role/r{n}", f"role-{n}", "/service-role/") for n in range(MOST_SHOWN)
    )
    picker = Picker("find-role", "Find a role", "", items, f"{MOST_SHOWN} of 5000 roles")
    with shown(browser, replace(BARE, screen="who", heading="Which role", blocks=(picker,))) as page:
        options = page.get_by_role("option")
        assert options.count() == MOST_SHOWN
        options.last.scroll_into_view_if_needed()
        compared(browser, page, "5,000 roles")
