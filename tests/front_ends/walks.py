"""What a person does in each front end, on the simulated account. Each walk fails where a step does not come about."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from sm_ssh_widget import pipeline
from tests.browser.lab.environments import ROOT, Environment
from tests.browser.lab.lab_page import KERNEL, NAME, LabPage
from tests.browser.lab.server import LabServer, lab_server
from tests.browser.notebook import notebook
from tests.browser.voila import free_port, voila, wait_for
from tests.browser.wizard_page import PATIENCE, WizardPage
from tests.serve.served import clean, until

CELL = 'from sm_ssh_widget import SetupWizard\n\nSetupWizard(account="simulated")'
WINDOW = {"width": 1100, "height": 800}
KEYS_OFF = "Off in marimo"


@dataclass(frozen=True)
class Visit:
    """One run: where, in which browser, and what to do with a page that is worth a picture, from a height on down."""

    browser: Browser
    environment: Environment
    home: Path
    picture: Callable[[Page, int], None]

    @contextmanager
    def person(self) -> Iterator[BrowserContext]:
        """A person with a browser profile of their own."""
        context = self.browser.new_context(viewport=WINDOW, reduced_motion="reduce")  # type: ignore[arg-type]
        yield context
        context.close()

    @contextmanager
    def server(self) -> Iterator[LabServer]:
        """JupyterLab or Notebook 7, whose tile opens the wizard on the simulated account."""
        with lab_server(self.environment, self.home) as server:
            server.configure(account="simulated")
            yield server
            server.shut_down()


def to_top(part: Locator) -> None:
    """Scroll until this part stands at the top: for a picture."""
    part.evaluate("part => part.scrollIntoView()")


def tile(visit: Visit) -> None:
    """JupyterLab: the tile in the launcher, a check, a sign-in."""
    with visit.server() as server, visit.person() as person:
        lab = LabPage(person, server, "front-ends")
        lab.execute("application:toggle-left-area")
        wizard = lab.open_wizard()
        wizard.check()
        wizard.sign_in()
        to_top(wizard.root)
        visit.picture(lab.page, 0)
        assert lab.complaints == []


def notebook_7(visit: Visit) -> None:
    """Notebook 7: a cell; and, as there is no launcher, the Settings menu of the file list and of a notebook."""
    (visit.home / "setup.ipynb").write_text(json.dumps(notebook(CELL)))
    with visit.server() as server, visit.person() as person:
        page = person.new_page()
        page.goto(f"{server.url}notebooks/setup.ipynb")
        page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=3 * PATIENCE)
        _choose(page, "Run", "Run All Cells")
        wizard = WizardPage.on(page)
        wizard.check()
        wizard.sign_in()
        to_top(page.locator(".jp-CodeCell .jp-InputArea").first)
        visit.picture(page, 0)
        _choose(page, "Settings", NAME)
        expect(page.locator("#jp-right-stack .sm-ssh-Panel .smw")).to_be_visible(timeout=PATIENCE)
        started = server.kernels()
        assert len(started) == 1
        files = person.new_page()
        files.goto(f"{server.url}tree")
        _choose(files, "Settings", NAME)
        tab = files.locator(".lm-TabBar-tab", has_text=NAME)
        expect(tab).to_have_class(re.compile("lm-mod-current"))
        expect(files.locator(".sm-ssh-Panel .smw")).to_be_visible(timeout=PATIENCE)
        assert server.kernels() == started, "one person has one kernel"
        tab.locator(".lm-TabBar-tabCloseIcon").click()
        expect(tab).to_have_count(0)
        until(lambda: not server.kernels())


def _choose(page: Page, menu: str, entry: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click(timeout=PATIENCE)
    page.locator(".lm-Menu").get_by_role("menuitem", name=entry, exact=True).click(timeout=PATIENCE)


def voila_page(visit: Visit) -> None:
    """Plain Voilà: the notebook as a page."""
    with pipeline.simulated_account() as account, visit.person() as person:
        setup = ROOT / "notebooks" / "setup.ipynb"
        with voila(setup, visit.home, environment=account.environment) as url:
            page = person.new_page()
            page.goto(url)
            wizard = WizardPage.on(page)
            wizard.press("Check this role")
            wizard.at("Health")
            expect(wizard.button("Sign in to see the rest")).to_be_visible(timeout=PATIENCE)
            to_top(page.get_by_role("heading", level=1).first)
            visit.picture(page, 0)


def marimo_cell(visit: Visit) -> None:
    """marimo: a cell, which keeps its letters to itself; a check; keys are refused; a sign-in; a reload."""
    with _marimo(visit) as url, visit.person() as person:
        page = person.new_page()
        page.goto(url)
        wizard = WizardPage.on(page)
        role = wizard.root.get_by_label("Role ARN", exact=True)
        named = role.input_value()
        role.press("End")
        page.keyboard.type("dd a b", delay=50)  # commands of marimo, where a cell has the focus
        expect(role).to_have_value(f"{named}dd a b")
        expect(page.locator("[data-cell-id]")).to_have_count(1)
        role.fill(named)
        wizard.check()
        wizard.press("Sign in to see the rest")
        keys = wizard.root.get_by_role("radio", name="Paste temporary keys")
        expect(keys).to_be_disabled()
        expect(wizard.root).to_contain_text(KEYS_OFF)
        wizard.press("Sign in")
        wizard.heading("are not met: 5 missing")
        page.mouse.move(WINDOW["width"] / 2, WINDOW["height"] / 2)
        for _ in range(2):  # the cell's output, then the page
            page.mouse.wheel(0, -9000)
            page.wait_for_timeout(300)
        visit.picture(page, 95)  # above is the path of the file
        page.reload()
        wizard.heading("are not met: 5 missing")


@contextmanager
def _marimo(visit: Visit) -> Iterator[str]:
    """The URL of a marimo notebook with the wizard in its one cell."""
    cell = CELL.replace("\n", "\n    ")
    code = f"import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n    {cell}\n    return\n"
    (visit.home / "setup.py").write_text(code)
    settings = visit.home / ".config" / "marimo" / "marimo.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[runtime]\nauto_instantiate = true\n")  # cells run when the notebook opens
    port = free_port()
    command = [str(visit.environment.python), "-m", "marimo", "--yes", "edit", "setup.py"]
    with (visit.home / "marimo.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--headless", "--no-token", f"--port={port}"],
            cwd=visit.home,
            env=clean(visit.home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(60)


def tour(visit: Visit) -> None:
    """JupyterLab, from what ``.binder`` installs: the tour opens, every cell runs, and its wizard checks a role."""
    shutil.copytree(ROOT / "notebooks", visit.home / "notebooks")
    with visit.server() as server, visit.person() as person:
        lab = LabPage(person, server, "tour")
        lab.execute("application:toggle-left-area")
        lab.run_notebook("notebooks/tour.ipynb")
        cells = lab.page.locator(".jp-NotebookPanel .jp-OutputArea")
        wizard = WizardPage.on(lab.page)
        wizard.check()
        to_top(wizard.root)
        expect(cells.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
        expect(cells.get_by_text("Traceback")).to_have_count(0)
        visit.picture(lab.page, 0)
