"""A secret is typed in a real browser, in JupyterLab. Afterwards it is nowhere: not in one of the places below.

The same sweep, over the same places, must find what is typed into ``ipywidgets.Password`` where that is known to leak.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, WebSocket, expect

from tests.browser.chromium import FLAGS, chromium
from tests.browser.notebook import NAME, Lab, environment, lab, notebook
from tests.browser.wizard_page import PATIENCE, WizardPage

pytestmark = pytest.mark.browser

TYPED = "cAnArY+wIzArD/7fG2qLm"
BLOCK = "cAnArY+bLoCk/9hJ4wPz"
CODE = "cAnArY+cOdE/5tRv8x"
CONTROL = "cAnArY+cOnTrOl/3kXs8v"
ACCOUNT = "tmp/simulated-account-"
LEAKS = {NAME, f"{Path(NAME).stem}-checkpoint.ipynb", "frames from the kernel", "states", "executed.ipynb"}
BUSY = "import time; time.sleep(12)"
DUMP = """
import json, pathlib, ipywidgets
from IPython import get_ipython
shell = get_ipython()
states = json.dumps(ipywidgets.Widget.get_manager_state(drop_defaults=False), default=repr)
kept = (shell.user_ns["In"], shell.user_ns["Out"], list(shell.history_manager.get_range()))
told = json.dumps([repr(each) for each in kept])
pathlib.Path("states.json").write_text(states)
pathlib.Path("told.json").write_text(told)
print("written")
"""
EXECUTED = """
import ipywidgets, pathlib
from IPython.display import display
from sm_ssh_widget import SetupWizard
typed, control = pathlib.Path("../secret.txt").read_text().split()
wizard = SetupWizard(account="simulated")
wizard._heard(None, {"kind": "event", "name": "sign-in-to-see"}, [])
fields = {"secret-access-key": typed, "export-block": typed}
wizard._heard(None, {"kind": "secret", "name": "sign-in", "fields": fields}, [])
display(wizard, ipywidgets.Password(value=control))
"""


def test_a_secret_that_was_typed_is_nowhere(playwright: Playwright, tmp_path: Path) -> None:
    home, profile = tmp_path / "home", tmp_path / "profile"
    home.mkdir()
    frames: dict[str, list[str]] = {"from": [], "to": []}
    with lab(home) as running:
        person = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(playwright), args=list(FLAGS), viewport={"width": 1280, "height": 900}
        )
        page = person.pages[0]
        page.on("websocket", lambda each: listen(each, frames))
        running.write(
            "from sm_ssh_widget import SetupWizard\nSetupWizard(account='simulated')",
            "import ipywidgets\nipywidgets.Password(description='Control')",
        )
        running.open(page)
        running.run_all(page)
        key_id, accepted = type_secrets(page, home)
        tellings = hand_over_and_apply(page)
        seen = save_while_busy(page, running)
        assert "written" in running.run(page, DUMP)
        person.close()
    execute(home)
    seen = {**seen, "exports": tellings, "frames from the kernel": "".join(frames["from"])}
    found = sweep(home, profile, seen, (TYPED, BLOCK, CODE, CONTROL, accepted))
    for secret in (TYPED, BLOCK, CODE, accepted):
        assert any(secret in frame for frame in frames["to"]), "the secret was never sent, so nothing is proved"
    assert any(key_id in frame for frame in frames["to"])
    secrets = {TYPED, BLOCK, CODE, accepted}
    assert {name: hits & secrets for name, hits in found.items() if hits & secrets} == {}
    leaked = {name.rpartition("/")[2].removesuffix(".json") for name, hits in found.items() if CONTROL in hits}
    assert leaked >= LEAKS, f"the sweep is blind: it found the control only in {sorted(leaked)}"


def type_secrets(page: Page, home: Path) -> tuple[str, str]:
    """As a code, a block and keys that are refused, as the control, and as keys that are accepted and returned."""
    wizard = WizardPage.on(page)
    wizard.check()
    wizard.press("Sign in to see the rest")
    type_code(wizard)
    wizard.root.get_by_role("radio", name="Paste temporary keys").check()
    wizard.root.get_by_label("Paste export block").fill(
        f"export AWS_ACCESS_KEY_ID=ASIACANARY AWS_SECRET_ACCESS_KEY={BLOCK}"
    )
    wizard.press("Sign in")
    expect(wizard.root.get_by_role("group", name="Problem")).to_be_visible(timeout=PATIENCE)
    expect(wizard.root.get_by_label("Paste export block")).to_have_value("")
    fold = wizard.root.get_by_label("Secret access key")
    if not fold.is_visible():
        wizard.root.locator("summary").last.click()
    wizard.root.get_by_label("Access key ID").fill("ASIAIOSFODNN7EXAMPLE")
    fold.fill(TYPED)
    wizard.root.get_by_label("Session token").fill(TYPED)
    wizard.press("Sign in")
    expect(fold).to_have_value("", timeout=PATIENCE)
    expect(wizard.root.get_by_role("group", name="Problem")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Control").fill(CONTROL)
    page.keyboard.press("Tab")
    key_id, secret = admin_of(home)
    wizard.root.get_by_label("Access key ID").fill(key_id)
    fold.fill(secret)
    wizard.press("Sign in")
    wizard.at("Health")
    expect(wizard.button("Check again")).to_be_visible(timeout=PATIENCE)
    return key_id, secret


def type_code(wizard: WizardPage) -> None:
    """An authorization code that is refused, for a link of AWS's sign-in page."""
    wizard.root.get_by_role("radio", name="Sign in with AWS").check()
    wizard.press("Sign in")
    field = wizard.root.get_by_label("Authorization code")
    expect(field).to_be_visible(timeout=PATIENCE)
    field.fill(CODE)
    wizard.press("Sign in")
    expect(wizard.root.get_by_role("group", name="Problem")).to_be_visible(timeout=PATIENCE)
    expect(field).to_have_count(0)


