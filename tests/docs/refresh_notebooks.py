"""Run the notebooks on the simulated account and store what they show, as nbval compares it.

Usage: python -m tests.docs.refresh_notebooks [NAME …]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# The wizard of this one is shown where the notebook runs; there is no account to compare with.
_NOT_RUN = "setup"


def refresh(path: Path) -> None:
    """Execute a notebook in its folder and store the outputs; everything else of it stays."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    kept = [(holder, dict(holder.metadata)) for holder in (notebook, *notebook.cells)]
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        store_widget_state=False,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for holder, metadata in kept:
        holder.metadata = nbformat.from_dict(metadata)  # type: ignore[no-untyped-call]
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def main(names: Sequence[str]) -> None:
    """Refresh the named notebooks, or all of them."""
    every = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if path.stem != _NOT_RUN)
    for name in names or every:
        refresh(NOTEBOOKS / f"{name}.ipynb")


if __name__ == "__main__":
    main(sys.argv[1:])
