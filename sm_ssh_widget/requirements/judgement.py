"""What a judge says of one requirement: the status, and the sentences that a finding needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sm_ssh_widget.requirements.condition_keys import OpenKey, names, settled_by
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import CouldNotRead, Denied, DependsOn, Held, NotGranted, Verdict
from sm_ssh_widget.requirements.observation import Reason, Unknown

_DENIES = {
    "identity": "an explicit deny in the policy {policy}",
    "resource": "an explicit deny in the {policy}",
    "boundary": "an explicit deny in the permissions boundary {policy}",
    "session": "an explicit deny in the session policy",
    "scp": "a service control policy of the organization",
    "rcp": "a resource control policy of the organization",
}
_DOES_NOT_ALLOW = {
    "boundary": "the permissions boundary {policy}, which does not allow it",
    "session": "the session policy, which does not allow it",
}
_WHO_LIFTS = {
    "scp": "Ask the administrator of your AWS organization to allow it.",
    "rcp": "Ask the administrator of your AWS organization to allow it.",
    "boundary": "Ask the owner of the permissions boundary to allow it, or choose a role without that boundary.",
}
_LAYER_NAMES = {
    "identity": "the policy {policy}",
    "resource": "the {policy}",
    "boundary": "the permissions boundary {policy}",
    "scp": "a service control policy",
}
_WAS = {
    Reason.DENIED: "denied",
    Reason.THROTTLED: "throttled",
    Reason.TIMED_OUT: "timed out",
    Reason.UNREACHABLE: "could not reach AWS",
    Reason.CLIENT_TOO_OLD: "not known to the installed boto3",
    Reason.UNPARSABLE: "returned an unreadable answer",
}
_WITH_BE = (Reason.DENIED, Reason.THROTTLED, Reason.CLIENT_TOO_OLD)


@dataclass(frozen=True)
class Judgement:
    """The status of a requirement, the fact it rests on, the remedy, and a short reason where there is one.

    ``caveats`` are sentences for the whole check; ``open_keys`` what an unknown status rests on. ``required`` says that
    what was seen makes an optional requirement a required one.
    """

    status: FindingStatus
    fact: str
    remedy: str = ""
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    caveats: tuple[str, ...] = ()
    open_keys: tuple[OpenKey, ...] = ()
    required: bool = False


def unknown(unknowns: Sequence[Unknown], what: str) -> Judgement:
    """Return a result that waits for reads: it names those that failed, why, and what would allow them."""
    first = unknowns[0]
    reads = ", ".join(dict.fromkeys(item.read for item in unknowns))
    fact = f"{what} could not be read: {failed_reads(unknowns)}."
    return Judgement(FindingStatus.UNKNOWN, fact, _remedy(unknowns), f"{first.reason.value}: {reads}")


def failed_reads(unknowns: Iterable[Unknown]) -> str:
    """The reads that failed and how, those of one reason together: ``iam:GetPolicy and iam:GetRole were denied``."""
    by_reason: dict[Reason, dict[str, None]] = {}
    for item in unknowns:
        by_reason.setdefault(item.reason, {})[item.read] = None
    return "; ".join(f"{listed(tuple(reads))} {_how(reason, len(reads))}" for reason, reads in by_reason.items())


def _how(reason: Reason, number: int) -> str:
    be = ("was " if number == 1 else "were ") if reason in _WITH_BE else ""
    return f"{be}{_WAS[reason]}"


def _remedy(unknowns: Sequence[Unknown]) -> str:
    """The remedies as one sentence where they differ only in the read that they name, else each of them."""
    first, reads = unknowns[0], tuple(dict.fromkeys(item.read for item in unknowns))
    if all(reads) and all(item.remedy.replace(item.read, first.read) == first.remedy for item in unknowns):
        return first.remedy.replace(first.read, listed(reads))
    return " ".join(dict.fromkeys(item.remedy for item in unknowns))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``A, B and C``."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def layer_name(by: Evidence) -> str:
    """What blocks, by its layer and name: a Deny, or a boundary that does not allow."""
    told = _DENIES if by.statement or by.layer not in _DOES_NOT_ALLOW else _DOES_NOT_ALLOW
    name = told.get(by.layer, "a policy").format(policy=by.policy)
    return f"{name}, statement {by.statement}" if by.statement else name


def blocked(by: Evidence, what: str) -> Judgement:
    """Return a result that no plan can change: it names the layer and the policy that block."""
    name = layer_name(by)
    owned = f"the {by.policy}" if by.layer == "resource" else by.policy or "that policy"
    remedy = _WHO_LIFTS.get(by.layer, f"Ask the owner of {owned} to change that statement.")
    return Judgement(FindingStatus.BLOCKED, f"{what} is blocked by {name}.", remedy, f"blocked by {name}", (by,))


def depends_on(keys: Sequence[OpenKey], what: str, test: str = "") -> Judgement:
    """Return a result that depends on condition keys whose values are known only when the call is made.

    ``test`` is another way to settle it, as a clause that ends the remedy.
    """
    values = all(not each.is_reading for each in keys)
    why = "The value is known only when the call is made." if values else "AWS's documentation leaves it open."
    fact = f"Whether {what} is allowed depends on {asked_by(keys)}. {why}"
    return Judgement(
        FindingStatus.UNKNOWN, fact, how_to_settle(keys, test), f"depends on {names(keys)}", open_keys=tuple(keys)
    )


def asked_by(keys: Sequence[OpenKey]) -> str:
    """The keys, each with the statement and the policy that ask for it."""
    return listed([f"{each.key} (statement {each.by.statement} of {_policy(each.by)})" for each in keys])


def _policy(by: Evidence) -> str:
    return _LAYER_NAMES.get(by.layer, "{policy}").format(policy=by.policy)


def how_to_settle(keys: Sequence[OpenKey], test: str = "") -> str:
    """What would settle the keys: who knows, and the check under an assumption."""
    known = listed(tuple(dict.fromkeys(settled_by(each.key) for each in keys)))
    assumed = dict.fromkeys(each.key for each in keys if not each.is_reading)
    if not assumed:
        rewrite = f"Write the statement {keys[0].by.statement} of {_policy(keys[0].by)} without it, then check again."
        return f"This is settled by {known}. {rewrite}{test}"
    assume = " ".join(f"--assume {key}=VALUE" for key in assumed)
    return f"This is settled by {known}. To check with a value: sm-ssh-widget check {assume}{test}"


def still_open(keys: Sequence[OpenKey], whose: str) -> str:
    """The caveat of what is planned although a statement may deny it."""
    return (
        f"Once {whose} is allowed what is missing, {asked_by(keys)} can still deny it: "
        "the value is known only when the call is made."
    )


def of_verdict(verdict: Verdict, what: str, missing: Judgement, test: str = "") -> Judgement:
    """Return the result for an effective permission; ``missing`` is the one if nothing grants it."""
    if isinstance(verdict, Denied):
        return blocked(verdict.by, what)
    if isinstance(verdict, CouldNotRead):
        return unknown(verdict.unknowns, f"The policies that control {what}")
    if isinstance(verdict, DependsOn):
        return depends_on(verdict.keys, what, test)
    if isinstance(verdict, Held):
        return Judgement(FindingStatus.SATISFIED, "", evidence=(verdict.by,), reason=_unread(verdict))
    assert isinstance(verdict, NotGranted)  # noqa: S101  # the union has no other member
    return missing


def _unread(verdict: Held) -> str:
    if not verdict.unread:
        return ""
    return f"Deny statements in unread policies are not included: {failed_reads(verdict.unread)}"


def granted_by(judged: Judgement, what: str, verdicts: Iterable[Verdict]) -> Judgement:
    """Return a satisfied result as *held another way*: by which policies, the first of them by name."""
    if judged.status is not FindingStatus.SATISFIED:
        return judged
    policies = tuple(dict.fromkeys(each.by.policy for each in verdicts if isinstance(each, Held)))
    others = (
        f" and {len(policies) - 1} other {'policy' if len(policies) == 2 else 'policies'}" if len(policies) > 1 else ""
    )
    by = f"{policies[0] if policies else ''}{others}"
    reason = judged.reason or f"granted by {by}"
    return replace(judged, status=FindingStatus.SATISFIED_OTHERWISE, fact=f"{what} is granted by {by}.", reason=reason)
