"""Records of runs of many roles on disk, as values of the wizard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sm_ssh_widget import files, fleet_runs
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.fleet.run_index import DONE, RunIndex
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.wizard.fleet_state import BEGUN, EndedRun, FleetRunState
from sm_ssh_widget.wizard.screens.failures import failed_step, words
from sm_ssh_widget.wizard.state import Recalled, UnreadJournal

MOST_REASONS = 20
"""Members of a run whose journal is read for the reason why they failed."""


def ended_run(path: Path) -> EndedRun:
    """Return where a run stands, by its index."""
    plan, index = fleet_runs.open_run(path)
    complete = fleet_runs.run_code(index, len(plan.members)) is None
    return EndedRun(str(path), dict(index.outcomes), dict(_reasons(path, index)), index.verified, complete)


def recalled_runs(directory: Path | None) -> Recalled:
    """Return the newest runs of which something can be resumed or undone, and those that cannot be read."""
    found = fleet_runs.recent_runs(directory)
    runs = tuple(run for each in found if each.plan and each.index for run in _run(each.path, each.plan, each.index))
    unread = tuple(UnreadJournal(str(each.path), each.problem.said) for each in found if each.problem)
    doubted = tuple((str(each.path), each.provenance.reason) for each in found if not each.provenance.proven)
    return Recalled((), unread, doubted, runs)


def _run(path: Path, plan: FleetPlan, index: RunIndex) -> Iterator[FleetRunState]:
    """Yield the run, unless nothing of it was begun or all of it is undone."""
    outcomes = {**dict.fromkeys(index.begun, BEGUN), **index.outcomes, **dict.fromkeys(index.undone, "undone")}
    if all(outcome == "undone" for outcome in outcomes.values()):
        return
    reasons, undoing = dict(_reasons(path, index)), bool(index.undone)
    complete = not undoing and fleet_runs.run_code(index, len(plan.members)) is None
    yield FleetRunState(plan, index.canaries, str(path), outcomes, reasons, index.verified, complete, undoing)


def _reasons(path: Path, index: RunIndex) -> Iterator[tuple[int, str]]:
    """What AWS said about the change that failed, by member."""
    left = [number for number, outcome in index.outcomes.items() if outcome != DONE]
    names: Mapping[int, str] = {number: index.journals.get(number, "") for number in left[:MOST_REASONS]}
    for number, name in names.items():
        journal: Journal | None = None
        with suppress(Problem):  # a journal that cannot be read tells no reason; the run is shown without it
            journal = files.load_journal(path / name) if name else None
        step = failed_step(journal)
        if step is not None:
            yield number, words(step)
