"""Each requirement as data: its id, the step of the specification, what it needs, why, and what it costs.

The steps are those of ``IAM_SSM_Setup.md`` of SageMaker SSH Helper v1.8.0 to v1.9.1.
"""

from __future__ import annotations

from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER
from sm_ssh_widget.requirements.needs import (
    Errand,
    FactNeed,
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    NetworkNeed,
    NoLeftoversNeed,
    Requirement,
    SessionPreferencesNeed,
    TierNeed,
    Titles,
    TrustNeed,
)

TIER_SETTING = "/ssm/managed-instance/activation-tier"
QUICK_SETUP_TYPE = "AWSQuickSetupType-SSMHostMgmt"
QUICK_SETUP_PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
DEFAULT_ROLE_SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
DEFAULT_ROLE = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
DEFAULT_ROLE_PATH = "/service-role/"
DEFAULT_ROLE_POLICY = "AmazonSSMManagedEC2InstanceDefaultPolicy"
ADMINISTRATION_ROLE = "AWS-QuickSetup-LocalAdministrationRole"
EXECUTION_ROLE = "AWS-QuickSetup-LocalExecutionRole"
INSTANCE_TYPES = ("t3.micro", "t3a.micro", "t2.micro", "t3.small")
INSTANCE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

LONGEST_FOR_ACTIVATION = 64
"""Characters of path and name that ``ssm:CreateActivation`` takes as ``IamRole``.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html
"""

# The three requests that the inline policy of step 1d is there for, and those of the agent
ACTIVATION = tuple(capability for capability in SERVER if capability.source in ("S2", "S3", "S4"))
AGENT = tuple(capability for capability in SERVER if capability.source == "S6")


