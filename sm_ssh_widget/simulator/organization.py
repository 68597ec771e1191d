"""The organization of several simulated accounts: its tree, its control policies, and its delegated administrators.

Described by an object: ``units`` (paths of names, such as ``Workloads/Research``), ``service_control_policies`` and
``resource_control_policies`` (``name``, ``content``, ``units`` and ``accounts`` by name that they are attached to; the
unit ``/`` is the root), and ``delegated_administrators`` (account name → services). AWS's own policies that allow
everything are attached to the root, to every unit and to every account, as AWS does it.
Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sm_ssh_widget.simulator.state import ORGANIZATION, Record, unique_id

PolicyType = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]

ACTIVE = "ACTIVE"
ROOT = "r-sim1"
_FORMS: dict[PolicyType, str] = {
    "SERVICE_CONTROL_POLICY": "service_control_policies",
    "RESOURCE_CONTROL_POLICY": "resource_control_policies",
}
_AWS_OWN: dict[PolicyType, str] = {
    "SERVICE_CONTROL_POLICY": "FullAWSAccess",
    "RESOURCE_CONTROL_POLICY": "RCPFullAWSAccess",
}


@dataclass(frozen=True)
class OrganizationAccount:
    """An account of the organization; ``unit`` is the path of names of its unit, empty for the root."""

    id: str
    name: str
    unit: str = ""
    status: str = ACTIVE

    @property
    def email(self) -> str:
        """Address of the account's owner."""
        return f"aws+{self.id}@example.com"


@dataclass(frozen=True)
class Unit:
    """An organizational unit, or the root with an empty ``path``; ``parent`` is an ID, empty for the root."""

    id: str
    path: str
    parent: str = ""

    @property
    def name(self) -> str:
        """Name of the unit."""
        return self.path.rpartition("/")[2] or "Root"


@dataclass(frozen=True)
class ControlPolicy:
    """A service control policy or resource control policy, and the IDs that it is attached to."""

    id: str
    name: str
    kind: PolicyType
    content: str
    targets: tuple[str, ...]
    of_aws: bool = False


@dataclass(frozen=True)
class Organization:
    """An organization. Accounts by ID, units by ID with the root first, policies by ID."""

    management: str
    partition: str
    accounts: Mapping[str, OrganizationAccount]
    units: Mapping[str, Unit]
    policies: Mapping[str, ControlPolicy]
    delegated: Mapping[str, tuple[str, ...]]
    form: Record = field(default_factory=dict)
    id: str = ORGANIZATION["Id"]

    def is_active(self, account: str) -> bool:
        """Return whether an account belongs to the organization and is not suspended."""
        return account in self.accounts and self.accounts[account].status == ACTIVE

    def may_read(self, account: str) -> bool:
        """Return whether an account can read the organization: the management account, and delegated administrators."""
        return account == self.management or account in self.delegated

    def parent_of(self, child: str) -> str:
        """Return the ID of the unit or root that contains an account or a unit. Raises :class:`KeyError`."""
        if child in self.accounts:
            return _unit_id(self.accounts[child].unit)
        return self.units[child].parent

    def line_of(self, account: str) -> tuple[str, ...]:
        """Return the IDs from the root down to an account, with the account."""
        line = [account]
        while line[0] != ROOT:
            line.insert(0, self.parent_of(line[0]))
        return tuple(line)

    def levels_of(self, account: str, kind: PolicyType) -> list[Record]:
        """Return the policies that bind an account by level; none bind the management account."""
        if account == self.management:
            return []
        return [
            {"Level": level, "Name": policy.name, "Id": policy.id, "Content": policy.content}
            for level, target in enumerate(self.line_of(account))
            for policy in self.policies.values()
            if policy.kind == kind and target in policy.targets
        ]

    def membership_of(self, account: str) -> Record:
        """Return what an account can read of its organization: ``Id``, ``MasterAccountId``, ``Path``."""
        path = "/".join((self.id, *self.line_of(account)[:-1]))
        return {"Id": self.id, "MasterAccountId": self.management, "Path": f"{path}/"}

    def arn(self, identity: str) -> str:
        """Build the ARN of an account, unit, root or policy of this organization."""
        place = f"arn:{self.partition}:organizations::{self.management}"
        if identity in self.policies:
            policy = self.policies[identity]
            owner = f"arn:{self.partition}:organizations::aws:policy" if policy.of_aws else f"{place}:policy/{self.id}"
            return f"{owner}/{policy.kind.lower()}/{identity}"
        kind = "account" if identity.isdigit() else "root" if identity.startswith("r-") else "ou"
        return f"{place}:{kind}/{self.id}/{identity}"


def organization_of(
    form: Record, management: str, partition: str, accounts: Iterable[OrganizationAccount]
) -> Organization:
    """Build an organization. Raises :class:`ValueError` for a unit or account that does not exist."""
    known = {account.id: account for account in accounts}
    units = {unit.id: unit for unit in _units(form.get("units", ()))}
    for account in known.values():
        _check(account.unit, units, f"account {account.name}")
    by_name = {account.name: account.id for account in known.values()}
    policies = {policy.id: policy for kind in _FORMS for policy in _policies(form, kind, units, by_name)}
    services = form.get("delegated_administrators", {})
    delegated = {by_name[name]: tuple(found) for name, found in services.items() if name in by_name}
    return Organization(management, partition, known, units, policies, delegated, form)


def _units(paths: Iterable[str]) -> Iterator[Unit]:
    yield Unit(ROOT, "")
    for path in paths:
        yield Unit(_unit_id(path), path, _unit_id(path.rpartition("/")[0]))


def _unit_id(path: str) -> str:
    return f"ou-{ROOT[2:]}-{unique_id('', path)[:8].lower()}" if path.strip("/") else ROOT


def _check(path: str, units: Mapping[str, Unit], whose: str) -> str:
    if _unit_id(path) not in units:
        raise ValueError(f"the unit {path} of {whose} does not exist")
    return _unit_id(path)


def _policies(
    form: Record, kind: PolicyType, units: Mapping[str, Unit], accounts: Mapping[str, str]
) -> Iterator[ControlPolicy]:
    """Return AWS's own policy of a type, then those of the organization; accounts that are left out have none."""
    everything = json.dumps(_allowing_everything(kind))
    own = _AWS_OWN[kind]
    yield ControlPolicy(f"p-{own}", own, kind, everything, (*units, *accounts.values()), of_aws=True)
    for given in form.get(_FORMS[kind], ()):
        on_units = [_check(path, units, f"policy {given['name']}") for path in given.get("units", ())]
        on_accounts = [accounts[name] for name in given.get("accounts", ()) if name in accounts]
        identity = f"p-{unique_id('', given['name'])[:8].lower()}"
        content = json.dumps(given["content"], ensure_ascii=False)
        yield ControlPolicy(identity, given["name"], kind, content, (*on_units, *on_accounts))


def _allowing_everything(kind: PolicyType) -> Record:
    principal = {"Principal": "*"} if kind == "RESOURCE_CONTROL_POLICY" else {}
    statement = {"Effect": "Allow", **principal, "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
