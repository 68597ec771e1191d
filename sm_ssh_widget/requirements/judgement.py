"""What a judge says of one requirement: the status, and the sentences that a finding needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sm_ssh_widget.requirements.finding import Evidence, FindingStatus
from sm_ssh_widget.requirements.holdings import CouldNotRead, Denied, DependsOn, Held, NotGranted, Verdict
from sm_ssh_widget.requirements.observation import Unknown

_LAYERS = {
    "identity": "an explicit deny in the policy {policy}",
    "resource": "an explicit deny in the {policy}",
    "boundary": "the permissions boundary {policy}",
    "session": "the session policy",
    "scp": "a service control policy of the organisation",
    "rcp": "a resource control policy of the organisation",
}
_WHO_LIFTS = {
    "scp": "Ask the administrator of the organisation to allow it.",
    "rcp": "Ask the administrator of the organisation to allow it.",
    "boundary": "Ask who owns the boundary to allow it, or use a role without that boundary.",
}


@dataclass(frozen=True)
class Judgement:
    """The status of a requirement, the fact it rests on, the remedy, and a short reason where there is one."""

    status: FindingStatus
    fact: str
    remedy: str = ""
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


def unknown(unknowns: Sequence[Unknown], what: str) -> Judgement:
    """A judgement that waits for reads: it names those that failed, why, and what would allow them."""
    first = unknowns[0]
    reads = ", ".join(dict.fromkeys(item.read for item in unknowns))
    fact = f"{what} could not be read: {reads} ({first.reason.value})."
    return Judgement(FindingStatus.UNKNOWN, fact, _remedy(unknowns), f"{first.reason.value}: {reads}")


def _remedy(unknowns: Sequence[Unknown]) -> str:
    """The remedies as one sentence where they differ only in the read that they name, else each of them."""
    first, reads = unknowns[0], tuple(dict.fromkeys(item.read for item in unknowns))
    if all(reads) and all(item.remedy.replace(item.read, first.read) == first.remedy for item in unknowns):
        return first.remedy.replace(first.read, listed(reads))
    return " ".join(dict.fromkeys(item.remedy for item in unknowns))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``A, B and C``."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def blocked(by: Evidence, what: str) -> Judgement:
    """A judgement that no plan can change: it names the layer and the policy that deny."""
    name = _LAYERS.get(by.layer, "a policy").format(policy=by.policy)
    at = f", statement {by.statement}" if by.statement else ""
    owned = f"the {by.policy}" if by.layer == "resource" else by.policy or "that policy"
    remedy = _WHO_LIFTS.get(by.layer, f"Ask who owns {owned} to change that statement.")
    return Judgement(FindingStatus.BLOCKED, f"{what} is denied by {name}{at}.", remedy, f"denied by {name}", (by,))


def open_keys(keys: Sequence[str], what: str) -> Judgement:
    """A judgement that depends on condition keys whose values nobody knows beforehand."""
    names = ", ".join(keys)
    fact = f"Whether {what} holds depends on {names}, which is not known beforehand."
    remedy = "Look at the condition, or prove it with a real activation: sm-ssh-widget verify --proof."
    return Judgement(FindingStatus.UNKNOWN, fact, remedy, f"depends on {names}")


def of_verdict(verdict: Verdict, what: str, missing: Judgement) -> Judgement:
    """The judgement of an effective permission; ``missing`` is the one for what nothing grants."""
    if isinstance(verdict, Denied):
        return blocked(verdict.by, what)
    if isinstance(verdict, CouldNotRead):
        return unknown(verdict.unknowns, f"The policies that decide on {what}")
    if isinstance(verdict, DependsOn):
        return open_keys(verdict.keys, what)
    if isinstance(verdict, Held):
        return Judgement(FindingStatus.SATISFIED, "", evidence=(verdict.by,), reason=_unread(verdict))
    assert isinstance(verdict, NotGranted)  # noqa: S101  # the union has no other member
    return missing


def _unread(verdict: Held) -> str:
    if not verdict.unread:
        return ""
    return "a deny would not be seen: " + ", ".join(dict.fromkeys(item.read for item in verdict.unread)) + " was denied"
