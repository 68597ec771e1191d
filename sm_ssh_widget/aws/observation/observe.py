"""Observe: read every fact for the assessment in parallel, in at most three sequential round trips.

Each chain of reads waits only for what it needs: a list, then the policies on it, then their default versions. A failed
read is a result (:class:`Unknown`), not an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.detection.studio import read_space
from sm_ssh_widget.aws.observation.launch_site import read_launch_site
from sm_ssh_widget.aws.observation.leftovers import read_leftovers, with_projects
from sm_ssh_widget.aws.observation.organisation import Purpose, Verdicts, joined, read_organization, read_verdicts
from sm_ssh_widget.aws.observation.principal import PolicyStore, read_identity
from sm_ssh_widget.aws.observation.quick_setup import read_host_management, read_local_roles
from sm_ssh_widget.aws.observation.temporary_instance import read_earlier
from sm_ssh_widget.aws.session.errors import sentence
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    Identity,
    Known,
    Nodes,
    Observation,
    PolicyText,
    Quotas,
    Reason,
    Target,
    Tier,
    Unknown,
)

Json: TypeAlias = Any

_WHERE = "Reading the account"
_SILENT = (Reason.UNREACHABLE, Reason.TIMED_OUT)
TIER_SETTING = "/ssm/managed-instance/activation-tier"
_QUOTA_KEYS = {
    "trust_size": "AssumeRolePolicySizeQuota",
    "role_inline_size": "RolePolicySizeQuota",
    "user_inline_size": "UserPolicySizeQuota",
    "attached_per_role": "AttachedPoliciesPerRoleQuota",
    "attached_per_user": "AttachedPoliciesPerUserQuota",
}


@dataclass(frozen=True)
class _Identities:
    role: Identity
    user: Identity | None
    organisation: Verdicts


@dataclass(frozen=True)
class More:
    """Reads that only some options need.

    ``local_roles``: the roles of Quick Setup. ``instance``: places and earlier instances of the instance check.
    """

    local_roles: bool = False
    instance: bool = False


def observe(
    target: Target,
    reader: Reader,
    *,
    managed: Sequence[str],
    managed_arns: Mapping[str, str],
    read_as: str = "",
    more: More = More(),  # safe default: it is frozen
) -> Observation:
    """Read everything about ``target``.

    ``managed`` names the AWS managed policies whose live default version is needed, ``managed_arns`` maps names to
    ARNs; ``read_as`` is the reader's identity if it is known already.
    Raises :class:`Problem`: ``aws-refused`` if the role or the user does not exist, ``refused`` if the reader is in
    another account, ``sign-in`` if the credentials do not work, ``unreachable`` if no read was answered.
    """
    policies, arns, region = PolicyStore(reader), {name: managed_arns[name] for name in managed}, target.region
    seen: dict[str, Any] = {}
    reader.in_parallel(
        lambda: seen.update(identities=_kept(lambda: _identities(target, reader, policies))),
        lambda: seen.update(managed=_managed(reader, policies, arns)),
        lambda: seen.update(_caller(reader, read_as)),
        lambda: seen.update(organization=read_organization(reader)),
        lambda: seen.update(space=read_space(reader, *target.space) if target.space else Absent()),
        lambda: seen.update(tier=read_tier(reader, region)),
        lambda: seen.update(nodes=read_nodes(reader, region)),
        lambda: seen.update(quotas=_quotas(reader)),
        lambda: seen.update(_host_management(reader, region)),
        lambda: seen.update(leftovers=read_leftovers(reader, target)),
        *((lambda: seen.update(local_roles=read_local_roles(reader)),) if more.local_roles else ()),
        *((lambda: seen.update(site=read_launch_site(reader, region)),) if more.instance else ()),
        *((lambda: seen.update(_earlier_checks(reader, region)),) if more.instance else ()),
    )
    _check_account(seen["read_as"], target)
    who: _Identities | Problem = seen.pop("identities")
    if isinstance(who, Problem):
        raise who
    seen["leftovers"] = with_projects(seen["leftovers"], who.role, reader, region)
    verified = who.role.unique_id != ""
    named = replace(target, role=who.role.arn, role_verified=target.role_verified or verified)
    found = Observation(target=named, role=who.role, user=who.user, organisation=who.organisation, **seen)
    _check_answered(found)
    return found


def _kept(read: Callable[[], _Identities]) -> _Identities | Problem:
    """Return the result or the problem of a read: the reader's account must be checked before a problem is reported."""
    try:
        return read()
    except Problem as problem:
        return problem


def _check_account(read_as: str, target: Target) -> None:
    """Raise for a reader in another account, where a role of the same name would be a different role."""
    account = PrincipalArn.parse(read_as).account if read_as else target.account
    if account != target.account:
        said = f"You are signed in as {read_as} in account {account}. The role is in account {target.account}."
        raise Problem(_WHERE, said, f"Sign in to account {target.account}.", Code.REFUSED)


def _check_answered(seen: Observation) -> None:
    """Raise if no service answered: an outage says nothing about the account."""
    role = seen.role
    facts = (role.trust, role.attached, role.inline, seen.tier, seen.nodes, seen.quotas, *seen.managed.values())
    silent = [fact for fact in facts if isinstance(fact, Unknown) and fact.reason in _SILENT]
    if not seen.read_as and len(silent) == len(facts):
        raise Problem(
            _WHERE, f"No AWS service answered. {sentence(silent[0].said)}", silent[0].remedy, Code.UNREACHABLE
        )


