"""Baselines, options and what a person selects of them."""

from __future__ import annotations

import pytest

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import (
    BASELINES,
    CLASSIC,
    LEAST_PRIVILEGE,
    KeyBucket,
    Option,
    Selection,
    is_offered,
)
from sm_ssh_widget.requirements.catalogue import HOST_MANAGEMENT, OWNER_GUARD, TIER, TRUST_SSM


@pytest.mark.parametrize(
    ("id", "offered"),
    [
        ("user.owner-guard", True),
        ("ssm.host-management", True),
        ("account.leftovers", True),
        ("ssm.session-preferences", False),
        ("trust.ssm", False),
    ],
)
def test_what_an_option_offers(id: str, offered: bool) -> None:
    assert is_offered(id) == offered


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        ("s3://keys", "keys", ""),
        ("s3://keys/", "keys", ""),
        ("keys/team/a/", "keys", "team/a/"),
        ("key-bucket=s3://keys//team", "keys", "team/"),
    ],
)
def test_the_location_of_the_keys(text: str, bucket: str, prefix: str) -> None:
    found = KeyBucket.parse(text)
    assert (found.bucket, found.prefix) == (bucket, prefix)
    assert KeyBucket.parse(str(found)) == found


@pytest.mark.parametrize(
    "text", ["", "s3://", "Keys", "s3://k", "s3://keys/*", "s3://keys/${x}", 's3://keys/"', "-keys"]
)
def test_what_is_no_location_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        KeyBucket.parse(text)
    assert (caught.value.where, caught.value.code) == ("Reading --key-bucket", Code.USAGE)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"baseline": "huge"}, "There is no baseline named huge."),
        ({"options": ("huge",)}, "There is no option named huge."),
        ({"steps": ("huge",)}, "There is no step named huge."),
    ],
    ids=str,
)
def test_a_name_that_there_is_not_is_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(Problem) as caught:
        Selection.of(**asked)  # type: ignore[arg-type]
    assert (caught.value.said, caught.value.code) == (said, Code.USAGE)


def test_the_last_key_bucket_counts_and_stands_last_among_the_options() -> None:
    found = Selection.of(options=("key-bucket=s3://first", "owner-guard", "key-bucket=s3://last/p", "hardened-trust"))
    assert found.key_bucket == KeyBucket("last", "p/")
    assert found.option_names == ("hardened-trust", "owner-guard", "key-bucket=s3://last/p")


def test_an_optional_requirement_is_required_once_an_option_or_a_step_chooses_it() -> None:
    assert not Selection().requires(OWNER_GUARD)
    assert Selection().requires(TRUST_SSM)
    assert Selection.of(options=("owner-guard",)).requires(OWNER_GUARD)
    assert not Selection.of(options=("owner-guard",)).requires(HOST_MANAGEMENT)
    assert Selection.of(steps=("ssm.host-management",)).requires(HOST_MANAGEMENT)


def test_steps_limit_what_is_looked_at() -> None:
    assert Selection.of(steps=("ssm.tier", "trust.ssm")).requirements == (TRUST_SSM, TIER)
    assert Selection.of().requirements == CLASSIC.requirements


def test_the_check_with_an_instance_is_chosen_by_option_unless_steps_say_otherwise() -> None:
    chosen = ("instance-check",)
    assert Selection.of(options=chosen).checks_instance
    assert not Selection().checks_instance
    assert not Selection.of(options=chosen, steps=("ssm.tier",)).checks_instance
    assert Selection.of(steps=("ssm.instance-check",)).checks_instance


def test_host_management_is_set_up_only_where_it_is_chosen() -> None:
    assert Selection.of(options=("host-management",)).sets_up_host_management
    assert not Selection().sets_up_host_management


def test_the_managed_policies_of_each_baseline() -> None:
    assert Selection(CLASSIC).managed_names[:2] == ("AmazonSSMManagedInstanceCore", "CloudWatchLogsFullAccess")
    assert Selection(LEAST_PRIVILEGE).managed_names == ()


def test_baselines_and_options_go_by_their_names() -> None:
    assert list(BASELINES) == ["classic", "least-privilege"]
    assert all(option.meaning.endswith(".") for option in Option)
