"""The whole story behind the tile, on the simulated account; also with real-time documents, as Studio's images have."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import WebSocket, expect

from tests.browser.lab.conftest import Visit
from tests.browser.lab.environments import newest, oldest, studio
from tests.browser.lab.server import LabServer
from tests.browser.notebook import notebook
from tests.browser.wizard_page import PATIENCE, SCREENS, WizardPage, screens

CANARY = "c4nary/SecretOfAnAdmin0000000000000000AB"
# Writing takes a moment: the tab is closed as soon as the wizard says that it writes.
CLOSE_WHILE_APPLYING = """() => {
  const look = setInterval(() => {
    if (!document.querySelector('.sm-ssh-Panel [data-busy=Apply]')) return;
    clearInterval(look);
    window.jupyterapp.commands.execute('application:close');
  }, 5);
}"""
everywhere = pytest.mark.parametrize(
    ("server", "by_axe"),
    [(oldest, True), (studio, False), (newest, True)],
    ids=["oldest", "studio", "newest"],
    indirect=["server"],
)


@everywhere
def test_from_the_tile_to_the_proof_with_a_reload_in_the_middle(visit: Visit, server: LabServer, by_axe: bool) -> None:
    server.configure(account="simulated")
    lab = visit()
    wizard = lab.open_wizard()
    faults: dict[str, dict[str, list[str]]] = {}

    def look(screen: str) -> None:
        faults[screen] = lab.faults() if by_axe else {}

    def walk(screen: str) -> None:
        look(screen)
        if screen == "plan":
            kernels = server.kernels()
            lab.reload()
            wizard.heading("5 changes make this role ready")
            assert server.kernels() == kernels
            lab.execute("application:toggle-mode")
            look("plan, simple interface")
            lab.execute("application:toggle-mode")
        if screen == "proof":
            wizard.press(re.compile("real activation"))
            expect(wizard.root.get_by_text("Proved").first).to_be_visible(timeout=PATIENCE)
            look("proved")

    screens(wizard, walk)
    assert len(faults) == SCREENS + 2
    assert {screen: found for screen, found in faults.items() if found} == {}
    assert lab.complaints == []


def test_closing_while_the_wizard_applies_asks_first(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    wizard = lab.open_wizard()
    wizard.check()
    wizard.sign_in()
    wizard.plan()
    wizard.press("Continue with 5 changes")
    lab.page.evaluate(CLOSE_WHILE_APPLYING)
    wizard.press("Apply 5 changes")
    expect(lab.page.get_by_role("dialog")).to_contain_text("Changes are being applied")
    lab.page.get_by_role("dialog").get_by_role("button", name="Keep open").click()
    wizard.at("Proof")


def test_a_secret_stays_out_of_files_storage_page_and_incoming_traffic(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    outgoing: list[str] = []
    incoming: list[str] = []
    lab.page.on("websocket", lambda socket: _listen(socket, outgoing, incoming))
    wizard = lab.open_wizard()
    wizard.press("Check this role")
    wizard.press("Sign in to see the rest")
    wizard.root.get_by_label("Paste temporary keys").check()
    wizard.root.get_by_label("Access key ID").fill("AKIACANARY0000000000")
    wizard.root.get_by_label("Secret access key").fill(CANARY)
    wizard.press("Sign in")
    expect(wizard.root).to_contain_text(re.compile("refused|invalid|not valid|InvalidClientTokenId"), timeout=PATIENCE)
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


@pytest.mark.parametrize("server", [studio], ids=["studio"], indirect=True)
def test_an_untrusted_notebook_under_real_time_documents_says_what_to_do(visit: Visit, server: LabServer) -> None:
    cell = "from sm_ssh_widget import SetupWizard\nSetupWizard(account='simulated')"
    (server.home / "cloned.ipynb").write_text(json.dumps(notebook(cell)))
    lab = visit()
    lab.run_notebook("cloned.ipynb")
    output = lab.page.locator(".jp-NotebookPanel .jp-OutputArea")
    expect(output).to_contain_text("trust the notebook or reload the browser tab", timeout=PATIENCE)
    lab.trust_notebook()
    expect(WizardPage(lab.page, output.locator(".smw")).button("Check this role")).to_be_visible(timeout=PATIENCE)
