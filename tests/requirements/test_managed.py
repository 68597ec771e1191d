"""The snapshots of AWS managed policies."""

from __future__ import annotations

import re

import pytest

from sm_ssh_widget.policy.document import statements
from sm_ssh_widget.requirements import managed


def test_the_names_are_those_of_the_specification() -> None:
    assert managed.names() == (
        "AdministratorAccess",
        "AmazonS3FullAccess",
        "AmazonSSMAutomationRole",
        "AmazonSSMManagedInstanceCore",
        "AmazonSageMakerFullAccess",
        "CloudWatchLogsFullAccess",
        "CloudWatchLogsReadOnlyAccess",
    )


@pytest.mark.parametrize("name", managed.names())
def test_a_snapshot_is_whole(name: str) -> None:
    policy = managed.snapshot(name)
    assert policy.name == name
    assert re.fullmatch(r"v\d+", policy.version)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", policy.updated)
    assert policy.document["Version"] == "2012-10-17"
    assert statements(policy.document)


def test_the_arn_has_the_path_and_the_partition() -> None:
    assert managed.arn("AmazonSSMAutomationRole", "aws") == (
        "arn:aws:iam::aws:policy/service-role/AmazonSSMAutomationRole"
    )
    assert managed.arn("CloudWatchLogsFullAccess", "aws-cn") == "arn:aws-cn:iam::aws:policy/CloudWatchLogsFullAccess"
    assert managed.snapshot("AmazonSSMAutomationRole").path == "/service-role/"
    assert managed.snapshot("AmazonS3FullAccess").path == "/"


def test_the_administrator_may_do_anything() -> None:
    assert statements(managed.snapshot("AdministratorAccess").document) == (
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
    )


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(managed.UnknownPolicyError, match="no snapshot of 'Other'"):
        managed.arn("Other", "aws")
