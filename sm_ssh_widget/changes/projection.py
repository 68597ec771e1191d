"""Projection of an observation after a plan is applied. Pure: no AWS calls."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import TIER_SETTING
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judge_managed import managed_text
from sm_ssh_widget.requirements.observation import (
    Fact,
    HeldPolicy,
    HostManagement,
    Identity,
    Known,
    Observation,
    PolicyText,
    Tier,
)

_PLANNED = "the plan"


def identity_after(identity: Identity, changes: tuple[Change, ...], seen: Observation) -> Identity:
    """Return the identity with the policies that the changes add to it. Trust and boundary stay unchanged."""
    for change in changes:
        if change.resource.get("arn") != str(identity.arn):
            continue
        if change.kind in ATTACHMENTS:
            identity = replace(identity, attached=_with(identity.attached, _attached(change, seen)))
        elif KINDS[change.kind].is_inline:
            identity = replace(identity, inline=_with(identity.inline, _inline(change)))
    return identity


def _attached(change: Change, seen: Observation) -> HeldPolicy:
    arn = change.resource["policy_arn"]
    name = arn.rpartition("/")[2]
    text = managed_text(name, seen)
    return HeldPolicy(name, arn, Known(PolicyText(name, text, arn), _PLANNED))


def _inline(change: Change) -> HeldPolicy:
    name = change.resource["policy"]
    return HeldPolicy(name, "", Known(PolicyText(name, change.after), _PLANNED))


def _with(held: Fact[tuple[HeldPolicy, ...]], new: HeldPolicy) -> Fact[tuple[HeldPolicy, ...]]:
    """The list with one more policy, which replaces the one of that name. An unread list stays unread."""
    if not isinstance(held, Known):
        return held
    others = tuple(each for each in held.value if (each.name, each.through) != (new.name, ""))
    return Known((*others, new), held.read)


def observation_after(changes: tuple[Change, ...], seen: Observation) -> Observation:
    """Return the observation as a check would read it after the changes."""
    role = identity_after(seen.role, changes, seen)
    for change in changes:
        if change.kind is Kind.TRUST:
            role = replace(role, trust=Known(change.after, _PLANNED))
        elif change.kind is Kind.SERVICE_SETTING and change.resource["setting_id"] != TIER_SETTING:
            default = Known(HostManagement("default-host-management", change.after["value"]), _PLANNED)
            seen = replace(seen, region=replace(seen.region, host_management=default))
        elif change.kind is Kind.SERVICE_SETTING:
            seen = replace(seen, region=replace(seen.region, tier=Known(Tier(**change.after), _PLANNED)))
        elif change.kind is Kind.QUICK_SETUP:
            planned = Known(HostManagement("quick-setup", _PLANNED), _PLANNED)
            seen = replace(seen, region=replace(seen.region, host_management=planned))
    same = seen.user is not None and str(seen.user.arn) == str(role.arn)
    user = role if same else seen.user and identity_after(seen.user, changes, seen)
    return replace(seen, role=role, user=user)


def ready_afterwards(plan: Plan, selection: Selection, seen: Observation) -> bool | None:
    """Whether the role will be ready after the plan is applied, ``None`` if that depends on unknown facts."""
    after = assess(selection, observation_after(plan.changes, seen))
    if after.ready:
        return True
    doubt = after.connects.status == "unknown" or after.count(FindingStatus.UNKNOWN)
    certain = after.denied or after.count(FindingStatus.MISSING) or after.count(FindingStatus.BLOCKED)
    return None if doubt and not certain else False


def outlook_of(plan: Plan, *, ready_afterwards: bool | None) -> tuple[str, ...]:
    """Return the sentence that a plan does not make the role ready, or might not; empty if it does."""
    if ready_afterwards:
        return ()
    if ready_afterwards is None:
        return ("Whether the role is ready afterwards is unknown. See the unknown requirements.",)
    refused = ", ".join(plan.required_refused)
    why = f": {refused} cannot be planned" if refused else ""
    return (f"This plan does not make the role ready{why}.",)
