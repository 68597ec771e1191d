"""The preferences as they are read, the statements for what they name, and the way back from the statements."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.requirements.documents import DocumentError
from sm_ssh_widget.requirements.requests import filling_for
from sm_ssh_widget.requirements.session_preferences import (
    Preferences,
    Resources,
    parse,
    policy_document,
    preferences_for,
    resources_of,
)
from tests.support.observations import observation

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER = "arn:aws:kms:eu-west-1:123456789012:key/99999999-12ab-34cd-56ef-1234567890ab"
FILLING = filling_for(observation().target)
ALL = Resources((KEY,), (("logs", "eu/"),), (OTHER,), ("/sessions",))


def content(**inputs: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def statements(subject: str, resources: Resources) -> dict[str, Any]:
    return {each["Sid"]: each for each in policy_document(subject, resources, FILLING)["Statement"]}


def test_every_input_is_read() -> None:
    text = content(
        kmsKeyId=" alias/ssm ", s3BucketName="logs", s3KeyPrefix="/eu/", s3EncryptionEnabled=True,
        cloudWatchLogGroupName="/sessions", cloudWatchEncryptionEnabled="true", runAsEnabled=True,
        runAsDefaultUser="ann",
    )  # fmt: skip
    found = parse(text, "3")
    assert found == Preferences("3", "alias/ssm", "logs", "/eu/", True, "/sessions", True, True, "ann")
    assert found.object_prefix == "eu/"


@pytest.mark.parametrize("text", [content(), '{"schemaVersion": "1.0"}', '{"inputs": null}', content(kmsKeyId=None)])
def test_what_is_not_set_is_empty(text: str) -> None:
    assert parse(text, "1") == Preferences("1")
    assert parse(text, "1").object_prefix == ""


@pytest.mark.parametrize("text", ["{", "[]", "5", '{"inputs": "x"}'])
def test_another_content_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any of its kinds
        parse(text, "1")


def test_a_flag_is_true_only_where_it_says_so() -> None:
    assert not parse(content(runAsEnabled="false", s3EncryptionEnabled=0), "1").run_as


def test_the_role_gets_a_statement_for_each_thing_that_is_named() -> None:
    found = statements("role", ALL)
    assert [*found] == [
        "SessionKey", "SessionLogBucket", "SessionLogObjects", "SessionLogBucketKey", "SessionLogGroup",
        "FindSessionLogGroup",
    ]  # fmt: skip
    assert found["SessionKey"]["Resource"] == KEY
    assert found["SessionLogObjects"]["Resource"] == "arn:aws:s3:::logs/eu/*"
    assert found["SessionLogBucketKey"]["Resource"] == OTHER
    assert found["SessionLogGroup"]["Resource"] == "arn:aws:logs:eu-west-1:123456789012:log-group:/sessions:*"


def test_the_person_gets_the_key_alone() -> None:
    (found,) = statements("user", ALL).values()
    assert (found["Action"], found["Resource"]) == ("kms:GenerateDataKey", KEY)
    assert policy_document("user", Resources(buckets=(("logs", ""),)), FILLING)["Statement"] == []


def test_a_key_is_bound_to_sessions_on_hybrid_nodes() -> None:
    bound = {"StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": "mi-*"}}
    assert statements("role", ALL)["SessionKey"]["Condition"] == bound
    assert statements("user", ALL)["SessionKeyOfClient"]["Condition"] == bound


def test_each_statement_has_a_sid_of_its_own_and_stands_once() -> None:
    two = Resources(keys=(KEY, OTHER), log_groups=("/a", "/b"))
    assert [*statements("role", two)] == [
        "SessionKey", "SessionKey2", "SessionLogGroup", "FindSessionLogGroup", "SessionLogGroup2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "resources",
    [
        Resources(keys=("*",)),
        Resources(keys=("arn:aws:kms:eu-west-1:123456789012:key/*",)),
        Resources(keys=("arn:aws:kms:eu-west-1:123456789012:alias/ssm",)),
        Resources(buckets=(("logs*", ""),)),
        Resources(buckets=(("logs", "${aws:username}/"),)),
        Resources(buckets=(("logs", "*/"),)),
        Resources(log_groups=("*",)),
        Resources(log_groups=("/sessions:*",)),
    ],
)
def test_no_wildcard_gets_into_a_policy(resources: Resources) -> None:
    with pytest.raises(DocumentError):
        policy_document("role", resources, FILLING)


@pytest.mark.parametrize(
    "resources", [ALL, Resources(), Resources(keys=(OTHER, KEY)), Resources(buckets=(("a-b", ""), ("logs", "x/y/")))]
)
def test_the_statements_tell_what_they_were_made_for(resources: Resources) -> None:
    both = [*statements("role", resources).values(), *statements("user", resources).values()]
    assert resources_of(both, FILLING) == resources


def test_other_statements_tell_nothing() -> None:
    (own,) = statements("user", ALL).values()
    others = [
        {**own, "Effect": "Deny"},
        {**own, "Action": "kms:*"},
        {**own, "Resource": "*"},
        {name: value for name, value in own.items() if name != "Condition"},
        {"Sid": "SessionKey", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    ]
    assert resources_of(others, FILLING) == Resources()


def test_preferences_are_made_for_resources() -> None:
    made = preferences_for(Resources(keys=(KEY, OTHER), buckets=(("logs", "eu/"),), log_groups=("/s",)))
    assert made == (Preferences(key=KEY, bucket="logs", prefix="eu/", log_group="/s"), Preferences(key=OTHER))
    assert preferences_for(Resources()) == (Preferences(),)
