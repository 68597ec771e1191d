"""The owner guard, shown: the owner may, another may not, and an untagged node is denied too."""

from __future__ import annotations

import json

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.documents import Filling
from sm_ssh_widget.requirements.observation import HeldPolicy, Identity, Target, Unknown
from sm_ssh_widget.requirements.owner_guard_preview import PreviewRow, demonstrate
from tests.support.observations import DENIED, ROLE, USER, allow, attached, deny, document, identity, inline

TARGET = Target(ROLE, "eu-west-1", USER, role_verified=True)
ALICE = PrincipalArn.parse("arn:aws:iam::123456789012:user/alice")


def guard(name: str = "SSMDenyAccessNotOwner") -> HeldPolicy:
    filling = Filling(str(ROLE), "aws", "123456789012", "eu-west-1")
    return inline("SSMDenyAccessNotOwner", json.dumps(documents.load(name, filling)))


def answers(rows: tuple[PreviewRow, ...]) -> list[tuple[str, str]]:
    return [(row.before, row.after) for row in rows]


@pytest.mark.parametrize("name", ["SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner-hardened"])
@pytest.mark.parametrize("arn", [USER, ALICE])
@pytest.mark.parametrize("user_id", ["", "AROAEXAMPLE:jane"])
def test_with_broad_permissions(name: str, arn: PrincipalArn, user_id: str) -> None:
    before = identity(arn, policies=(attached("AmazonSSMAutomationRole"),))
    after = identity(arn, policies=(attached("AmazonSSMAutomationRole"), guard(name)))
    rows = demonstrate(before, after, TARGET, user_id)
    assert answers(rows) == [("allowed", "allowed"), ("allowed", "denied"), ("allowed", "denied")]
    assert [row.who for row in rows] == ["you", "another person with your permissions", "you"]


def test_all_who_work_in_studio_with_one_role_are_one_owner() -> None:
    before = identity(ROLE, policies=(attached("AmazonSSMAutomationRole"),))
    after = identity(ROLE, policies=(attached("AmazonSSMAutomationRole"), guard()))
    rows = demonstrate(before, after, TARGET, "AROAEXAMPLE:SageMaker")
    assert answers(rows) == [("allowed", "allowed"), ("allowed", "allowed"), ("allowed", "denied")]
    assert rows[1].who == "another Studio user of this role"


def test_without_permissions_nothing_is_promised() -> None:
    rows = demonstrate(identity(USER), identity(USER, policies=(guard(),)), TARGET)
    assert answers(rows) == [("not allowed", "not allowed"), ("not allowed", "denied"), ("not allowed", "denied")]


def test_the_least_privilege_client_needs_no_guard_for_it() -> None:
    filling = Filling(str(ROLE), "aws", "123456789012", "eu-west-1")
    client = inline("SageMakerSSHClientAccess", json.dumps(documents.load("client-least-privilege", filling)))
    rows = demonstrate(identity(USER), identity(USER, policies=(client,)), TARGET)
    assert [after for _, after in answers(rows)] == ["allowed", "not allowed", "not allowed"]


def test_a_condition_on_something_else_stays_open() -> None:
    """The tag is known to be absent; whether there was an MFA code is not known, also then."""
    mfa = inline("Mfa", document(allow("ssm:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})))
    assert set(answers(demonstrate(one(mfa), one(mfa), TARGET))) == {("unknown", "unknown")}


def test_a_deny_and_what_could_not_be_read() -> None:
    barred = one(inline("No", document(deny("ssm:*"))))
    unread = identity(USER, inline=Unknown(DENIED.reason, DENIED.read, DENIED.said, DENIED.remedy))
    assert set(answers(demonstrate(barred, unread, TARGET))) == {("denied", "unknown")}


def one(policy: HeldPolicy) -> Identity:
    return identity(USER, policies=(policy,))
