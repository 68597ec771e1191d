"""A fleet plan over accounts of the simulated organization: applied account by account, resumed, undone exactly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files, fleet_pipeline, fleet_runs
from sm_ssh_widget.aws.account_sources import AssumedAccounts
from sm_ssh_widget.fleet.accounts import AccountChoice, MemberRole
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, read_fleet_plan
from sm_ssh_widget.pipeline import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import SimulatedAccount

STRONG = MemberRole("OrganizationAccountAccessRole")
FIRST, SECOND = "210000000002", "210000000003"


@pytest.fixture
def org(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path / "journals"))
    with SimulatedAccount("organisation", accounts=3) as account:
        yield account


@pytest.fixture
def admin(org: SimulatedAccount) -> Iterator[SignedIn]:
    session = sign_in(ExistingSession(org.session("admin")), region=org.region)
    yield session
    session.forget()


def audited(admin: SignedIn) -> Audit:
    return fleet_pipeline.audit(accounts="org", member_role=STRONG, session=admin, used_by="none")


def planned(admin: SignedIn, found: Audit) -> FleetPlan:
    accounts = tuple(sorted({row.account for row in found}))
    source = fleet_pipeline.assumed_accounts(admin, AccountChoice("list", accounts), STRONG)
    return fleet_runs.plan_fleet(found, source)


def states(org: SimulatedAccount) -> list[Any]:
    return [org.state(account=member.id) for member in org.members]


class _Killed(BaseException):
    """Stands for a kill: nothing handles it."""


def killed_after(calls: int) -> Any:
    left = [calls]

    def stop() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise _Killed
        return False

    return stop


def test_applied_account_by_account_and_undone_to_what_was(org: SimulatedAccount, admin: SignedIn) -> None:
    found = audited(admin)
    plan, before = planned(admin, found), states(org)
    assert plan.accounts == (org.account, FIRST, SECOND)
    assert read_fleet_plan(plan.lines(), "x") == plan
    assert plan.lines() == planned(admin, found).lines()
    acting = fleet_runs.acting_accounts(admin, plan, STRONG)
    directory, index = fleet_runs.apply_fleet(plan, acting)
    assert fleet_runs.run_code(index, len(plan.members)) is None
    assert index.checks == dict.fromkeys(plan.accounts, True)
    begun = [plan.members[number].plan.account for number in index.begun]
    assert begun == sorted(begun), "one account after the other"
    verified = fleet_runs.verify_fleet(directory, acting)
    assert {row.account for row in verified} == set(plan.accounts)
    assert verified.complete, "each account is asked for its own roles only"
    assert not [row.role for row in verified if row.lacks.missing]
    shown = fleet_runs.plan_fleet_undo(directory, acting)
    undone = fleet_runs.undo_fleet(directory, acting, digest=fleet_runs.undo_digest(shown))
    assert all(journal.complete for journal in undone)
    assert states(org) == before
    writes = [call for call in org.calls("*") if call["access"] == "write" and call["operation"] != "sts:AssumeRole"]
    assert {call["account"] for call in writes} == set(plan.accounts)


@pytest.mark.parametrize("calls", [2, 9])
def test_a_killed_run_is_resumed_and_undone(org: SimulatedAccount, admin: SignedIn, calls: int) -> None:
    plan, before = planned(admin, audited(admin)), states(org)
    acting = fleet_runs.acting_accounts(admin, plan, STRONG)
    with pytest.raises(_Killed):
        fleet_runs.apply_fleet(plan, acting, stop=killed_after(calls))
    (directory,) = (each.parent for each in files.place(None).glob("*/run.jsonl"))
    index = fleet_runs.resume_fleet(directory, acting)
    assert fleet_runs.run_code(index, len(plan.members)) is None
    fleet_runs.undo_fleet(directory, acting)
    assert states(org) == before


def test_an_account_that_cannot_be_signed_in_to_ends_the_run_before_it(org: SimulatedAccount, admin: SignedIn) -> None:
    plan, before = planned(admin, audited(admin)), org.state(account=SECOND)
    iam: Any = org.session("admin", account=SECOND).client("iam")
    trust: Any = iam.get_role(RoleName=STRONG.name)["Role"]["AssumeRolePolicyDocument"]
    denied = {**trust, "Statement": [{**each, "Effect": "Deny"} for each in trust["Statement"]]}
    iam.update_assume_role_policy(RoleName=STRONG.name, PolicyDocument=json.dumps(denied))
    _, index = fleet_runs.apply_fleet(plan, fleet_runs.acting_accounts(admin, plan, STRONG))
    accounts = {plan.members[number].plan.account: outcome for number, outcome in index.outcomes.items()}
    assert accounts == {org.account: "done", FIRST: "done", SECOND: Code.SIGN_IN.value}
    assert fleet_runs.run_code(index, len(plan.members)) is Code.PARTLY_APPLIED
    iam.update_assume_role_policy(RoleName=STRONG.name, PolicyDocument=json.dumps(trust))
    assert org.state(account=SECOND) == before, "nothing of it was written"


def test_accounts_that_were_read_in_another_order_give_the_same_plan(org: SimulatedAccount, admin: SignedIn) -> None:
    members = tuple(member.id for member in org.members)
    source = fleet_pipeline.assumed_accounts(admin, AccountChoice("list", members), STRONG)
    one, other = (
        fleet_pipeline.audit(accounts=replace(source, entries=entries), session=admin, used_by="none", gentle=True)
        for entries in (source.entries, source.entries[::-1])
    )
    assert one.table.texts != other.table.texts, "texts are numbered in the order in which they were met"
    assert planned(admin, one).lines() == planned(admin, other).lines()


def test_a_session_of_one_account_plans_no_other(org: SimulatedAccount, admin: SignedIn) -> None:
    found = audited(admin)
    with pytest.raises(Problem) as refused:
        fleet_runs.plan_fleet(found, admin)
    assert refused.value.code is Code.USAGE
    assert "--member-role" in refused.value.remedy
    mine = fleet_runs.plan_fleet(found, admin, roles=[f"arn:aws:iam::{org.account}:*"])
    assert mine.accounts == (org.account,)


def test_an_account_that_cannot_be_read_is_refused_and_the_others_planned(
    org: SimulatedAccount, admin: SignedIn
) -> None:
    found = audited(admin)
    wrong = MemberRole("NoSuchRole")
    source = AssumedAccounts.of(admin, AccountChoice("list", (org.account, FIRST, SECOND)), wrong)
    plan = fleet_runs.plan_fleet(found, source)
    assert plan.accounts == (org.account,)
    assert {each["for"] for each in plan.refused if each["finding"] == "account"} == {FIRST, SECOND}
