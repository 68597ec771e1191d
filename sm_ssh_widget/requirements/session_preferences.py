"""The Session Manager preferences of an account and Region, and what they ask of the role and of who connects.

The preferences are the document ``SSM-SessionManagerRunShell``. They apply to shell sessions; SSH over
``AWS-StartSSHSession`` is a session of type ``Port``, which uses none of them. ``ssm:StartSession`` answers without
looking at them: the plugin and the agent do, in the data channel.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html and
https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-run-as.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.documents import Filling

Json: TypeAlias = Any
Feature: TypeAlias = Literal["key", "bucket", "bucket-key", "log-group"]

DOCUMENT = "SSM-SessionManagerRunShell"
POLICY = "SageMakerSSHSessionPreferences"
"""Name of the inline policies that grant what the preferences ask for."""
TEMPLATES = {"role": "session-preferences-role", "user": "session-preferences-user"}
RUN_AS_TAG = "SSMSessionRunAs"
"""Tag of an IAM identity that names the operating-system user of its sessions; it outweighs the default user."""

_FEATURES: Mapping[str, Feature] = {
    "SessionKey": "key",
    "SessionKeyOfClient": "key",
    "SessionLogBucket": "bucket",
    "SessionLogObjects": "bucket",
    "SessionLogBucketKey": "bucket-key",
    "SessionLogGroup": "log-group",
    "FindSessionLogGroup": "log-group",
}
"""The feature that a statement of the documents belongs to, by its Sid."""


@dataclass(frozen=True)
class Preferences:
    """One version of the preferences; a text is empty where nothing is set.

    ``key`` is an ID, an ARN or an alias. ``bucket_key`` is the ARN of the KMS key of the bucket's default encryption,
    where the bucket has one and it could be read. The two ``…_encrypted`` are the conditions for starting at all.
    """

    version: str = ""
    key: str = ""
    bucket: str = ""
    prefix: str = ""
    bucket_encrypted: bool = False
    log_group: str = ""
    log_group_encrypted: bool = False
    run_as: bool = False
    run_as_user: str = ""

    @property
    def object_prefix(self) -> str:
        """The start of the names of log objects: empty, or ending in ``/``."""
        stripped = self.prefix.strip("/")
        return f"{stripped}/" if stripped else ""


def parse(content: str, version: str) -> Preferences:
    """Read a version's content; raises :class:`ValueError` if it is not that of session preferences."""
    value = json.loads(content)
    if not isinstance(value, Mapping) or not isinstance(value.get("inputs") or {}, Mapping):
        raise ValueError("the document has no inputs")  # a document from AWS, not an argument
    inputs: Mapping[str, Json] = value.get("inputs") or {}
    return Preferences(
        version=version,
        key=_text(inputs, "kmsKeyId"),
        bucket=_text(inputs, "s3BucketName"),
        prefix=_text(inputs, "s3KeyPrefix"),
        bucket_encrypted=_flag(inputs, "s3EncryptionEnabled"),
        log_group=_text(inputs, "cloudWatchLogGroupName"),
        log_group_encrypted=_flag(inputs, "cloudWatchEncryptionEnabled"),
        run_as=_flag(inputs, "runAsEnabled"),
        run_as_user=_text(inputs, "runAsDefaultUser"),
    )


def _text(inputs: Mapping[str, Json], name: str) -> str:
    value = inputs.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _flag(inputs: Mapping[str, Json], name: str) -> bool:
    return str(inputs.get(name, "")).lower() == "true"


@dataclass(frozen=True)
class Resources:
    """What the preferences name, resolved: ARNs of keys, pairs of bucket and prefix, names of log groups, in order."""

    keys: tuple[str, ...] = ()
    buckets: tuple[tuple[str, str], ...] = ()
    bucket_keys: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()

    def read_values(self) -> Iterator[tuple[Feature, Mapping[str, str]]]:
        """Yield what fills the templates, one feature after the other."""
        for key in self.keys:
            yield "key", {"SESSION_KEY": key}
        for bucket, prefix in self.buckets:
            yield "bucket", {"SESSION_BUCKET": bucket, "SESSION_PREFIX": prefix}
        for key in self.bucket_keys:
            yield "bucket-key", {"SESSION_BUCKET_KEY": key}
        for group in self.log_groups:
            yield "log-group", {"SESSION_LOG_GROUP": group}


def policy_document(subject: str, resources: Resources, filling: Filling) -> dict[str, Json]:
    """The statements that the role (``role``) or the person who connects (``user``) needs for the resources."""
    template = documents.template(TEMPLATES[subject])
    found: list[Json] = []
    for feature, values in resources.read_values():
        wanted = [each for each in template["Statement"] if _FEATURES[each["Sid"]] == feature]
        found += [documents.fill(each, filling.reading(values)) for each in wanted]
    return {**template, "Statement": _unique(found)}


def _unique(found: Sequence[Json]) -> list[Json]:
    """Each statement once, under a Sid of its own."""
    kept: list[Json] = []
    for each in found:
        bare = {name: value for name, value in each.items() if name != "Sid"}
        if any(bare == {name: value for name, value in other.items() if name != "Sid"} for other in kept):
            continue
        same = sum(str(other["Sid"]).rstrip("0123456789") == each["Sid"] for other in kept)
        kept.append({**each, "Sid": f"{each['Sid']}{same + 1}"} if same else each)
    return kept


def resources_of(statements: Iterable[Json], filling: Filling) -> Resources:
    """Return the resources that statements of :func:`policy_document` were made for; others are not looked at."""
    templates = [each for name in TEMPLATES.values() for each in documents.template(name)["Statement"]]
    found: dict[Feature, dict[tuple[str, ...], None]] = {}
    for statement in statements:
        for template in templates:
            bare = {name: value for name, value in template.items() if name != "Sid"}
            said = {name: value for name, value in statement.items() if name != "Sid"}
            values = documents.values_read(bare, said, filling)
            feature = _FEATURES[template["Sid"]]
            if values and (feature != "bucket" or "SESSION_PREFIX" in values):
                found.setdefault(feature, {})[tuple(values[name] for name in sorted(values))] = None
    return Resources(
        keys=tuple(key for (key,) in found.get("key", ())),
        buckets=tuple((bucket, prefix) for bucket, prefix in found.get("bucket", ())),
        bucket_keys=tuple(key for (key,) in found.get("bucket-key", ())),
        log_groups=tuple(group for (group,) in found.get("log-group", ())),
    )


def preferences_for(resources: Resources) -> tuple[Preferences, ...]:
    """Return preferences that name these resources: as many versions as it takes, one if there are none."""
    rows = zip_longest(resources.keys, resources.buckets, resources.log_groups)
    made = (
        Preferences(key=key or "", bucket=bucket, prefix=prefix, log_group=group or "")
        for key, named, group in rows
        for bucket, prefix in (named or ("", ""),)
    )
    return tuple(made) or (Preferences(),)
