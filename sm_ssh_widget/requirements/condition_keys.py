"""Condition keys as AWS documents them, and what an answer that rests on one of them waits for.

Policies may write a key in any case; a person searches AWS's documents for it as it is written there.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.evidence import Evidence

Json: TypeAlias = Any

_DOCUMENTED = (
    "aws:AssumedRoot",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:SourceVpceAccount",
    "aws:SourceVpceOrgID",
    "aws:SourceVpceOrgPaths",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceARN",
    "iam:AssociatedResourceArn",
    "iam:PassedToService",
    "kms:CallerAccount",
    "kms:ViaService",
    "ssm:AutoApprove",
    "ssm:DocumentCategories",
    "ssm:DocumentType",
    "ssm:SessionDocumentAccessCheck",
    "ssm:SourceInstanceARN",
    "ssm:SyncType",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
)
_PREFIXES = (
    "aws:PrincipalTag/",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "iam:ResourceTag/",
    "kms:EncryptionContext:",
    "ssm:resourceTag/",
)
_BY_LOWER = {key.lower(): key for key in _DOCUMENTED}

_NETWORK = ("aws:sourcevp", "aws:sourceip", "aws:vpc")
_ORGANIZATION = ("aws:principalorg", "aws:resourceorg", "aws:sourceorg")


def documented(key: str) -> str:
    """The key in AWS's spelling; one that AWS's lists do not have stays as it is written."""
    lowered = key.lower()
    if lowered in _BY_LOWER:
        return _BY_LOWER[lowered]
    prefix = next((each for each in _PREFIXES if lowered.startswith(each.lower())), "")
    return f"{prefix}{key[len(prefix) :]}"


@dataclass(frozen=True)
class OpenKey:
    """A condition key whose value is known only when the call is made, and the statement that asks for it.

    ``key`` is spelled as AWS documents it; ``denies`` says that the statement is a Deny.
    """

    key: str
    by: Evidence
    denies: bool = False

    @property
    def is_reading(self) -> bool:
        """Whether it is no key, but a sentence of AWS's documentation that can be read in two ways."""
        return " " in self.key

    def to_json(self) -> dict[str, Json]:
        """``{"key", "policy", "statement", "layer", "settled_by"}``."""
        return {"key": self.key, **self.by.to_json(), "settled_by": settled_by(self.key)}


def settled_by(key: str) -> str:
    """What would tell the value of a key, as a noun phrase."""
    lowered = key.lower()
    if " " in key:
        return "a real call"
    if lowered.startswith(_NETWORK):
        return "the network that SSH Helper's calls come from"
    if lowered.startswith(_ORGANIZATION):
        return "a sign-in that is allowed organizations:DescribeOrganization"
    if lowered.startswith("aws:multifactorauth"):
        return "whether the person who connects signs in with MFA"
    if lowered.startswith("aws:principaltag/"):
        return "the tags of the session"
    if lowered in ("aws:currenttime", "aws:epochtime", "aws:tokenissuetime"):
        return "the time of the call"
    if "resourcetag/" in lowered:
        return "the tags of the resource"
    return "the value in the call"


def names(keys: Sequence[OpenKey]) -> str:
    """The keys in a sentence: ``aws:SourceVpc and aws:SourceIp``."""
    unique = tuple(dict.fromkeys(each.key for each in keys))
    return " and ".join(part for part in (", ".join(unique[:-1]), *unique[-1:]) if part)
