"""Makes the pictures of the README from the simulated account: python -m tests.browser.screenshots [DIRECTORY]

Every screen, light and dark, wide and narrow, on a page of its own and in JupyterLab, goes into DIRECTORY (a temporary
one by default); those that the README shows go into notebooks/images.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.conftest import visit
from tests.browser.lab.environments import newest
from tests.browser.lab.lab_page import LabPage
from tests.browser.lab.server import LabServer, lab_server
from tests.browser.wizard_page import WizardPage, screens, troubled
from tests.serve.served import Served, serving

IMAGES = Path(__file__).parents[2] / "notebooks" / "images"
HEIGHT = 800
IN_README = {
    "plan-light-900.png": "plan-light.png",
    "health-signed-in-dark-900.png": "health-dark.png",
    "lab-launcher-light-1280.png": "lab-launcher.png",
    "lab-health-signed-in-light-1280.png": "lab-tab.png",
}


def main() -> None:
    """Walk through the wizard once for each theme and width."""
    place = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="sm-ssh-widget-pictures-"))
    place.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(playwright), args=list(FLAGS))
        on_a_page(browser, place)
        in_lab(browser, place)
        browser.close()
    IMAGES.mkdir(exist_ok=True)
    for made, kept in IN_README.items():
        shutil.copyfile(place / made, IMAGES / kept)
    print(place)


def on_a_page(browser: Browser, place: Path) -> None:
    """The page that ``demo`` serves."""
    with serving(place, verb="demo") as demo:
        name, _, value = demo.enter().partition("=")
        door = {"name": name, "value": value, "url": f"http://{demo.host}"}
        for theme in ("light", "dark"):
            for width in (900, 320):
                take(browser, demo, door, theme, width, place)


def take(browser: Browser, demo: Served, door: dict[str, str], theme: Any, width: int, place: Path) -> None:
    """Both walks, one picture a screen."""
    for walk in (screens, troubled):
        person: BrowserContext = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme=theme, reduced_motion="reduce"
        )
        wizard = visit(demo, door, person)

        def picture(screen: str, wizard: WizardPage = wizard) -> None:
            fit(wizard.page, width)
            wizard.root.screenshot(path=place / f"{screen}-{theme}-{width}.png", animations="disabled", caret="hide")
            wizard.page.set_viewport_size({"width": width, "height": HEIGHT})
            wizard.page.wait_for_timeout(300)

        walk(wizard, picture)
        person.close()


def fit(page: Page, width: int) -> None:
    """Make the window as tall as the screen, so that the footer is at its end and every row is drawn."""
    for _ in range(2):  # rows that were out of sight are drawn now, and may be taller than was reserved for them
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
        page.wait_for_timeout(300)


def in_lab(browser: Browser, place: Path) -> None:
    """The launcher with our tile, and the tab that it opens."""
    home = Path(tempfile.mkdtemp(prefix="sm-ssh-widget-lab-"))
    with lab_server(newest(), home) as server:
        server.configure(account="simulated")
        shutil.rmtree(home / "share" / "kernels")  # those of the tests
        for theme in ("light", "dark"):
            for width in (1280, 480):
                take_lab(browser, server, theme, width, place)
    shutil.rmtree(home)


def take_lab(browser: Browser, server: LabServer, theme: str, width: int, place: Path) -> None:
    """One walk in JupyterLab, the whole window in each picture."""
    person: BrowserContext = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    lab = LabPage(person, server, f"{theme}-{width}")
    lab.paint(f"JupyterLab {theme.title()}")
    lab.execute("application:toggle-left-area")
    lab.tile.wait_for()

    def picture(screen: str) -> None:
        lab.page.mouse.move(0, 0)
        lab.page.wait_for_timeout(300)
        lab.page.screenshot(path=place / f"lab-{screen}-{theme}-{width}.png", animations="disabled", caret="hide")

    picture("launcher")
    screens(lab.open_wizard(), picture)
    person.close()
    server.shut_down()


if __name__ == "__main__":
    main()
