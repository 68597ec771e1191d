"""The Session Manager preferences, judged for the role and for who connects: for shells alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_session import SessionJudgement, judge_session, resources_in
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    Identity,
    Known,
    Observation,
    Reason,
    SessionKey,
    SessionSettings,
    Unknown,
)
from sm_ssh_widget.requirements.session_preferences import Preferences, Resources
from tests.support.observations import DENIED, USER, allow, attached, deny, document, identity, inline, observation

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READ = "ssm:GetDocument"
DELEGATES = document(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"}))
NAMES_OTHERS = document(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:role/KeyAdmin"}))
UNREAD = Unknown(Reason.DENIED, "kms:GetKeyPolicy", "AccessDenied", "Sign in.")
DECRYPT, DATA_KEY = allow("kms:Decrypt", KEY), allow("kms:GenerateDataKey", KEY)
Status = FindingStatus


def key(policy: Fact[str] | str = DELEGATES, state: str = "Enabled", spec: str = "SYMMETRIC_DEFAULT") -> SessionKey:
    fact = Known(policy, "kms:GetKeyPolicy") if isinstance(policy, str) else policy
    return SessionKey(KEY, state, spec, fact)


def settings(*versions: Preferences, **more: Any) -> Known[SessionSettings]:
    keys = {"alias/ssm": Known(key(), "kms:DescribeKey")}
    return Known(SessionSettings(versions, **{"keys": keys, **more}), READ)


def holder(*statements: dict[str, Any], arn: Any = None, **more: Any) -> Identity:
    policies = (inline("Own", document(*statements)),) if statements else ()
    return identity(arn, policies=policies, **more) if arn else identity(policies=policies, **more)


def person(*statements: dict[str, Any], **more: Any) -> Identity:
    return holder(*statements, arn=USER, **more)


def judged(fact: Fact[SessionSettings], role: Identity | None = None, user: Identity | None = None) -> SessionJudgement:
    seen: Observation = observation(role, user, session_settings=fact)
    return judge_session(Holdings.of(seen.role, seen), Holdings.of(seen.user, seen) if seen.user else None, seen)


KEYED = Preferences("1", key="alias/ssm", bucket_encrypted=True)


def test_1a_no_document_means_the_defaults() -> None:
    for fact in (Absent(READ), settings(Preferences("1"))):
        found = judged(fact)
        assert (found.judgement.status, found.shell) == (Status.SATISFIED, "ready")
        assert "uses its defaults" in found.judgement.fact


def test_1b_the_role_lacks_decrypt() -> None:
    found = judged(settings(KEYED), holder(), person(DATA_KEY))
    assert (found.judgement.status, found.shell) == (Status.MISSING, "missing")
    assert f"No policy allows the role to call kms:Decrypt on {KEY}." in found.judgement.fact
    assert "GenerateDataKey" not in found.judgement.fact
    assert "for the role. Existing statements stay unchanged." in found.judgement.remedy


def test_the_person_lacks_the_data_key() -> None:
    found = judged(settings(KEYED), holder(DECRYPT), person())
    assert found.shell == "missing"
    assert f"No policy allows role DataScientist to call kms:GenerateDataKey on {KEY}." in found.judgement.fact


def test_both_hold_what_they_need() -> None:
    found = judged(settings(KEYED), holder(DECRYPT), person(DATA_KEY))
    assert (found.judgement.status, found.shell) == (Status.SATISFIED, "ready")


def test_without_a_person_the_fact_says_so() -> None:
    found = judged(settings(KEYED), holder(DECRYPT))
    assert found.shell == "ready"
    assert "The person who connects was not checked." in found.judgement.fact


def test_1c_the_key_policy_names_other_roles_only() -> None:
    named = settings(KEYED, keys={"alias/ssm": Known(key(NAMES_OTHERS), "kms:DescribeKey")})
    found = judged(named, holder(DECRYPT), person(DATA_KEY))
    assert (found.judgement.status, found.shell) == (Status.BLOCKED, "blocked")
    assert "is not allowed for the role by the key policy" in found.judgement.fact
    assert found.judgement.remedy == (
        "Ask the administrator of the key to allow kms:Decrypt for the role in the key policy."
    )


def test_a_key_policy_that_names_the_identity_is_enough() -> None:
    arns = [str(identity().arn), str(USER)]
    direct = document(allow(["kms:Decrypt", "kms:GenerateDataKey"], Principal={"AWS": arns}))
    found = judged(settings(KEYED, keys={"alias/ssm": Known(key(direct), "")}), holder(), person())
    assert found.judgement.status is Status.SATISFIED


@pytest.mark.parametrize("statement", [deny("kms:Decrypt"), deny("kms:*", KEY)])
def test_an_explicit_deny_of_the_role_blocks(statement: dict[str, Any]) -> None:
    found = judged(settings(KEYED), holder(DECRYPT, statement))
    assert (found.judgement.status, found.shell) == (Status.BLOCKED, "blocked")
    assert "an explicit deny in the policy Own" in found.judgement.fact


def test_a_key_of_another_account_must_be_allowed_on_both_sides() -> None:
    far = replace(key(), arn=KEY.replace("123456789012", "999999999999"))
    far = replace(far, policy=Known(document(allow("kms:*", Principal={"AWS": "999999999999"})), ""))
    fact = settings(KEYED, keys={"alias/ssm": Known(far, "")})
    assert judged(fact, holder(allow("kms:*"))).judgement.status is Status.BLOCKED
    open_policy = document(allow("kms:*", Principal={"AWS": "123456789012"}))
    both = settings(KEYED, keys={"alias/ssm": Known(replace(far, policy=Known(open_policy, "")), "")})
    assert judged(both, holder(allow("kms:*"))).judgement.status is Status.SATISFIED
    assert judged(both, holder()).judgement.status is Status.MISSING


def test_a_key_policy_that_was_not_read_leaves_it_unknown() -> None:
    fact = settings(KEYED, keys={"alias/ssm": Known(key(UNREAD), "")})
    for role in (holder(DECRYPT), holder()):
        found = judged(fact, role)
        assert (found.judgement.status, found.shell) == (Status.UNKNOWN, "unknown")
        assert "kms:GetKeyPolicy" in found.judgement.fact
    assert judged(fact, holder(DECRYPT, deny("kms:Decrypt"))).judgement.status is Status.BLOCKED


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (Absent("kms:DescribeKey"), "The KMS key alias/ssm does not exist."),
        (Known(key(state="Disabled"), ""), "is in the state Disabled"),
        (Known(key(spec="RSA_2048"), ""), "is not a symmetric key"),
    ],
)
def test_a_key_that_does_not_work(fact: Fact[SessionKey], said: str) -> None:
    found = judged(settings(KEYED, keys={"alias/ssm": fact}), holder(DECRYPT))
    assert (found.judgement.status, found.shell) == (Status.BLOCKED, "blocked")
    assert said in found.judgement.fact


def test_an_alias_that_was_not_resolved_leaves_it_unknown() -> None:
    unresolved = Unknown(Reason.DENIED, "kms:DescribeKey", "AccessDenied", "Sign in.")
    found = judged(settings(KEYED, keys={"alias/ssm": unresolved}), holder(DECRYPT), person())
    assert (found.judgement.status, found.shell) == (Status.UNKNOWN, "unknown")


@pytest.mark.parametrize(
    ("name", "tag", "status", "shell"),
    [
        ("ec2-user", "", Status.UNKNOWN, "unknown"),
        ("ec2-user", "sagemaker-user", Status.UNKNOWN, "unknown"),
        ("ec2-user", "ssm-user", Status.SATISFIED, "ready"),
        ("ssm-user", "", Status.SATISFIED, "ready"),
        ("ssm-user", "root", Status.BLOCKED, "blocked"),
        ("", "", Status.BLOCKED, "blocked"),
    ],
)
def test_1d_the_user_of_run_as(name: str, tag: str, status: Status, shell: str) -> None:
    tags = {"SSMSessionRunAs": tag} if tag else {}
    found = judged(settings(Preferences("1", run_as=True, run_as_user=name)), holder(), person(tags=tags))
    assert (found.judgement.status, found.shell) == (status, shell)
    if status is Status.UNKNOWN:
        assert f"as the user {tag or name}." in found.judgement.fact
        assert "depends on its image" in found.judgement.fact


def test_run_as_that_is_off_counts_for_nothing() -> None:
    assert judged(settings(Preferences("1", run_as_user="root"))).shell == "ready"


def test_1e_both_versions_are_judged() -> None:
    found = judged(settings(Preferences("1"), replace(KEYED, version="2")), holder())
    assert found.shell == "missing"
    assert "Versions 1 (default) and 2 (latest) differ" in found.judgement.fact


def test_1f_preferences_that_were_not_read() -> None:
    unread = Unknown(Reason.DENIED, READ, "AccessDenied", "Sign in as an identity that is allowed ssm:GetDocument.")
    found = judged(unread)
    assert (found.judgement.status, found.shell) == (Status.UNKNOWN, "unknown")
    assert "ssm:GetDocument" in found.judgement.remedy


def test_1g_an_encrypted_log_group_that_the_role_cannot_see() -> None:
    logged = Preferences("1", log_group="/sessions", log_group_encrypted=True)
    fact = settings(logged, log_groups={"/sessions": Known(True, "logs:DescribeLogGroups")})
    writes = allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"])
    found = judged(fact, holder(writes))
    assert (found.judgement.status, found.shell) == (Status.MISSING, "missing")
    assert "No policy allows the role to call logs:DescribeLogGroups." in found.judgement.fact
    assert judged(fact, holder(writes, allow("logs:DescribeLogGroups"))).shell == "ready"


@pytest.mark.parametrize(("group", "said"), [(Known(False, ""), "is not encrypted"), (Absent(""), "does not exist")])
def test_a_log_group_that_is_not_encrypted_is_its_owner_s_matter(group: Fact[bool], said: str) -> None:
    logged = Preferences("1", log_group="/sessions", log_group_encrypted=True)
    found = judged(settings(logged, log_groups={"/sessions": group}), holder(allow("logs:*")))
    assert (found.judgement.status, found.shell) == (Status.BLOCKED, "blocked")
    assert said in found.judgement.fact
    plain = settings(replace(logged, log_group_encrypted=False), log_groups={"/sessions": group})
    assert judged(plain, holder(allow("logs:*"))).shell == "ready"


BUCKET = Preferences("1", bucket="logs", prefix="eu")


def test_a_log_that_is_lost_stops_no_shell() -> None:
    found = judged(settings(BUCKET), holder())
    assert (found.judgement.status, found.shell) == (Status.MISSING, "ready")
    assert "s3:PutObject on arn:aws:s3:::logs/eu/*" in found.judgement.fact


def test_the_encryption_of_the_bucket_stops_one() -> None:
    must = settings(replace(BUCKET, bucket_encrypted=True))
    assert judged(must, holder(allow("s3:PutObject"))).shell == "missing"
    assert judged(must, holder(allow(["s3:PutObject", "s3:GetEncryptionConfiguration"]))).shell == "ready"


def test_a_bucket_with_a_key_of_its_own_needs_that_key() -> None:
    fact = settings(BUCKET, bucket_keys={"logs": Known(KEY, "s3:GetEncryptionConfiguration")})
    s3 = allow(["s3:PutObject", "s3:GetEncryptionConfiguration"])
    assert f"kms:GenerateDataKey on {KEY}" in judged(fact, holder(s3)).judgement.fact
    assert judged(fact, holder(s3, allow("kms:GenerateDataKey", KEY))).judgement.status is Status.SATISFIED


def test_a_barred_log_is_a_caveat() -> None:
    found = judged(settings(BUCKET), holder(allow("s3:*"), deny("s3:PutObject")))
    assert found.shell == "ready"
    assert found.judgement.caveats == (
        "Session logs are lost: s3:PutObject on arn:aws:s3:::logs/eu/* is blocked by an explicit deny in the policy "
        "Own, statement #2.",
    )


def test_policies_that_were_not_read_leave_it_unknown() -> None:
    found = judged(settings(KEYED), holder(attached=DENIED))
    assert (found.judgement.status, found.shell) == (Status.UNKNOWN, "unknown")


def test_what_the_plan_writes_for() -> None:
    fact = settings(KEYED, replace(BUCKET, log_group="/s"), bucket_keys={"logs": Known(KEY, "")})
    assert resources_in(fact.value) == Resources((KEY,), (("logs", "eu/"),), (KEY,), ("/s",))


def test_an_administrator_needs_nothing_more() -> None:
    admin = identity(policies=(attached("AdministratorAccess"),))
    assert judged(settings(KEYED), admin).judgement.status is Status.SATISFIED
