"""A sign-in of fifteen minutes ends in the middle of an apply: what is done stays done, and a new sign-in goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.pipeline import ExistingSession, SignedIn
from sm_ssh_widget.simulator import SimulatedAccount
from tests.flows.conftest import checked

BRIEF = {"Role": "AdminWithMfa", "SessionName": "brief", "Seconds": 900}
LONG_TOKEN = {"SessionTokenBytes": 4096}


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    """The fresh account, with an administrator whose keys live for fifteen minutes and are as long as can be."""
    path = tmp_path / "brief.json"
    path.write_text(json.dumps({"profiles": {"brief": BRIEF}, "state": {"Conditions": LONG_TOKEN}}))
    return str(path)


def signed_in(account: SimulatedAccount, profile: str) -> SignedIn:
    return pipeline.sign_in(ExistingSession(account.session(profile)), region=account.region, account=account.account)


@pytest.mark.parametrize("operation", ["iam:AttachRolePolicy", "iam:PutRolePolicy", "ssm:UpdateServiceSetting"])
def test_what_was_done_stays_and_a_new_sign_in_goes_on(
    accounts: Callable[[str], SimulatedAccount], scenario: str, operation: str
) -> None:
    account = accounts(scenario)
    plan = pipeline.plan(checked(account))
    brief = signed_in(account, "brief")
    account.set_faults([{"kind": "time-passes", "seconds": 901, "operation": operation, "count": 1}])
    journal = pipeline.apply(plan, brief)
    failed = [step for step in journal.steps if step.status is StepStatus.FAILED]
    assert len(failed) == 1
    assert "expired" in failed[0].detail
    assert not journal.complete
    account.set_faults([])
    resumed = pipeline.resume(journal, signed_in(account, "admin"))
    assert resumed.complete
    assert not pipeline.plan(checked(account)).changes


def test_the_writes_before_the_end_are_kept(accounts: Callable[[str], SimulatedAccount], scenario: str) -> None:
    account = accounts(scenario)
    journal: Journal
    plan = pipeline.plan(checked(account))
    account.set_faults([{"kind": "time-passes", "seconds": 901, "operation": "iam:PutRolePolicy", "count": 1}])
    journal = pipeline.apply(plan, signed_in(account, "brief"))
    done = sum(step.status is StepStatus.DONE for step in journal.steps)
    assert 0 < done < len(journal.steps)
    writes = [call for call in account.calls() if call["access"] == "write" and call["status"] == 200]
    assert len(writes) == done
