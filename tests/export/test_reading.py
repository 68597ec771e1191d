"""The request for read access: exactly the reads that were denied, and with it the check can read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget import export, pipeline
from sm_ssh_widget.pipeline import ExistingSession
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Observation, Reason, Target, Unknown
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.observations import with_facts

ROLE = PrincipalArn.parse("arn:aws:iam::123456789012:role/service-role/Execution")
TARGET = Target(ROLE, "eu-west-1", PrincipalArn.parse("arn:aws:iam::123456789012:user/jane"), role_verified=True)


def statements(reads: tuple[str, ...], target: Target = TARGET) -> list[Any]:
    return list(json.loads(export.read_policy(reads, target))["Statement"])


def observed(account: SimulatedAccount) -> Observation:
    detected = pipeline.detect(session=account.session("execution-role"))
    assert detected.target is not None
    reader = pipeline.sign_in(ExistingSession(account.session("execution-role")), region=account.region)
    return pipeline.check_target(detected.target, Selection.of(), reader).observation


def test_reads_of_the_role_are_allowed_on_the_role() -> None:
    [statement] = statements(("iam:GetRole", "iam:ListRolePolicies"))
    assert statement == {
        "Effect": "Allow",
        "Action": ["iam:GetRole", "iam:ListRolePolicies"],
        "Resource": [str(ROLE)],
    }


def test_reads_of_the_user_are_allowed_on_the_user() -> None:
    [statement] = statements(("iam:GetUserPolicy",))
    assert statement["Resource"] == ["arn:aws:iam::123456789012:user/jane"]


def test_a_user_that_is_a_role_is_read_as_a_role() -> None:
    target = replace(TARGET, user=PrincipalArn.parse("arn:aws:iam::123456789012:role/DataScientist"))
    [statement] = statements(("iam:GetRole",), target)
    assert statement["Resource"] == [str(ROLE), "arn:aws:iam::123456789012:role/DataScientist"]


def test_a_path_that_is_not_known_is_any() -> None:
    [statement] = statements(("iam:GetRole",), replace(TARGET, role=replace(ROLE, path=None)))
    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/*Execution"]


@pytest.mark.parametrize("scenario", ["reads-denied", "fresh-studio-role"])
def test_with_the_policy_nothing_is_denied_any_more(scenario: str) -> None:
    with SimulatedAccount(scenario) as account:
        before = observed(account)
        reads = export.needed_reads(before)
        assert set(reads) >= set(export.denied_reads(before)) > set()
        policy = export.read_policy(reads, before.target)
        iam = account.session("admin").client("iam")
        iam.put_role_policy(RoleName=before.target.role.name, PolicyName="Read", PolicyDocument=policy)
        assert export.denied_reads(observed(account)) == ()


def test_the_request_names_the_reads_and_the_policy() -> None:
    with SimulatedAccount("reads-denied") as account:
        seen = observed(account)
    told = export.read_access(seen, requester="Jane", reason="To see what is missing")
    assert "Jane" in told
    assert all(f"`{read}`" in told for read in export.denied_reads(seen))
    assert all(f"`{read}`" in told for read in export.needed_reads(seen))
    assert export.read_policy(export.needed_reads(seen), seen.target).rstrip() in told
    masked = export.read_access(seen, mask=True)
    assert account.account not in masked
    assert seen.target.role.name not in masked


def test_what_failed_otherwise_is_not_asked_for() -> None:
    with SimulatedAccount("fresh-studio-role") as account:
        reader = pipeline.sign_in(ExistingSession(account.session("admin")), region=account.region)
        detected = pipeline.detect(session=account.session("execution-role"))
        assert detected.target is not None
        seen = pipeline.check_target(detected.target, Selection.of(), reader).observation
    late = with_facts(seen, tier=Unknown(Reason.THROTTLED, "ssm:GetServiceSetting", "Rate exceeded.", "Try again."))
    assert export.denied_reads(late) == export.denied_reads(seen)
    if not export.denied_reads(seen):
        assert "No access is needed." in export.read_access(seen)
