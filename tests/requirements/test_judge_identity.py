"""The requests of the role and the person: what is missing, what a bucket of one's own changes, what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import KeyBucket, Selection
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.observation import Observation
from sm_ssh_widget.requirements.ssh_owner import with_key_bucket
from tests.support.observations import ROLE, USER, allow, deny, document, identity, inline, observation

EVERYTHING_BUT = {"Effect": "Allow", "NotAction": "ssm:UpdateInstanceInformation", "Resource": "*"}
ELSEWHERE = deny("s3:*") | {"NotResource": ["arn:aws:s3:::acme-sm-*", "arn:aws:s3:::acme-sm-*/*"]}
ELSEWHERE.pop("Resource")


def judged(seen: Observation, *options: str) -> Assessment:
    selection = Selection.of("least-privilege", options)
    return assess(selection, replace(seen, target=with_key_bucket(seen.target, selection)))


def of_role(*statements: dict[str, Any], options: tuple[str, ...] = (), **more: Any) -> Finding:
    seen = observation(identity(policies=(inline("G", document(*statements)),), **more))
    return next(each for each in judged(seen, *options).findings if each.id == "role.capabilities")


def of_user(*statements: dict[str, Any]) -> Finding:
    seen = observation(user=identity(USER, policies=(inline("G", document(*statements)),)))
    return next(each for each in judged(seen).findings if each.id == "user.permissions")


class TestTheRole:
    def test_a_boundary_for_its_own_tag_holds(self) -> None:
        boundary = document(allow("*", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}}))
        own = of_role(allow("*"), boundary=boundary, tags={"team": "a"})
        assert own.status is FindingStatus.SATISFIED_OTHERWISE
        assert of_role(allow("*"), boundary=boundary, tags={"team": "b"}).status is FindingStatus.BLOCKED

    @pytest.mark.parametrize(
        ("pattern", "status"),
        [
            ("arn:aws:ssm:*:123456789012:managed-instance/*", FindingStatus.SATISFIED_OTHERWISE),
            ("arn:aws:ec2:*:123456789012:instance/*", FindingStatus.MISSING),
        ],
    )
    def test_the_agent_calls_from_a_hybrid_node(self, pattern: str, status: FindingStatus) -> None:
        condition = {"ArnLike": {"ssm:SourceInstanceARN": pattern}}
        heartbeat = allow("ssm:UpdateInstanceInformation", Condition=condition)
        assert of_role(EVERYTHING_BUT, heartbeat).status is status

    def test_a_reading_of_a_wildcard_is_told_with_its_statement(self) -> None:
        found = of_role(EVERYTHING_BUT, allow("ssm:*", "arn:aws:ssm:*:managed-instance/*", Sid="Nodes"))
        assert found.status is FindingStatus.UNKNOWN
        assert "(statement Nodes of the policy G)" in found.fact
        assert "statement Nodes of the policy G" in found.remedy
        assert [(each.by.statement, each.is_reading) for each in found.open_keys] == [("Nodes", True)]

    def test_mfa_that_no_service_brings_blocks(self) -> None:
        condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
        assert of_role(allow("*"), deny("*", Condition=condition)).status is FindingStatus.BLOCKED

    def test_the_tags_of_an_activation_are_five(self) -> None:
        five = ["SSHOwner", "SSHCreator", "SSHTimestamp", "SSHResourceName", "SSHResourceArn"]
        rest = {"Effect": "Allow", "NotAction": "ssm:CreateActivation", "Resource": "*"}
        for keys, status in ((five, FindingStatus.SATISFIED_OTHERWISE), (five[1:], FindingStatus.MISSING)):
            only = allow("ssm:CreateActivation", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": keys}})
            assert of_role(rest, only).status is status

    def test_the_tags_of_the_role_that_is_passed_are_known(self) -> None:
        rest = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
        for key in ("iam:ResourceTag/team", "aws:ResourceTag/team"):
            passes = allow("iam:PassRole", str(ROLE), Condition={"StringEquals": {key: "a"}})
            assert of_role(rest, passes, tags={"team": "a"}).status is FindingStatus.SATISFIED_OTHERWISE
            assert of_role(rest, passes).status is FindingStatus.MISSING

    def test_missing_under_a_deny_is_told_with_its_key(self) -> None:
        condition = {"StringNotEqualsIfExists": {"aws:sourcevpc": "vpc-0123"}}
        seen = observation(identity(policies=(inline("NP", document(deny("*", Condition=condition))),)))
        found = judged(seen)
        assert next(f for f in found.findings if f.id == "role.capabilities").status is FindingStatus.MISSING
        assert any("aws:SourceVpc (statement #1 of the policy NP)" in caveat for caveat in found.caveats)

    def test_the_resource_of_what_decides_is_named(self) -> None:
        found = of_role(allow("*"), deny("ssm:UpdateInstanceInformation"))
        assert "managed-instance/mi-* is blocked by an explicit deny in the policy G, statement #2" in found.fact


class TestTheKeyBucket:
    def test_a_denied_default_bucket_withholds_nothing_else(self) -> None:
        assert of_role(ELSEWHERE).status is FindingStatus.MISSING
        assert of_role(ELSEWHERE, allow("*")).status is FindingStatus.SATISFIED_OTHERWISE

    def test_the_named_bucket_is_asked_for(self) -> None:
        statements = (ELSEWHERE, allow("*"))
        seen = observation(identity(policies=(inline("G", document(*statements)),)))
        denied = {use.use: use.denied for use in judged(seen).uses}
        assert denied["ssh"]
        named = {use.use: use.denied for use in judged(seen, "key-bucket=s3://acme-sm-keys/team").uses}
        assert named == {"shell": (), "ssh": (), "endpoint": (), "listing": ()}

    @pytest.mark.parametrize(
        ("text", "bucket", "prefix"),
        [
            ("s3://acme", "acme", ""),
            ("s3://acme/", "acme", ""),
            ("key-bucket=s3://acme/a/b/", "acme", "a/b/"),
            ("acme.corp/x", "acme.corp", "x/"),
        ],
    )
    def test_its_location_is_read(self, text: str, bucket: str, prefix: str) -> None:
        assert KeyBucket.parse(text) == KeyBucket(bucket, prefix)
        assert KeyBucket.parse(str(KeyBucket(bucket, prefix))) == KeyBucket(bucket, prefix)

    @pytest.mark.parametrize("text", ["", "s3://", "s3://*", "s3://acme/*", "s3://acme/${aws:userid}", "S3://ACME"])
    def test_what_is_no_location_is_refused(self, text: str) -> None:
        with pytest.raises(Problem, match="is not the location of a bucket"):
            KeyBucket.parse(text)

    def test_it_stands_among_the_options_of_a_plan(self) -> None:
        selection = Selection.of("classic", ("key-bucket=acme/x", "owner-guard"))
        assert selection.option_names == ("owner-guard", "key-bucket=s3://acme/x")
        assert Selection.of("classic", selection.option_names) == selection


class TestThePerson:
    def test_a_tag_condition_over_documents_too_never_allows_them(self) -> None:
        others = {"Effect": "Allow", "NotAction": ["ssm:StartSession", "ssm:SendCommand"], "Resource": "*"}
        own = {"StringEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}}
        found = of_user(others, allow(["ssm:StartSession", "ssm:SendCommand"], Condition=own))
        assert found.status is FindingStatus.MISSING
        assert "role DataScientist" in found.fact
        assert found.title == "DataScientist cannot connect yet"

    def test_the_account_of_aws_own_documents_is_not_ours(self) -> None:
        condition = {"StringNotEquals": {"aws:ResourceAccount": "123456789012"}}
        found = of_user(allow("*"), deny("ssm:*", Condition=condition))
        assert found.status is FindingStatus.UNKNOWN
        assert [each.key for each in found.open_keys] == ["aws:ResourceAccount"]
