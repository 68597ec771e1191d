"""Run the notebooks and store what they print, where they differ from what the program does now.

nbval compares the stored outputs with a new run; this writes them anew after a change of words or findings.
``setup.ipynb`` is the template of a user's notebook and keeps no output.

Usage: python -m tests.docs.notebooks [NAME…]
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STORED = ("api", "fleet", "handover", "tour")


def store(path: Path) -> None:
    """Execute a notebook from its own folder and write it with its outputs, without the times of execution."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def main(names: list[str]) -> None:
    """Store the named notebooks, or all that are there."""
    for name in names or STORED:
        path = NOTEBOOKS / f"{name}.ipynb"
        if path.exists():
            print(f"{path.name}…", flush=True)
            store(path)


if __name__ == "__main__":
    main(sys.argv[1:])
