"""The judge of the owner guard (step 3b): whether the nodes of another owner are out of reach."""

from __future__ import annotations

from sm_ssh_widget.requirements.condition_keys import OpenKey, names
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import CouldNotRead, DependsOn, Held, Holdings, NotGranted, Question
from sm_ssh_widget.requirements.judge_identity import says_document
from sm_ssh_widget.requirements.judgement import Judgement, asked_by, how_to_settle, listed, unknown
from sm_ssh_widget.requirements.needs import GuardNeed
from sm_ssh_widget.requirements.observation import Observation, Unknown
from sm_ssh_widget.requirements.remedies import write
from sm_ssh_widget.requirements.requests import caller_keys, whose

_NOBODY_ELSE = "AIDAOTHEROWNEREXAMPLE"


def guard(need: GuardNeed, holdings: Holdings, seen: Observation, *, more_to_come: bool) -> Judgement:
    """Judge whether the nodes of another owner are out of reach, by a deny or because nothing allows it.

    ``more_to_come`` says that step 3a's broad policies are still missing: once they are there, only a deny helps.
    """
    who = whose(need.subject, holdings.identity)
    reached, unread, keys = _reach(holdings, seen, more_to_come=more_to_come)
    if unread:
        return unknown(unread, f"The policies of {who}")
    if says_document(need.policy, need.document, holdings, seen):
        return Judgement(FindingStatus.SATISFIED, f"The inline policy {need.policy} limits {who} to their own nodes.")
    if reached:
        return Judgement(
            FindingStatus.MISSING,
            f"{_first(who)} can reach other owners' nodes ({listed(reached)})"
            f"{' once the policies of this plan are attached' if more_to_come else ''}.",
            f"{write(need.policy, holdings.identity)}. It also denies {who} access to nodes without an SSHOwner tag.",
        )
    if keys:
        fact = f"Whether {who} can reach other owners' nodes depends on {asked_by(keys)}."
        return Judgement(FindingStatus.UNKNOWN, fact, how_to_settle(keys), f"depends on {names(keys)}", open_keys=keys)
    fact = f"{_first(who)} cannot reach other owners' nodes."
    return Judgement(FindingStatus.SATISFIED_OTHERWISE, fact, reason="no policy allows it, or another policy denies it")


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _reach(
    holdings: Holdings, seen: Observation, *, more_to_come: bool
) -> tuple[list[str], tuple[Unknown, ...], tuple[OpenKey, ...]]:
    """The actions that reach another owner's node, what could not be read, and the keys that leave it open.

    What else another owner's node is tagged with is not known.
    """
    target = seen.target
    node = f"arn:{target.partition}:ssm:{target.region}:{target.account}:managed-instance/mi-0123456789abcdef0"
    context = {**caller_keys(holdings), "ssm:resourceTag/SSHOwner": _NOBODY_ELSE}
    reached: list[str] = []
    unread: tuple[Unknown, ...] = ()
    keys: tuple[OpenKey, ...] = ()
    for action in ("ssm:StartSession", "ssm:SendCommand"):
        verdict = holdings.ask(Question(action, node, context))
        granted_soon = more_to_come and isinstance(verdict, NotGranted)
        reached += [action] if isinstance(verdict, Held) or granted_soon else []
        unread += verdict.unknowns if isinstance(verdict, CouldNotRead) else ()
        unread += verdict.unread if isinstance(verdict, Held) else ()  # a deny may stand there that guards already
        keys += verdict.keys if isinstance(verdict, DependsOn) else ()
    return reached, unread, tuple(dict.fromkeys(keys))
