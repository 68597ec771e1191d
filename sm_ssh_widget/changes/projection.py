"""What an identity will hold once a plan is applied. Pure: nothing is asked of AWS."""

from __future__ import annotations

import json
from dataclasses import replace

from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.requirements.judge_identity import managed_document
from sm_ssh_widget.requirements.observation import Fact, HeldPolicy, Identity, Known, Observation, PolicyText

_PLANNED = "the plan"


def identity_after(identity: Identity, changes: tuple[Change, ...], seen: Observation) -> Identity:
    """The identity with the policies of the changes that write to it; its trust and boundary stay as they are."""
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
    text = json.dumps(managed_document(name, seen))
    return HeldPolicy(name, arn, Known(PolicyText(name, text, arn), _PLANNED))


def _inline(change: Change) -> HeldPolicy:
    name = change.resource["policy"]
    return HeldPolicy(name, "", Known(PolicyText(name, change.after), _PLANNED))


def _with(held: Fact[tuple[HeldPolicy, ...]], new: HeldPolicy) -> Fact[tuple[HeldPolicy, ...]]:
    """The list with one more policy, in the place of the one of that name; a list that was not read stays so."""
    if not isinstance(held, Known):
        return held
    others = tuple(each for each in held.value if (each.name, each.through) != (new.name, ""))
    return Known((*others, new), held.read)
