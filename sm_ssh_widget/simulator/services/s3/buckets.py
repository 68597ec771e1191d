"""S3 buckets: stored here with encryption and policy, and in moto for the objects.

Actions and resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError, PassOn
from sm_ssh_widget.simulator.operations import ResourcePolicy, ServiceCall, operation, passed_on
from sm_ssh_widget.simulator.state import Record

_OF_BUCKETS = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketAcl": "GetBucketAcl",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutBucketTagging": "PutBucketTagging",
    "PutBucketVersioning": "PutBucketVersioning",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Bucket operations that moto answers, with the action that authorizes each."""
_LISTED = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}


def bucket_arn(call: ServiceCall, name: str) -> str:
    """Return the ARN of a bucket, which contains neither account nor Region."""
    return f"arn:{call.state.partition}:s3:::{name}"


def bucket(call: ServiceCall, name: str) -> Record | None:
    """Return the bucket's record in the state."""
    return next((each for each in call.state.records["Buckets"] if each["Name"] == name), None)


def policy_of_bucket(call: ServiceCall, resource: str) -> ResourcePolicy | None:
    """Return the bucket policy for the ARN of a bucket or an object."""
    found = bucket(call, resource.split(":::", 1)[-1].split("/", 1)[0])
    return ResourcePolicy("bucket policy", found["Policy"]) if found and found.get("Policy") else None


def _on_bucket(call: ServiceCall) -> Sequence[str]:
    return (bucket_arn(call, str(call.parameters["Bucket"])),)


def _keys(call: ServiceCall, _: str) -> Mapping[str, Any]:
    given = {key: str(call.parameters[name]) for name, key in _LISTED.items() if name in call.parameters}
    return {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", **given}


_bucket_operation = partial(operation, "s3", on=_on_bucket, context=_keys, policy=policy_of_bucket, by="moto")
for _name, _action in _OF_BUCKETS.items():
    _bucket_operation(_name, action=f"s3:{_action}")(passed_on)
operation("s3", "ListBuckets", action="s3:ListAllMyBuckets", by="moto")(passed_on)


def _location(call: ServiceCall) -> str:
    given = call.parameters.get("CreateBucketConfiguration") or {}
    return str(given.get("LocationConstraint") or "us-east-1")


def _location_key(call: ServiceCall, resource: str) -> Mapping[str, Any]:
    where = _location(call)
    return {**_keys(call, resource), **({} if where == "us-east-1" else {"s3:LocationConstraint": where})}


@operation("s3", "CreateBucket", on=_on_bucket, context=_location_key, by="moto")
def _create(call: ServiceCall) -> Record:
    name = str(call.parameters["Bucket"])

    def then(status: int, _: Mapping[str, str]) -> None:
        if status < 300 and bucket(call, name) is None:
            made: Record = {"Name": name, "Region": _location(call), "CreationDate": call.state.now()}
            call.state.records["Buckets"].append(made)

    raise PassOn(then)


@_bucket_operation("DeleteBucket")
def _delete(call: ServiceCall) -> Record:
    def then(status: int, _: Mapping[str, str]) -> None:
        if status < 300:
            name = call.parameters["Bucket"]
            call.state.records["Buckets"] = [each for each in call.state.records["Buckets"] if each["Name"] != name]

    raise PassOn(then)


def _change(call: ServiceCall, member: str, value: Any) -> Record:
    """Let moto change a member of the bucket, then change the state; ``None`` removes the member."""
    found = bucket(call, str(call.parameters["Bucket"]))
    if found is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)

    def then(status: int, _: Mapping[str, str]) -> None:
        if status < 300 and value is None:
            found.pop(member, None)
        elif status < 300:
            found[member] = value

    raise PassOn(then)


@_bucket_operation("PutBucketPolicy")
def _put_policy(call: ServiceCall) -> Record:
    return _change(call, "Policy", str(call.parameters["Policy"]))


@_bucket_operation("DeleteBucketPolicy")
def _delete_policy(call: ServiceCall) -> Record:
    return _change(call, "Policy", None)


@_bucket_operation("PutBucketEncryption", action="s3:PutEncryptionConfiguration")
def _put_encryption(call: ServiceCall) -> Record:
    rules = call.parameters["ServerSideEncryptionConfiguration"].get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    return _change(call, "Encryption", {**default, "BucketKeyEnabled": bool(rules[0].get("BucketKeyEnabled"))})


@_bucket_operation("DeleteBucketEncryption", action="s3:PutEncryptionConfiguration")
def _delete_encryption(call: ServiceCall) -> Record:
    return _change(call, "Encryption", None)
