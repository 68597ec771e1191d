"""Nothing acts by accident: whoever goes on clicking where a button was undoes and applies nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.browser.test_kernel_ends import opened, statuses, to_the_brink
from tests.browser.wizard_page import PATIENCE, WizardPage
from tests.serve.served import Served, serving
from tests.support.held_calls import held_calls

pytestmark = pytest.mark.browser
HELD = {"kind": "latency", "operation": "iam:AttachRolePolicy", "milliseconds": 1}
CLICKS = 10
UNDO = re.compile(r"^Undo \d changes?$")
UNDOES = ("iam:Delete", "iam:Detach", "ssm:Reset")
TRUST = "iam:UpdateAssumeRolePolicy"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with pipeline.simulated_account() as running:
        yield running


@pytest.fixture
def served(account: SimulatedAccount, tmp_path: Path) -> Iterator[Served]:
    """The page as on AWS, with journals of its own."""
    first = account.state()
    account.forget_calls()
    with serving(tmp_path, **account.environment, SM_SSH_WIDGET_STATE=str(tmp_path / "state")) as running:
        yield running
    account.set_faults([])
    account.set_state(first)


@pytest.fixture
def wizard(served: Served, context: BrowserContext) -> WizardPage:
    """One click before a plan of four changes is applied."""
    name, _, value = served.enter().partition("=")
    url = f"http://{served.host}"
    context.add_cookies([{"name": name, "value": value, "url": url}])
    found = opened(context, url)
    to_the_brink(found)
    return found


def middle(box: Any) -> tuple[float, float]:
    """The point of a button that a person aims at."""
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def undone(account: SimulatedAccount) -> list[str]:
    """What was written to undo something. An undo of the trust policy is a second update of it."""
    written = [call["operation"] for call in account.calls() if call["access"] == "write"]
    assert written[0] == TRUST, "nothing was applied, so nothing is proved"
    return [name for number, name in enumerate(written) if name.startswith(UNDOES) or (number and name == TRUST)]


def test_ten_clicks_where_stop_was_undo_nothing(wizard: WizardPage, account: SimulatedAccount, tmp_path: Path) -> None:
    account.set_faults([HELD])
    with held_calls(account) as held:
        wizard.press(re.compile(r"^Apply \d changes"))
        held.wait()
        assert statuses(tmp_path)[:3] == ["done", "done", "working"]
        stop = wizard.button("Stop after this step")
        expect(stop).to_be_visible(timeout=PATIENCE)
        x, y = middle(stop.bounding_box())
        for number in range(CLICKS):  # while it stops, and after it: the run ends somewhere in between
            wizard.page.mouse.click(x, y, delay=20)
            wizard.page.wait_for_timeout(250)
            if number == CLICKS // 3:
                expect(wizard.root.get_by_text("Stopping after the current change.").first).to_be_visible()
                held.release()
    wizard.heading("^Step 5 of 6: Stopped: 3 of 4 changes are applied")
    account.set_faults([])
    assert statuses(tmp_path) == ["done", "done", "done", "pending"]
    assert undone(account) == []
    expect(wizard.button(UNDO)).to_be_visible()


def test_stop_is_no_primary_button_and_stands_at_the_left(
    wizard: WizardPage, account: SimulatedAccount, tmp_path: Path
) -> None:
    account.set_faults([HELD])
    with held_calls(account) as held:
        wizard.press(re.compile(r"^Apply \d changes"))
        held.wait()
        stop = wizard.button("Stop after this step")
        expect(stop).to_be_visible(timeout=PATIENCE)
        expect(stop).not_to_have_class(re.compile("primary"))
        box, all_of_it = stop.bounding_box(), wizard.root.bounding_box()
    assert box is not None
    assert all_of_it is not None
    assert box["x"] + box["width"] < all_of_it["x"] + all_of_it["width"] / 2
    account.set_faults([])
    wizard.at("Proof")


def test_a_double_click_on_undo_shows_and_does_not_confirm(
    wizard: WizardPage, account: SimulatedAccount, tmp_path: Path
) -> None:
    wizard.press(re.compile(r"^Apply \d changes"))
    wizard.at("Proof")
    asks = wizard.button(UNDO)
    expect(asks).to_be_visible(timeout=PATIENCE)
    expect(asks).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
    asks.scroll_into_view_if_needed()
    x, y = middle(asks.bounding_box())
    for _ in range(CLICKS):
        wizard.page.mouse.click(x, y)
    wizard.heading(r"Undo 4 changes\?$")
    assert set(statuses(tmp_path)) == {"done"}
    assert undone(account) == []
    wizard.press("Keep")
    wizard.at("Proof")
    assert set(statuses(tmp_path)) == {"done"}


def test_a_button_that_took_the_place_of_another_one_waits(wizard: WizardPage) -> None:
    """For 600 ms it says that it is disabled, and neither a click nor the focus of a key press reaches it."""
    wizard.press(re.compile(r"^Apply \d changes"))
    wizard.at("Proof")
    expect(wizard.button(UNDO)).to_be_visible(timeout=PATIENCE)
    wizard.page.evaluate(
        """() => {
          window.seen = [];
          const look = () => {
            const at = performance.now(); // before anything that lays the page out
            const asked = /Undo \\d changes\\?$/.test(document.querySelector('h2')?.textContent || '');
            const button = [...document.querySelectorAll('button')].find((b) => /^Undo \\d/.test(b.textContent.trim()));
            if (asked && button) {
              window.seen.push([at, button.getAttribute('aria-disabled') === 'true',
                                document.activeElement === button]);
            }
          };
          // At each change, not at each frame: on a busy machine the first frame comes late.
          const all = { subtree: true, childList: true, characterData: true, attributes: true };
          new MutationObserver(look).observe(document.body, all);
          document.addEventListener('focusin', look);
        }"""
    )
    wizard.press(UNDO)
    wizard.heading(r"Undo 4 changes\?$")
    expect(wizard.button(UNDO)).not_to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
    seen = wizard.page.evaluate("window.seen")
    waited = [at for at, off, _ in seen if off]
    usable = [at for at, off, _ in seen if not off]
    assert waited, "it could be used as soon as it was there"
    assert min(usable) - min(waited) >= 500
    assert not any(focused for _, _, focused in seen)


def test_a_key_that_is_held_down_confirms_nothing(wizard: WizardPage, account: SimulatedAccount) -> None:
    wizard.press(re.compile(r"^Apply \d changes"))
    wizard.at("Proof")
    asks = wizard.button(UNDO)
    expect(asks).to_be_visible(timeout=PATIENCE)
    asks.focus()
    for _ in range(40):  # the first is a press, what follows without a release is its repetition
        wizard.page.keyboard.down("Enter")
        wizard.page.wait_for_timeout(40)
    wizard.page.keyboard.up("Enter")
    wizard.heading(r"Undo 4 changes\?$")
    assert undone(account) == []
