"""Reads the Session Manager preferences of a Region, and the key, bucket and log group that they name.

Which version a session uses is not documented: ``UpdateDocument`` writes the latest one, and the default one stays
what it was. Both are read.
Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, SessionKey, SessionSettings, Unknown
from sm_ssh_widget.requirements.session_preferences import DOCUMENT, Preferences, parse

Json: TypeAlias = Any
T = TypeVar("T")

_VERSIONS = ("$DEFAULT", "$LATEST")
_WITH_KEYS = ("aws:kms", "aws:kms:dsse")


def read_session_settings(reader: AccountReader, region: str) -> Fact[SessionSettings]:
    """Read the preferences; absent until they are saved for the first time in the Region."""
    found = reader.in_parallel(*(partial(_version, reader, region, version) for version in _VERSIONS))
    for fact in found:
        if not isinstance(fact, Known):
            return fact
    versions = tuple(fact.value for fact in found if isinstance(fact, Known))
    if replace(versions[0], version="") == replace(versions[1], version=""):
        versions = versions[:1]
    return Known(_with_resources(reader, region, versions), found[0].read)


def _version(reader: AccountReader, region: str, version: str) -> Fact[Preferences]:
    answer = reader.read("ssm", "GetDocument", region=region, Name=DOCUMENT, DocumentVersion=version)
    if not isinstance(answer, Known):
        return answer
    try:
        return Known(parse(answer.value["Content"], answer.value["DocumentVersion"]), answer.read)
    except (ValueError, RecursionError) as error:
        said = f"The document {DOCUMENT} could not be parsed: {error}"
        return Unknown(Reason.UNPARSABLE, answer.read, said, "Save the Session Manager preferences again.")


def _with_resources(reader: AccountReader, region: str, versions: tuple[Preferences, ...]) -> SessionSettings:
    """Read what the versions name, each resource once."""
    keys = _each((each.key for each in versions), partial(_key, reader, region))
    buckets = _each((each.bucket for each in versions), partial(_key_of_bucket, reader, region))
    groups = _each((each.log_group for each in versions), partial(_log_group, reader, region))
    reads = [*keys.values(), *buckets.values(), *groups.values()]
    answers = iter(reader.in_parallel(*reads))
    found_keys, found_buckets, found_groups = (
        {name: next(answers) for name in names} for names in (keys, buckets, groups)
    )
    return SessionSettings(versions, found_keys, found_buckets, found_groups)  # type: ignore[arg-type]


def _each(names: Iterable[str], read: Callable[[str], Fact[T]]) -> dict[str, Callable[[], Fact[T]]]:
    return {name: partial(read, name) for name in dict.fromkeys(names) if name}


def _key(reader: AccountReader, region: str, name: str) -> Fact[SessionKey]:
    """Resolve a key, which can be named by an alias, and read its policy."""
    answer = reader.read("kms", "DescribeKey", region=region, KeyId=name)
    if not isinstance(answer, Known):
        return answer
    data = answer.value["KeyMetadata"]
    policy = reader.read("kms", "GetKeyPolicy", region=region, KeyId=data["Arn"], PolicyName="default")
    text: Fact[str] = Known(policy.value["Policy"], policy.read) if isinstance(policy, Known) else policy
    return Known(SessionKey(data["Arn"], data["KeyState"], data.get("KeySpec", ""), text), answer.read)


def _key_of_bucket(reader: AccountReader, region: str, bucket: str) -> Fact[str]:
    """Read the customer managed key of a bucket's default encryption; absent where S3's own keys are used."""
    answer = reader.read("s3", "GetBucketEncryption", region=region, Bucket=bucket)
    if not isinstance(answer, Known):
        return answer
    rules = answer.value.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    for rule in rules:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm") in _WITH_KEYS and ":key/" in default.get("KMSMasterKeyID", ""):
            return Known(default["KMSMasterKeyID"], answer.read)
    return Absent(answer.read)


def _log_group(reader: AccountReader, region: str, name: str) -> Fact[bool]:
    """Read whether a log group is encrypted with a KMS key; absent if it does not exist."""
    listed = reader.read_all("logs", "DescribeLogGroups", "logGroups", region=region, logGroupNamePrefix=name)
    if not isinstance(listed, Known):
        return listed
    exact = [each for each in listed.value if each["logGroupName"] == name]
    return Known(bool(exact[0].get("kmsKeyId")), listed.read) if exact else Absent(listed.read)