# Identities


def _identities(target: Target, reader: Reader, policies: PolicyStore) -> _Identities:
    reads = [partial(_identity, target.role, "role", target, reader, policies)]
    if target.user is not None and str(target.user) != str(target.role):
        reads.append(partial(_identity, target.user, "user", target, reader, policies))
    found = reader.in_parallel(*reads)
    role, user = found[0][0], found[-1][0]
    return _Identities(role, None if target.user is None else user, joined([verdicts for _, verdicts in found]))


def _identity(
    arn: PrincipalArn, purpose: Purpose, target: Target, reader: Reader, policies: PolicyStore
) -> tuple[Identity, Verdicts]:
    """Read an identity and the organization's decisions on it; an unknown path is read first."""
    if not (arn.path_known and target.role.path_known):
        return _one_after_the_other(arn, purpose, target, reader, policies)
    found: dict[str, Any] = {}
    reader.in_parallel(
        lambda: found.update(identity=read_identity(arn, reader, policies)),
        lambda: found.update(verdicts=read_verdicts(arn, target, reader, purpose)),
    )
    return found["identity"], found["verdicts"]


def _one_after_the_other(
    arn: PrincipalArn, purpose: Purpose, target: Target, reader: Reader, policies: PolicyStore
) -> tuple[Identity, Verdicts]:
    identity = read_identity(arn, reader, policies)
    known = replace(target, role=identity.arn) if purpose == "role" else target
    if not (identity.arn.path_known and known.role.path_known):
        said = f"The path of {arn.name} is unknown, and the IAM policy simulator accepts complete ARNs only"
        remedy = "Sign in as an identity that is allowed iam:GetRole."
        return identity, Unknown(Reason.DENIED, "iam:SimulatePrincipalPolicy", said, remedy)
    return identity, read_verdicts(identity.arn, known, reader, purpose)


def _caller(reader: Reader, read_as: str) -> dict[str, str]:
    """Read the reader's identity and its ``aws:userid``. AWS allows this call to every identity."""
    caller = reader.read("sts", "GetCallerIdentity")
    if not isinstance(caller, Known):
        return {"read_as": read_as}
    return {"read_as": read_as or str(caller.value["Arn"]), "reader_id": str(caller.value["UserId"])}


def _managed(reader: Reader, policies: PolicyStore, arns: Mapping[str, str]) -> dict[str, Fact[PolicyText]]:
    found = reader.in_parallel(*(partial(policies.get, arn) for arn in arns.values()))
    return dict(zip(arns, found, strict=True))


# The account and the Region


def read_tier(reader: Reader, region: str) -> Fact[Tier]:
    """Read the instance tier; absent if Systems Manager has no such setting in the Region."""
    setting = _setting(reader, region, TIER_SETTING)
    if not isinstance(setting, Known):
        return setting
    return Known(Tier(setting.value["SettingValue"], setting.value["Status"]), setting.read)


def read_nodes(reader: Reader, region: str) -> Fact[Nodes]:
    """Count the hybrid nodes, and the managed nodes that are online."""
    nodes = reader.read_all(
        "ssm", "DescribeInstanceInformation", "InstanceInformationList", region=region, page_size=50
    )
    if not isinstance(nodes, Known):
        return nodes
    hybrid = [node for node in nodes.value if node.get("ResourceType") == "ManagedInstance"]
    online = sum(_online(node) for node in nodes.value)
    own = _online_of_ssh_helper(reader, region) if any(map(_online, hybrid)) else 0
    return Known(Nodes(len(hybrid), online, own), nodes.read)


def _online(node: Mapping[str, Json]) -> bool:
    return node.get("PingStatus") == "Online"


def _online_of_ssh_helper(reader: Reader, region: str) -> int:
    """How many of the nodes that are online have an owner tag; none where they cannot be listed so."""
    only = [{"Key": "tag-key", "Values": ["SSHOwner"]}]
    listed = reader.read_all(
        "ssm", "DescribeInstanceInformation", "InstanceInformationList", region=region, page_size=50, Filters=only
    )
    return sum(map(_online, listed.value)) if isinstance(listed, Known) else 0


def _host_management(reader: Reader, region: str) -> dict[str, Any]:
    found, offered = read_host_management(reader, region)
    return {"host_management": found, "quick_setup_offered": offered}


def _earlier_checks(reader: Reader, region: str) -> dict[str, Any]:
    checked, running = read_earlier(reader, region)
    return {"instance_checked": checked, "instances_running": running}


def _setting(reader: Reader, region: str, setting: str) -> Fact[Json]:
    answer = reader.read("ssm", "GetServiceSetting", region=region, SettingId=setting)
    return Known(answer.value["ServiceSetting"], answer.read) if isinstance(answer, Known) else answer


def _quotas(reader: Reader) -> Fact[Quotas]:
    """Read the account's IAM quotas; one that the summary does not contain keeps AWS's default."""
    answer = reader.read("iam", "GetAccountSummary")
    if not isinstance(answer, Known):
        return answer
    summary = answer.value["SummaryMap"]
    live = {name: summary[key] for name, key in _QUOTA_KEYS.items() if key in summary}
    return Known(Quotas(**live), answer.read)
