"""Observed facts: each is :class:`Known`, :class:`Absent` or :class:`Unknown`, never guessed.

A fact that could not be read is a result like any other. It says which read failed, why, what AWS said and what would
allow it, so that "could not read" is never taken for "is missing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.network_facts import Network
from sm_ssh_widget.requirements.prices import HourlyPrice
from sm_ssh_widget.requirements.session_preferences import Preferences

__all__ = ["Absent", "Fact", "Known", "Reason", "Unknown"]

CALLER = "the caller (sts:GetCallerIdentity)"
"""The source of an identity that was not specified: the caller is taken for it."""
SPECIFIED = "specified"
"""Start of the source of a value that a person or program passed."""


@dataclass(frozen=True)
class Target:
    """The role that is checked, where, and who connects. ``sources`` says where each was read.

    ``role_verified`` is whether AWS itself confirmed the ARN with its path; a role that is not verified is never
    written to. ``user`` is the IAM identity (a role or user) that connects, ``None`` if not specified; ``session``
    is the name of their session where they use a role and it is known. ``space`` is the domain id and the name of the
    Studio space that was asked from. ``notes`` say what was broken on the way here, and what a person should know of
    the role. ``key_bucket`` and ``key_prefix`` say where the public keys go, where that is not the default bucket.
    """

    role: PrincipalArn
    region: str
    user: PrincipalArn | None = None
    role_verified: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)
    space: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    session: str = ""
    key_bucket: str = ""
    key_prefix: str = ""

    @property
    def account(self) -> str:
        """The account of the role, twelve digits."""
        return self.role.account

    @property
    def partition(self) -> str:
        """The partition of the role."""
        return self.role.partition


@dataclass(frozen=True)
class PolicyText:
    """A policy document as it is stored, to the letter. ``arn`` and ``version`` are empty for inline policies."""

    name: str
    text: str
    arn: str = ""
    version: str = ""


@dataclass(frozen=True)
class HeldPolicy:
    """A policy that an identity holds: attached by ARN, or inline. ``through`` names the group it comes from."""

    name: str
    arn: str
    document: Fact[PolicyText]
    through: str = ""

    @property
    def inline(self) -> bool:
        """Whether the policy is embedded in the identity and not attached to it."""
        return not self.arn


@dataclass(frozen=True)
class Identity:
    """A role or user and every policy that speaks about it.

    ``policies`` is unknown as a whole when the lists could not be read. ``trust`` is absent for users.
    ``boundary`` is absent where none is set. ``tags_read`` is false where the tags were not read: they may be others.
    """

    arn: PrincipalArn
    trust: Fact[str]
    boundary: Fact[PolicyText]
    attached: Fact[tuple[HeldPolicy, ...]]
    inline: Fact[tuple[HeldPolicy, ...]]
    unique_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    tags_read: bool = True


@dataclass(frozen=True)
class Tier:
    """The instance tier of one account and Region. ``status`` is Default, Customized or PendingUpdate.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ServiceSetting.html
    """

    value: str
    status: str


@dataclass(frozen=True)
class Nodes:
    """Managed nodes of the Region: hybrid ones (``mi-…``, billed on the advanced-instances tier) and all online ones.

    ``online_of_ssh_helper`` is how many of those that are online SSH Helper registered itself.
    """

    hybrid: int
    online: int
    online_of_ssh_helper: int = 0

    @property
    def online_beside_ssh_helper(self) -> int:
        """How many nodes are online that say something about the set-up of Systems Manager."""
        return self.online - self.online_of_ssh_helper


@dataclass(frozen=True)
class Quotas:
    """The account's own limits, from ``iam:GetAccountSummary``: characters, or policies per role or user."""

    trust_size: int = 2048
    role_inline_size: int = 10240
    user_inline_size: int = 2048
    attached_per_role: int = 10
    attached_per_user: int = 10


@dataclass(frozen=True)
class OrganisationVerdict:
    """Whether the organization's policies let an identity make a request; ``missing_keys`` leave it open.

    Source: ``OrganizationsDecisionDetail`` of ``iam:SimulatePrincipalPolicy``.
    """

    principal: str
    action: str
    allowed: bool
    missing_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostManagement:
    """How Systems Manager manages instances here: ``how`` is a Quick Setup manager's ARN or a role's name.

    ``progress`` tells how far Quick Setup is, and ``said`` what it says of a failure, to the letter.
    """

    kind: Literal["quick-setup", "default-host-management"]
    how: str
    progress: Literal["done", "under-way", "failed"] = "done"
    said: str = ""


@dataclass(frozen=True)
class LocalRoles:
    """The ARNs of the two roles that Quick Setup deploys with in this account; ``None`` for one that is not there."""

    administration: str | None
    execution: str | None


@dataclass(frozen=True)
class Subnet:
    """A subnet. ``way`` is how what is in it reaches Systems Manager, empty where no way is seen."""

    id: str
    vpc: str
    zone: str
    default: bool
    way: Literal["", "internet", "nat", "endpoints"]
    public_addresses: bool = False


