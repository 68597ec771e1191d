"""Validation of the ``Resource`` element, with IAM's error texts.

IAM validates the partition, the service and the Region of an ARN, and the resource part of IAM ARNs only. It accepts a
forgotten placeholder as account (``arn:aws:ec2:region:account-id:instance/*``). Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies
and the documents that AWS refused in moto's ``tests/test_iam/test_iam_policies.py``.
"""

from __future__ import annotations

_IAM_PATHS = (
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/"),
    *("sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"),
)
_IAM_PATHS_UNNAMED = ("root", "role-template/")
"""Also accepted, though IAM's error text omits them: AWS's IAMAuditRootUserCredentials has ``arn:aws:iam::*:root``."""
_S3_WITH_REGION = ("accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/", "async-request/")


def refused(resource: str, partition: str) -> str:
    """Return IAM's error for a pattern in an account of ``partition``; empty if it is valid."""
    if resource == "*":
        return ""
    if ":" not in resource:
        return f'Resource {resource} must be in ARN format or "*".'
    parts = resource.split(":", 5)
    if parts[1] not in ("*", partition):
        return f'Partition "{parts[1]}" is not valid for resource "{_completed(parts)}".'
    if parts[0] != "arn":
        return f'Resource {resource} must be in ARN format or "*".'
    if len(parts) == 2 or "*" in parts[2] or "?" in parts[2]:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    return _of_service(resource, parts)


def unreadable(resource: str) -> bool:
    """Whether IAM's legacy parser fails on a pattern that :func:`refused` accepts: an empty part."""
    parts = resource.split(":")
    return resource != "*" and (parts[2] == "" or ("::" in resource and len(parts) < 6))


def _completed(parts: list[str]) -> str:
    """Return the ARN as in IAM's error text, with wildcards for missing parts at the end."""
    rest = parts[2:] if parts[2:] != [""] else ["*"]
    return ":".join(["arn", parts[1], *rest, *["*"] * (4 - len(rest))])


def _of_service(resource: str, parts: list[str]) -> str:
    service, region, path = parts[2], *(parts[3:4] or [""]), parts[5] if len(parts) == 6 else "*"
    if service == "iam" and region:
        return f"IAM resource {resource} cannot contain region information."
    if service == "s3" and region and len(parts) == 6 and not path.startswith(_S3_WITH_REGION):
        return f"Resource {resource} can not contain region information."
    if service == "iam" and path != "*" and not path.startswith(_IAM_PATHS + _IAM_PATHS_UNNAMED):
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    return ""