TRUST_SAGEMAKER = Requirement(
    "trust.sagemaker",
    "1b",
    "Trust for SageMaker",
    TrustNeed("sagemaker.amazonaws.com", "trust-sagemaker", "trust-sagemaker-hardened"),
    "Without this trust, SageMaker cannot run anything as this role.",
    "SageMaker can assume the role for any principal that is allowed iam:PassRole on it.",
    Titles("SageMaker can use this role", "SageMaker cannot use this role", "Whether SageMaker can use this role"),
)
TRUST_SSM = Requirement(
    "trust.ssm",
    "1b",
    "Trust for Systems Manager",
    TrustNeed("ssm.amazonaws.com", "trust-ssm", "trust-ssm-hardened"),
    "Without this trust, no container can register. CreateActivation fails with “Nonexistent role or missing ssm "
    "service principal in trust policy”.",
    "Systems Manager can assume the role for nodes that register with it.",
    Titles(
        "Systems Manager can use this role",
        "Systems Manager cannot use this role",
        "Whether Systems Manager can use this role",
    ),
)
REGISTRABLE = Requirement(
    "role.registrable",
    "1a",
    f"Role path and name up to {LONGEST_FOR_ACTIVATION} characters",
    FactNeed("registrable"),
    "CreateActivation refuses a longer one, so no container can register with this role.",
    "none",
    Titles(
        "The role can be used in an activation",
        "The role's path and name are too long for an activation",
        "Whether the role can be used in an activation",
    ),
)
MANAGED_INSTANCE_CORE = Requirement(
    "role.managed-instance-core",
    "1c",
    "AmazonSSMManagedInstanceCore on the role",
    ManagedNeed("role", (("AmazonSSMManagedInstanceCore",),), AGENT),
    "Without this policy, the agent in the container stays offline and sessions fail with “TargetNotConnected”.",
    "The role can also read every parameter in Parameter Store (ssm:GetParameter on all resources).",
    Titles("The agent in the job goes online", "The agent in the job stays offline", "Whether the agent goes online"),
)
CLOUDWATCH_LOGS = Requirement(
    "role.cloudwatch-logs",
    "1c",
    "CloudWatchLogsFullAccess on the role",
    ManagedNeed("role", (("CloudWatchLogsFullAccess",),)),
    "Without this policy, the role might be unable to write the logs that SSH Helper searches to find its nodes.",
    "The role can read and delete every log group in the account, in all Regions.",
    Titles("The job's logs are kept", "The job's logs may be lost", "Whether the job's logs are kept"),
)
SAGEMAKER_SSM_POLICY = Requirement(
    "role.sagemaker-ssm-policy",
    "1d",
    "Inline policy SageMakerSSMPolicy on the role",
    InlineNeed("role", "SageMakerSSMPolicy", "SageMakerSSMPolicy", ACTIVATION),
    "Without this policy, the container cannot create the hybrid activation it registers with.",
    "The role can pass itself to any AWS service, because the guide's iam:PassRole statement has no condition. It can "
    "also create hybrid activations.",
    Titles("The job can register itself", "The job cannot register itself", "Whether the job can register itself"),
)
ROLE_CAPABILITIES = Requirement(
    "role.capabilities",
    "1c, 1d",
    "Permissions of the execution role",
    InlineNeed("role", "SageMakerSSHServerAccess", "server-least-privilege", SERVER),
    "Without these permissions, the container cannot register or its agent stays offline.",
    "The role can pass itself to Systems Manager only, create hybrid activations, run the agent, and read and decrypt "
    "SSH public keys in the key bucket (by default, buckets named sagemaker-*-ACCOUNT).",
    Titles(
        "The job can register and go online",
        "The job cannot register or go online",
        "Whether the job can register and go online",
    ),
)
TIER = Requirement(
    "ssm.tier",
    "2h",
    "Advanced-instances tier",
    TierNeed(),
    "On the standard tier, Session Manager refuses sessions to hybrid nodes with “Enable advanced-instances tier to "
    "use Session Manager with your on-premises instances”.",
    "Every hybrid node in this account and Region is billed per hour, including nodes that SSH Helper did not create.",
    Titles("Session Manager accepts sessions", "Session Manager refuses sessions", "Whether sessions are accepted"),
    scope="region",
)
HOST_MANAGEMENT = Requirement(
    "ssm.host-management",
    "2b-2e",
    "Host management",
    HostManagementNeed(),
    "Host management prepares EC2 instances, not SageMaker containers. Later SSH Helper releases do not need it.",
    "Quick Setup acts on every EC2 instance in this account and Region, and on no other account, even inside an "
    "organization. It creates roles, a stack set and associations, attaches an instance profile to instances without "
    "one, updates their agents, collects inventory and scans for patches. Later SSH Helper releases do not need it.",
    Titles("Host management is set up", "Host management is not set up", "Whether host management is set up"),
    f"leaves what AWS created in the meantime: the role and instance profile {QUICK_SETUP_PROFILE}, its attachment to "
    "EC2 instances, updated agents and the collected inventory",
    optional=True,
    scope="region",
)
NETWORK = Requirement(
    "network.endpoints",
    "2",
    "Network access to Systems Manager",
    NetworkNeed(),
    "Without a way to these services, the container does not register, and every call times out.",
    "none",
    Titles(
        "The subnets can reach Systems Manager",
        "The subnets cannot reach Systems Manager",
        "Whether the subnets can reach Systems Manager",
    ),
    optional=True,
)
LEFTOVERS = Requirement(
    "account.leftovers",
    "1b",
    "Leftovers of SSH Helper's CDK stacks",
    NoLeftoversNeed(),
    "CodeBuild can assume this role without need, or a redeployed stack replaces the trust policy of this role.",
    "CodeBuild can no longer assume this role. Only projects in the plan's Region are checked for it; one in another "
    "Region that uses the role stops working. A redeployed CDK stack replaces the whole trust policy again.",
    Titles("No leftovers", "Leftovers found", "Whether there are leftovers"),
    optional=True,
    advisory=True,
)
INSTANCE_CHECK = Errand(
    "ssm.instance-check",
    "2a, 2f, 2g",
    "Check Systems Manager with a temporary instance",
    "Confirms that Session Manager can reach an EC2 instance. SageMaker containers register differently, so later SSH "
    "Helper releases do not need this check.",
    "One EC2 instance runs for a few minutes. It uses Amazon Linux 2023, because the guide's Amazon Linux 2 is out of "
    "support. sm-ssh-widget terminates it, also after an error; if sm-ssh-widget itself stops, the instance terminates "
    "itself one hour after its start. Later SSH Helper releases do not need this check.",
)
CONNECTS = Titles("{name} can connect", "{name} cannot connect yet", "Whether {name} can connect")
USER_MANAGED = Requirement(
    "user.permissions",
    "3a",
    "Permissions to connect",
    ManagedNeed(
        "user",
        (
            ("AdministratorAccess",),
            (
                "AmazonSSMAutomationRole",
                "CloudWatchLogsReadOnlyAccess",
                "AmazonSageMakerFullAccess",
                "AmazonS3FullAccess",
            ),
        ),
        CLIENT,
    ),
    "Without these permissions, the person who connects cannot find the node or open a session.",
    "These policies are broad: all of Systems Manager, SageMaker and S3, and parts of EC2 and CloudFormation (run and "
    "terminate instances, create and delete stacks). The least-privilege baseline needs far less.",
    CONNECTS,
    scope="user",
)
USER_CAPABILITIES = Requirement(
    "user.permissions",
    "3a",
    "Permissions to connect",
    InlineNeed("user", "SageMakerSSHClientAccess", "client-least-privilege", CLIENT),
    "Without these permissions, the person who connects cannot find the node or open a session.",
    "This policy allows sessions and commands only on nodes whose SSHOwner tag is the person's own aws:userid. It also "
    "allows creating SageMaker default buckets and writing SSH public keys to them.",
    CONNECTS,
    scope="user",
)
OWNER_GUARD_RISK = (
    "The policy also denies access to every hybrid node without an SSHOwner tag, including on-premises servers."
)
_GUARDED = Titles(
    "{name} can reach only their own nodes",
    "{name} can reach other owners' nodes",
    "Whether {name} can reach other owners' nodes",
)
OWNER_GUARD = Requirement(
    "user.owner-guard",
    "3b",
    "Owner guard",
    GuardNeed("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner"),
    "Without this policy, the person who connects can open sessions on other owners' nodes wherever their permissions "
    "allow it.",
    OWNER_GUARD_RISK,
    _GUARDED,
    optional=True,
    scope="user",
)
OWNER_GUARD_HARDENED = Requirement(
    "user.owner-guard",
    "3b",
    "Owner guard",
    GuardNeed("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner-hardened"),
    "Without this policy, the person who connects can open sessions on other owners' nodes wherever their permissions "
    "allow it.",
    OWNER_GUARD_RISK + " It also denies changing the tags of hybrid nodes.",
    _GUARDED,
    optional=True,
    scope="user",
)
SESSION_PREFERENCES = Requirement(
    "ssm.session-preferences",
    "2",
    "Session Manager preferences",
    SessionPreferencesNeed(),
    "A shell session can end right after it opens, or lose its logs. SSH sessions do not use the preferences.",
    "The role can decrypt session data keys with the KMS key, and write session logs. The person who connects can "
    "generate session data keys. Both are limited to sessions on hybrid nodes where the call allows it.",
    Titles("Shell sessions start", "Shell sessions fail", "Whether shell sessions start"),
    partial=True,
)
