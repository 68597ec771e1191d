"""An audit finds of every role what a check finds of it, in every scenario.

Most scenarios with least-privilege are left to ``make deep``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import pytest

from sm_ssh_widget import fleet_pipeline, pipeline
from sm_ssh_widget.aws.observation.sweep import Sweep
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.texts import FIELDS
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import scenario_names

ROLES = 12
BOTH = {"data-perimeter-deny", "iam-user-with-groups", "many-roles"}
"""Scenarios whose findings differ most between the baselines."""
CASES = [
    pytest.param(scenario, baseline, marks=[] if baseline == "classic" or scenario in BOTH else pytest.mark.deep)
    for scenario in scenario_names()
    for baseline in ("classic", "least-privilege")
]


def cells_of_audit(found: Audit, role: str) -> dict[str, dict[str, str]]:
    """Every finding of a role: of its row, and of its Region's row."""
    (row,) = (each for each in found if each.role == role)
    (place,) = found.places
    own = row.own_names(place.region)
    numbers = {**row.cells, **place.cells}
    return {
        finding: {name: own.fill(found.table.texts[number][name]) for name in FIELDS}
        for finding, number in numbers.items()
    }


def cells_of_check(report: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {finding["id"]: {name: finding[name] for name in FIELDS} for finding in report["findings"]}


@pytest.mark.parametrize(("scenario", "baseline"), CASES)
def test_every_cell_of_an_audit_is_the_finding_of_a_check(scenario: str, baseline: str) -> None:
    with SimulatedAccount(scenario) as account:
        session = account.session("admin")
        user = f"arn:{account.scenario.partition}:iam::{account.account}:role/DataScientist"
        reader = Reader(session, region=account.region)
        roles = [str(role.arn) for role in islice(Sweep(reader).roles(), ROLES)]
        asked: dict[str, Any] = {"user": user, "baseline": baseline, "session": session}
        found = fleet_pipeline.audit(roles=roles, regions=[account.region], **asked)
        assert {row.role for row in found} == set(roles)
        writes = [call for call in account.calls() if call["access"] == "write"]
        assert not writes
        for role in roles:
            report = pipeline.check(role=role, region=account.region, **asked)
            assert cells_of_audit(found, role) == cells_of_check(report.to_json())
