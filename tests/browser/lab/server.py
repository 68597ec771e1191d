"""A server of JupyterLab (or Notebook 7) as Studio runs it, with nothing of the machine's own in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.lab.environments import ROOT, Environment

BASE_URL = "/jupyterlab/default/"  # what Studio's proxy expects
PATIENCE = 60
CLASSES = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}
STAND_IN = Path(__file__).with_name("stand_in.py")
HIDE = "import sys; sys.modules['sm_ssh_widget'] = None"
NO_NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"


@dataclass(frozen=True)
class LabServer:
    """A running server. ``url`` ends with a slash; ``home`` is the person's home and working directory."""

    url: str
    home: Path
    python: Path

    def add_kernel(self, name: str, *faults: str, argv: tuple[str, ...] = ()) -> None:
        """Offer a Python kernel with further arguments, or another program altogether."""
        launch = (str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}", *faults)
        spec = {"argv": argv or launch, "display_name": name, "language": "python"}
        _write(self.home / "share" / "kernels" / name / "kernel.json", spec)

    def configure(self, **settings: str) -> None:
        """Write the settings of our plugin, as the settings editor does."""
        _write(self.home / "settings" / "sm-ssh-widget" / "plugin.jupyterlab-settings", settings)

    def kernels(self) -> dict[str, str]:
        """The kernel id of each wizard's session that is alive, by the session's path."""
        with urllib.request.urlopen(self.url + "api/sessions", timeout=10) as answer:
            ours = (session for session in json.load(answer) if session["type"] == "sm-ssh-widget")
            return {session["path"]: session["kernel"]["id"] for session in ours}

    def state_of(self, kernel: str) -> str:
        """What the server knows of a kernel: ``starting``, ``idle``, ``busy``."""
        with urllib.request.urlopen(f"{self.url}api/kernels/{kernel}", timeout=10) as answer:
            return str(json.load(answer)["execution_state"])

    def restart(self) -> None:
        """Restart the wizards' kernels, as another client does."""
        for kernel in self.kernels().values():
            request = urllib.request.Request(f"{self.url}api/kernels/{kernel}/restart", method="POST")
            urllib.request.urlopen(request, timeout=60).close()

    def shut_down(self) -> None:
        """End every kernel, from outside of any browser."""
        with urllib.request.urlopen(self.url + "api/kernels", timeout=10) as answer:
            running = [kernel["id"] for kernel in json.load(answer)]
        for kernel in running:
            request = urllib.request.Request(f"{self.url}api/kernels/{kernel}", method="DELETE")
            urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def lab_server(environment: Environment, home: Path, **variables: str) -> Iterator[LabServer]:
    """JupyterLab under Studio's base URL, without a token, until the block ends; ``variables`` of its environment."""
    port = _free_port()
    server = LabServer(f"http://127.0.0.1:{port}{BASE_URL}", home, environment.python)
    _furnish(server)
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [environment.python, "-m", environment.application, *_options(environment, port)],
            cwd=home,
            env={**_variables(environment, home), **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _options(environment: Environment, port: int) -> list[str]:
    return [
        "--no-browser",
        "--allow-root",
        f"--{CLASSES[environment.application]}.expose_app_in_browser=True",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.base_url={BASE_URL}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",  # for requests from outside of a browser
    ]


def _variables(environment: Environment, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "JUPYTER", "SM_SSH"))}
    return {
        **kept,
        "PATH": os.pathsep.join([str(environment.python.parent), os.environ["PATH"]]),
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_PATH": str(home / "share"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def _furnish(server: LabServer) -> None:
    """The committed bundle, kernels with faults of their own, and no news toast over the buttons."""
    extensions = server.home / "share" / "labextensions"
    extensions.mkdir(parents=True)
    shutil.copytree(ROOT / "sm_ssh_widget" / "labextension", extensions / "sm-ssh-widget")
    _write(server.home / "settings" / NO_NEWS, {"fetchNews": "false", "checkForUpdates": False})
    server.add_kernel("stand-in", f"--InteractiveShellApp.exec_files={[str(STAND_IN)]}")
    server.add_kernel("broken", argv=("/nowhere/python",))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(server: LabServer, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if _answers(server):
            return
        time.sleep(0.1)
    raise AssertionError((server.home / "server.log").read_text()[-4000:])


def _answers(server: LabServer) -> bool:
    try:
        urllib.request.urlopen(server.url + "api", timeout=5).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True
