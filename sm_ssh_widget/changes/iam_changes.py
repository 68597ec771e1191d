"""How each need is written: one function a kind of change. Pure; a function that cannot plan raises ``Refused``."""

from __future__ import annotations

from typing import Literal

from sm_ssh_widget.changes.plan import Call, Change, Kind, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.document import PolicyError, statements
from sm_ssh_widget.policy.merge import Merged, append, size, write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements import managed as snapshots
from sm_ssh_widget.requirements.catalogue import (
    HOURS_A_MONTH,
    NODE_HOUR_DATE,
    NODE_HOUR_USD,
    TIER_SETTING,
    GuardNeed,
    InlineNeed,
    ManagedNeed,
    Requirement,
)
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judge_managed import missing_managed
from sm_ssh_widget.requirements.observation import Identity, Known
from sm_ssh_widget.requirements.requests import filling_for
from sm_ssh_widget.requirements.ssh_owner import is_reserved, permission_set
from sm_ssh_widget.requirements.trust import deleted_principals

_SERVICE_LINKED = "/aws-service-role/"


def trust(requirement: Requirement, document: str, state: PlannedState, *, sids: bool) -> list[Change]:
    """Append one statement to the role's trust policy (``iam:UpdateAssumeRolePolicy``), unless it is there."""
    identity = state.observation.role
    _refuse_protected(identity)
    _refuse_trust_of_reserved(identity)
    before = state.trust(identity)
    gone = deleted_principals(before)
    if gone:
        reason = (
            f"The trust policy names {', '.join(gone)}, a principal that was deleted; AWS saves no document with it. "
            f"Remove it in the IAM console (Roles, {identity.arn.name}, Trust relationships), then plan again."
        )
        raise Refused(RefusalCode.DELETED_PRINCIPAL, reason)
    statement = documents.load(document, filling_for(state.observation.target))
    merged = _append(before, [statement], sids=sids)
    if not merged.added:
        return []
    _refuse_size("trust policy", size(merged.after), state.quotas.trust_size, "L-C07B4B0D")
    state.set_trust(identity, merged.after)
    name = identity.arn.name
    change = Change(
        id=requirement.id,
        finding=requirement.id,
        kind=Kind.TRUST,
        resource={"role": name, "arn": str(identity.arn)},
        before=before,
        after=merged.after,
        calls=(_update_trust(name, merged.after),),
        inverse=(_update_trust(name, before),),
        cost=None,
        risk=requirement.risk,
        undo=requirement.undo,
    )
    return [change]


def _refuse_trust_of_reserved(identity: Identity) -> None:
    if is_reserved(identity.arn):
        reason = (
            f"{identity.arn.name} cannot be changed through IAM: IAM Identity Center owns it, and a permission set has "
            "no trust policy. Name the role that SageMaker runs as: --role ARN."
        )
        raise Refused(RefusalCode.PROTECTED, reason)


def _update_trust(role: str, text: str) -> Call:
    return Call("iam", "UpdateAssumeRolePolicy", {"RoleName": role, "PolicyDocument": text})


def attachments(
    requirement: Requirement, need: ManagedNeed, identity: Identity, state: PlannedState, *, literally: bool
) -> list[Change]:
    """Attach each managed policy whose content is not held (``iam:AttachRolePolicy``, ``iam:AttachUserPolicy``)."""
    _refuse_protected(identity)
    holdings = Holdings.of(identity, state.observation)
    attached = state.attached(identity)
    names = missing_managed(need, holdings, state.observation, literally=literally)
    arns = {name: snapshots.arn(name, identity.arn.partition) for name in names}
    kind = "role" if identity.arn.kind == "role" else "user"
    quota = state.quotas.attached_per_role if kind == "role" else state.quotas.attached_per_user
    if len(attached | set(arns.values())) > quota:
        reason = (
            f"{len(attached)} of {quota} managed policies are attached to {identity.arn.name}; there is no room for "
            f"{', '.join(names)}. Detach one that is not used, ask AWS to raise quota L-0DA4ABF3, or use the "
            "least-privilege baseline, which writes one inline policy instead."
        )
        raise Refused(RefusalCode.QUOTA, reason)
    attached |= set(arns.values())
    several = len(need.alternatives[-1]) > 1
    planned = [_attachment(requirement, identity, name, arn, several=several) for name, arn in arns.items()]
    return _unless_reserved(identity, planned)


def _attachment(requirement: Requirement, identity: Identity, name: str, arn: str, *, several: bool) -> Change:
    noun: Literal["Role", "User"] = "Role" if identity.arn.kind == "role" else "User"
    parameters = {f"{noun}Name": identity.arn.name, "PolicyArn": arn}
    return Change(
        id=f"{requirement.id}:{name}" if several else requirement.id,
        finding=requirement.id,
        kind=Kind.ATTACH_ROLE_POLICY if noun == "Role" else Kind.ATTACH_USER_POLICY,
        resource={noun.lower(): identity.arn.name, "arn": str(identity.arn), "policy_arn": arn},
        before=False,
        after=True,
        calls=(Call("iam", f"Attach{noun}Policy", parameters),),
        inverse=(Call("iam", f"Detach{noun}Policy", parameters),),
        cost=None,
        risk=requirement.risk,
        undo=requirement.undo,
    )


