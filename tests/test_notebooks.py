"""The notebooks are stored as they ran: every code cell executed, with what it showed, and no widget state.

``python -m tests.run`` runs them with nbval, which compares what is stored with what comes now; it would compare
nothing in a notebook whose outputs were cleared, hence this guard.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SILENT = "NBVAL_"


def notebook(name: str) -> Any:
    return json.loads((NOTEBOOKS / name).read_text("utf-8"))


def test_the_notebooks_are_those_that_the_readme_names() -> None:
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == {
        "setup.ipynb",
        "tour.ipynb",
        "api.ipynb",
        "handover.ipynb",
        "fleet.ipynb",
    }


@pytest.mark.parametrize("name", ["setup.ipynb", "tour.ipynb", "api.ipynb", "handover.ipynb", "fleet.ipynb"])
def test_a_notebook_is_stored_as_it_ran(name: str) -> None:
    stored = notebook(name)
    assert "widgets" not in stored["metadata"]
    cells = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert cell["outputs"], cell["source"]
        assert all(output["output_type"] != "error" for output in cell["outputs"])
        assert not any(output.get("name") == "stderr" for output in cell["outputs"])
    assert all(cell["id"] for cell in stored["cells"])


@pytest.mark.parametrize("name", ["tour.ipynb", "api.ipynb", "handover.ipynb", "fleet.ipynb"])
def test_most_of_what_is_shown_is_compared(name: str) -> None:
    cells = [cell for cell in notebook(name)["cells"] if cell["cell_type"] == "code"]
    assert not [cell for cell in cells if SILENT in "".join(cell["source"])]


def test_the_first_notebook_is_the_wizard_in_one_cell() -> None:
    (cell,) = (cell for cell in notebook("setup.ipynb")["cells"] if cell["cell_type"] == "code")
    assert "".join(cell["source"]).strip().endswith("SetupWizard()")
    assert "application/vnd.jupyter.widget-view+json" in cell["outputs"][0]["data"]
