"""Each requirement as data: its id, the step of the specification, what it needs, why, and what it costs.

The steps are those of ``IAM_SSM_Setup.md`` of SageMaker SSH Helper v1.8.0 to v1.9.1. Prices and dates:
https://aws.amazon.com/systems-manager/pricing/ as quoted by SSH Helper's README, June 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER, Capability

Subject: TypeAlias = Literal["role", "user"]

TIER_SETTING = "/ssm/managed-instance/activation-tier"
QUICK_SETUP_TYPE = "AWSQuickSetupType-SSMHostMgmt"
QUICK_SETUP_PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
ADMINISTRATION_ROLE = "AWS-QuickSetup-LocalAdministrationRole"
EXECUTION_ROLE = "AWS-QuickSetup-LocalExecutionRole"
INSTANCE_TYPES = ("t3.micro", "t3a.micro", "t2.micro", "t3.small")
INSTANCE_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
NODE_HOUR_USD = 0.00695
NODE_HOUR_DATE = "June 2024"
HOURS_A_MONTH = 730

# The three requests that the inline policy of step 1d is there for.
ACTIVATION = tuple(capability for capability in SERVER if capability.source in ("S2", "S3", "S4"))


@dataclass(frozen=True)
class TrustNeed:
    """The role trusts a service. ``document`` and ``hardened`` name the statements that may be appended."""

    service: str
    document: str
    hardened: str = ""


@dataclass(frozen=True)
class ManagedNeed:
    """An identity holds one of several sets of AWS managed policies; the last set is the one that is attached."""

    subject: Subject
    alternatives: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every managed policy that is named."""
        return tuple(name for names in self.alternatives for name in names)


@dataclass(frozen=True)
class InlineNeed:
    """An identity can make certain requests; the inline policy ``policy`` (``document``) would allow them."""

    subject: Subject
    policy: str
    document: str
    capabilities: tuple[Capability, ...]


@dataclass(frozen=True)
class GuardNeed:
    """An identity cannot reach the nodes of another owner; the inline policy ``policy`` (``document``) forbids it."""

    subject: Subject
    policy: str
    document: str


@dataclass(frozen=True)
class TierNeed:
    """The account is on the advanced-instances tier in the Region."""


@dataclass(frozen=True)
class HostManagementNeed:
    """Systems Manager has been set up to manage instances here."""


Need: TypeAlias = TrustNeed | ManagedNeed | InlineNeed | GuardNeed | TierNeed | HostManagementNeed


@dataclass(frozen=True)
class Requirement:
    """One thing that SSH Helper needs. ``optional`` ones are required only when chosen.

    ``why`` is the consequence of doing without, as one sentence. ``risk`` is what writing it may mean for others.
    """

    id: str
    step: str
    title: str
    need: Need
    why: str
    risk: str
    undo: str = "exact"
    optional: bool = False


@dataclass(frozen=True)
class Errand:
    """Something to be done once, when it is chosen: its result is recorded, and nothing is missing without it."""

    id: str
    step: str
    title: str
    why: str
    risk: str
    undo: str = "exact"


