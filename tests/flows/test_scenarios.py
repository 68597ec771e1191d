"""Every scenario, all the way: what it says must be found and planned is, and undo leaves the state before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.pipeline import Report, SignedIn
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import scenario_names
from tests.flows.conftest import admin_of, checked, reader_of
from tests.support.scenarios import expected, expected_with_user

USER = "arn:{partition}:iam::{account}:role/DataScientist"


@dataclass(frozen=True)
class Found:
    """The account of a scenario, and what a check finds there before anything is written."""

    account: SimulatedAccount

    @cached_property
    def report(self) -> Report:
        return checked(self.account)


@pytest.fixture(scope="class")
def running(request: pytest.FixtureRequest) -> Iterator[Found]:
    with SimulatedAccount(request.param) as account:
        yield Found(account)


@pytest.fixture
def found(running: Found, monkeypatch: pytest.MonkeyPatch) -> Found:
    monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(running.account.directory / "metadata.json"))
    return running


@pytest.mark.parametrize("running", scenario_names(), indirect=True)
class TestScenario:
    """Its tests share an account: two write nothing, and the last one ends in the state that it began with."""

    def test_finds_and_plans_what_it_says(self, found: Found) -> None:
        told = expected(found.account.scenario)
        plan = pipeline.plan(found.report)
        assert {f.id: f.status.value for f in found.report.findings} == told.findings
        assert [change.finding for change in plan.changes] == told.changes
        assert {r.finding: r.code.value for r in plan.refused} == told.refused

    def test_finds_what_it_says_of_the_person_who_connects(self, found: Found) -> None:
        account = found.account
        if "user" in account.scenario.expected:
            return  # that person is named in every check of this scenario
        user, findings = expected_with_user(account.scenario)
        own = pipeline.detect(session=account.session("execution-role"), user=user)
        assert own.target is not None
        report = pipeline.check_target(own.target, pipeline.Selection.of(), reader_of(account))
        assert {f.id: f.status.value for f in report.findings} == findings

    def test_apply_reaches_what_was_planned_and_undo_the_state_before(self, found: Found, tmp_path: Path) -> None:
        account, before = found.account, found.account.state()
        plan = pipeline.plan(found.report)
        admin = admin_of(account)
        journal = pipeline.apply(plan, admin, tmp_path)
        assert journal.complete, journal.to_json()
        self._nothing_is_left_to_do(account, plan, ready=expected(account.scenario).ready_after_apply)
        back = pipeline.undo(journal, admin, tmp_path)
        assert back.complete, back.to_json()
        assert account.state() == before

    @staticmethod
    def _nothing_is_left_to_do(account: SimulatedAccount, plan: pipeline.Plan, *, ready: bool) -> None:
        again = checked(account)
        assert again.ready is ready
        assert pipeline.plan(again).empty
        written = {change.finding for change in plan.changes}
        assert all(f.status is FindingStatus.SATISFIED for f in again.findings if f.id in written)


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
@pytest.mark.parametrize(
    "options", [(), ("owner-guard",), ("hardened-trust",), ("studio-as-client",), ("as-documented", "owner-guard")]
)
def test_each_baseline_and_option_is_ready_after_apply_and_undone_exactly(
    baseline: str, options: tuple[str, ...], accounts: Callable[[str], SimulatedAccount]
) -> None:
    account = accounts("fresh-studio-role")
    admin, before = admin_of(account), account.state()
    report = _with_user(account, admin, baseline, options)
    journal = pipeline.apply(pipeline.plan(report), admin)
    again = _with_user(account, admin, baseline, options)
    assert again.ready, [finding for finding in again.findings if not finding.status.ready]
    assert pipeline.plan(again).empty
    assert pipeline.undo(journal, admin).complete
    assert account.state() == before


def _with_user(account: SimulatedAccount, admin: SignedIn, baseline: str, options: tuple[str, ...]) -> pipeline.Report:
    user = None if "studio-as-client" in options else USER.format(partition="aws", account=account.account)
    return pipeline.check(region=account.region, user=user, baseline=baseline, options=options, session=admin)


def test_applying_twice_changes_nothing(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("fresh-studio-role")
    admin = admin_of(account)
    plan = pipeline.plan(checked(account))
    pipeline.apply(plan, admin)
    after, writes = account.state(), _writes(account)
    second = pipeline.apply(plan, admin)
    assert second.complete
    assert account.state() == after
    assert _writes(account) == writes


def _writes(account: SimulatedAccount) -> int:
    return sum(call["access"] == "write" for call in account.calls())


def test_planning_makes_no_write(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("half-done")
    pipeline.plan(checked(account))
    assert _writes(account) == 0
