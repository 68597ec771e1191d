"""The calls that read, by service: what is not in this list counts as a write.

The names are botocore's. A prefix such as ``Get`` proves nothing (``sts:GetSessionToken`` hands out credentials), so
every call is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.parsers import ResponseParserError

READS: dict[str, frozenset[str]] = {
    "iam": frozenset(
        {
            "GetAccountAuthorizationDetails",
            "GetAccountSummary",
            "GetGroupPolicy",
            "GetInstanceProfile",
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole",
            "GetRolePolicy",
            "GetUser",
            "GetUserPolicy",
            "ListAccountAliases",
            "ListAttachedGroupPolicies",
            "ListAttachedRolePolicies",
            "ListAttachedUserPolicies",
            "ListEntitiesForPolicy",
            "ListGroupPolicies",
            "ListGroupsForUser",
            "ListInstanceProfilesForRole",
            "ListMFADevices",
            "ListPolicies",
            "ListPolicyVersions",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "ListUserPolicies",
            "ListUsers",
            "SimulatePrincipalPolicy",
        }
    ),
    "sts": frozenset({"GetCallerIdentity"}),
    "ssm": frozenset(
        {
            "DescribeActivations",
            "DescribeAssociation",
            "DescribeInstanceAssociationsStatus",
            "DescribeInstanceInformation",
            "DescribeSessions",
            "GetConnectionStatus",
            "GetParameter",
            "GetParameters",
            "GetServiceSetting",
            "ListAssociations",
            "ListTagsForResource",
        }
    ),
    "sagemaker": frozenset(
        {
            "DescribeApp",
            "DescribeDomain",
            "DescribeNotebookInstance",
            "DescribeSpace",
            "DescribeUserProfile",
            "ListApps",
            "ListDomains",
            "ListNotebookInstances",
            "ListSpaces",
            "ListUserProfiles",
        }
    ),
    "ssm-quicksetup": frozenset(
        {
            "GetConfiguration",
            "GetConfigurationManager",
            "GetServiceSettings",
            "ListConfigurationManagers",
            "ListConfigurations",
            "ListQuickSetupTypes",
        }
    ),
    "ec2": frozenset(
        {
            "DescribeAvailabilityZones",
            "DescribeIamInstanceProfileAssociations",
            "DescribeImages",
            "DescribeInstanceStatus",
            "DescribeInstanceTypeOfferings",
            "DescribeInstanceTypes",
            "DescribeInstances",
            "DescribeRegions",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeTags",
            "DescribeVpcEndpoints",
            "DescribeVpcs",
        }
    ),
    "organizations": frozenset({"DescribeOrganization", "DescribePolicy", "ListPoliciesForTarget"}),
}

WHOLE: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("iam", "GetAccountSummary"): (("SummaryMap",),),
    ("iam", "GetGroupPolicy"): (("PolicyDocument",),),
    ("iam", "GetPolicy"): (("Policy", "DefaultVersionId"),),
    ("iam", "GetPolicyVersion"): (("PolicyVersion", "Document"),),
    ("iam", "GetRole"): (("Role", "Arn"), ("Role", "RoleId"), ("Role", "AssumeRolePolicyDocument")),
    ("iam", "GetRolePolicy"): (("PolicyDocument",),),
    ("iam", "GetUser"): (("User", "Arn"), ("User", "UserId")),
    ("iam", "GetUserPolicy"): (("PolicyDocument",),),
    ("ssm", "GetConnectionStatus"): (("Status",),),
    ("ssm", "GetServiceSetting"): (("ServiceSetting", "SettingValue"), ("ServiceSetting", "Status")),
    ("ssm", "StartSession"): (("SessionId",),),
    ("ssm-quicksetup", "GetConfigurationManager"): (("ManagerArn",), ("ConfigurationDefinitions",)),
    ("sts", "GetCallerIdentity"): (("Arn",), ("UserId",), ("Account",)),
}
"""What stands in every answer of AWS's own: botocore takes any object, also the page of a proxy."""


def check_whole(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    """Raise :class:`KeyError` for an answer that lacks what AWS always says, ``ResponseParserError`` for a web page.

    botocore reads a page that a proxy puts in the place of an answer in JSON as an empty answer.
    """
    for way in WHOLE.get((service, operation), ()):
        value: Any = answer
        for name in way:
            value = value[name]
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-type", "")
    if told.startswith("text/html"):
        raise ResponseParserError(f"{service}:{operation} was answered with a web page ({told})")


DECRYPTING = {("ssm", "GetParameter"): "WithDecryption", ("ssm", "GetParameters"): "WithDecryption"}
"""The parameter with which a read hands out a secret: with it the call is no read."""


def is_read(service: str, operation: str, parameters: Mapping[str, Any] | None = None) -> bool:
    """Whether the call is known to read and nothing else, and with these parameters hands out no secret."""
    decrypts = DECRYPTING.get((service, operation))
    if decrypts is not None and (parameters or {}).get(decrypts):
        return False
    return operation in READS.get(service, frozenset())
