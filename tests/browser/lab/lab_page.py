"""JupyterLab as a person sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.lab.server import LabServer
from tests.browser.wizard_page import PATIENCE, WizardPage

NAME = "SageMaker SSH set-up"
KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
THEMES = ("JupyterLab Dark", "JupyterLab Light")  # a test leaves the last behind, as it found it


class LabPage:
    """One browser page with JupyterLab in it. ``workspace`` names the layout that the server keeps."""

    def __init__(self, person: BrowserContext, server: LabServer, workspace: str) -> None:
        self.page: Page = person.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.server = server
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(urljoin(server.url, f"lab/workspaces/{workspace}"))
        self.ready()

    def ready(self) -> None:
        """Wait until the layout is there."""
        self.page.wait_for_selector("#jp-main-dock-panel, .jp-Launcher")
        self.page.wait_for_function("() => window.jupyterapp?.started")
        self.page.evaluate("() => window.jupyterapp.restored")

    @property
    def tile(self) -> Locator:
        return self.page.locator(".jp-LauncherCard", has_text=NAME)

    @property
    def tab(self) -> Locator:
        return self.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text=NAME)

    @property
    def panel(self) -> Locator:
        return self.page.locator(".sm-ssh-Panel")

    @property
    def notice(self) -> Locator:
        return self.panel.locator(".sm-ssh-Notice")

    def open(self) -> Locator:
        """Click the tile; what the kernel shows."""
        self.tile.click()
        return self.panel

    def open_wizard(self) -> WizardPage:
        """Click the tile; the wizard, once it can be used."""
        wizard = WizardPage(self.page, self.open().locator(".smw"))
        expect(wizard.button("Check this role")).to_be_visible(timeout=PATIENCE)
        return wizard

    def close_tab(self) -> None:
        """Click the tab's cross."""
        self.tab.locator(".lm-TabBar-tabCloseIcon").click()

    def reload(self) -> None:
        """Reload the page once the layout is saved: JupyterLab saves it a moment after it changed."""
        self.saved()
        self.page.reload()
        self.ready()

    def saved(self) -> None:
        """Wait until the server has our tab in the layout of this workspace."""
        self.page.wait_for_function(
            """async () => {
              const id = location.pathname.split('/').pop();
              const { data } = await window.jupyterapp.serviceManager.workspaces.fetch(id);
              return Object.keys(data).includes('sm-ssh-widget:wizard');
            }"""
        )

    def execute(self, command: str, **args: object) -> None:
        """Run a command of JupyterLab and wait for it."""
        self.page.evaluate(
            "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => null)", [command, args]
        )

    def run_notebook(self, path: str) -> None:
        """Open a notebook, wait for its kernel, and run every cell."""
        self.page.evaluate("path => { window.jupyterapp.commands.execute('docmanager:open', { path }); }", path)
        self.page.wait_for_function(f"() => {KERNEL}?.connectionStatus === 'connected'", timeout=3 * PATIENCE)
        # The server knows best: with real-time documents, a page that connects late is never told that the kernel idles
        kernel = self.page.evaluate(f"() => {KERNEL}.id")
        self.until(lambda: self.server.state_of(kernel) == "idle")
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def trust_notebook(self) -> None:
        """Trust the notebook that is open, and reload the page."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:trust'); }")
        self.page.get_by_role("dialog").get_by_role("button", name="Trust").click()
        self.page.wait_for_timeout(1000)  # the server signs it, and tells nobody
        self.page.reload()
        self.ready()

    def paint(self, theme: str) -> None:
        """Change the theme, and wait until it shows."""
        self.execute("apputils:change-theme", theme=theme)
        self.page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")

    def faults(self) -> dict[str, list[str]]:
        """What axe finds in our panel, in each theme; the rest of the page is JupyterLab's."""
        found = {}
        for theme in THEMES:
            self.paint(theme)
            found[theme] = violations(self.page, within=".sm-ssh-Panel")
        return {theme: each for theme, each in found.items() if each}

    def says(self, *texts: str) -> None:
        """The notice says all of this."""
        for text in texts:
            expect(self.notice).to_contain_text(re.compile(text), timeout=PATIENCE)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for the server; it learns of what a page did a moment later."""
        end = time.monotonic() + PATIENCE / 1000
        while not true():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.1)