TRUST_SAGEMAKER = Requirement(
    "trust.sagemaker",
    "1b",
    "Trust for SageMaker",
    TrustNeed("sagemaker.amazonaws.com", "trust-sagemaker"),
    "Without it SageMaker cannot run anything as this role.",
    "SageMaker may assume the role on behalf of whoever may pass it.",
)
TRUST_SSM = Requirement(
    "trust.ssm",
    "1b",
    "Trust for Systems Manager",
    TrustNeed("ssm.amazonaws.com", "trust-ssm", "trust-ssm-hardened"),
    "Without it no container can register, and CreateActivation fails with “Nonexistent role or missing ssm service "
    "principal in trust policy”.",
    "Systems Manager may assume the role for the nodes that register with it.",
)
MANAGED_INSTANCE_CORE = Requirement(
    "role.managed-instance-core",
    "1c",
    "AmazonSSMManagedInstanceCore on the role",
    ManagedNeed("role", (("AmazonSSMManagedInstanceCore",),)),
    "Without it the agent in the container stays offline, and sessions end with “TargetNotConnected”.",
    "The role may also read the Parameter Store (ssm:GetParameter on every parameter).",
)
CLOUDWATCH_LOGS = Requirement(
    "role.cloudwatch-logs",
    "1c",
    "CloudWatchLogsFullAccess on the role",
    ManagedNeed("role", (("CloudWatchLogsFullAccess",),)),
    "Without it the role may be unable to write the logs that SSH Helper searches for its instances.",
    "The role may read and delete every log group of the account.",
)
SAGEMAKER_SSM_POLICY = Requirement(
    "role.sagemaker-ssm-policy",
    "1d",
    "Inline policy SageMakerSSMPolicy on the role",
    InlineNeed("role", "SageMakerSSMPolicy", "SageMakerSSMPolicy", ACTIVATION),
    "Without it the container cannot create the activation that it registers with.",
    "The role may pass itself to a service and create hybrid activations.",
)
ROLE_CAPABILITIES = Requirement(
    "role.capabilities",
    "1c, 1d",
    "What SSH Helper's code calls as the role",
    InlineNeed("role", "SageMakerSSHServerAccess", "server-least-privilege", SERVER),
    "Without it the container cannot register, or its agent stays offline.",
    "The role may pass itself to Systems Manager and create hybrid activations, and nothing else that is new.",
)
TIER = Requirement(
    "ssm.tier",
    "2h",
    "Advanced-instances tier",
    TierNeed(),
    "Without it Session Manager refuses the connection with “Enable advanced-instances tier to use Session Manager "
    "with your on-premises instances”.",
    "Every hybrid node of the account in this Region is billed by the hour, those of others too.",
)
HOST_MANAGEMENT = Requirement(
    "ssm.host-management",
    "2b-2e",
    "Systems Manager host management",
    HostManagementNeed(),
    "It prepares EC2 instances, not SageMaker containers; later releases of SSH Helper found it unneeded.",
    "Quick Setup works on every EC2 instance of this account in this Region, and on no other account, also where there "
    "is an organisation: it creates roles, a stack set and associations, attaches an instance profile to instances "
    "that have none, updates their agents, collects inventory and scans for patches. Later releases of SSH Helper "
    "found it unneeded.",
    f"leaves what AWS made meanwhile: the role and the instance profile {QUICK_SETUP_PROFILE}, its attachment to EC2 "
    "instances, updated agents and the inventory",
    optional=True,
)
INSTANCE_CHECK = Errand(
    "ssm.instance-check",
    "2a, 2f, 2g",
    "Check Systems Manager with a temporary instance",
    "It shows that Session Manager reaches an EC2 instance; later releases of SSH Helper found it unneeded, as "
    "SageMaker containers register another way.",
    "An EC2 instance runs for some minutes, with Amazon Linux 2023 in the place of the specification's Amazon Linux 2, "
    "which is out of support. It is terminated whatever happens, and ends by itself after an hour. Later releases of "
    "SSH Helper found it unneeded.",
)
USER_MANAGED = Requirement(
    "user.permissions",
    "3a",
    "Permissions of the local user",
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
    ),
    "Without them the person at the laptop cannot find the instance or open a session.",
    "These policies are broad: all of Systems Manager, SageMaker and S3. The least-privilege baseline needs far less.",
)
USER_CAPABILITIES = Requirement(
    "user.permissions",
    "3a",
    "Permissions of the local user",
    InlineNeed("user", "SageMakerSSHClientAccess", "client-least-privilege", CLIENT),
    "Without them the person at the laptop cannot find the instance or open a session.",
    "The user may reach nodes that carry their own SSHOwner tag, and no others.",
)
OWNER_GUARD_RISK = (
    "It also denies every hybrid node without an SSHOwner tag, on-premises servers included, to this user."
)
OWNER_GUARD = Requirement(
    "user.owner-guard",
    "3b",
    "Owner guard for the local user",
    GuardNeed("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner"),
    "Without it this user may open the instances of others, as far as their permissions reach.",
    OWNER_GUARD_RISK,
    optional=True,
)
OWNER_GUARD_HARDENED = Requirement(
    "user.owner-guard",
    "3b",
    "Owner guard for the local user",
    GuardNeed("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner-hardened"),
    "Without it this user may open the instances of others, as far as their permissions reach.",
    OWNER_GUARD_RISK + " It also forbids to change the tags of nodes.",
    optional=True,
)