def admin_of(home: Path) -> tuple[str, str]:
    """The keys of the simulated account's admin, from the file that it hands them out in."""
    (file,) = home.glob(f"{ACCOUNT}*/credentials")
    profiles = ConfigParser()
    profiles.read(file)
    return profiles["admin"]["aws_access_key_id"], profiles["admin"]["aws_secret_access_key"]


def hand_over_and_apply(page: Page) -> str:
    """The plan in every format, as it stands on the page; then it is applied, so that a journal is written."""
    wizard = WizardPage.on_screen(page)
    wizard.plan()
    wizard.press("Hand over to an admin")
    told = []
    downloads = wizard.root.get_by_role("button", name=re.compile("^Download"))
    expect(downloads.first).to_be_visible(timeout=PATIENCE)  # the plan has choices too, and they are gone now
    formats = wizard.root.get_by_role("radio")
    for at in range(formats.count()):
        formats.nth(at).check()
        expect(downloads.first).to_be_visible(timeout=PATIENCE)
        told.append(page.content())
    told.append(page.content())
    wizard.press("Back")
    wizard.apply()
    return "".join(told)


def save_while_busy(page: Page, running: Lab) -> Mapping[str, str]:
    """Save while the kernel cannot answer; what the browser holds then."""
    page.evaluate(
        """(code) => {
          window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code});
        }""",
        BUSY,
    )
    page.wait_for_timeout(500)
    running.save(page)
    running.save(page)
    return {
        "page": page.content(),
        "fields": str(page.evaluate("[...document.querySelectorAll('.smw :is(input, textarea)')].map((n) => n.value)")),
        "storage": str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")),
    }


def execute(home: Path) -> None:
    """``nbconvert --execute``, which stores widget state by default."""
    (home.parent / "secret.txt").write_text(f"{TYPED} {CONTROL}")
    (home / "execute.ipynb").write_text(json.dumps(notebook(EXECUTED)))
    command = ["nbconvert", "--to", "notebook", "--execute", "--output", "executed.ipynb", "execute.ipynb"]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=home, env=environment(home), capture_output=True, text=True, check=False
    )
    (home / "nbconvert.log").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stderr[-2000:]


def sweep(home: Path, profile: Path, seen: Mapping[str, str], canaries: tuple[str, ...]) -> dict[str, set[str]]:
    """Where which canary is: in every file under both directories, and in what was seen in the browser.

    Left out are the files in which the simulated account itself hands out its keys.
    """
    given_out = {path for each in home.glob(f"{ACCOUNT}*") for path in each.iterdir()}
    found = {name: hits(text.encode(), canaries) for name, text in seen.items()}
    for place in (home, profile):
        for path in place.rglob("*"):
            if path.is_file() and path not in given_out:
                found[str(path.relative_to(place.parent))] = hits(path.read_bytes(), canaries)
    assert len(found) > 50
    return found


def hits(content: bytes, canaries: tuple[str, ...]) -> set[str]:
    """The canaries in it, as text, as JSON, or as wide text."""
    forms = {each: (each.encode(), each.replace("/", "\\/").encode(), each.encode("utf-16-le")) for each in canaries}
    return {each for each, shapes in forms.items() if any(shape in content for shape in shapes)}


def listen(socket: WebSocket, frames: dict[str, list[str]]) -> None:
    """Keep what goes over the wire, both ways."""
    socket.on("framereceived", lambda payload: frames["from"].append(_text(payload)))
    socket.on("framesent", lambda payload: frames["to"].append(_text(payload)))


def _text(payload: str | bytes) -> str:
    return payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
