"""The environments that the tests run JupyterLab in.

The newest is the one of the tests themselves: pip chose the newest JupyterLab that ``pyproject.toml`` allows. The
others are made once, in ``.venv/lab-NAME``: the oldest from the lowest versions that it allows. ``tests/front_ends``
has further ones.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock

ROOT = Path(__file__).parents[3]
OLDEST = ("jupyterlab==4.2.*", "jupyter-server==2.14.*", "ipywidgets==8.1.5", "anywidget==0.9.13", "ipykernel")
STUDIO = ("jupyterlab==4.5.*", "ipywidgets==8.1.*", "jupyter_server_documents==0.3.*", "jupyter-docprovider<5")


@dataclass(frozen=True)
class Environment:
    """A Python that has a front end (``application`` is its module), this package and the simulated account."""

    name: str
    python: Path
    application: str = "jupyterlab"


Fill: TypeAlias = Callable[[Environment, tuple[str, ...]], None]
"""Installs into a new environment what belongs there."""


def newest() -> Environment:
    """The environment that runs the tests."""
    return Environment("newest", Path(sys.executable))


def oldest() -> Environment:
    """JupyterLab 4.2 and the lowest of what stands beside it."""
    return made("oldest", OLDEST)


def studio() -> Environment:
    """What the SageMaker Distribution 4.x images carry, with real-time documents."""
    return made("studio", STUDIO)


def together(environment: Environment, pins: tuple[str, ...]) -> None:
    """Install the pins and this package in one go, so that pip finds versions that fit all of them."""
    install(environment, *pins, "--editable", f"{ROOT}[simulator]")


def made(name: str, pins: tuple[str, ...], application: str = "jupyterlab", *, fill: Fill = together) -> Environment:
    """An environment in ``.venv``; made when it is not there, or no longer what ``pyproject.toml`` and the pins say."""
    place = ROOT / ".venv" / f"lab-{name}"
    environment = Environment(name, place / "bin" / "python", application)
    wanted = hashlib.sha256("\n".join(pins).encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = place / "made-of"
    with FileLock(f"{place}.lock"):  # tests run side by side
        if not stamp.exists() or stamp.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
            fill(environment, pins)
            stamp.write_text(wanted)
    return environment


def install(environment: Environment, *what: str) -> None:
    """Install with pip, by names, paths and options of its own."""
    pip = (environment.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run((*pip, *what), check=True)
