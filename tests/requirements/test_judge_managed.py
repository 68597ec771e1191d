"""Managed policies: by name, by content, and blocked by nothing but what bars a request of SSH Helper."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.requirements.catalogue import CLOUDWATCH_LOGS, MANAGED_INSTANCE_CORE, USER_MANAGED
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_managed import managed, missing_managed
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.needs import ManagedNeed
from sm_ssh_widget.requirements.observation import HeldPolicy
from tests.support.observations import USER, allow, attached, deny, document, identity, inline, observation

CORE, LOGS, OF_USER = (each.need for each in (MANAGED_INSTANCE_CORE, CLOUDWATCH_LOGS, USER_MANAGED))
NODES = "arn:aws:ssm:*:*:managed-instance/*"
VPC = {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123"}}
NEEDED = allow(
    [
        *("ssm:UpdateInstanceInformation", "ssm:ListAssociations", "ssm:ListInstanceAssociations"),
        *("ssmmessages:*", "ec2messages:*", "iam:PassRole", "ssm:CreateActivation", "ssm:AddTagsToResource"),
    ]
)


def of_role(need: Any, *statements: dict[str, Any], by_name: str = "", boundary: str | None = None) -> Judgement:
    held: tuple[HeldPolicy, ...] = (attached(by_name),) if by_name else ()
    held += (inline("G", document(*statements)),) if statements else ()
    role = identity(policies=held, boundary=boundary)
    seen = observation(role)
    assert isinstance(need, ManagedNeed)
    return managed(need, Holdings.of(role, seen), seen)


def of_user(*statements: dict[str, Any], by_name: str = "AdministratorAccess") -> Judgement:
    user = identity(USER, policies=(attached(by_name), inline("G", document(*statements))))
    seen = observation(user=user)
    assert isinstance(OF_USER, ManagedNeed)
    return managed(OF_USER, Holdings.of(user, seen), seen)


class TestWhatBlocks:
    @pytest.mark.parametrize(
        "action", ["ssm:GetParameter*", "ssm:PutInventory", "ssm:GetDeployablePatchSnapshotForInstance"]
    )
    @pytest.mark.parametrize("by_name", ["", "AmazonSSMManagedInstanceCore"])
    def test_a_deny_of_what_ssh_helper_does_not_call_is_told(self, action: str, by_name: str) -> None:
        found = of_role(CORE, deny(action, Sid="NoSecrets"), by_name=by_name)
        assert found.status is (FindingStatus.SATISFIED if by_name else FindingStatus.MISSING)
        assert any("statement NoSecrets" in each and "SSH Helper does not call" in each for each in found.caveats)

    @pytest.mark.parametrize("by_name", ["", "AmazonSSMManagedInstanceCore"])
    def test_a_deny_of_a_request_on_its_resource_blocks(self, by_name: str) -> None:
        found = of_role(CORE, deny("ssm:UpdateInstanceInformation", NODES, Sid="No"), by_name=by_name)
        assert found.status is FindingStatus.BLOCKED
        assert found.evidence[0].statement == "No"
        assert "ssm:UpdateInstanceInformation on" in found.fact

    def test_a_deny_on_another_resource_does_not(self) -> None:
        found = of_role(CORE, deny("ssm:UpdateInstanceInformation", "arn:aws:ec2:*:*:instance/*"))
        assert found.status is FindingStatus.MISSING

    def test_a_boundary_of_what_ssh_helper_calls_does_not_block(self) -> None:
        boundary = document(NEEDED)
        assert of_role(CORE, boundary=boundary).status is FindingStatus.MISSING
        assert of_role(LOGS, boundary=boundary).status is FindingStatus.MISSING

    def test_logs_are_never_blocked(self) -> None:
        assert of_role(LOGS, deny("*")).status is FindingStatus.MISSING
        assert of_role(LOGS, deny("logs:*"), by_name="CloudWatchLogsFullAccess").status is FindingStatus.SATISFIED

    @pytest.mark.parametrize(
        ("action", "resource"),
        [
            ("ssm:StartSession", NODES),
            ("ssm:StartSession", "arn:aws:ssm:*::document/AWS-StartSSHSession"),
            ("ssm:SendCommand", NODES),
            ("ssmmessages:OpenDataChannel", "*"),
        ],
    )
    def test_administrator_access_with_a_deny_of_a_request_is_blocked(self, action: str, resource: str) -> None:
        assert of_user(deny(action, resource)).status is FindingStatus.BLOCKED

    def test_a_tag_that_ssh_helpers_nodes_do_not_have_blocks(self) -> None:
        condition = {"StringNotEquals": {"ssm:resourceTag/env": "dev"}}
        assert of_user(deny("ssm:StartSession", NODES, Condition=condition)).status is FindingStatus.BLOCKED

    @pytest.mark.parametrize("key", ["ssm:resourceTag/SSHOwner", "aws:ResourceTag/SSHOwner"])
    def test_a_guard_of_the_owners_does_not_block(self, key: str) -> None:
        condition = {"StringNotEquals": {key: "${aws:userid}"}}
        assert of_user(deny("ssm:StartSession", NODES, Condition=condition)).status is FindingStatus.SATISFIED

    def test_a_check_of_the_session_document_holds(self) -> None:
        condition = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
        found = of_user(
            allow("ssm:StartSession", Condition=condition), deny("ssm:SendCommand", "arn:aws:ec2:*:*:instance/*")
        )
        assert found.status is FindingStatus.SATISFIED

    def test_a_key_bucket_that_is_denied_withholds_nothing_else(self) -> None:
        found = of_user(deny("s3:*"))
        assert found.status is FindingStatus.SATISFIED
        assert any("s3:PutObject" in each for each in found.caveats)

    def test_a_denied_listing_blocks_what_is_complete_and_not_what_is_missing(self) -> None:
        assert of_user(deny("sagemaker:ListApps")).status is FindingStatus.BLOCKED
        found = of_user(deny("sagemaker:ListApps"), by_name="AmazonS3FullAccess")
        assert found.status is FindingStatus.MISSING


class TestOpenKeys:
    def test_nothing_allows_it_whatever_the_key_is(self) -> None:
        found = of_role(CORE, deny("*", Condition=VPC))
        assert found.status is FindingStatus.MISSING
        assert any("aws:SourceVpc (statement #1 of the policy G)" in each for each in found.caveats)

    def test_attached_and_still_open_is_unknown(self) -> None:
        found = of_role(CORE, deny("*", Condition=VPC), by_name="AmazonSSMManagedInstanceCore")
        assert found.status is FindingStatus.UNKNOWN
        assert [each.key for each in found.open_keys] == ["aws:SourceVpc"]
        assert "--assume aws:SourceVpc=VALUE" in found.remedy
        assert "verify --proof" in found.remedy

    def test_an_open_deny_of_everything_that_is_granted_leaves_the_answer_open(self) -> None:
        found = of_role(CORE, allow("*"), deny("*", Condition=VPC))
        assert found.status is FindingStatus.UNKNOWN
        assert [each.key for each in found.open_keys] == ["aws:SourceVpc"]

    def test_an_unneeded_action_that_is_open_leaves_nothing_open(self) -> None:
        found = of_role(CORE, allow("*"), deny("ssm:GetParameter", Condition=VPC))
        assert found.status is FindingStatus.SATISFIED_OTHERWISE

    def test_of_a_person_no_activation_is_offered(self) -> None:
        found = of_user(deny("ssm:StartSession", Condition=VPC))
        assert found.status is FindingStatus.UNKNOWN
        assert "--proof" not in found.remedy


class TestOtherwise:
    def test_several_policies_that_grant_together_are_counted(self) -> None:
        rest = allow(["ssm:*", "ec2messages:*"])
        role = identity(policies=(inline("One", document(rest)), inline("Two", document(allow("ssmmessages:*")))))
        seen = observation(role)
        assert isinstance(CORE, ManagedNeed)
        found = managed(CORE, Holdings.of(role, seen), seen)
        assert found.status is FindingStatus.SATISFIED_OTHERWISE
        assert "granted by One and 1 other policy" in found.fact

    def test_who_holds_what_ssh_helper_calls_is_shown_the_narrower_baseline(self) -> None:
        found = of_role(CORE, NEEDED)
        assert found.status is FindingStatus.MISSING
        assert "--baseline least-privilege" in found.remedy
        assert "--baseline" not in of_role(CORE).remedy

    def test_missing_managed_names_what_is_not_held_and_all_by_name_literally(self) -> None:
        assert isinstance(OF_USER, ManagedNeed)
        user = identity(USER, policies=(inline("S3", document(allow(["s3:*", "s3-object-lambda:*"]))),))
        seen = observation(user=user)
        held = Holdings.of(user, seen)
        assert "AmazonS3FullAccess" not in missing_managed(OF_USER, held, seen, literally=False)
        assert missing_managed(OF_USER, held, seen, literally=True) == OF_USER.alternatives[-1]
