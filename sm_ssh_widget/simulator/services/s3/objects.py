"""S3 objects: each call is authorized on the ARN of its key, and on the KMS key of the object.

Actions and resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
KMS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.errors import PassOn
from sm_ssh_widget.simulator.operations import ServiceCall, operation, passed_on
from sm_ssh_widget.simulator.services.kms.keys import key_arn, require_use
from sm_ssh_widget.simulator.services.s3.buckets import bucket, bucket_arn, policy_of_bucket
from sm_ssh_widget.simulator.state import Record

_OF_OBJECTS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
    "GetObjectAcl": "GetObjectAcl",
    "GetObjectTagging": "GetObjectTagging",
    "ListParts": "ListMultipartUploadParts",
    "PutObjectTagging": "PutObjectTagging",
    "UploadPart": "PutObject",
}
"""Object operations that moto answers, with the action that authorizes each."""
_ENCRYPTED = "x-amz-server-side-encryption"
_ENCRYPTED_WITH = f"{_ENCRYPTED}-aws-kms-key-id"
_SENT = {"ServerSideEncryption": _ENCRYPTED, "SSEKMSKeyId": _ENCRYPTED_WITH, "ACL": "x-amz-acl"}


def _on_object(call: ServiceCall) -> Sequence[str]:
    return (f"{bucket_arn(call, str(call.parameters['Bucket']))}/{call.parameters['Key']}",)


def _keys(call: ServiceCall, _: str) -> Mapping[str, Any]:
    given = {f"s3:{header}": call.parameters[name] for name, header in _SENT.items() if name in call.parameters}
    return {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", **given}


_object_operation = partial(operation, "s3", on=_on_object, context=_keys, policy=policy_of_bucket, by="moto")
for _name, _action in _OF_OBJECTS.items():
    _object_operation(_name, action=f"s3:{_action}")(passed_on)


def _put(call: ServiceCall) -> Record:
    """Authorize the data key of a new object that is encrypted with a KMS key."""
    key, actions = _key_for_new(call), ["kms:GenerateDataKey"]
    if call.operation == "CreateMultipartUpload":
        actions.append("kms:Decrypt")  # completing an upload reads its parts again
    for action in actions if key else ():
        require_use(call, action, key, _encryption_context(call))
    raise PassOn


def _key_for_new(call: ServiceCall) -> str:
    """Return the ARN of the customer managed key of a new object; empty for S3's keys and ``aws/s3``."""
    default: Record = (bucket(call, str(call.parameters["Bucket"])) or {}).get("Encryption") or {}
    given = call.parameters.get("ServerSideEncryption")
    if (given or default.get("SSEAlgorithm")) not in ("aws:kms", "aws:kms:dsse"):
        return ""
    named = call.parameters.get("SSEKMSKeyId") or ("" if given else default.get("KMSMasterKeyID"))
    return key_arn(call.state, str(named), call.region) if named else ""


def _encryption_context(call: ServiceCall) -> Mapping[str, str]:
    """Return the encryption context: the bucket with an S3 Bucket Key, else the object."""
    name = str(call.parameters["Bucket"])
    by_bucket = ((bucket(call, name) or {}).get("Encryption") or {}).get("BucketKeyEnabled")
    return {"aws:s3:arn": bucket_arn(call, name) if by_bucket else _on_object(call)[0]}


_object_operation("PutObject")(_put)
_object_operation("CreateMultipartUpload", action="s3:PutObject")(_put)


def _get(call: ServiceCall) -> Record:
    def then(status: int, headers: Mapping[str, str]) -> None:
        if status == 404:
            _require_listing(call)
        key = headers.get(_ENCRYPTED_WITH, "") if headers.get(_ENCRYPTED, "").startswith("aws:kms") else ""
        if key and "alias/aws/s3" not in key:
            require_use(call, "kms:Decrypt", key_arn(call.state, key, call.region), _encryption_context(call))

    raise PassOn(then)


def _require_listing(call: ServiceCall) -> None:
    """Deny instead of reporting a missing key if the caller cannot list the bucket, as S3 does."""
    arn = bucket_arn(call, str(call.parameters["Bucket"]))
    decision = call.decision("s3:ListBucket", arn, _keys(call, arn), policy_of_bucket(call, arn))
    if decision is not None and decision.outcome is not Outcome.ALLOWED and call.caller is not None:
        tail = authorise.because(decision, "s3:ListBucket")
        raise authorise.access_denied("s3", call.caller, "s3:ListBucket", arn, tail)


for _name in ("GetObject", "HeadObject", "GetObjectAttributes"):
    _object_operation(_name, action="s3:GetObject")(_get)


def _copy(call: ServiceCall) -> Record:
    source = unquote(str(call.parameters["CopySource"])).lstrip("/").split("?", 1)[0]
    arn = source if source.startswith("arn:") else bucket_arn(call, source)
    call.require("s3:GetObject", arn, _keys(call, arn), policy_of_bucket(call, arn))
    return _put(call)


_object_operation("CopyObject", action="s3:PutObject")(_copy)
_object_operation("UploadPartCopy", action="s3:PutObject")(_copy)


def _on_each(call: ServiceCall) -> Sequence[str]:
    named = (call.parameters.get("Delete") or {}).get("Objects") or ()
    return tuple(f"{bucket_arn(call, str(call.parameters['Bucket']))}/{each['Key']}" for each in named)


operation(
    "s3", "DeleteObjects", on=_on_each, context=_keys, policy=policy_of_bucket, action="s3:DeleteObject", by="moto"
)(passed_on)
