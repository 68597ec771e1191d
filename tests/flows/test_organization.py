"""Each account of the simulated organization, checked with its own keys: what it says must be found is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.pipeline import ExistingSession
from sm_ssh_widget.simulator.account import SimulatedAccount

READ = (
    *("210000000002", "210000000003", "210000000004", "210000000005", "210000000006", "210000000008"),
    *("210000000011", "210000000012"),
)


@pytest.fixture(scope="module")
def organization() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation") as running:
        yield running


@pytest.mark.parametrize("account", READ)
def test_an_account_is_found_as_it_says(
    organization: SimulatedAccount, account: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [member] = [each for each in organization.members if each.id == account]
    (tmp_path / "metadata.json").write_text(json.dumps(member.scenario.metadata))
    monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(tmp_path / "metadata.json"))
    found = pipeline.detect(session=organization.session("execution-role", account=account))
    assert found.target is not None
    admin = ExistingSession(organization.session("admin", account=account))
    signed_in = pipeline.sign_in(admin, region=organization.region, account=account)
    report = pipeline.check_target(found.target, pipeline.Selection.of(), signed_in)
    findings = {each.id: each.status.value for each in report.findings}
    assert findings == member.scenario.expected["findings"]
