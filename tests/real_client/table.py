"""The results as a table in Markdown, for the docs and for the terminal.

Usage: python -m tests.real_client.table [--docs] — prints the table of the last run, or puts it into the docs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.printed import Printed
from tests.real_client.client import PLACE, Outcome
from tests.real_client.steps import STEPS, Step

Phase = Mapping[str, Outcome]
WHO = {"execution-role": "execution role", "user": "person who connects"}


RESULTS = PLACE / "results.json"
"""Where a run leaves how each step ended, by phase."""


def of_last_run(results: Path = RESULTS) -> str:
    """The table of the last run. Raises :class:`OSError` where there was none."""
    phases = {
        phase: {name: Outcome(**each) for name, each in steps.items()}
        for phase, steps in json.loads(results.read_text("utf-8")).items()
    }
    return markdown_table(phases["before"], phases["classic"], phases["least-privilege"])


def markdown_table(before: Phase, classic: Phase, least_privilege: Phase) -> str:
    """One row a step: as whom, what is refused before the set-up, and whether it works after each baseline."""
    head = ["Step", "As", "Before the set-up", "Classic", "Least privilege"]
    rows = [_row(step, before, classic, least_privilege) for step in STEPS]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


DOCS = Printed("docs/simulator.md", "real-client", of_last_run)
"""Where the docs show the table."""


def _row(step: Step, before: Phase, classic: Phase, least_privilege: Phase) -> Sequence[str]:
    refused = (
        "works" if before[step.name].ok else f"denied: `{step.refused}`" if step.refused != "s3:" else "denied: S3"
    )
    after = "works" if least_privilege[step.name].ok else f"not granted: {step.not_granted}" * bool(step.not_granted)
    return (f"`{step.name}`", WHO[step.identity], refused, _works(classic[step.name]), after or "**fails**")


def _works(outcome: Outcome) -> str:
    return "works" if outcome.ok else "**fails**"


if __name__ == "__main__":
    if sys.argv[1:] == ["--docs"]:
        DOCS.path.write_text(DOCS.refreshed(), "utf-8")
    else:
        print(of_last_run(), end="")
