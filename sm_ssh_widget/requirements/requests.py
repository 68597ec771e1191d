"""The requests of SSH Helper, asked of the policies of an identity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sm_ssh_widget.requirements.capabilities import Capability, filled
from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.documents import Filling
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import (
    Denied,
    DependsOn,
    Held,
    Holdings,
    NotGranted,
    Question,
    Verdict,
    combine,
)
from sm_ssh_widget.requirements.judgement import layer_name, listed
from sm_ssh_widget.requirements.needs import Subject
from sm_ssh_widget.requirements.observation import Identity, Observation, Target
from sm_ssh_widget.requirements.request_context import Value

_EXAMPLE = re.compile(
    r"(?<=/mi-)0123456789abcdef0$|(?<=/)(example(:log-stream:)?|user-0123456789abcdef0|sagemaker-ssh-gw\.pub)$"
)
BY_PROOF = " Or test it with a real activation: sm-ssh-widget verify --proof"


def filling_for(target: Target, identity: Identity | None = None) -> Filling:
    """What the placeholders of our documents stand for; ``user_id`` is that of a session of ``identity``."""
    own: dict[str, Any] = (
        {"key_bucket": target.key_bucket, "key_prefix": target.key_prefix} if target.key_bucket else {}
    )
    user_id = user_id_of(identity) if identity else None
    return Filling(str(target.role), target.partition, target.account, target.region, user_id, **own)


def user_id_of(identity: Identity) -> str:
    """The ``aws:userid`` of the identity: a user's unique id, or a role's with a session name behind it."""
    unique = identity.unique_id or "AIDANOTREADEXAMPLE"
    return unique if identity.arn.kind == "user" else f"{unique}:session"


def whose(subject: Subject, identity: Identity) -> str:
    """How a sentence names the identity: ``the role``, or by its IAM name where it is the person who connects."""
    return "the role" if subject == "role" else f"{identity.arn.kind.replace('-', ' ')} {identity.arn.name}"


def other_test(subject: Subject) -> str:
    """The other way to settle an open key: an activation tests the role, and says nothing of a person."""
    return BY_PROOF if subject == "role" else ""


@dataclass(frozen=True)
class Answer:
    """A request of SSH Helper and the answer to it."""

    capability: Capability
    verdict: Verdict

    @property
    def withholds(self) -> bool:
        """The request is denied, and an identity without it can use neither SSH nor a shell."""
        needed = {"shell", "ssh"} & self.capability.uses and not self.capability.optional
        return bool(needed) and isinstance(self.verdict, Denied)

    @property
    def told(self) -> str:
        """The action, and its resource where that is one."""
        made = self.capability
        return made.action if made.resource == "*" else f"{made.action} on {_EXAMPLE.sub('*', made.resource)}"


def answers(capabilities: Iterable[Capability], holdings: Holdings, seen: Observation) -> tuple[Answer, ...]:
    """The answers to the requests that are always made, filled as they would be made."""
    asked = (capability for capability in capabilities if capability.only_if is None)
    return tuple(answer(capability, holdings, seen) for capability in asked)


def answer(capability: Capability, holdings: Holdings, seen: Observation) -> Answer:
    """The answer to one request; it is asked once for all requirements of an observation."""
    key = (capability.id, capability.action, capability.resource, id(seen))
    found = holdings.requests.get(key)
    if not isinstance(found, Answer):
        found = holdings.requests[key] = _answer(capability, holdings, seen)
    return found


def _answer(capability: Capability, holdings: Holdings, seen: Observation) -> Answer:
    request = filled(capability, _filling(holdings, seen))
    if unnamed := holdings.if_unnamed(request.action):
        return Answer(request, unnamed)
    absent, present, context = request.absent, request.present, {**caller_keys(holdings), **request.context}
    if request.resource == str(seen.role.arn) and request.action == "iam:PassRole":
        tags = _tags_of_role(seen.role)
        absent, context = absent | _ROLE_TAGS if seen.role.tags_read else absent, {**tags, **context}
    return Answer(request, holdings.ask(Question(request.action, request.resource, context, absent, present)))


def _filling(holdings: Holdings, seen: Observation) -> Filling:
    """The filling for the requests of an identity; it is made once for an observation."""
    key = ("filling", id(seen))
    found = holdings.requests.get(key)
    if not isinstance(found, Filling):
        found = holdings.requests[key] = filling_for(seen.target, holdings.identity)
    return found


_ROLE_TAGS = frozenset({"iam:ResourceTag/", "aws:ResourceTag/"})


def _tags_of_role(role: Identity) -> Mapping[str, Value]:
    """The tags of a role that is the resource of a request, under both of their names."""
    return {f"{prefix}{key}": value for key, value in role.tags.items() for prefix in _ROLE_TAGS}


def caller_keys(holdings: Holdings) -> Mapping[str, str]:
    """The keys that name a session of the identity."""
    return {"aws:userid": user_id_of(holdings.identity)}


def summary(found: Iterable[Answer]) -> Verdict:
    """Return one answer to several requests.

    What withholds the use comes first. Else what is denied counts only once everything else is held, and not at all
    where it is optional: the document that grants the rest is still of use.
    """
    asked = tuple(found)
    withheld = [each.verdict for each in asked if each.withholds]
    if withheld:
        return withheld[0]
    verdict = combine([each.verdict for each in asked if not isinstance(each.verdict, Denied)])
    barred = [each.verdict for each in asked if isinstance(each.verdict, Denied) and not each.capability.optional]
    return barred[0] if barred and isinstance(verdict, Held) else verdict


def open_keys_of(asked: Iterable[Answer]) -> tuple[OpenKey, ...]:
    """The keys that can still deny what is asked, once it is allowed."""
    found: list[OpenKey] = []
    for each in asked:
        if isinstance(each.verdict, NotGranted):
            found += each.verdict.open_keys
        elif isinstance(each.verdict, DependsOn):
            found += [key for key in each.verdict.keys if key.denies or key.by.layer != "identity"]
    return tuple(dict.fromkeys(found))


def denied_beside(asked: Iterable[Answer], status: FindingStatus) -> tuple[str, ...]:
    """What is denied and withholds nothing else, in a sentence each; a blocked finding says it itself."""
    found: dict[str, list[str]] = {}
    for each in asked:
        if isinstance(each.verdict, Denied) and status is not FindingStatus.BLOCKED:
            found.setdefault(layer_name(each.verdict.by), []).append(each.told)
    return tuple(
        f"{listed(told)} {'is' if len(told) == 1 else 'are'} blocked by {by}.{_HINT}" for by, told in found.items()
    )


_HINT = " If the public keys go to another bucket, specify it: --key-bucket s3://BUCKET/PREFIX"
