"""``sm-ssh-widget serve`` behind jupyter-server-proxy, as the terminal of a Studio space or of a JupyterHub has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.voila import free_port, wait_for
from tests.browser.wizard_page import WizardPage
from tests.serve.served import clean, serving

pytestmark = pytest.mark.browser
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.port_retries=0",
    "--ServerApp.base_url=/user/me/",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of a Jupyter server with jupyter-server-proxy, at a path of its own as behind a hub."""
    port = free_port()
    enabled = '--ServerApp.jpserver_extensions={"jupyter_server_proxy": True}'
    home = tmp_path / "jupyter"
    home.mkdir()
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *OPTIONS, f"--ServerApp.port={port}", enabled],
            cwd=home,
            env=clean(home) | {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/user/me/api")
            yield port
        finally:
            process.terminate()
            process.wait(60)


def test_the_link_opens_the_wizard_through_the_proxy(proxy: int, context: BrowserContext, tmp_path: Path) -> None:
    host = f"127.0.0.1:{proxy}"
    behind = ("--base-url", "/user/me/proxy/absolute/{port}/", "--allow-host", host)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    with serving(tmp_path, "--account", "simulated", *behind) as served:
        assert served.link.startswith(f"http://{host}/user/me/proxy/absolute/{served.port}/start?")
        page = context.new_page()
        page.goto(served.link)
        wizard = WizardPage.on(page)
        wizard.check()
        wizard.sign_in()
        assert page.url == f"http://{host}/user/me/proxy/absolute/{served.port}/"
        expect(wizard.button("Make a plan")).to_be_enabled()
        assert served.get(served.base, Host="evil.example").status == 403
    assert not [each for each in wrong if "favicon" not in each]
