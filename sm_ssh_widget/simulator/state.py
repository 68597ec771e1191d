"""State of the whole account as data in AWS's terms, with its delayed visibility.

The shape is that of ``GetAccountAuthorizationDetails`` (``RoleDetailList``, ``UserDetailList``, ``GroupDetailList``,
``Policies``) with ``ServiceSettings`` by Region, ``Activations``, ``ManagedInstances``, ``Sessions``, ``Instances``,
``Networks`` by Region, ``Conditions`` and SageMaker's own records beside it. Policy documents are kept as the exact
text that was written; an instance that is terminated, and a session that has ended, are no longer part of the account.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sm_ssh_widget.simulator.clock import AccountClock
from sm_ssh_widget.simulator.mailbox import Mailbox
from sm_ssh_widget.simulator.shape import check

Record = dict[str, Any]
Kind = Literal["role", "user", "group", "policy", "instance-profile"]

CREATED = "2024-01-01T00:00:00+00:00"
QUOTAS = {
    "AssumeRolePolicySizeQuota": 2048,
    "RolePolicySizeQuota": 10240,
    "UserPolicySizeQuota": 2048,
    "GroupPolicySizeQuota": 5120,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "AttachedPoliciesPerGroupQuota": 10,
    "PolicySizeQuota": 6144,
    "VersionsPerPolicyQuota": 5,
    "PoliciesQuota": 1500,
    "RolesQuota": 1000,
    "UsersQuota": 5000,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
}
IAM_LISTS: dict[Kind, tuple[str, str]] = {
    "role": ("RoleDetailList", "RoleName"),
    "user": ("UserDetailList", "UserName"),
    "group": ("GroupDetailList", "GroupName"),
    "policy": ("Policies", "Arn"),
    "instance-profile": ("InstanceProfiles", "InstanceProfileName"),
}
REGIONAL = ("Activations", "ManagedInstances", "Sessions", "Instances")
RECORDS = (
    *("Domains", "UserProfiles", "Spaces", "Apps", "NotebookInstances", "Endpoints"),
    *("TrainingJobs", "ProcessingJobs", "TransformJobs", "LogGroups", "Documents", "Buckets", "Keys"),
    *("ConfigurationManagers", "Associations", "Stacks", "StackSets", "Projects"),
)
MEMBERS = (
    *("Account", "Partition", "ServiceSettings", "Networks", "Conditions", "Quotas", "TierPendingSeconds"),
    *("AccountAlias", "Organization", "ServiceControlPolicies", "ResourceControlPolicies"),
    *(plural for plural, _ in IAM_LISTS.values()),
    *REGIONAL,
    *RECORDS,
)
"""Members of :meth:`State.to_json`; no others are accepted."""
CONDITIONS = {
    "QuickSetupSeconds": 0.3,
    "QuickSetupFails": "",
    "InstanceSeconds": 0.3,
    "InstancesNeverOnline": False,
    "AuthorizationIds": True,
    "SimulationNamesKeysOfOrganization": True,
    "SessionTokenBytes": 1024,
    "NodeHourUsd": "0.0070000000",
    "DisabledRegions": [],
}
"""Behavior of AWS in this account: durations in seconds, unavailable functions, and optional details.

