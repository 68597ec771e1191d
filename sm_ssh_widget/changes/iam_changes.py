"""Changes of IAM and of the tier, one function per kind. Pure. A function that cannot plan raises ``Refused``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import call_for
from sm_ssh_widget.changes.plan import Change, Kind, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.document import PolicyError, statements
from sm_ssh_widget.policy.merge import Merged, append, size, write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements import managed as snapshots
from sm_ssh_widget.requirements.catalogue import TIER_SETTING
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_managed import missing_managed
from sm_ssh_widget.requirements.needs import GuardNeed, InlineNeed, ManagedNeed, Requirement
from sm_ssh_widget.requirements.observation import Absent, Fact, Identity, Known, Nodes
from sm_ssh_widget.requirements.prices import HOURS_A_MONTH, HourlyPrice, node_hour
from sm_ssh_widget.requirements.requests import filling_for
from sm_ssh_widget.requirements.ssh_owner import is_reserved, permission_set
from sm_ssh_widget.requirements.trust import deleted_principals
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any

_SERVICE_LINKED = "/aws-service-role/"


def trust(requirement: Requirement, document: str, state: PlannedState, *, sids: bool) -> list[Change]:
    """Append one statement to the role's trust policy (``iam:UpdateAssumeRolePolicy``), unless it exists."""
    identity = state.observation.role
    refuse_uneditable_trust(identity, state)
    before = state.trust(identity)
    statement = documents.load(document, filling_for(state.observation.target))
    merged = _append_to_trust(before, json.dumps(statement), sids)
    if not merged.added:
        return []
    _refuse_size("trust policy", size(merged.after), state.quotas.trust_size, "L-C07B4B0D")
    state.set_trust(identity, merged.after)
    resource = {"role": identity.arn.name, "arn": str(identity.arn)}
    return [change_of(requirement, Kind.TRUST, resource, (before, merged.after))]


@lru_cache(maxsize=256)
def _append_to_trust(before: str, statement: str, sids: bool) -> Merged:
    """Append to a trust policy; it is remembered, because most roles of an account share a few."""
    return _append(before, [json.loads(statement)], sids=sids)


def refuse_uneditable_trust(identity: Identity, state: PlannedState) -> None:
    """Raise :class:`Refused` for a trust policy that cannot be saved again: a protected role, a deleted principal."""
    _refuse_protected(identity)
    _refuse_trust_of_reserved(identity)
    gone = deleted_principals(state.trust(identity))
    if gone:
        reason = (
            f"The trust policy contains {', '.join(gone)}, a deleted principal, and IAM rejects any update that "
            f"contains it. Remove it in the IAM console (Roles > {identity.arn.name} > Trust relationships), then "
            "create a new plan."
        )
        raise Refused(RefusalCode.DELETED_PRINCIPAL, reason)


def _refuse_trust_of_reserved(identity: Identity) -> None:
    if is_reserved(identity.arn):
        reason = (
            f"IAM Identity Center manages {identity.arn.name}, and permission sets have no trust policy. Specify the "
            "role that SageMaker runs as: --role ARN"
        )
        raise Refused(RefusalCode.PROTECTED, reason)


def attachments(
    requirement: Requirement, need: ManagedNeed, identity: Identity, state: PlannedState, *, literally: bool
) -> list[Change]:
    """Attach each managed policy whose permissions are missing (``iam:AttachRolePolicy``, ``iam:AttachUserPolicy``)."""
    _refuse_protected(identity)
    holdings = Holdings.of(identity, state.observation)
    attached = state.attached(identity)
    names = missing_managed(need, holdings, state.observation, literally=literally)
    arns = {name: snapshots.arn(name, identity.arn.partition) for name in names}
    kind = "role" if identity.arn.kind == "role" else "user"
    quota = state.quotas.attached_per_role if kind == "role" else state.quotas.attached_per_user
    if len(attached | set(arns.values())) > quota:
        reason = (
            f"{identity.arn.name} already has {len(attached)} of {quota} managed policies, so {', '.join(names)} "
            "cannot be attached. Detach an unused policy, request a higher quota (L-0DA4ABF3), or switch to the "
            "least-privilege baseline, which adds one inline policy instead."
        )
        raise Refused(RefusalCode.QUOTA, reason)
    attached |= set(arns.values())
    several = len(need.alternatives[-1]) > 1
    planned = [_attachment(requirement, identity, name, arn, several=several) for name, arn in arns.items()]
    return _unless_reserved(identity, planned)


def _attachment(requirement: Requirement, identity: Identity, name: str, arn: str, *, several: bool) -> Change:
    noun = "role" if identity.arn.kind == "role" else "user"
    kind = Kind.ATTACH_ROLE_POLICY if noun == "role" else Kind.ATTACH_USER_POLICY
    resource = {noun: identity.arn.name, "arn": str(identity.arn), "policy_arn": arn}
    return change_of(requirement, kind, resource, (False, True), suffix=f":{name}" if several else "")


def inline(
    requirement: Requirement, need: InlineNeed | GuardNeed, identity: Identity, state: PlannedState, *, sids: bool
) -> list[Change]:
    """Write the inline policy, or append to the one of that name (``iam:PutRolePolicy``, ``iam:PutUserPolicy``)."""
    ours = documents.load(need.document, filling_for(state.observation.target))
    return inline_document(requirement, need.policy, ours, identity, state, sids=sids)