def inline(
    requirement: Requirement, need: InlineNeed | GuardNeed, identity: Identity, state: PlannedState, *, sids: bool
) -> list[Change]:
    """Write the inline policy, or append to the one of that name (``iam:PutRolePolicy``, ``iam:PutUserPolicy``)."""
    _refuse_protected(identity)
    before = state.inline(identity, need.policy)
    ours = documents.load(need.document, filling_for(state.observation.target))
    after = write(ours) if before is None else _append(before, statements(ours), sids=sids).after
    if after == before:
        return []
    noun: Literal["Role", "User"] = "Role" if identity.arn.kind == "role" else "User"
    quota = state.quotas.role_inline_size if noun == "Role" else state.quotas.user_inline_size
    total = state.inline_size(identity, need.policy, after)
    _refuse_size(f"inline policies of {identity.arn.name} together", total, quota, "")
    state.set_inline(identity, need.policy, after)
    where = {f"{noun}Name": identity.arn.name, "PolicyName": need.policy}
    put = Call("iam", f"Put{noun}Policy", {**where, "PolicyDocument": after})
    back = Call("iam", f"Delete{noun}Policy", where)
    if before is not None:
        back = Call("iam", f"Put{noun}Policy", {**where, "PolicyDocument": before})
    change = Change(
        id=requirement.id,
        finding=requirement.id,
        kind=Kind.ROLE_INLINE if noun == "Role" else Kind.USER_INLINE,
        resource={noun.lower(): identity.arn.name, "arn": str(identity.arn), "policy": need.policy},
        before=before,
        after=after,
        calls=(put,),
        inverse=(back,),
        cost=None,
        risk=requirement.risk,
        undo=requirement.undo,
    )
    return _unless_reserved(identity, [change])


def tier(requirement: Requirement, state: PlannedState) -> Change:
    """Switch the Region to the advanced-instances tier (``ssm:UpdateServiceSetting``)."""
    seen = state.observation
    assert isinstance(seen.tier, Known)  # noqa: S101  # only a known tier is missing
    was, target = seen.tier.value, seen.target
    setting = {"SettingId": TIER_SETTING}
    back = Call("ssm", "UpdateServiceSetting", {**setting, "SettingValue": was.value})
    if was.status == "Default":
        back = Call("ssm", "ResetServiceSetting", setting)
    arn = f"arn:{target.partition}:ssm:{target.region}:{target.account}:servicesetting{TIER_SETTING}"
    return Change(
        id=requirement.id,
        finding=requirement.id,
        kind=Kind.SERVICE_SETTING,
        resource={"setting_id": TIER_SETTING, "region": target.region, "arn": arn},
        before={"value": was.value, "status": was.status},
        after={"value": "advanced", "status": "Customized"},
        calls=(Call("ssm", "UpdateServiceSetting", {**setting, "SettingValue": "advanced"}),),
        inverse=(back,),
        cost=_tier_cost(state),
        risk=requirement.risk,
        undo=requirement.undo,
    )


def _tier_cost(state: PlannedState) -> str:
    price = f"USD {NODE_HOUR_USD} an hour for each hybrid node (as of {NODE_HOUR_DATE}, README of SSH Helper)"
    nodes = state.observation.nodes
    if not isinstance(nodes, Known):
        return f"{price}. The nodes that are there could not be counted."
    month = nodes.value.hybrid * NODE_HOUR_USD * HOURS_A_MONTH
    noun = "node is" if nodes.value.hybrid == 1 else "nodes are"
    return f"{price}. {nodes.value.hybrid} {noun} there now: USD {month:.2f} a month of {HOURS_A_MONTH} hours."


def _append(before: str, ours: list[dict[str, object]] | tuple[object, ...], *, sids: bool) -> Merged:
    try:
        return append(before, list(ours), sids=sids)  # type: ignore[arg-type]
    except PolicyError as error:
        reason = f"Nothing can be appended: {error}. Look at the document in the IAM console, then plan again."
        raise Refused(RefusalCode.UNKNOWN, reason) from error


def _refuse_protected(identity: Identity) -> None:
    if identity.arn.kind == "root":
        raise Refused(RefusalCode.PROTECTED, "No policy can be attached to the root user. Name a role or IAM user.")
    if (identity.arn.path or "/").startswith(_SERVICE_LINKED):
        reason = f"{identity.arn.name} cannot be changed: AWS owns it, it is a service-linked role. Name another role."
        raise Refused(RefusalCode.PROTECTED, reason)


def _unless_reserved(identity: Identity, planned: list[Change]) -> list[Change]:
    """The changes, or a refusal that brings them along for the permission set: IAM does not let anybody write here.

    Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
    """
    if not planned or not is_reserved(identity.arn):
        return planned
    name = permission_set(identity.arn)
    which = f"the permission set {name}" if name else "its permission set"
    reason = (
        f"{identity.arn.name} cannot be changed through IAM: IAM Identity Center owns it. Add what is below to {which} "
        "in the management account (IAM Identity Center, Permission sets), then provision it again; it reaches "
        "everybody who has that permission set. As text: sm-ssh-widget export --format identity-center."
    )
    raise Refused(RefusalCode.PROTECTED, reason, planned)


def _refuse_size(what: str, characters: int, quota: int, code: str) -> None:
    if characters <= quota:
        return
    raised = f"ask AWS to raise quota {code} (Service Quotas, us-east-1), or " if code else ""
    reason = (
        f"The {what} would have {characters} characters, and the quota is {quota}. Nothing of yours is shortened: "
        f"{raised}remove a statement that is not used in the IAM console, then plan again."
    )
    raise Refused(RefusalCode.QUOTA, reason)
