"""What SSH Helper's CDK left: its signature to the letter, and what is said of each part of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.requirements.cdk_facts import CdkPolicy, CdkStack, Leftovers
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.leftovers import CODEBUILD, cdk_statement, codebuild_index, judge
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown
from tests.support.observations import document, identity, observation, trusts

OF_CDK = [cdk_statement(f"{service}.amazonaws.com") for service in ("sagemaker", "codebuild", "ssm")]
SIGNATURE = document(*OF_CDK)
UNREAD = Unknown(Reason.DENIED, "cloudformation:DescribeStacks", "AccessDenied", "Sign in.")


def judged(trust: str = "", left: Leftovers | None = None) -> Any:
    left = left or Leftovers(Known((), "r"), Known((), "r"))
    return judge(observation(identity(trust=trust or None), leftovers=left))


class TestSignature:
    def test_the_three_statements_are_the_cdks(self) -> None:
        assert codebuild_index(SIGNATURE) == 1

    def test_statements_behind_them_change_nothing(self) -> None:
        assert codebuild_index(document(*OF_CDK, trusts("ec2.amazonaws.com"))) == 1

    @pytest.mark.parametrize(
        "statements",
        [
            OF_CDK[1:],
            OF_CDK[:2],
            [OF_CDK[1], OF_CDK[0], OF_CDK[2]],
            [OF_CDK[0], {**OF_CDK[1], "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}, OF_CDK[2]],
            [OF_CDK[0], {**OF_CDK[1], "Sid": "Builds"}, OF_CDK[2]],
            [OF_CDK[0], {**OF_CDK[1], "Action": "sts:AssumeRole"}, OF_CDK[2]],
            [trusts("sagemaker.amazonaws.com"), OF_CDK[1], OF_CDK[2]],
        ],
        ids=["no sagemaker", "no ssm", "other order", "condition", "sid", "action as a text", "by hand"],
    )
    def test_anything_else_is_not(self, statements: list[dict[str, Any]]) -> None:
        assert codebuild_index(document(*statements)) is None

    def test_no_policy_document(self) -> None:
        with pytest.raises(PolicyError):
            codebuild_index("{")


class TestJudge:
    def test_nothing_is_left(self) -> None:
        found = judged()
        assert (found.status, found.remedy, found.reason) == (FindingStatus.SATISFIED, "", "")
        assert "eu-west-1" in found.fact

    def test_the_trust_statement_alone(self) -> None:
        found = judged(SIGNATURE)
        assert found.status is FindingStatus.MISSING
        assert found.fact == "SageMaker SSH Helper's CDK left a trust statement for codebuild.amazonaws.com."
        assert "remove-leftovers" in found.remedy
        assert "CDKToolkit" not in found.remedy

    def test_stacks_are_named_with_who_deletes_them(self) -> None:
        stacks = Known((CdkStack("SSH-IAM-SSM-Stack", "CREATE_COMPLETE", ("LambdaRole",)),), "r")
        policies = Known((CdkPolicy("SSHSageMakerServerPolicy", Known(("role X",), "r")),), "r")
        found = judged("", Leftovers(stacks, policies))
        assert found.status is FindingStatus.MISSING
        for part in ("SSH-IAM-SSM-Stack (CREATE_COMPLETE)", "(attached to role X)", "the Lambda role LambdaRole"):
            assert part in found.fact
        assert "CDKToolkit" in found.remedy
        assert "remove-leftovers" not in found.remedy
        assert found.reason == "CloudFormation owns what is left"

    def test_policies_without_a_stack(self) -> None:
        policies = Known((CdkPolicy("SSHSageMakerServerPolicy", Known((), "r")),), "r")
        found = judged("", Leftovers(Known((), "r"), policies))
        assert "(not attached)" in found.fact
        assert "detach and delete" in found.remedy

    def test_whom_a_policy_is_attached_to_may_be_unread(self) -> None:
        found = judged("", Leftovers(Known((), "r"), Known((CdkPolicy("P", UNREAD),), "r")))
        assert found.fact == "SageMaker SSH Helper's CDK left the policy P."
        assert found.reason == "not all was read: cloudformation:DescribeStacks was denied"

    def test_the_roles_of_a_stack_may_be_unread(self) -> None:
        unread = Unknown(Reason.DENIED, "iam:GetRolePolicy", "AccessDenied", "Sign in.")
        stacks = Known((CdkStack("SSH-IAM-SSM-Stack", "CREATE_COMPLETE", unread=(unread,)),), "r")
        found = judged("", Leftovers(stacks, Known((), "r")))
        assert (found.status, found.reason) == (
            FindingStatus.MISSING,
            "not all was read: iam:GetRolePolicy was denied",
        )

    def test_one_stack_of_several_may_be_unread(self) -> None:
        stacks = Known((CdkStack("SSH-IAM-SSM-Stack", "CREATE_COMPLETE"),), "r")
        found = judged("", Leftovers(stacks, Known((), "r"), beside=(UNREAD,)))
        assert found.reason == "not all was read: cloudformation:DescribeStacks was denied"

    def test_unread_beside_nothing_found_is_unknown(self) -> None:
        assert judged("", Leftovers(Known((), "r"), Known((), "r"), beside=(UNREAD,))).status is FindingStatus.UNKNOWN

    def test_what_could_not_be_read_is_never_missing(self) -> None:
        found = judged("", Leftovers(UNREAD, Known((), "r")))
        assert found.status is FindingStatus.UNKNOWN
        assert "cloudformation:DescribeStacks" in found.fact

    def test_what_is_found_is_told_beside_what_was_not_read(self) -> None:
        found = judged(SIGNATURE, Leftovers(UNREAD, Known((), "r")))
        assert found.status is FindingStatus.MISSING
        assert found.reason == "not all was read: cloudformation:DescribeStacks was denied"

    def test_another_statement_for_codebuild_stays_and_is_told(self) -> None:
        conditional = {**OF_CDK[1], "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
        found = judged(document(OF_CDK[0], conditional, OF_CDK[2]))
        assert found.status is FindingStatus.SATISFIED
        assert "Another statement trusts CodeBuild and stays" in found.fact

    def test_an_unread_trust(self) -> None:
        seen = observation(identity(trust=None), leftovers=Leftovers(Known((), "r"), Known((), "r")))
        unread = identity()
        unread = type(unread)(**{**unread.__dict__, "trust": UNREAD})
        assert judge(type(seen)(**{**seen.__dict__, "role": unread})).status is FindingStatus.UNKNOWN

    def test_a_trust_that_is_no_document_is_left_to_its_own_finding(self) -> None:
        assert judged("nothing").status is FindingStatus.SATISFIED

    def test_nothing_was_asked(self) -> None:
        assert Leftovers().known_stacks == ()
        assert isinstance(Leftovers().projects, Absent)


def test_the_statement_is_what_the_cdks_function_writes() -> None:
    written = '{"Effect": "Allow", "Principal": {"Service": ["codebuild.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}'
    assert json.dumps(cdk_statement(CODEBUILD)) == written