def inline_document(
    requirement: Requirement,
    policy: str,
    ours: dict[str, Json],
    identity: Identity,
    state: PlannedState,
    *,
    sids: bool,
    suffix: str = "",
) -> list[Change]:
    """Write a document as the inline policy of this name, or append its statements to that policy."""
    _refuse_protected(identity)
    before = state.inline(identity, policy)
    after = write(ours) if before is None else _append(before, statements(ours), sids=sids).after
    if after == before:
        return []
    noun = "role" if identity.arn.kind == "role" else "user"
    quota = state.quotas.role_inline_size if noun == "role" else state.quotas.user_inline_size
    total = state.inline_size(identity, policy, after)
    _refuse_size(f"inline policies of {identity.arn.name} together", total, quota, "")
    state.set_inline(identity, policy, after)
    kind = Kind.ROLE_INLINE if noun == "role" else Kind.USER_INLINE
    resource = {noun: identity.arn.name, "arn": str(identity.arn), "policy": policy}
    return _unless_reserved(identity, [change_of(requirement, kind, resource, (before, after), suffix=suffix)])


def tier(requirement: Requirement, state: PlannedState) -> Change:
    """Switch the Region to the advanced-instances tier (``ssm:UpdateServiceSetting``)."""
    seen = state.observation
    assert isinstance(seen.region.tier, Known)  # noqa: S101  # only a known tier is missing
    was, target = seen.region.tier.value, seen.target
    arn = f"arn:{target.partition}:ssm:{target.region}:{target.account}:servicesetting{TIER_SETTING}"
    resource = {"setting_id": TIER_SETTING, "region": target.region, "arn": arn}
    before = {"value": was.value, "status": was.status}
    after = {"value": "advanced", "status": "Customized"}
    cost = tier_cost(seen.region.nodes, seen.region.node_price)
    return change_of(requirement, Kind.SERVICE_SETTING, resource, (before, after), cost=cost)


def change_of(
    requirement: Requirement,
    kind: Kind,
    resource: Mapping[str, str],
    states: tuple[Json, Json],
    *,
    suffix: str = "",
    cost: str | None = None,
    risk: str | None = None,
    undo: str | None = None,
) -> Change:
    """Create the change of a requirement from its two states; the calls follow from them.

    ``risk`` and ``undo`` are those of the requirement, unless this change has its own.
    """
    there, back = call_for(kind, resource, states[1]), call_for(kind, resource, states[0])
    return Change(
        id=requirement.id + suffix,
        finding=requirement.id,
        kind=kind,
        resource=resource,
        before=states[0],
        after=states[1],
        calls=(there,) if there else (),
        inverse=(back,) if back else (),
        cost=cost,
        risk=requirement.risk if risk is None else risk,
        undo=requirement.undo if undo is None else undo,
    )


_NO_PRICE: Fact[HourlyPrice] = Absent()


def tier_cost(nodes: Fact[Nodes], of_a_node: Fact[HourlyPrice] = _NO_PRICE) -> str:
    """The price of the advanced-instances tier, and of the hybrid nodes that the Region has now."""
    usd, written, source = node_hour(of_a_node)
    price = f"USD {written} per hybrid node and hour ({source}). A 3-hour job costs about USD {3 * usd:.2f}."
    if not isinstance(nodes, Known):
        return f"{price} Current nodes could not be counted."
    if not nodes.value.hybrid:
        return price
    month = nodes.value.hybrid * usd * HOURS_A_MONTH
    there = counted(nodes.value.hybrid, "hybrid node")
    return f"{price} {there} now: USD {month:.2f} per month ({HOURS_A_MONTH} hours)."


def _append(before: str, ours: list[dict[str, object]] | tuple[object, ...], *, sids: bool) -> Merged:
    try:
        return append(before, list(ours), sids=sids)  # type: ignore[arg-type]
    except PolicyError as error:
        reason = f"Nothing can be added to this policy: {error}. Correct it in the IAM console, then create a new plan."
        raise Refused(RefusalCode.UNKNOWN, reason) from error


def _refuse_protected(identity: Identity) -> None:
    if identity.arn.kind == "root":
        raise Refused(RefusalCode.PROTECTED, "Policies cannot be attached to the root user. Choose a role or IAM user.")
    if (identity.arn.path or "/").startswith(_SERVICE_LINKED):
        reason = f"{identity.arn.name} is a service-linked role, which only AWS can change. Choose another role."
        raise Refused(RefusalCode.PROTECTED, reason)


def _unless_reserved(identity: Identity, planned: list[Change]) -> list[Change]:
    """The changes, or for a role of IAM Identity Center a refusal with the changes to make in its permission set.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
    """
    if not planned or not is_reserved(identity.arn):
        return planned
    name = permission_set(identity.arn)
    which = f"the permission set {name}" if name else "its permission set"
    reason = (
        f"IAM Identity Center manages {identity.arn.name}. In the management account, or the delegated administrator "
        f"account of IAM Identity Center, add the policies below to {which} and provision it again. This affects "
        "everyone who has that permission set. To save the instructions: sm-ssh-widget export --format identity-center"
    )
    raise Refused(RefusalCode.PROTECTED, reason, planned)


def _refuse_size(what: str, characters: int, quota: int, code: str) -> None:
    if characters <= quota:
        return
    raised = f"Request a higher quota ({code}, Service Quotas in us-east-1), or remove" if code else "Remove"
    reason = (
        f"The {what} would have {characters} characters; the quota is {quota}. sm-ssh-widget does not shorten existing "
        f"policies. {raised} an unused statement in the IAM console, then create a new plan."
    )
    raise Refused(RefusalCode.QUOTA, reason)
