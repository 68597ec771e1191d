"""How to read, compare and describe the live state of each kind of change.

One entry per kind, beside the facts in :mod:`sm_ssh_widget.changes.kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.observation import leftovers, quick_setup, temporary_instance
from sm_ssh_widget.aws.session.backoff import WAIT_IAM_VISIBLE, WAIT_QUICK_SETUP, WAIT_TERMINATED, WAIT_TIER, Backoff
from sm_ssh_widget.aws.session.errors import sentence
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.changes.comparison import same_settings, same_states
from sm_ssh_widget.changes.plan import Change, Kind
from sm_ssh_widget.changes.undo import Resource, lasting, resource_of
from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

Json: TypeAlias = Any
Where: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class ResourceKind:
    """How one kind of resource is read, compared and waited for.

    ``read`` returns the state, ``None`` for a resource that does not exist. ``unchanged`` compares the state before a
    plan with the live state, ``settled`` tells whether AWS has finished changing it. ``progress`` describes what AWS is
    doing, ``trouble`` what went wrong. ``retry_on`` lists texts of refusals that only mean that AWS does not see an
    earlier write yet. ``used_by_others`` reads what else uses the resource, which then stays.
    """

    read: Callable[[Reader, Where], Fact[Json]]
    unchanged: Callable[[Json, Json], bool]
    settled: Callable[[Json], bool]
    backoff: Backoff
    waiting_for: str
    progress: Callable[[Json], str] = lambda _: ""
    trouble: Callable[[Json, Json], str] = lambda _asked, _found: ""
    retry_on: tuple[str, ...] = ()
    used_by_others: Callable[[Reader, Change], Fact[str]] | None = None


def read_live(reader: Reader, change: Change) -> Known[Json] | Unknown:
    """Read the live state of the change's resource; one that does not exist is ``Known(None)``."""
    fact = RESOURCE_KINDS[change.kind].read(reader, change.resource)
    return Known(None, fact.read) if isinstance(fact, Absent) else fact


def live_facts(reader: Reader, changes: Iterable[Change]) -> dict[Resource, Known[Json] | Unknown]:
    """Read the live state of every resource of the changes, in parallel."""
    resources = {resource_of(change): change for change in changes}
    facts = reader.in_parallel(*(partial(read_live, reader, change) for change in resources.values()))
    return dict(zip(resources, facts, strict=True))


def live_states(reader: Reader, changes: Iterable[Change]) -> dict[Resource, Json]:
    """Read the live state of every resource; raises :class:`Problem` if one cannot be read."""
    by_resource = {resource_of(change): change for change in changes}
    states = {}
    for key, fact in live_facts(reader, by_resource.values()).items():
        if isinstance(fact, Unknown):
            raise unreadable(fact, by_resource[key])
        states[key] = fact.value
    return states


def unreadable(fact: Unknown, change: Change) -> Problem:
    """Build the problem for a state that could not be read."""
    unreachable = fact.reason in (Reason.UNREACHABLE, Reason.TIMED_OUT)
    code = Code.UNREACHABLE if unreachable else Code.AWS_REFUSED
    return Problem(f"Reading the current state for {change.id} ({fact.read})", sentence(fact.said), fact.remedy, code)


# Reading


def _trust(reader: Reader, where: Where) -> Fact[Json]:
    fact = reader.read("iam", "GetRole", RoleName=where["role"])
    return Known(fact.value["Role"]["AssumeRolePolicyDocument"], fact.read) if isinstance(fact, Known) else fact


def _attached(owner: str, reader: Reader, where: Where) -> Fact[Json]:
    owned: dict[str, Any] = {f"{owner}Name": where[owner.lower()]}
    fact = reader.read_all("iam", f"ListAttached{owner}Policies", "AttachedPolicies", **owned)
    if isinstance(fact, Absent):
        return Known(False, fact.read)  # an identity that does not exist has no policies
    if not isinstance(fact, Known):
        return fact
    return Known(any(policy["PolicyArn"] == where["policy_arn"] for policy in fact.value), fact.read)


