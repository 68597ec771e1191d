"""An audit finds of every role what a check finds of it, in every scenario.

Most scenarios with least-privilege, and in most scenarios the roles that are alike in all of them, are left to
``make deep``.
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
from sm_ssh_widget.pipeline import ExistingSession
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import scenario_names

ROLES = 12
BOTH = {"data-perimeter-deny", "iam-user-with-groups", "many-roles"}
"""Scenarios whose findings differ most between the baselines."""
ALIKE = (
    *("AWSReservedSSO_DataScientist_", "AWSServiceRoleForAmazonSSM", "AdminWithExternalId", "AdminWithMfa"),
    "DataScientist",
)
"""How the names of the roles begin that every scenario has, and that all but :data:`WHOLE` leave to ``make deep``."""
WHOLE = BOTH | {"fresh-studio-role", "scp-blocks", "reads-denied", "sso-user"}
CASES = [
    pytest.param(scenario, baseline, marks=[] if baseline == "classic" or scenario in BOTH else pytest.mark.deep)
    for scenario in scenario_names()
    for baseline in ("classic", "least-privilege")
]
REST = [(scenario, baseline) for scenario, baseline in (case.values for case in CASES) if scenario not in WHOLE]


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
        chosen = [arn for arn in roles_of(account) if scenario in WHOLE or not is_alike(arn)]
        compare(account, chosen, baseline)


@pytest.mark.deep
@pytest.mark.parametrize(("scenario", "baseline"), REST)
def test_of_the_roles_that_are_alike_too(scenario: str, baseline: str) -> None:
    with SimulatedAccount(scenario) as account:
        compare(account, [arn for arn in roles_of(account) if is_alike(arn)], baseline)


def roles_of(account: SimulatedAccount) -> list[str]:
    reader = Reader(account.session("admin"), region=account.region)
    return [str(role.arn) for role in islice(Sweep(reader).roles(), ROLES)]


def is_alike(arn: str) -> bool:
    return arn.rpartition("/")[2].startswith(ALIKE)


def compare(account: SimulatedAccount, roles: list[str], baseline: str) -> None:
    assert roles
    session = pipeline.sign_in(ExistingSession(account.session("admin")), region=account.region)
    user = f"arn:{account.scenario.partition}:iam::{account.account}:role/DataScientist"
    asked: dict[str, Any] = {"user": user, "baseline": baseline, "session": session}
    found = fleet_pipeline.audit(roles=roles, regions=[account.region], **asked)
    assert {row.role for row in found} == set(roles)
    writes = [call for call in account.calls() if call["access"] == "write"]
    assert not writes
    for role in roles:
        report = pipeline.check(role=role, region=account.region, **asked)
        assert cells_of_audit(found, role) == cells_of_check(report.to_json())