@dataclass(frozen=True)
class LaunchSite:
    """Where a temporary instance could be started, and how it would be managed.

    ``offers`` holds pairs of instance type and availability zone; ``profile`` says whether Quick Setup's instance
    profile is there.
    """

    subnets: tuple[Subnet, ...]
    offers: frozenset[tuple[str, str]]
    profile: bool


@dataclass(frozen=True)
class InstanceChecked:
    """The check with a temporary instance that AWS still remembers: the instance, and when its session began (UTC)."""

    instance: str
    at: str


@dataclass(frozen=True)
class Space:
    """A Studio space. ``remote_access`` is ``ENABLED``, ``DISABLED``, or empty where nothing is set.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SpaceSettings.html
    """

    name: str
    arn: str
    shared: bool
    remote_access: str = ""


@dataclass(frozen=True)
class SessionKey:
    """A KMS key of the Session Manager preferences: its ARN, state and kind, and its policy as text.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    """

    arn: str
    state: str
    spec: str
    policy: Fact[str]


@dataclass(frozen=True)
class SessionSettings:
    """The Session Manager preferences of a Region, and the resources that they name.

    ``versions`` holds the default version, and the latest one where it differs. ``keys`` are by the name that the
    preferences use, ``bucket_keys`` (the ARN of the KMS key of a bucket's default encryption) by bucket, ``log_groups``
    (whether encrypted with a KMS key) by name.
    """

    versions: tuple[Preferences, ...]
    keys: Mapping[str, Fact[SessionKey]] = field(default_factory=dict)
    bucket_keys: Mapping[str, Fact[str]] = field(default_factory=dict)
    log_groups: Mapping[str, Fact[bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class AccountFacts:
    """Facts about the account; the same for every role and Region.

    ``organization`` is the ID of its organization (``o-…``), absent (with the read that showed it) where it is in none.
    ``managed`` holds the live default version of each AWS managed policy that the baseline names, by name. ``alias`` is
    the name that its administrators gave it: it is shown, and decides nothing.
    """

    quotas: Fact[Quotas]
    managed: Mapping[str, Fact[PolicyText]] = field(default_factory=dict)
    organization: Fact[str] = field(default_factory=Absent)
    alias: Fact[str] = field(default_factory=Absent)


@dataclass(frozen=True)
class RegionFacts:
    """Facts about Systems Manager in the target's Region.

    ``quick_setup_offered`` is false where the Region has no Quick Setup. ``session_settings`` are absent until the
    Session Manager preferences are saved in the Region: AWS's defaults apply. ``node_price`` is the price of a hybrid
    node an hour on the advanced-instances tier, absent (without a read) unless the tier is the standard one.
    """

    tier: Fact[Tier]
    nodes: Fact[Nodes]
    host_management: Fact[HostManagement]
    quick_setup_offered: bool = True
    session_settings: Fact[SessionSettings] = field(default_factory=Absent)
    node_price: Fact[HourlyPrice] = field(default_factory=Absent)


SessionNames: TypeAlias = Literal["STATIC", "USER_IDENTITY"]
"""Name of the role's sessions in a Studio domain: ``SageMaker`` for everyone, or one for each person.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StudioWebPortalSettings.html
"""


@dataclass(frozen=True)
class ChosenFacts:
    """Facts that were read because of how the check was asked for: absent, without a read, where nothing needed it.

    ``space`` is the Studio space that the check runs in, ``session_names`` the setting of its domain. The option for
    host management needs ``local_roles``, or ``default_role``: the ARN of the role of default host management, absent
    (with its read) if there is none. The check with a temporary instance needs the others. ``instances_running`` are
    those of any check that has not ended them; ``instance_price`` is that of an instance an hour. ``network`` is that
    of the space's domain, or of the subnets that were named.
    """

    space: Fact[Space] = field(default_factory=Absent)
    local_roles: Fact[LocalRoles] = field(default_factory=Absent)
    default_role: Fact[str] = field(default_factory=Absent)
    site: Fact[LaunchSite] = field(default_factory=Absent)
    instance_checked: Fact[InstanceChecked] = field(default_factory=Absent)
    instances_running: Fact[tuple[str, ...]] = field(default_factory=Absent)
    network: Fact[Network] = field(default_factory=Absent)
    session_names: Fact[SessionNames] = field(default_factory=Absent)
    instance_price: Fact[HourlyPrice] = field(default_factory=Absent)


@dataclass(frozen=True)
class Observation:
    """Everything that the assessment looks at, by what it is about: the role, the user, the Region, the account.

    ``user`` is the person who connects, ``None`` if not specified. ``organization_verdicts`` are the decisions of
    the organization's policies on the requests of both. ``read_as`` is the ARN of the identity that did the reading,
    ``reader_id`` its ``aws:userid``. ``assumed`` holds the condition keys whose value a person gave instead of a
    read.
    """

    target: Target
    role: Identity
    user: Identity | None
    region: RegionFacts
    account: AccountFacts
    organization_verdicts: Fact[tuple[OrganisationVerdict, ...]]
    chosen: ChosenFacts = field(default_factory=ChosenFacts)
    read_as: str = ""
    reader_id: str = ""
    assumed: Mapping[str, str] = field(default_factory=dict)
    leftovers: Leftovers = field(default_factory=Leftovers)
