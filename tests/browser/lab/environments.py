"""The environments that the tests run JupyterLab in.

The newest is the one of the tests themselves: pip chose the newest JupyterLab that ``pyproject.toml`` allows. The
oldest is made once, in ``.venv/lab-oldest``, from the lowest versions that it allows.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
OLDEST = ("jupyterlab==4.2.*", "jupyter-server==2.14.*", "ipywidgets==8.1.5", "anywidget==0.9.13", "ipykernel")


@dataclass(frozen=True)
class Environment:
    """A Python that has JupyterLab, this package and the simulated account."""

    name: str
    python: Path


def newest() -> Environment:
    """The environment that runs the tests."""
    return Environment("newest", Path(sys.executable))


def oldest() -> Environment:
    """JupyterLab 4.2 and what SageMaker's images had beside it; made when it is not there, or no longer right."""
    place = ROOT / ".venv" / "lab-oldest"
    python = place / "bin" / "python"
    wanted = hashlib.sha256("\n".join(OLDEST).encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = place / "made-of"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run((*pip, *OLDEST, "--editable", f"{ROOT}[simulator]"), check=True)
        stamp.write_text(wanted)
    return Environment("oldest", python)
