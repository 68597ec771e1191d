"""The whole story behind the tile, on the simulated account; also with real-time documents, as Studio's images have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, WebSocket, expect

from tests.browser.lab.conftest import Visit
from tests.browser.lab.environments import newest, oldest, studio
from tests.browser.lab.lab_page import LabPage
from tests.browser.lab.server import LabServer

CANARY = "c4nary/SecretOfAnAdmin0000000000000000AB"
A_MOMENT = 30_000  # milliseconds: a simulated read or write, on a machine that does other things too
everywhere = pytest.mark.parametrize(
    "server", [oldest, studio, newest], ids=["oldest", "studio", "newest"], indirect=True
)


class Wizard:
    """The wizard in the tab, driven by the names that a person reads."""

    def __init__(self, lab: LabPage) -> None:
        self.root = lab.panel.locator(".smw")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=re.compile(f"^{name}$"))

    def press(self, name: str) -> None:
        self.button(name).click(timeout=A_MOMENT)

    def is_at(self, step: str) -> None:
        expect(self.root.locator("[aria-current=step]")).to_contain_text(step, timeout=A_MOMENT)

    def read_and_plan(self) -> None:
        self.press("Check this role")
        self.press("Sign in to see the rest")
        self.press("Sign in")
        self.press("Make a plan")
        self.is_at("Plan")


@everywhere
def test_from_the_tile_to_the_proof_with_a_reload_in_the_middle(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    lab.open()
    wizard = Wizard(lab)
    wizard.read_and_plan()
    offer = wizard.button(r"Continue with \d+ changes")
    expect(offer).to_be_visible(timeout=A_MOMENT)
    said = offer.inner_text()
    kernels = server.kernels()
    lab.reload()
    assert server.kernels() == kernels
    wizard.press(said)
    wizard.press(r"Apply \d+ changes")
    wizard.is_at("Proof")
    assert lab.complaints == []


def test_closing_while_the_wizard_applies_asks_first(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    lab.open()
    wizard = Wizard(lab)
    wizard.read_and_plan()
    wizard.press(r"Continue with \d+ changes")
    wizard.press(r"Apply \d+ changes")
    lab.close_tab()
    expect(lab.page.get_by_role("dialog")).to_contain_text("Changes are being applied")
    lab.page.get_by_role("dialog").get_by_role("button", name="Keep open").click()
    wizard.is_at("Proof")


def test_a_secret_stays_out_of_files_storage_page_and_incoming_traffic(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    outgoing: list[str] = []
    incoming: list[str] = []
    lab.page.on("websocket", lambda socket: _listen(socket, outgoing, incoming))
    lab.open()
    wizard = Wizard(lab)
    wizard.press("Check this role")
    wizard.press("Sign in to see the rest")
    wizard.root.get_by_label("Paste temporary keys").check()
    wizard.root.get_by_label("Access key ID").fill("AKIACANARY0000000000")
    wizard.root.get_by_label("Secret access key").fill(CANARY)
    wizard.press("Sign in")
    expect(wizard.root).to_contain_text(re.compile("refused|invalid|not valid|InvalidClientTokenId"), timeout=A_MOMENT)
    lab.reload()
    stored = lab.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert len([frame for frame in outgoing if CANARY in frame]) == 1
    assert incoming
    assert not [frame for frame in incoming if CANARY in frame]
    assert CANARY not in lab.page.content() + stored
    assert not [path for path in _files(server.home) if CANARY.encode() in path.read_bytes()]


def _listen(socket: WebSocket, outgoing: list[str], incoming: list[str]) -> None:
    socket.on("framesent", lambda frame: outgoing.append(str(frame)))
    socket.on("framereceived", lambda frame: incoming.append(str(frame)))


def _files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file()]
