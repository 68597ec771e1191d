"""The stack sets of a fleet plan, deployed to the simulated organization by deploy.sh and the real AWS CLI.

Two shards in three accounts and the tier in two Regions end where apply ends; removed, where it began.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import fleet_pipeline, fleet_runs
from sm_ssh_widget.export import stackset
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.fleet.stack_instances import read_stack_instances
from sm_ssh_widget.pipeline import ExistingSession, sign_in
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support import aws_cli

from .cases import State, reading_of
from .stack import Stack

pytestmark = pytest.mark.slow

REGIONS = ("eu-west-1", "eu-north-1")
ACCOUNTS = ("210000000002", "210000000003", "210000000004")
SECURITY = "210000000012"
SHARD = 2
"""Roles of a stack here; a hundred in an export."""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with aws_cli.serving(tmp_path_factory.mktemp("bin")) as directory:
        yield directory


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three roles in each account, of which the first differs by account; the tier changes at once."""
    every = {"more_roles": 2, "state": {"TierPendingSeconds": 0}}
    path = tmp_path_factory.mktemp("scenario") / "organization.json"
    path.write_text(json.dumps({"extends": "organisation", "organization": {"every_account": every}}))
    return str(path)


@pytest.fixture
def organization(scenario: str) -> Iterator[SimulatedAccount]:
    with SimulatedAccount(scenario) as running:
        yield running


def planned(organization: SimulatedAccount, accounts: Sequence[str] = ACCOUNTS) -> FleetPlan:
    """A fleet plan over several accounts, each read with its own admin's keys."""
    members: list[Member] = []
    for account in accounts:
        session = sign_in(ExistingSession(organization.session(account=account)), region=organization.region)
        found = fleet_pipeline.audit(session=session, regions=REGIONS, used_by="none")
        members += fleet_runs.plan_fleet(found, session).members
        session.forget()
    return FleetPlan("classic", (), "sha256:audit", tuple(members))


def states(organization: SimulatedAccount, accounts: Sequence[str] = ACCOUNTS) -> dict[str, State]:
    """What a plan may change in each account, without what the stacks need for themselves."""
    found = {}
    for account in accounts:
        state = organization.state(account)
        kept = {
            name: [
                each
                for each in state[name]
                if not str(each.get("RoleName", each.get("PolicyName"))).startswith("StackSet-")
            ]
            for name in ("RoleDetailList", "UserDetailList", "Policies")
        }
        settings = {
            region: {name: setting["SettingValue"] for name, setting in values.items()}
            for region, values in state["ServiceSettings"].items()
        }
        found[account] = reading_of({**kept, "ServiceSettings": settings})
    return found


def unpacked(plan: FleetPlan, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(stackset.content(plan, SHARD))) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def run(
    tools: Path, organization: SimulatedAccount, script: Path, *arguments: str, profile: str = "admin"
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(script.parent), "POLL_SECONDS": "0.2"}
    environment |= {**organization.environment, "AWS_PROFILE": profile}
    return subprocess.run(
        ["bash", str(script), *arguments], env=environment, capture_output=True, text=True, timeout=400, check=False
    )


def applied(scenario: str, plan: FleetPlan, journals: Path) -> dict[str, State]:
    """What apply reaches in an organization of its own, account by account."""
    with SimulatedAccount(scenario) as organization:
        for account in ACCOUNTS:
            own = tuple(member for member in plan.members if member.plan.account == account)
            session = sign_in(ExistingSession(organization.session(account=account)), region=organization.region)
            _, index = fleet_runs.apply_fleet(FleetPlan("classic", (), "sha256:audit", own), session, journals)
            assert set(index.outcomes.values()) == {"done"}
            session.forget()
        return states(organization)


def test_deployed_it_ends_where_apply_ends_and_removed_where_it_began(
    organization: SimulatedAccount, scenario: str, tools: Path, tmp_path: Path
) -> None:
    plan, before = planned(organization), states(organization)
    whole = {each.id: organization.state(each.id) for each in organization.members}
    found = stackset.stack_sets(plan, SHARD)
    assert {region for each in found for one in each.deployments for region in one.regions} == set(REGIONS)
    folder = unpacked(plan, tmp_path)
    checked = run(tools, organization, folder / "deploy.sh", "--check")
    assert checked.returncode == 0, checked.stderr
    assert {each.id: organization.state(each.id) for each in organization.members} == whole
    deployed = run(tools, organization, folder / "deploy.sh")
    assert deployed.returncode == 0, deployed.stderr
    assert states(organization) == applied(scenario, plan, tmp_path / "journals")
    assert {each.id: organization.state(each.id) for each in organization.members if each.id not in ACCOUNTS} == {
        account: {**state, "StackSets": organization.state(account)["StackSets"]}
        for account, state in whole.items()
        if account not in ACCOUNTS
    }
    again = run(tools, organization, folder / "deploy.sh")
    assert again.returncode == 0, again.stderr
    assert "Deploy " not in again.stdout
    told = run(tools, organization, folder / "deploy.sh", "--status")
    stacks = read_stack_instances(told.stdout.splitlines(), "stacks.json")
    assert {(each.stack_set, each.account, each.region) for each in stacks if each.is_current} == {
        (each.name, account, region)
        for each in found
        for one in each.deployments
        for account in one.accounts
        for region in one.regions
    }
    removed = run(tools, organization, folder / "remove.sh")
    assert removed.returncode == 0, removed.stderr
    assert states(organization) == before
    assert "StackSet-" not in json.dumps([organization.state(each.id) for each in organization.members])


