"""Runs of fleet plans in a directory of journals: which there are, how far each is, and who can have written it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying.fleet_run import INDEX, PLAN, open_run
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.fleet.run_index import RunIndex
from sm_ssh_widget.problem import Problem

RUN = "-fleet-"
"""Part of the name of a run's directory, between its moment and the digest of its plan."""
_PROVEN = files.Provenance(True)


@dataclass(frozen=True)
class FleetRunFound:
    """A run in a directory of journals; if it cannot be read, ``problem`` says why and the rest is ``None``.

    ``provenance``: whether only this user or root can have written its plan and its index.
    """

    path: Path
    plan: FleetPlan | None = None
    index: RunIndex | None = None
    problem: Problem | None = None
    provenance: files.Provenance = _PROVEN


def recent_runs(journal_dir: str | Path | None = None, most: int = 3) -> tuple[FleetRunFound, ...]:
    """Return the newest runs, newest first by their names, each with its plan and how far it is."""
    found = sorted(path.parent for path in files.place(journal_dir).glob(f"*{RUN}*/{INDEX}"))
    return tuple(_found(path) for path in found[::-1][:most])


def _found(path: Path) -> FleetRunFound:
    try:
        plan, index = open_run(path)
        return FleetRunFound(path, plan, index, provenance=provenance_of_run(path))
    except Problem as problem:
        return FleetRunFound(path, problem=problem)


def provenance_of_run(directory: str | Path) -> files.Provenance:
    """Determine whether only this user or root can have written a run. Raises :class:`Problem` (``invalid``)."""
    each = (files.provenance_of(Path(directory) / name) for name in (PLAN, INDEX))
    return next((found for found in each if not found.proven), _PROVEN)