``AuthorizationIds``: whether IAM's denials have one. ``SimulationNamesKeysOfOrganization``: whether IAM's simulation
says which condition keys of SCPs were not given (AWS does not: https://github.com/aws/aws-cli/issues/10525).
``NodeHourUsd``: price of a hybrid node on the advanced-instances tier.
``DisabledRegions``: opt-in Regions that are disabled, where no key of the account is known.
``SessionTokenBytes``: length of session tokens; AWS documents no limit, and some services accept 4,096 at most.
"""
ORGANIZATION = {
    "Id": "o-simulated1",
    "MasterAccountId": "999999999999",
    "Path": "o-simulated1/r-sim1/ou-sim1-members1/",
}
"""Default ID of an organization."""
_ID_PREFIX = {"role": "AROA", "user": "AIDA", "group": "AGPA", "policy": "ANPA", "instance-profile": "AIPA"}


@dataclass
class Veil:
    """Previous record of a written entity, which readers see until a moment."""

    until: float
    before: Record | None


@dataclass
class AccountState:
    """An account. ``iam`` maps kind and name to entities; the rest is described at ``to_json``."""

    account: str
    partition: str
    iam: dict[Kind, dict[str, Record]] = field(default_factory=lambda: {kind: {} for kind in IAM_LISTS})
    settings: dict[str, dict[str, Record]] = field(default_factory=dict)
    regional: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in REGIONAL})
    records: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in RECORDS})
    quotas: dict[str, int] = field(default_factory=lambda: dict(QUOTAS))
    networks: dict[str, Record] = field(default_factory=dict)
    conditions: Record = field(default_factory=lambda: dict(CONDITIONS))
    alias: str = ""
    organization_record: Record = field(default_factory=dict)
    control_policies: list[Record] = field(default_factory=list)
    resource_control_policies: list[Record] = field(default_factory=list)
    tier_pending_seconds: float = 0.5
    veils: dict[tuple[Kind, str], list[Veil]] = field(default_factory=dict)
    clock: AccountClock = field(default_factory=AccountClock)
    mailbox: Mailbox = field(default_factory=Mailbox)

    @property
    def organization(self) -> Record | None:
        """Organization of the account (``Id``, ``MasterAccountId``, ``Path``), if any.

        An account with policies of an organization has a default one if the state does not specify it.
        """
        implied = self.control_policies or self.resource_control_policies
        return {**ORGANIZATION, **self.organization_record} if self.organization_record or implied else None

    def now(self) -> float:
        """Return the seconds since the epoch by the account's clock."""
        return self.clock.now()

    def visible(self, kind: Kind, name: str) -> Record | None:
        """Return the entity that readers see now: a recent write can still be invisible."""
        waiting = [veil for veil in self.veils.get((kind, name), ()) if veil.until > self.now()]
        return waiting[0].before if waiting else self.iam[kind].get(name)

    def all_visible(self, kind: Kind) -> list[Record]:
        """Return all entities of a kind that readers see now, by name."""
        names = {*self.iam[kind], *(name for of, name in self.veils if of == kind)}
        seen = (self.visible(kind, name) for name in sorted(names))
        return [record for record in seen if record is not None]

    def veil(self, kind: Kind, name: str, seconds: float) -> None:
        """Show the current entity to readers for ``seconds`` more; called right before a write."""
        before = copy.deepcopy(self.iam[kind].get(name))
        self.veils.setdefault((kind, name), []).append(Veil(self.now() + seconds, before))

    def arn(self, kind: str, record: Record) -> str:
        """Build the ARN of an IAM entity from its path and name."""
        name = record.get("RoleName") or record.get("UserName") or record.get("GroupName")
        name = name or record.get("PolicyName") or record.get("InstanceProfileName")
        return f"arn:{self.partition}:iam::{self.account}:{kind}{record.get('Path', '/')}{name}"

    def by_arn(self, arn: str) -> tuple[Kind, Record] | None:
        """Return the visible role, user or group with this ARN."""
        kinds: tuple[Kind, ...] = ("role", "user", "group")
        found = ((kind, self.visible(kind, arn.rsplit("/", 1)[-1])) for kind in kinds)
        return next(((kind, record) for kind, record in found if record and record["Arn"] == arn), None)

    def nodes(self, region: str) -> Iterator[Record]:
        """Return the hybrid nodes of a Region."""
        return (node for node in self.regional["ManagedInstances"].values() if node["Region"] == region)

    def to_json(self) -> Record:
        """Return the comparable state; :func:`from_json` parses it."""
        iam = {plural: [self.iam[kind][n] for n in sorted(self.iam[kind])] for kind, (plural, _) in IAM_LISTS.items()}
        regional = {name: [self.regional[name][key] for key in sorted(self.regional[name])] for name in REGIONAL}
        regional["Instances"] = [each for each in regional["Instances"] if "Terminated" not in each]
        regional["Sessions"] = [each for each in regional["Sessions"] if "EndDate" not in each]
        settings = {region: _settled(found, self.now()) for region, found in sorted(self.settings.items()) if found}
        return copy.deepcopy(
            {
                "Account": self.account,
                "Partition": self.partition,
                **iam,
                "ServiceSettings": settings,
                **regional,
                **self.records,
                "Networks": self.networks,
                "Conditions": {k: v for k, v in self.conditions.items() if CONDITIONS.get(k) != v},
                "Quotas": {k: v for k, v in self.quotas.items() if QUOTAS.get(k) != v},
                "AccountAlias": self.alias,
                "Organization": self.organization_record,
                "ServiceControlPolicies": self.control_policies,
                "ResourceControlPolicies": self.resource_control_policies,
                "TierPendingSeconds": self.tier_pending_seconds,
            }
        )


def from_json(value: Record, account: str, partition: str, clock: AccountClock | None = None) -> AccountState:
    """Create an account from a value, without AWS's validation.

    Raises :class:`ValueError` with the location of a structural error.
    """
    check(value)
    state = AccountState(
        str(value.get("Account", account)), str(value.get("Partition", partition)), clock=clock or AccountClock()
    )
    for kind, (plural, key) in IAM_LISTS.items():
        for given in value.get(plural, ()):
            record = _complete(state, kind, copy.deepcopy(given))
            state.iam[kind][record[key]] = record
    _check_profiles(state)
    state.settings = copy.deepcopy(value.get("ServiceSettings", {}))
    for name, key in zip(REGIONAL, ("ActivationId", "InstanceId", "SessionId", "InstanceId"), strict=True):
        state.regional[name] = {record[key]: copy.deepcopy(record) for record in value.get(name, ())}
    state.records = {name: copy.deepcopy(value.get(name, [])) for name in RECORDS}
    for name, member in (("Documents", "Content"), ("Buckets", "Policy"), ("Keys", "Policy")):
        state.records[name] = [_as_text(record, member) for record in state.records[name]]
    for record in state.records["Documents"]:
        if "EarlierVersions" in record:
            record["EarlierVersions"] = [_text(each) for each in record["EarlierVersions"]]
    state.quotas |= value.get("Quotas", {})
    state.networks = copy.deepcopy(value.get("Networks", {}))
    state.conditions |= value.get("Conditions", {})
    state.control_policies = [_as_text(p, "Content") for p in copy.deepcopy(value.get("ServiceControlPolicies", []))]
    state.resource_control_policies = [
        _as_text(p, "Content") for p in copy.deepcopy(value.get("ResourceControlPolicies", []))
    ]
    state.alias = str(value.get("AccountAlias", ""))
    state.organization_record = copy.deepcopy(value.get("Organization", {}))
    state.tier_pending_seconds = float(value.get("TierPendingSeconds", 0.5))
    return state


def _check_profiles(state: AccountState) -> None:
    """Raise :class:`ValueError` for an instance profile with a role that does not exist: AWS deletes none that has."""
    for name, profile in state.iam["instance-profile"].items():
        for role in profile["Roles"]:
            if role not in state.iam["role"]:
                raise ValueError(f"the instance profile {name} has the role {role}, which is not in RoleDetailList")


def _settled(settings: dict[str, Record], now: float) -> dict[str, Record]:
    """Return the service settings without expired wait times."""
    return {
        name: {key: value for key, value in record.items() if key != "PendingUntil" or value > now}
        for name, record in sorted(settings.items())
    }


def unique_id(prefix: str, name: str) -> str:
    """Derive a stable ID such as ``AROA…`` from a name: 21 characters, as in AWS."""
    digits = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return prefix + "".join(alphabet[digits >> 5 * place & 31] for place in range(17))


def _named(record: Record) -> Record:
    """Complete a managed policy with name or ARN. Raises :class:`ValueError` if both are missing."""
    if not {"Arn", "PolicyName"} & record.keys():
        raise ValueError("a policy has no Arn and no PolicyName")
    name = record.get("PolicyName") or record["Arn"].rsplit("/", 1)[-1]
    return {**record, "PolicyName": name}


def _complete(state: AccountState, kind: Kind, record: Record) -> Record:
    defaults: Record = {"Path": "/", "CreateDate": CREATED}
    record = defaults | (_named(record) if kind == "policy" else record)
    record.setdefault("Arn", state.arn(kind, record))
    id_key = {"policy": "PolicyId", "instance-profile": "InstanceProfileId"}.get(kind, f"{kind.title()}Id")
    record.setdefault(id_key, unique_id(_ID_PREFIX[kind], record["Arn"]))
    if kind == "policy":
        return _complete_policy(record)
    if kind == "instance-profile":
        return {"Roles": [], **record}
    inline = f"{kind.title()}PolicyList"
    record = {inline: [], "AttachedManagedPolicies": [], **record}
    record[inline] = [_as_text(policy, "PolicyDocument") for policy in record[inline]]
    record["AttachedManagedPolicies"] = [_attached(p) for p in record["AttachedManagedPolicies"]]
    if kind == "user":
        record = {"GroupList": [], "MFADevices": [], "Tags": [], **record}
    if kind == "role":
        record = {"MaxSessionDuration": 3600, "Tags": [], **_as_text(record, "AssumeRolePolicyDocument")}
    return record


def _complete_policy(record: Record) -> Record:
    versions = [_as_text(version, "Document") for version in record.get("PolicyVersionList", ())]
    record["PolicyVersionList"] = [
        {"VersionId": f"v{n}", "IsDefaultVersion": n == len(versions), "CreateDate": CREATED} | version
        for n, version in enumerate(versions, 1)
    ]
    default = next((v["VersionId"] for v in record["PolicyVersionList"] if v["IsDefaultVersion"]), "v1")
    return {"DefaultVersionId": default, "IsAttachable": True, "UpdateDate": record["CreateDate"], **record}


def _attached(policy: Record | str) -> Record:
    if isinstance(policy, dict) and "PolicyArn" not in policy:
        raise ValueError(f"an attached policy has no PolicyArn: {policy}")
    if isinstance(policy, dict):
        return {"PolicyName": policy["PolicyArn"].rsplit("/", 1)[-1], **policy}
    return {"PolicyName": policy.rsplit("/", 1)[-1], "PolicyArn": policy}


def _as_text(record: Record, key: str) -> Record:
    if key in record:
        record[key] = _text(record[key])
    return record


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