def test_nothing_follows_where_the_first_account_fails(
    organization: SimulatedAccount, tools: Path, tmp_path: Path
) -> None:
    plan = planned(organization, ACCOUNTS[:2])
    first, second = ACCOUNTS[:2]
    before = states(organization)
    theirs = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    role = next(role for role in plan.roles if first in role and "Team-0001" in role).rpartition("/")[2]
    organization.session(account=first).client("iam").put_role_policy(
        RoleName=role, PolicyName="SageMakerSSMPolicy", PolicyDocument=json.dumps(theirs)
    )
    ended = run(tools, organization, unpacked(plan, tmp_path) / "deploy.sh")
    assert ended.returncode == 9
    assert "SageMakerSSMPolicy" in ended.stderr or "is not as the plan saw it" in ended.stderr
    assert states(organization)[second] == before[second]
    now = {each["RoleName"]: each for each in states(organization)[first]["RoleDetailList"]}
    assert (
        now[role]["AssumeRolePolicyDocument"]
        == {each["RoleName"]: each for each in before[first]["RoleDetailList"]}[role]["AssumeRolePolicyDocument"]
    )


def test_the_management_account_is_left_out_and_named(
    organization: SimulatedAccount, tools: Path, tmp_path: Path
) -> None:
    plan = planned(organization, (organization.account, ACCOUNTS[0]))
    before = states(organization, (organization.account,))
    folder = unpacked(plan, tmp_path)
    deployed = run(
        tools, organization, folder / "deploy.sh", "--call-as", "DELEGATED_ADMIN", profile=f"admin-{SECURITY}"
    )
    assert deployed.returncode == 0, deployed.stderr
    assert f"Account {organization.account} is the management account" in deployed.stderr
    assert states(organization, (organization.account,)) == before
    listed = organization.session().client("cloudformation").list_stack_sets()["Summaries"]
    assert {each["StackSetName"] for each in listed} == {
        each.name for each in stackset.stack_sets(plan, SHARD) if set(each.accounts) != {organization.account}
    }
    instances: list[dict[str, Any]] = [
        dict(each)
        for name in listed
        for each in organization.session()
        .client("cloudformation")
        .list_stack_instances(StackSetName=name["StackSetName"])["Summaries"]
    ]
    assert {each["Account"] for each in instances} == {ACCOUNTS[0]}


def test_an_unknown_argument_is_refused(organization: SimulatedAccount, tools: Path, tmp_path: Path) -> None:
    folder = unpacked(planned(organization, ACCOUNTS[:1]), tmp_path)
    ended = run(tools, organization, folder / "deploy.sh", "--force")
    assert ended.returncode == 2
    assert "Usage: bash deploy.sh" in ended.stderr


@pytest.mark.parametrize("name", ["deploy.sh", "remove.sh"])
def test_a_denied_read_ends_the_script_and_is_no_missing_stack_set(
    organization: SimulatedAccount, tools: Path, tmp_path: Path, name: str
) -> None:
    folder = unpacked(planned(organization, ACCOUNTS[:1]), tmp_path)
    organization.set_faults([{"kind": "deny", "operation": "cloudformation:DescribeStackSet"}])
    ended = run(tools, organization, folder / name)
    assert ended.returncode == 8
    assert "is not authorized to perform: cloudformation:DescribeStackSet" in ended.stderr
    assert "There is no stack set" not in ended.stdout


def test_a_whole_shard_keeps_what_iam_allows() -> None:
    """A hundred roles: nine calls each, within the quotas of the function's own role."""
    fleet_of = {"extends": "fresh-studio-role", "more_roles": 99}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(fleet_of, file)
        file.flush()
        account = SimulatedAccount(file.name)
    with account:
        session = sign_in(ExistingSession(account.session()), region=account.region)
        found = fleet_pipeline.audit(session=session, regions=[account.region], used_by="none")
        _, shard = stackset.stack_sets(fleet_runs.plan_fleet(found, session))
        session.forget()
        before = account.state()
        stack = Stack.of(account, shard.template)
        account.forget_calls()
        stack.deploy()
        calls = [call for call in account.calls() if "AdderRole" in call["principal"]]
        assert (shard.roles, len(calls)) == (100, 900)
        assert not [call for call in account.calls() if call["status"] >= 400 and call["error"] != "NoSuchEntity"]
        stack.delete()
        assert reading_of(account.state())["RoleDetailList"] == reading_of(before)["RoleDetailList"]


def test_as_many_accounts_at_once_as_asked(organization: SimulatedAccount, tools: Path, tmp_path: Path) -> None:
    plan = planned(organization, ACCOUNTS[:2])
    folder = unpacked(plan, tmp_path)
    ended = run(tools, organization, folder / "deploy.sh", "--tolerance", "50", "--at-once", "7")
    assert ended.returncode == 0, ended.stderr
    stacks = organization.session().client("cloudformation")
    name = stackset.stack_sets(plan, SHARD)[0].name
    last, first = stacks.list_stack_set_operations(StackSetName=name)["Summaries"]
    asked = stacks.describe_stack_set_operation(StackSetName=name, OperationId=last["OperationId"])
    assert asked["StackSetOperation"]["OperationPreferences"] == {
        "FailureTolerancePercentage": 50,
        "MaxConcurrentCount": 7,
        "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
    }
    asked = stacks.describe_stack_set_operation(StackSetName=name, OperationId=first["OperationId"])
    assert asked["StackSetOperation"]["OperationPreferences"] == {"FailureToleranceCount": 0, "MaxConcurrentCount": 1}
