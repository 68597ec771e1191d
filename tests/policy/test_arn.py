"""ARNs of every partition and kind of identity: read, written, refused with the part that is wrong."""

import pytest

from sm_ssh_widget.policy.arn import (
    PARTITIONS,
    Arn,
    ArnError,
    PrincipalArn,
    account_of_root,
    is_account_id,
    is_region,
    partition_of_region,
)

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/R"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eu-isoe-west-1", "aws-iso-e"),
    ],
)
def test_each_region_has_its_partition(region: str, partition: str) -> None:
    assert is_region(region)
    assert partition_of_region(region) == partition
    assert partition in PARTITIONS


@pytest.mark.parametrize("name", ["", "eu", "eu-west", "eu-west-1a", "EU-WEST-1", "eu-west-123", "1-west-1", "e-w-1"])
def test_what_is_no_region(name: str) -> None:
    assert not is_region(name)


@pytest.mark.parametrize("text", ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"])
def test_what_is_no_account_id(text: str) -> None:
    assert is_account_id(ACCOUNT)
    assert not is_account_id(text)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_root_user_names_its_account_in_every_partition(partition: str) -> None:
    assert account_of_root(f"arn:{partition}:iam::{ACCOUNT}:root") == ACCOUNT


@pytest.mark.parametrize(
    "text", [ACCOUNT, ROLE, f"arn:aws:iam::{ACCOUNT}:root/x", "arn:aws:iam::1:root", f"arn:aws:sts::{ACCOUNT}:root"]
)
def test_no_other_text_names_a_root_user(text: str) -> None:
    assert account_of_root(text) is None


def test_an_arn_has_six_parts_and_the_last_may_hold_colons() -> None:
    arn = Arn.parse("arn:aws:logs:eu-west-1:123456789012:log-group:/a:log-stream:b")
    assert arn == Arn("aws", "logs", "eu-west-1", ACCOUNT, "log-group:/a:log-stream:b")
    assert str(arn) == "arn:aws:logs:eu-west-1:123456789012:log-group:/a:log-stream:b"


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:iam::123456789012", "urn:aws:iam::123456789012:role/R"])
def test_what_is_no_arn(text: str) -> None:
    with pytest.raises(ArnError, match=r"not an ARN: .*six parts"):
        Arn.parse(text)


@pytest.mark.parametrize(
    ("text", "kind", "name", "path", "session"),
    [
        (ROLE, "role", "R", "/service-role/", ""),
        (f"arn:aws:iam::{ACCOUNT}:role/R", "role", "R", "/", ""),
        (f"arn:aws-cn:iam::{ACCOUNT}:user/a/b/jane", "user", "jane", "/a/b/", ""),
        (f"arn:aws:iam::{ACCOUNT}:group/{'g' * 128}", "group", "g" * 128, "/", ""),
        (f"arn:aws:iam::{ACCOUNT}:role/{'r' * 64}", "role", "r" * 64, "/", ""),
        (f"arn:aws:iam::{ACCOUNT}:root", "root", "root", "/", ""),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s@x.y", "assumed-role", "R", None, "s@x.y"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/bob", "federated-user", "bob", "/", ""),
    ],
)
def test_an_identity_is_read_and_written_alike(text: str, kind: str, name: str, path: str | None, session: str) -> None:
    arn = PrincipalArn.parse(f" {text}\n")
    assert (arn.account, arn.kind, arn.name, arn.path, arn.session) == (ACCOUNT, kind, name, path, session)
    assert arn.partition == text.split(":")[1]
    assert str(arn) == text
    assert arn.path_known is (path is not None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"arn:aws-mars:iam::{ACCOUNT}:role/R", r"unknown partition 'aws-mars' .*one of aws, aws-cn"),
        ("arn:aws:iam::12:role/R", "'12', not twelve digits"),
        (f"arn:aws:s3::{ACCOUNT}:role/R", "names no IAM identity"),
        (f"arn:aws:iam:eu-west-1:{ACCOUNT}:role/R", "names no IAM identity"),
        (f"arn:aws:iam::{ACCOUNT}:policy/P", "names a policy, not a role or user"),
        (f"arn:aws:iam::{ACCOUNT}:", "names a nothing"),
        (f"arn:aws:iam::{ACCOUNT}:role/", "the role name in .* is not one that IAM allows"),
        (f"arn:aws:iam::{ACCOUNT}:role/a b", "the role name in .* is not one that IAM allows"),
        (f"arn:aws:iam::{ACCOUNT}:role/a b/R", "the role name in .* is not one that IAM allows"),
        (f"arn:aws:iam::{ACCOUNT}:role/{'r' * 65}", "has 65 characters, and IAM allows 64"),
        (f"arn:aws:iam::{ACCOUNT}:user/{'u' * 65}", "has 65 characters, and IAM allows 64"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/{'r' * 65}/s", "has 65 characters"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/R", "names no session"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/a b/s", "names no session"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/", "names no session"),
        (f"arn:aws:sts::{ACCOUNT}:role/R/s", "names no session"),
    ],
)
def test_what_names_no_identity(text: str, message: str) -> None:
    with pytest.raises(ArnError, match=message):
        PrincipalArn.parse(text)


def test_the_path_of_a_session_s_role_is_not_guessed() -> None:
    session = PrincipalArn.parse(f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/R/s")
    role = session.role()
    assert (role.partition, role.account, role.kind, role.name, role.path) == ("aws-cn", ACCOUNT, "role", "R", None)
    assert str(role) == f"arn:aws-cn:iam::{ACCOUNT}:role/…/R"
    with pytest.raises(ArnError, match="the path of role R is not known"):
        _ = role.path_and_name
    assert str(session.role("/service-role/")) == f"arn:aws-cn:iam::{ACCOUNT}:role/service-role/R"


def test_path_and_name_as_an_activation_takes_them() -> None:
    assert PrincipalArn.parse(ROLE).path_and_name == "service-role/R"
    assert PrincipalArn.parse(f"arn:aws:iam::{ACCOUNT}:role/R").path_and_name == "R"
