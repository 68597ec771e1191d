"""The wizard in a cell of JupyterLab: it leaves the kernel free, survives a reload, and is one in two views."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.notebook import Lab, lab
from tests.browser.wizard_page import PATIENCE, WizardPage

pytestmark = pytest.mark.browser
CELL = "from sm_ssh_widget import SetupWizard\nwizard = SetupWizard(account='simulated')\nwizard"

# As another client does it: this page's own connection is told nothing.
RESTART = """() => {
  const {id} = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const token = document.cookie.match(/_xsrf=([^;]*)/)?.[1] ?? "";
  return fetch(`/api/kernels/${id}/restart`, {method: "POST", headers: {"X-XSRFToken": token}}).then((answer) => {
    if (!answer.ok) throw new Error(answer.statusText);
  });
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


def test_it_leaves_the_kernel_free_and_survives_a_reload(running: Lab, page: Page) -> None:
    running.write(CELL, "wizard")
    running.open(page)
    running.run_all(page)
    wizard = WizardPage.on(page)
    slow = {"kind": "latency", "milliseconds": 1000}  # a second for each call: a check takes three in a row
    running.run(page, f"wizard._controller._worker._home.profile_session.__self__.set_faults([{slow}])")
    wizard.press("Check this role")
    expect(wizard.button("Make a plan")).to_have_attribute("aria-disabled", "true")
    assert running.run(page, "print('free')").strip() == "free"
    expect(wizard.button("Make a plan")).to_have_attribute("aria-disabled", "true")  # it answered before the first call
    expect(wizard.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)
    views = page.get_by_role("region", name="SageMaker SSH set-up")
    expect(views).to_have_count(2)
    for at in range(2):
        expect(views.nth(at).locator('[aria-current="step"]')).to_contain_text("Health")
    running.save(page)
    page.reload()
    expect(views.first.locator('[aria-current="step"]')).to_contain_text("Health")


def test_a_kernel_that_somebody_restarted_is_noticed(running: Lab, page: Page) -> None:
    running.write(CELL, name="restart.ipynb")
    running.open(page, "restart.ipynb")
    running.run_all(page)
    wizard = WizardPage.on(page)
    page.evaluate(RESTART)
    expect(wizard.root.get_by_role("alert")).to_contain_text("The kernel is not responding")


def test_the_whole_story_with_a_reload_in_the_middle(running: Lab, page: Page) -> None:
    running.write(CELL, name="story.ipynb")
    running.open(page, "story.ipynb")
    running.run_all(page)
    wizard = WizardPage.on(page)
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    running.save(page)
    page.reload()
    wizard.at("Plan")
    wizard.heading("5 changes make this role ready")
    assert wizard.root.get_by_role("radio", name="Yes, raise it").is_checked()
    wizard.apply()
    wizard.heading("The role is ready")
    wizard.press(re.compile("real activation|Prove"))
    expect(wizard.root.get_by_text("Proved").first).to_be_visible(timeout=PATIENCE)
    wizard.undo()
