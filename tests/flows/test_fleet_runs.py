"""A fleet plan, all the way: plan, apply, resume, undo; killed anywhere, drifted, stopped by its canaries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files, fleet_pipeline, fleet_runs
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, read_fleet_plan
from sm_ssh_widget.pipeline import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.mixed_roles import write_scenario

ROLES = 14


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path / "journals"))
    with SimulatedAccount(write_scenario(tmp_path, ROLES, seed=11)) as account:
        yield account


@pytest.fixture
def admin(account: SimulatedAccount) -> Iterator[SignedIn]:
    session = sign_in(ExistingSession(account.session("admin")), region=account.region)
    yield session
    session.forget()


def planned(admin: SignedIn, **how: Any) -> FleetPlan:
    found = fleet_pipeline.audit(session=admin, used_by="none", baseline=how.pop("baseline", "classic"))
    return fleet_runs.plan_fleet(found, admin, **how)


def outcomes(directory: Path) -> Counter[str]:
    _, index = fleet_runs.open_run(directory)
    return Counter(index.outcomes.values())


def some_role(plan: FleetPlan) -> str:
    return plan.roles[-1].rpartition("/")[2]


class Killed(BaseException):
    """Stands for a kill: nothing handles it."""


class Killer:
    """A clock-less stop that kills the process' work at the n-th question."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return False


def test_the_same_audit_gives_the_same_plan_and_it_comes_back_from_its_file(admin: SignedIn) -> None:
    plan = planned(admin)
    assert plan.lines() == planned(admin).lines()
    assert read_fleet_plan(plan.lines(), "x") == plan
    assert [member.scope for member in plan.members].count("region") == 1
    assert [member.scope for member in plan.members].index("region") == 3, "behind three canaries"
    assert len({role.rpartition("-")[0] for role in plan.roles[:3]}) > 0


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_apply_and_undo_leave_the_account_as_it_was(account: SimulatedAccount, admin: SignedIn, baseline: str) -> None:
    plan, before = planned(admin, baseline=baseline), account.state()
    directory, index = fleet_runs.apply_fleet(plan, admin)
    assert fleet_runs.run_code(index, len(plan.members)) is None
    assert index.verified
    tier = [call for call in account.calls() if call["operation"] == "ssm:UpdateServiceSetting"]
    assert len(tier) == 1, "the Region's plan is applied once"
    again = fleet_runs.verify_fleet(directory, admin)
    assert again.counts["ready"] == len(plan.roles) == len(again)
    assert not planned_again(admin, plan).members
    undone = fleet_runs.undo_fleet(directory, admin)
    assert all(journal.complete for journal in undone)
    assert account.state() == before


def planned_again(admin: SignedIn, plan: FleetPlan) -> FleetPlan:
    found = fleet_pipeline.audit(session=admin, used_by="none", baseline=plan.baseline, roles=plan.roles)
    return fleet_runs.plan_fleet(found, admin, roles=plan.roles)


@pytest.mark.parametrize("after", [0, 1, 2, 4, 7, 12, 20, pytest.param(33, marks=pytest.mark.deep)])
def test_a_run_that_was_killed_is_resumed_and_undone(account: SimulatedAccount, admin: SignedIn, after: int) -> None:
    plan, before = planned(admin), account.state()
    with pytest.raises(Killed):
        fleet_runs.apply_fleet(plan, admin, stop=Killer(after))
    (directory,) = (path.parent for path in Path(files.place()).glob("*/run.jsonl"))
    with (directory / "run.jsonl").open("a") as torn:
        torn.write('{"kind":"mem')
    index = fleet_runs.resume_fleet(directory, admin)
    assert fleet_runs.run_code(index, len(plan.members)) is None
    with pytest.raises(Killed):
        fleet_runs.undo_fleet(directory, admin, stop=Killer(after))
    assert all(journal.complete for journal in fleet_runs.undo_fleet(directory, admin))
    assert account.state() == before


def test_a_killed_run_is_undone_without_resuming(account: SimulatedAccount, admin: SignedIn) -> None:
    plan, before = planned(admin), account.state()
    with pytest.raises(Killed):
        fleet_runs.apply_fleet(plan, admin, stop=Killer(9))
    (directory,) = (path.parent for path in Path(files.place()).glob("*/run.jsonl"))
    fleet_runs.undo_fleet(directory, admin)
    assert account.state() == before
    with pytest.raises(Problem) as refused:
        fleet_runs.resume_fleet(directory, admin)
    assert refused.value.code is Code.REFUSED


def test_a_role_that_was_edited_meanwhile_is_left_as_it_is(account: SimulatedAccount, admin: SignedIn) -> None:
    plan = planned(admin)
    name = some_role(plan)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Sid": "New",
            }
        ],
    }
    account.session().client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    account.session().client("iam").put_role_policy(
        RoleName=name,
        PolicyName="SageMakerSSMPolicy",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
        ),
    )
    with pytest.raises(Problem) as refused:
        fleet_runs.apply_fleet(plan, admin, limits=fleet_runs.RunLimits(all_or_nothing=True))
    assert refused.value.code is Code.DRIFTED
    assert name in refused.value.said
    directory, index = fleet_runs.apply_fleet(plan, admin)
    assert outcomes(directory) == {"done": len(plan.members) - 1, "drifted": 1}
    assert fleet_runs.run_code(index, len(plan.members)) is Code.PARTLY_APPLIED
    assert account.session().client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == trust


def test_a_canary_that_is_not_ready_ends_the_run(
    account: SimulatedAccount, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, before = planned(admin), account.state()
    monkeypatch.setattr(fleet_runs, "_is_ready", lambda _member, _session: False)
    directory, index = fleet_runs.apply_fleet(plan, admin)
    assert index.verified is False
    assert len(index.begun) == 4, "three canaries and the Region"
    assert fleet_runs.run_code(index, len(plan.members)) is Code.PARTLY_APPLIED
    fleet_runs.undo_fleet(directory, admin)
    assert account.state() == before


def test_failures_end_the_run_beyond_their_limit(account: SimulatedAccount, admin: SignedIn) -> None:
    plan, before = planned(admin), account.state()
    account.set_faults([{"kind": "deny", "operation": "iam:AttachRolePolicy"}])
    directory, index = fleet_runs.apply_fleet(plan, admin)
    assert index.failures == 1
    assert len(index.begun) < len(plan.members)
    account.set_faults([])
    index = fleet_runs.resume_fleet(directory, admin)
    assert fleet_runs.run_code(index, len(plan.members)) is None
    fleet_runs.undo_fleet(directory, admin)
    assert account.state() == before


def test_a_member_of_another_plan_is_refused(admin: SignedIn, tmp_path: Path) -> None:
    plan = planned(admin)
    directory, _ = fleet_runs.apply_fleet(plan, admin, limits=fleet_runs.RunLimits(canaries=1))
    index = directory / "run.jsonl"
    index.write_text(index.read_text().replace(plan.digest[-8:], "00000000"))
    with pytest.raises(Problem) as refused:
        fleet_runs.undo_fleet(directory, admin)
    assert refused.value.code is Code.INVALID
