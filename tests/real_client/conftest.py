"""One run of the client for all of its tests, and its table at the end of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.real_client import client
from tests.real_client.client import Outcome
from tests.real_client.day import simulated
from tests.real_client.steps import STEPS
from tests.real_client.table import RESULTS, markdown_table

WITH_CLI = tuple(step.name for step in STEPS if step.place == "shell")
_told: list[str] = []


@dataclass
class Run:
    """What came of each step, before the set-up and after each baseline; ``newer`` with version 2 of the AWS CLI.

    ``caveats`` are those that ``check`` told after the least-privilege baseline.
    """

    before: Mapping[str, Outcome]
    findings_before: Mapping[str, str]
    after: dict[str, Mapping[str, Outcome]] = field(default_factory=dict)
    newer: Mapping[str, Outcome] = field(default_factory=dict)
    caveats: str = ""


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    bin = client.installed()
    newer = client.newer_cli(bin)
    named = f"AWS CLI: {client.cli_version(bin / 'aws', bin)}"
    missing = f"; no version 2 was found: {client.CLI_V2} names one"
    _told.append(named + (f" and {client.cli_version(newer, bin)} ({newer})" if newer else missing))
    places = {name: tmp_path_factory.mktemp(name) for name in ("classic", "least-privilege")}
    with ThreadPoolExecutor(2) as both:
        least = both.submit(_least_privilege, places["least-privilege"], bin, newer)
        found = _classic(places["classic"], bin)
        found.after["least-privilege"], found.newer, found.caveats = least.result()
    phases = {"before": found.before, **found.after, "newer": found.newer}
    shown = {phase: {name: asdict(each) for name, each in steps.items()} for phase, steps in phases.items()}
    RESULTS.write_text(json.dumps(shown, indent=1), "utf-8")
    _told.append(markdown_table(found.before, found.after["classic"], found.after["least-privilege"]))
    return found


def _classic(place: Path, bin: Path) -> Run:
    """Before the set-up, and after that of the classic baseline."""
    with simulated(place, bin) as day:
        found = Run(dict(day.live()), day.findings("least-privilege"))
        day.set_up("classic")
        found.after["classic"] = dict(day.live())
    return found


def _least_privilege(place: Path, bin: Path, newer: Path | None) -> tuple[dict[str, Outcome], dict[str, Outcome], str]:
    """After the set-up of the least-privilege baseline, then with version 2 of the AWS CLI where it is there."""
    with simulated(place, bin) as day:
        day.set_up("least-privilege")
        found, caveats = dict(day.live()), day.caveats("least-privilege")
        if newer is None:
            return found, {}, caveats
        day.client.use_cli(newer)
        return found, day.again(WITH_CLI), caveats


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print which clients ran, and what worked for them."""
    for text in _told:
        terminalreporter.write_line(text)
