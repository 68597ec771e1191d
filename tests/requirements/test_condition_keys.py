"""Condition keys as AWS documents them, and what would settle them."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.condition_keys import OpenKey, documented, names, settled_by
from sm_ssh_widget.requirements.evidence import Evidence


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("aws:sourcevpc", "aws:SourceVpc"),
        ("AWS:MULTIFACTORAUTHPRESENT", "aws:MultiFactorAuthPresent"),
        ("ssm:sourceinstancearn", "ssm:SourceInstanceARN"),
        ("AWS:principaltag/Team", "aws:PrincipalTag/Team"),
        ("ssm:ResourceTag/SSHOwner", "ssm:resourceTag/SSHOwner"),
        ("acme:OwnKey", "acme:OwnKey"),
    ],
)
def test_keys_are_spelled_as_aws_does(written: str, shown: str) -> None:
    assert documented(written) == shown


@pytest.mark.parametrize(
    ("key", "by"),
    [
        ("aws:SourceVpce", "network"),
        ("aws:SourceIp", "network"),
        ("aws:VpcSourceIp", "network"),
        ("aws:PrincipalOrgID", "organizations:DescribeOrganization"),
        ("aws:SourceOrgPaths", "organizations:DescribeOrganization"),
        ("aws:MultiFactorAuthAge", "MFA"),
        ("aws:PrincipalTag/team", "tags of the session"),
        ("aws:CurrentTime", "time of the call"),
        ("aws:ResourceTag/env", "tags of the resource"),
        ("aws:UserAgent", "value in the call"),
    ],
)
def test_each_says_what_would_settle_it(key: str, by: str) -> None:
    assert by in settled_by(key)


def test_names_are_told_once() -> None:
    by = Evidence("P", "#1", "identity")
    assert names([OpenKey("a", by), OpenKey("b", by), OpenKey("a", by)]) == "a and b"
    told = OpenKey("aws:SourceVpc", by).to_json()
    assert (told["key"], told["policy"], told["statement"], told["layer"]) == ("aws:SourceVpc", "P", "#1", "identity")
