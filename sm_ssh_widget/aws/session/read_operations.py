"""Allow-list of read operations by service: every other call counts as a write.

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
            "GetDocument",
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
            "Search",
        }
    ),
    "cloudformation": frozenset({"DescribeStacks", "ListStackResources"}),
    "codebuild": frozenset({"BatchGetProjects", "ListProjects"}),
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
            "DescribeNatGateways",
            "DescribeNetworkAcls",
            "DescribeRegions",
            "DescribeRouteTables",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeTags",
            "DescribeVpcAttribute",
            "DescribeVpcEndpoints",
            "DescribeVpcs",
        }
    ),
    "pricing": frozenset({"GetProducts"}),
    "organizations": frozenset(
        {
            "DescribeOrganization",
            "DescribePolicy",
            "ListAccounts",
            "ListAccountsForParent",
            "ListOrganizationalUnitsForParent",
            "ListPoliciesForTarget",
            "ListRoots",
        }
    ),
    "kms": frozenset({"DescribeKey", "GetKeyPolicy"}),
    "logs": frozenset({"DescribeLogGroups"}),
    "s3": frozenset({"GetBucketEncryption"}),
    "iam-toolbox": frozenset({"GetRequestAuthorizationDetails"}),
}
ACTIONS = {
    ("iam-toolbox", "GetRequestAuthorizationDetails"): "iam:GetRequestAuthorizationDetails",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
}
"""IAM actions of the reads whose name is another one than the operation's."""

WHOLE: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("cloudformation", "DescribeStacks"): (("Stacks",),),
    ("codebuild", "BatchGetProjects"): (("projects",),),
    ("iam", "GetAccountSummary"): (("SummaryMap",),),
    ("iam", "GetGroupPolicy"): (("PolicyDocument",),),
    ("iam", "GetPolicy"): (("Policy", "DefaultVersionId"),),
    ("iam", "GetPolicyVersion"): (("PolicyVersion", "Document"),),
    ("iam", "GetRole"): (("Role", "Arn"), ("Role", "RoleId"), ("Role", "AssumeRolePolicyDocument")),
    ("iam", "GetRolePolicy"): (("PolicyDocument",),),
    ("iam", "GetUser"): (("User", "Arn"), ("User", "UserId")),
    ("iam", "GetUserPolicy"): (("PolicyDocument",),),
    ("iam-toolbox", "GetRequestAuthorizationDetails"): (("evaluations",), ("policies",)),
    ("kms", "DescribeKey"): (("KeyMetadata", "Arn"), ("KeyMetadata", "KeyState")),
    ("kms", "GetKeyPolicy"): (("Policy",),),
    ("organizations", "DescribeOrganization"): (("Organization", "Id"),),
    ("pricing", "GetProducts"): (("PriceList",),),
    ("ssm", "GetConnectionStatus"): (("Status",),),
    ("ssm", "GetDocument"): (("Content",), ("DocumentVersion",)),
    ("ssm", "GetServiceSetting"): (("ServiceSetting", "SettingValue"), ("ServiceSetting", "Status")),
    ("ssm", "StartSession"): (("SessionId",),),
    ("ssm-quicksetup", "GetConfigurationManager"): (("ManagerArn",), ("ConfigurationDefinitions",)),
    ("sts", "GetCallerIdentity"): (("Arn",), ("UserId",), ("Account",)),
}
"""Members that every genuine AWS response contains: botocore accepts any object, even a proxy's page."""


def check_whole(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    """Raise :class:`KeyError` for a response without its constant members, ``ResponseParserError`` for a web page.

    botocore parses a proxy's page in place of a JSON response as an empty response.
    """
    for way in WHOLE.get((service, operation), ()):
        value: Any = answer
        for name in way:
            value = value[name]
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-type", "")
    if told.startswith("text/html"):
        raise ResponseParserError(f"A web page answered {service}:{operation} ({told}). Check for a proxy.")


DECRYPTING = {("ssm", "GetParameter"): "WithDecryption", ("ssm", "GetParameters"): "WithDecryption"}
"""Parameters that make a read return a secret: with one of them, the call is not a read."""


def is_read(service: str, operation: str, parameters: Mapping[str, Any] | None = None) -> bool:
    """Whether the call is known to be read-only and returns no secret with these parameters."""
    decrypts = DECRYPTING.get((service, operation))
    if decrypts is not None and (parameters or {}).get(decrypts):
        return False
    return operation in READS.get(service, frozenset())
