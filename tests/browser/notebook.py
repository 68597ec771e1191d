"""A JupyterLab of its own, logging all it can, and a notebook in it; for tests that use the wizard in a cell."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.serve.served import clean

QUIET = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
MANAGER = "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
NAME = "work.ipynb"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab whose working directory is ``home``."""

    url: str
    home: Path

    def write(self, *cells: str, name: str = NAME) -> None:
        """A notebook of code cells."""
        (self.home / name).write_text(json.dumps(notebook(*cells)))

    def open(self, page: Page, name: str = NAME) -> None:
        """Open it, and wait until its kernel is there."""
        page.goto(f"{self.url}lab/tree/{name}?reset")
        expect(page.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible(timeout=60_000)
        page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
            timeout=60_000,
        )

    @staticmethod
    def run_all(page: Page) -> None:
        """Run every cell, without waiting."""
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    @staticmethod
    def run(page: Page, code: str) -> str:
        """Run code in the notebook's kernel, beside the cells; what it printed. Any state of the kernel will do."""
        return str(
            page.evaluate(
                """async (code) => {
                  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                  const asked = kernel.requestExecute({code, store_history: false});
                  let said = '';
                  asked.onIOPub = (message) => {
                    if (message.header.msg_type === 'stream') said += message.content.text;
                    if (message.header.msg_type === 'error') said += message.content.evalue;
                  };
                  await asked.done;
                  return said;
                }""",
                code,
            )
        )

    @staticmethod
    def save(page: Page) -> None:
        """Save the notebook."""
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


def notebook(*cells: str) -> dict[str, object]:
    """The notebook's file."""
    made: list[dict[str, object]] = [
        {
            "id": f"cell-{at}",
            "cell_type": "code",
            "source": text,
            "metadata": {"trusted": True},
            "outputs": [],
            "execution_count": None,
        }
        for at, text in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


@contextmanager
def lab(home: Path) -> Iterator[Lab]:
    """JupyterLab at debug level, saving widget state, with everything that it writes under ``home``."""
    _write(home / "settings" / QUIET, {"fetchNews": "false", "checkForUpdates": False})
    _write(home / "settings" / MANAGER, {"saveState": True})
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--debug"]
    _write(home / "data" / "kernels" / "python3" / "kernel.json", {"argv": command, "display_name": "Python 3"})
    (home / "tmp").mkdir()
    port = _free_port()
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *_options(port)],
            cwd=home,
            env=environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Lab(_answering(port), home)
        finally:
            process.terminate()
            process.wait(60)


def environment(home: Path) -> dict[str, str]:
    """Everything under ``home``."""
    places = {name: str(home / place) for name, place in _PLACES.items()}
    return {**clean(home), **places}


_PLACES = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "TMPDIR": "tmp",
    "SM_SSH_WIDGET_STATE": "state",
}


def _options(port: int) -> list[str]:
    return [
        "--no-browser",
        "--allow-root",
        "--debug",
        "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
    ]


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(port: int) -> str:
    url = f"http://127.0.0.1:{port}/"
    until = time.monotonic() + 90
    while not _answers(f"{url}api"):
        assert time.monotonic() < until, "JupyterLab does not answer"
        time.sleep(0.2)
    return url


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True