def _inline(owner: str, reader: Reader, where: Where) -> Fact[Json]:
    owned: dict[str, Any] = {f"{owner}Name": where[owner.lower()], "PolicyName": where["policy"]}
    fact = reader.read("iam", f"Get{owner}Policy", **owned)
    return Known(fact.value["PolicyDocument"], fact.read) if isinstance(fact, Known) else fact


def _setting(reader: Reader, where: Where) -> Fact[Json]:
    fact = reader.read("ssm", "GetServiceSetting", region=where["region"], SettingId=where["setting_id"])
    if not isinstance(fact, Known):
        return fact
    setting = fact.value["ServiceSetting"]
    return Known({"value": setting["SettingValue"], "status": setting["Status"]}, fact.read)


# Comparing


def _same_text(one: Json, other: Json) -> bool:
    """Whether two documents are the same JSON, including the order. Texts that are not JSON must be equal."""
    if one == other or one is None or other is None:
        return bool(one == other)
    try:
        return bool(_in_order(parse(one)) == _in_order(parse(other)))
    except PolicyError:
        return False


def _in_order(value: Json) -> Json:
    """JSON with the order of its members; ``true`` differs from 1."""
    if isinstance(value, dict):
        return ("object", *((key, _in_order(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("array", *map(_in_order, value))
    return (type(value).__name__, value)


def _lasting_equal(one: Json, other: Json) -> bool:
    return bool(lasting(one) == lasting(other))


def _always(_: Json) -> bool:
    return True


def _not_pending(state: Json) -> bool:
    return state is None or state["status"] != "PendingUpdate"


# The table


def _of_document(read: Callable[[Reader, Where], Fact[Json]]) -> ResourceKind:
    return ResourceKind(read, _same_text, _always, WAIT_IAM_VISIBLE, "IAM to show the change")


def _of_attachment(owner: str) -> ResourceKind:
    return ResourceKind(partial(_attached, owner), same_states, _always, WAIT_IAM_VISIBLE, "IAM to show the attachment")


def _of_role(state: ResourceKind) -> ResourceKind:
    return replace(state, used_by_others=quick_setup.read_use)


RESOURCE_KINDS: Mapping[Kind, ResourceKind] = {
    Kind.TRUST: replace(_of_document(_trust), used_by_others=leftovers.read_use),
    Kind.ROLE_INLINE: _of_role(_of_document(partial(_inline, "Role"))),
    Kind.USER_INLINE: _of_document(partial(_inline, "User")),
    Kind.ATTACH_ROLE_POLICY: _of_role(_of_attachment("Role")),
    Kind.ATTACH_USER_POLICY: _of_attachment("User"),
    Kind.SERVICE_SETTING: ResourceKind(
        _setting,
        same_settings,
        _not_pending,
        WAIT_TIER,
        "Systems Manager to change the setting",
        retry_on=("does not exist or cannot be assumed",),
    ),
    Kind.ROLE: _of_role(replace(_of_document(_trust), retry_on=("Invalid principal in policy",))),
    Kind.QUICK_SETUP: ResourceKind(
        quick_setup.read_configuration,
        _lasting_equal,
        quick_setup.settled,
        WAIT_QUICK_SETUP,
        "Quick Setup to deploy, which takes several minutes",
        progress=quick_setup.progress,
        trouble=quick_setup.trouble,
        retry_on=("can't be accessed", "cannot be assumed", "Unable to assume"),
    ),
    Kind.INSTANCE: ResourceKind(
        temporary_instance.read,
        _lasting_equal,
        _always,
        WAIT_TERMINATED,
        "EC2 to terminate the instance",
        retry_on=("Invalid IAM Instance Profile name", "TargetNotConnected"),
    ),
}
