"""JupyterLab in another language: the tile speaks it, the kernel is told, and what a pack lacks is in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab.environments import newest
from tests.browser.lab.lab_page import NAME, LabPage
from tests.browser.lab.language_pack import choose, tile_texts, write_pack
from tests.browser.lab.server import LabServer, lab_server
from tests.browser.wizard_page import PATIENCE
from tests.language.catalog import written
from tests.language.pseudo import pseudo

LACKING = "Check and set up what SageMaker SSH Helper needs in this AWS account"  # the tooltip of the tile


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab in the pseudo-language; the catalog of the wizard is one that a translator tries."""
    assert {NAME, LACKING} < tile_texts()
    home = tmp_path_factory.mktemp("language")
    write_pack(home / "packs", LACKING)
    choose(home)
    catalog = written(home / "pseudo.json", pseudo)
    variables = {"PYTHONPATH": str(home / "packs"), "SM_SSH_WIDGET_LANGUAGE": str(catalog)}
    with lab_server(newest(), home, **variables) as server:
        yield server


def tile(lab: LabPage) -> Locator:
    """The tile, by its translated name."""
    return lab.page.locator(".jp-LauncherCard", has_text=pseudo(NAME))


def test_the_tile_is_translated_and_hands_the_language_on(translated: LabServer, context: BrowserContext) -> None:
    translated.configure(kernel="stand-in")
    lab = LabPage(context, translated, "handed-on")
    expect(tile(lab)).to_have_attribute("title", LACKING)
    tile(lab).click()
    expect(lab.panel.locator(".stand-in")).to_have_attribute("data-opened", re.compile('"language":"ach-UG"'))
    expect(lab.page.locator(".lm-TabBar-tab", has_text=pseudo(NAME))).to_be_visible()
    assert lab.complaints == []


def test_the_wizard_in_the_tab_is_translated(translated: LabServer, context: BrowserContext) -> None:
    translated.configure(account="simulated")
    lab = LabPage(context, translated, "translated")
    tile(lab).click()
    lab.panel.get_by_role("button", name=pseudo("Check this role")).click(timeout=PATIENCE)
    expect(lab.panel.get_by_role("button", name=pseudo("Sign in to see the rest"))).to_be_visible(timeout=PATIENCE)
    expect(lab.panel.locator('[aria-current="step"]')).to_contain_text(pseudo("Health"))
    assert lab.complaints == []
