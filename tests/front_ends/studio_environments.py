"""Environments as the newest image of each major version of the SageMaker Distribution pins them.

The pins are those of the published environment lists of the CPU images
(https://github.com/aws/sagemaker-distribution/tree/main/build_artifacts): the AWS SDK, JupyterLab, real-time documents,
and what our own requirements name. An image has some five hundred packages; the others do not meet ours.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.browser.lab.environments import ROOT, Environment, install, made

IMAGES: Mapping[str, tuple[str, ...]] = {
    "2.14.10": (
        *("boto3==1.40.70", "botocore==1.40.70", "aiobotocore==2.25.2", "s3transfer==0.14.0", "urllib3==1.26.20"),
        *("s3fs==2024.12.0", "fsspec==2024.12.0", "jupyterlab==4.5.10", "jupyter-server==2.20.0", "notebook==7.5.7"),
        *("jupyter-collaboration==2.1.5", "jupyterlab-git==0.52.0", "ipykernel==7.3.0", "traitlets==5.16.1"),
        *("ipywidgets==8.1.8", "jupyterlab-widgets==3.0.16", "tornado==6.5.7", "click==8.4.2", "rich==14.3.4"),
        *("filelock==3.32.2", "platformdirs==4.11.0", "jinja2==3.1.6", "cryptography==46.0.7"),
        *("flask==3.1.3", "werkzeug==3.1.8"),
    ),
    "3.9.10": (
        *("boto3==1.37.3", "botocore==1.37.3", "aiobotocore==2.22.0", "s3transfer==0.11.3", "urllib3==1.26.20"),
        *("s3fs==2024.12.0", "fsspec==2024.12.0", "jupyterlab==4.4.10", "jupyter-server==2.20.0", "notebook==7.4.7"),
        *("jupyter-collaboration==3.1.2", "jupyter-collaboration-ui==1.1.2", "jupyter-docprovider==1.1.2"),
        *("jupyterlab-git==0.52.0", "ipykernel==7.3.0", "traitlets==5.16.1", "ipywidgets==8.1.8"),
        *("jupyterlab-widgets==3.0.16", "tornado==6.5.7", "click==8.4.2", "rich==14.3.4", "filelock==3.32.2"),
        *("platformdirs==4.11.0", "jinja2==3.1.6", "cryptography==46.0.7", "flask==3.1.3", "werkzeug==3.1.8"),
    ),
    "4.4.1": (
        *("boto3==1.43.56", "botocore==1.43.56", "aiobotocore==3.9.0", "s3transfer==0.19.2", "urllib3==1.26.20"),
        *("s3fs==2026.6.0", "fsspec==2026.6.0", "jupyterlab==4.5.10", "jupyter-server==2.20.0", "notebook==7.5.7"),
        *("jupyter_server_documents==0.3.3", "jupyter-collaboration==4.4.2", "jupyter-collaboration-ui==2.4.2"),
        *("jupyter-docprovider==2.4.2", "jupyterlab-git==0.54.1", "ipykernel==7.3.0", "traitlets==5.16.1"),
        *("ipywidgets==8.1.9", "jupyterlab-widgets==3.0.17", "tornado==6.5.8", "click==8.2.1", "rich==14.3.4"),
        *("filelock==3.32.3", "platformdirs==4.11.3", "jinja2==3.1.6", "cryptography==46.0.7"),
        *("flask==3.1.3", "werkzeug==3.1.8"),
    ),
}


@dataclass(frozen=True)
class Installed:
    """What an environment holds at one moment: versions by name, and what ``pip check`` says of them."""

    versions: Mapping[str, str]
    check: str

    def differs(self, earlier: Installed) -> Mapping[str, tuple[str, str]]:
        """Versions that were there earlier and are others now: before, after (empty: gone)."""
        now = self.versions
        return {name: (was, now.get(name, "")) for name, was in earlier.versions.items() if now.get(name) != was}


@dataclass(frozen=True)
class Image:
    """An image, rebuilt: its environment, and what it held before and after each installation."""

    environment: Environment
    before: Installed
    with_core: Installed
    with_simulator: Installed


def rebuilt(image: str) -> Image:
    """An image's environment; the package goes into it as a person installs it, then as the tests need it."""
    environment = made(f"image-{image}", IMAGES[image], fill=_step_by_step)
    noted = json.loads(_notes(environment).read_text())
    return Image(environment, *(Installed(**noted[step]) for step in ("before", "with_core", "with_simulator")))


def _step_by_step(environment: Environment, pins: tuple[str, ...]) -> None:
    install(environment, *pins)
    before = installed(environment)
    install(environment, str(ROOT))
    with_core = installed(environment)
    install(environment, "--editable", f"{ROOT}[simulator]")
    steps = {"before": before, "with_core": with_core, "with_simulator": installed(environment)}
    _notes(environment).write_text(json.dumps({step: asdict(each) for step, each in steps.items()}))


def installed(environment: Environment) -> Installed:
    """What pip says that is there now."""
    versions = {
        each["name"].lower(): each["version"] for each in json.loads(_pip(environment, "list", "--format=json"))
    }
    return Installed(versions, _pip(environment, "check"))


def _pip(environment: Environment, *arguments: str) -> str:
    command = (str(environment.python), "-m", "pip", "--disable-pip-version-check", *arguments)
    said: str = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said


def _notes(environment: Environment) -> Path:
    return environment.python.parents[1] / "installed.json"
