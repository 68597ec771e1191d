"""Preview of the owner guard: who can open which node, before and after, by the evaluator. Pure.

Three rows: the owner on their own node, another person with the same permissions on it, and the owner on a node
without ``SSHOwner`` (an on-premises server): a condition with ``StringNotEquals`` is true where the tag is absent.
Another person has another ``aws:userid``, but not in Studio: all sessions there have one name, so that all who work
there with one role are one owner.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.holdings import Denied, Held, Holdings, NotGranted, Question, Verdict
from sm_ssh_widget.requirements.observation import Identity, Target
from sm_ssh_widget.requirements.requests import user_id_of
from sm_ssh_widget.requirements.ssh_owner import SHARED_SESSION

Json: TypeAlias = Any

ACTION = "ssm:StartSession"
TAG = "ssm:resourceTag/SSHOwner"
_ANOTHER_USER, _ANOTHER_SESSION = "AIDAEXAMPLEOTHERPERSON", "somebody-else"


@dataclass(frozen=True)
class PreviewRow:
    """Who, on which node, and the answer before and after: ``allowed``, ``denied``, ``not allowed`` or ``unknown``."""

    who: str
    node: str
    before: str
    after: str

    def to_json(self) -> dict[str, Json]:
        """The row as a JSON object."""
        return {"who": self.who, "node": self.node, "action": ACTION, "before": self.before, "after": self.after}


def demonstrate(before: Identity, after: Identity, target: Target, user_id: str = "") -> tuple[PreviewRow, ...]:
    """Return the rows for the person who connects, as they are and as a plan would leave them.

    ``user_id`` is the person's ``aws:userid``, where it is known.
    """
    mine = user_id or user_id_of(before)
    cases = (
        ("you", "your node", mine, mine),
        (*_another(mine), mine),
        ("you", "a node without SSHOwner (on-premises)", mine, None),
    )
    answers = [
        tuple(_answer(Holdings(each, target.region), target, who, owner) for each in (before, after))
        for _, _, who, owner in cases
    ]
    return tuple(PreviewRow(who, node, *answer) for (who, node, _, _), answer in zip(cases, answers, strict=True))


def _another(user_id: str) -> tuple[str, str, str]:
    """A person with the same permissions, on whose node, and their ``aws:userid``."""
    unique, colon, session = user_id.partition(":")
    if session == SHARED_SESSION:
        return "another Studio user of this role", "your node", user_id
    other = f"{unique}:{_ANOTHER_SESSION}" if colon else _ANOTHER_USER
    return "another person with your permissions", "your node", other


def _answer(holdings: Holdings, target: Target, who: str, owner: str | None) -> str:
    node = f"arn:{target.partition}:ssm:{target.region}:{target.account}:managed-instance/mi-0123456789abcdef0"
    context: Mapping[str, str] = {"aws:userid": who, **({TAG: owner} if owner is not None else {})}
    absent = frozenset() if owner is not None else frozenset({TAG})
    return _said(holdings.ask(Question(ACTION, node, context, absent)))


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, Held):
        return "allowed"
    if isinstance(verdict, Denied):
        return "denied"
    return "not allowed" if isinstance(verdict, NotGranted) else "unknown"
