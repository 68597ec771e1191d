"""What the program may call, as statements with a reason: to check one role, to apply plans, to audit an account.

A statement that only some accounts or options need says when it is needed, so that an admin can leave it out.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
and the pages of the other services beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.changes.systems_manager import DEPLOYMENT_POLICY, RUN_TAG
from sm_ssh_widget.fleet.accounts import AUDIT_ROLE
from sm_ssh_widget.policy.document import Statement
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.catalogue import (
    ADMINISTRATION_ROLE,
    DEFAULT_ROLE,
    DEFAULT_ROLE_PATH,
    DEFAULT_ROLE_POLICY,
    DEFAULT_ROLE_SETTING,
    EXECUTION_ROLE,
    INSTANCE_IMAGE,
    QUICK_SETUP_PROFILE,
    TIER_SETTING,
)
from sm_ssh_widget.requirements.leftovers import STACKS
from sm_ssh_widget.requirements.needs import ManagedNeed
from sm_ssh_widget.requirements.session_preferences import DOCUMENT

Json: TypeAlias = Any

ALWAYS = "always"
PARTITION, ACCOUNT, REGION, ROLE, PERSON = "<partition>", "<account>", "<region>", "<role ARN>", "<person ARN>"
PLACEHOLDERS: Mapping[str, str] = {
    PARTITION: "Partition of the account: aws, aws-cn or aws-us-gov.",
    ACCOUNT: "Account ID: 12 digits.",
    REGION: "AWS Region, for example eu-west-1.",
    ROLE: "ARN of the execution role.",
    PERSON: "ARN of the IAM role or IAM user of the person who connects.",
}

_IAM = f"arn:{PARTITION}:iam::{ACCOUNT}"
_PERSON_IS = "if a person who connects is named, who is an IAM {}"
_SESSIONS = "if the Region has Session Manager preferences"
_PRICES = "if the price of today is wanted, and not the one that the program knows"
_NETWORK = "if the Studio domain is VPC-only, or --subnet is used"


@dataclass(frozen=True)
class Grant:
    """One statement: its Sid, its actions, why and when the program needs them, and where they are allowed."""

    sid: str
    actions: tuple[str, ...]
    reason: str
    resources: tuple[str, ...] = ("*",)
    needed: str = ALWAYS
    condition: Mapping[str, Json] = field(default_factory=dict)

    def statement(self) -> Statement:
        """Return the statement in the policy language."""
        resource: Json = self.resources[0] if len(self.resources) == 1 else list(self.resources)
        made = {"Sid": self.sid, "Effect": "Allow", "Action": sorted(self.actions), "Resource": resource}
        return {**made, "Condition": dict(self.condition)} if self.condition else made


_ROLE_READS = ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies")
_USER_READS = (
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
)
_GROUP_READS = ("iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies")


def check_grants() -> Iterator[Grant]:
    """Yield the reads of a check of one role."""
    yield Grant("ReadRole", _ROLE_READS, "The trust policy and the policies of the execution role.", (ROLE,))
    yield from _policy_texts()
    person = "The policies of the person who connects."
    yield Grant("ReadPersonRole", _ROLE_READS, person, (PERSON,), _PERSON_IS.format("role"))
    yield Grant("ReadPersonUser", _USER_READS, person, (PERSON,), _PERSON_IS.format("user"))
    groups = "The policies that the person who connects has through IAM groups."
    yield Grant("ReadGroups", _GROUP_READS, groups, (f"{_IAM}:group/*",), _PERSON_IS.format("user"))
    yield _simulation((ROLE, PERSON))
    needed = "if a plan is to tell which of its calls the signed-in identity can make"
    why = "Which calls of the plan the signed-in identity can make."
    yield Grant("SimulateSigner", ("iam:SimulatePrincipalPolicy",), why, _EVERY_IDENTITY, needed)
    yield from _of_the_account()
    yield from _of_the_region()
    studio = ("sagemaker:DescribeDomain", "sagemaker:DescribeSpace", "sagemaker:DescribeUserProfile")
    why = "Whose role the space runs as, whether SSHOwner tells people apart, and whether the domain is VPC-only."
    yield Grant("ReadStudio", studio, why, needed="if the check runs in Studio")
    notebook = "The role of the notebook instance."
    instance = ("sagemaker:DescribeNotebookInstance",)
    yield Grant("ReadNotebookInstance", instance, notebook, needed="if the check runs on a notebook instance")
    yield Grant("ListRoles", ("iam:ListRoles",), "The roles to choose from.", needed="if no role is named")
    yield from _of_the_network()
    yield from _of_leftovers()


def _policy_texts() -> Iterator[Grant]:
    texts = (f"arn:{PARTITION}:iam::aws:policy/*", f"{_IAM}:policy/*")
    why = "The texts of managed policies and of the permissions boundary: other policies can grant what is needed."
    yield Grant("ReadPolicies", ("iam:GetPolicy", "iam:GetPolicyVersion"), why, texts)


_EVERY_IDENTITY = (f"{_IAM}:role/*", f"{_IAM}:user/*")


def _simulation(resources: tuple[str, ...]) -> Grant:
    why = "Whether service control policies of the organization deny what SSH Helper calls."
    return Grant("SimulatePolicies", ("iam:SimulatePrincipalPolicy",), why, resources)


def _of_the_account() -> Iterator[Grant]:
    summary = ("iam:GetAccountSummary", "iam:ListAccountAliases")
    yield Grant("ReadAccountSummary", summary, "The quotas of IAM that a change could exceed, and the account's alias.")
    yield Grant("ReadPrices", ("pricing:GetProducts",), "Today's prices.", needed=_PRICES)
    organization = "The organization's ID, which policies can compare with."
    yield Grant("ReadOrganization", ("organizations:DescribeOrganization",), organization)
    explained = ("iam:GetRequestAuthorizationDetails", "iam:GetRequestAuthorizationPolicy")
    why = "AWS's own explanation of a denial: the layer and the policy."
    yield Grant("ExplainDenials", explained, why, needed="if a call is denied")


def _of_the_region() -> Iterator[Grant]:
    settings = f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT}:servicesetting/*"
    why = "The instance tier, and the role of default host management."
    yield Grant("ReadSettings", ("ssm:GetServiceSetting",), why, (settings,))
    hosts = ("ssm-quicksetup:ListConfigurationManagers", "ssm:DescribeInstanceInformation")
    yield Grant("ReadHostManagement", hosts, "Whether host management is set up, or nodes are online.")
    preferences = f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT}:document/{DOCUMENT}"
    yield Grant("ReadPreferences", ("ssm:GetDocument",), "The Session Manager preferences.", (preferences,))
    named = ("kms:DescribeKey", "kms:GetKeyPolicy", "logs:DescribeLogGroups", "s3:GetEncryptionConfiguration")
    yield Grant("ReadSessionTargets", named, "The key, log group and bucket of the preferences.", needed=_SESSIONS)
    places = (
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstances",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "iam:GetInstanceProfile",
        "ssm:DescribeSessions",
    )
    why = "Where a temporary instance can start, and what an earlier one has shown."
    yield Grant("ReadInstanceSites", places, why, needed="if the option instance-check is chosen")
    default = f"{_IAM}:role/*{DEFAULT_ROLE}"  # a role that does not exist has no path
    roles = (f"{_IAM}:role/{ADMINISTRATION_ROLE}", f"{_IAM}:role/{EXECUTION_ROLE}", default)
    why = "The roles of Quick Setup and of default host management, if they exist."
    needed = "if the option host-management or default-host-management is chosen"
    yield Grant("ReadHostManagementRoles", ("iam:GetRole", "iam:ListAttachedRolePolicies"), why, roles, needed)


def _of_the_network() -> Iterator[Grant]:
    reads = (
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
    )
    yield Grant("ReadNetwork", reads, "Whether the subnets reach what SSH Helper calls.", needed=_NETWORK)


def _of_leftovers() -> Iterator[Grant]:
    place = f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack"
    stacks = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")
    why = "What SSH Helper's CDK stacks left in the account."
    yield Grant("ReadStacks", stacks, why, tuple(f"{place}/{name}/*" for name in STACKS))
    roles = tuple(f"{_IAM}:role/{name}-*" for name in STACKS)
    why = "Whether a role of those stacks can replace the trust policy."
    yield Grant("ReadStackRoles", ("iam:GetRolePolicy",), why, roles)
    why = "What uses the policies of those stacks."
    policies = f"{_IAM}:policy/*"
    yield Grant("ReadPolicyUses", ("iam:ListEntitiesForPolicy",), why, (policies,))
    projects = ("codebuild:BatchGetProjects", "codebuild:ListProjects")
    needed = "if the role trusts CodeBuild"
    yield Grant("ReadBuilds", projects, "Whether CodeBuild uses the role.", needed=needed)


# To apply


def apply_grants() -> Iterator[Grant]:
    """Yield the calls that apply, prove and undo a plan, besides those of a check."""
    trust = ("iam:UpdateAssumeRolePolicy",)
    yield Grant("WriteTrust", trust, "Adds trust statements, and removes them on undo.", (ROLE,))
    attached = {subject: _attached(subject) for subject in ("role", "user")}
    whose = "the execution role"
    yield from _writes_of("Role", whose, ROLE, kind="role", policies=attached["role"], needed=ALWAYS)
    for kind in ("role", "user"):
        needed = _PERSON_IS.format(kind)
        name, whose = f"Person{kind.title()}", "the person who connects"
        yield from _writes_of(name, whose, PERSON, kind=kind, policies=attached["user"], needed=needed)
    yield from _setting("WriteTier", TIER_SETTING, "Changes the instance tier, and resets it on undo.", ALWAYS)
    why = "Deletes the activation of a proof (verify --proof), which the role itself creates."
    yield Grant("EndProof", ("ssm:DeleteActivation",), why)
    yield from _quick_setup()
    yield from _default_host_management()
    yield from _temporary_instance()


def _writes_of(
    name: str, whose: str, arn: str, *, kind: str, policies: tuple[str, ...], needed: str
) -> Iterator[Grant]:
    noun = kind.title()
    inline = (f"iam:Put{noun}Policy", f"iam:Delete{noun}Policy")
    why = f"Adds inline policies of {whose}, and removes them on undo."
    yield Grant(f"Write{name}Policies", inline, why, (arn,), needed)
    attach = (f"iam:Attach{noun}Policy", f"iam:Detach{noun}Policy")
    why = f"Attaches these AWS managed policies to {whose}, and detaches them on undo."
    yield Grant(f"Attach{name}Policies", attach, why, (arn,), needed, _only(*policies))


def _only(*names: str) -> dict[str, Json]:
    arns = [managed.arn(name, PARTITION) if name in managed.names() else _aws_policy(name) for name in names]
    return {"ArnEquals": {"iam:PolicyARN": arns}}


def _aws_policy(name: str) -> str:
    return f"arn:{PARTITION}:iam::aws:policy/{name}"


def _attached(subject: str) -> tuple[str, ...]:
    """The AWS managed policies that plans of any baseline attach to the role, or to the person who connects."""
    needs = (item.need for baseline in BASELINES.values() for item in baseline.requirements)
    found = (need.alternatives[-1] for need in needs if isinstance(need, ManagedNeed) and need.subject == subject)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _setting(sid: str, setting: str, why: str, needed: str) -> Iterator[Grant]:
    arn = f"arn:{PARTITION}:ssm:{REGION}:{ACCOUNT}:servicesetting{setting}"
    yield Grant(sid, ("ssm:ResetServiceSetting", "ssm:UpdateServiceSetting"), why, (arn,), needed)


def _quick_setup() -> Iterator[Grant]:
    needed = "if the option host-management is chosen"
    roles = (f"{_IAM}:role/{ADMINISTRATION_ROLE}", f"{_IAM}:role/{EXECUTION_ROLE}")
    made = ("iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy")
    yield Grant("WriteQuickSetupRoles", made, "Creates the two roles that Quick Setup deploys with.", roles, needed)
    attach, why = ("iam:AttachRolePolicy", "iam:DetachRolePolicy"), "Attaches Quick Setup's policy to its role."
    yield Grant("AttachQuickSetupPolicy", attach, why, roles[1:], needed, _only(DEPLOYMENT_POLICY))
    service = "ssm-quicksetup"
    to = {"StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com", f"{service}.amazonaws.com"]}}
    yield Grant("PassQuickSetupRoles", ("iam:PassRole",), "Hands both roles to Quick Setup.", roles, needed, to)
    created = (f"{service}:CreateConfigurationManager", "ssm:ListAssociations")
    yield Grant(
        "CreateQuickSetup", created, "Creates the configuration, and waits until it is deployed.", needed=needed
    )
    managers = f"arn:{PARTITION}:{service}:*:{ACCOUNT}:configuration-manager/*"
    changed = (f"{service}:DeleteConfigurationManager", f"{service}:GetConfigurationManager")
    why = "Reads the configuration, in every Region before its roles are deleted, and deletes it on undo."
    yield Grant("WriteQuickSetup", changed, why, (managers,), needed)


def _default_role() -> str:
    return f"{_IAM}:role{DEFAULT_ROLE_PATH}{DEFAULT_ROLE}"


def _default_host_management() -> Iterator[Grant]:
    needed = "if the option default-host-management is chosen"
    made = ("iam:CreateRole", "iam:DeleteRole", "iam:PassRole")
    yield Grant("WriteDefaultRole", made, "Creates the role of the setting.", (_default_role(),), needed)
    attach = ("iam:AttachRolePolicy", "iam:DetachRolePolicy")
    why = "Attaches AWS's policy to that role."
    yield Grant("AttachDefaultPolicy", attach, why, (_default_role(),), needed, _only(DEFAULT_ROLE_POLICY))
    yield from _setting("WriteHostManagement", DEFAULT_ROLE_SETTING, "Changes the setting of host management.", needed)
    anywhere = f"arn:{PARTITION}:ssm:*:{ACCOUNT}:servicesetting{DEFAULT_ROLE_SETTING}"
    why = "Whether another Region uses the role, before an undo deletes it."
    yield Grant("ReadEveryRegion", ("ssm:GetServiceSetting",), why, (anywhere,), needed)


def _temporary_instance() -> Iterator[Grant]:
    needed = "if the option instance-check is chosen"
    ec2, ssm = (f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}" for service in ("ec2", "ssm"))
    instance, image = f"{ec2}:instance/*", f"arn:{PARTITION}:ec2:{REGION}::image/*"
    created = ("instance", "network-interface", "security-group", "subnet", "volume")
    places = (*(f"{ec2}:{kind}/*" for kind in created), image)
    yield Grant("RunInstance", ("ec2:RunInstances",), "Starts the temporary instance.", places, needed)
    tagging = {"StringEquals": {"ec2:CreateAction": "RunInstances"}}
    yield Grant("TagInstance", ("ec2:CreateTags",), "Tags it when it starts.", (instance,), needed, tagging)
    tagged = {"Null": {f"ec2:ResourceTag/{RUN_TAG}": "false"}}
    yield Grant("EndInstance", ("ec2:TerminateInstances",), "Terminates it.", (instance,), needed, tagged)
    tagged = {"Null": {f"ssm:resourceTag/{RUN_TAG}": "false"}}
    yield Grant("StartSession", ("ssm:StartSession",), "Opens a session to it.", (instance,), needed, tagged)
    document = f"{ssm}:document/{DOCUMENT}"
    yield Grant("UseSessionDocument", ("ssm:StartSession",), "Opens the session as a shell.", (document,), needed)
    yield Grant("EndSession", ("ssm:TerminateSession",), "Closes the session.", (f"{ssm}:session/*",), needed)
    yield Grant("ReadConnection", ("ssm:GetConnectionStatus",), "Whether its agent connects.", (instance,), needed)
    parameter = f"arn:{PARTITION}:ssm:{REGION}::parameter{INSTANCE_IMAGE}"
    yield Grant("ReadImage", ("ssm:GetParameters",), "The newest Amazon Linux image.", (parameter,), needed)
    to = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    role = (f"{_IAM}:role/{QUICK_SETUP_PROFILE}",)
    why = "Starts it with Quick Setup's instance profile, if that exists."
    yield Grant("PassInstanceRole", ("iam:PassRole",), why, role, needed, to)


# To audit


def audit_grants() -> Iterator[Grant]:
    """Yield the reads of an audit of the account."""
    sweep = ("iam:GetAccountAuthorizationDetails",)
    yield Grant("ReadAccount", sweep, "All roles, users, groups and customer policies of the account in one sweep.")
    why = "Each role by itself."
    needed = "if iam:GetAccountAuthorizationDetails is not granted"
    yield Grant("ReadRoles", (*_ROLE_READS, "iam:ListRoles"), why, (f"{_IAM}:role/*",), needed)
    yield from _policy_texts()
    yield _simulation(_EVERY_IDENTITY)
    yield from _of_the_account()
    yield from (grant for grant in _of_the_region() if "is chosen" not in grant.needed)
    uses = (
        "sagemaker:DescribeDomain",
        "sagemaker:DescribeNotebookInstance",
        "sagemaker:DescribeUserProfile",
        "sagemaker:ListDomains",
        "sagemaker:ListNotebookInstances",
        "sagemaker:ListUserProfiles",
        "sagemaker:Search",
    )
    yield Grant("ReadUses", uses, "Who uses which role.", needed="unless --used-by none")
    why = "Which Regions are enabled in the account."
    yield Grant("ListRegions", ("ec2:DescribeRegions",), why, needed="if several accounts or Regions are audited")
    yield from _of_leftovers()


# To audit several accounts


def organization_grants() -> Iterator[Grant]:
    """Yield the calls that list the accounts and assume the audit role in them."""
    listing = (
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListRoots",
    )
    yield Grant("ListAccounts", listing, "The accounts to audit.", needed="if --accounts is org or ou:ID")
    roles = (f"arn:{PARTITION}:iam::*:role/{AUDIT_ROLE}",)
    why = "The audit role of each account, or the role of --member-role."
    yield Grant("AssumeAuditRole", ("sts:AssumeRole",), why, roles)
