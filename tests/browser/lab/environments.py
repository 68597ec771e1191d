"""The environments that the tests run JupyterLab in.

The newest is the one of the tests themselves: pip chose the newest JupyterLab that ``pyproject.toml`` allows. The
others are made once, in ``.venv/lab-NAME``: the oldest from the lowest versions that it allows.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
OLDEST = ("jupyterlab==4.2.*", "jupyter-server==2.14.*", "ipywidgets==8.1.5", "anywidget==0.9.13", "ipykernel")
STUDIO = ("jupyterlab==4.5.*", "ipywidgets==8.1.*", "jupyter_server_documents==0.3.*", "jupyter-docprovider<5")


@dataclass(frozen=True)
class Environment:
    """A Python that has JupyterLab, this package and the simulated account."""

    name: str
    python: Path


def newest() -> Environment:
    """The environment that runs the tests."""
    return Environment("newest", Path(sys.executable))


def oldest() -> Environment:
    """JupyterLab 4.2 and the lowest of what stands beside it."""
    return _made("oldest", OLDEST)


def studio() -> Environment:
    """What the SageMaker Distribution 4.x images carry, with real-time documents."""
    return _made("studio", STUDIO)


def _made(name: str, pins: tuple[str, ...]) -> Environment:
    """An environment in ``.venv``; made when it is not there, or no longer what ``pyproject.toml`` and the pins say."""
    place = ROOT / ".venv" / f"lab-{name}"
    python = place / "bin" / "python"
    wanted = hashlib.sha256("\n".join(pins).encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = place / "made-of"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run((*pip, *pins, "--editable", f"{ROOT}[simulator]"), check=True)
        stamp.write_text(wanted)
    return Environment(name, python)
