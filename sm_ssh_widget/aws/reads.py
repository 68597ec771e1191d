"""The calls that read, by service: what is not in this list counts as a write.

The names are botocore's. A prefix such as ``Get`` proves nothing (``sts:GetSessionToken`` hands out credentials), so
every call is listed.
"""

from __future__ import annotations

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


def is_read(service: str, operation: str) -> bool:
    """Whether the call is known to read and nothing else."""
    return operation in READS.get(service, frozenset())
