"""Effective permissions of an identity, whatever policy grants them, and what no policy of its own could change.

Every question has one of five answers. The context of a request holds what is certain; every other key
is open, so a condition on it gives :class:`DependsOn` and never a guess. A key that decides only between two ways of
not being allowed leaves nothing open: the request is not granted, and the answer names the key.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from sm_ssh_widget.policy.conditions import ReadContext, read_context
from sm_ssh_widget.policy.evaluate import (
    CompiledPolicy,
    Decision,
    Outcome,
    Policies,
    Request,
    compile_policy,
    evaluate,
)
from sm_ssh_widget.policy.readings import Reading
from sm_ssh_widget.requirements.asking_statements import Layers, keys_asked_for, statements_with_readings
from sm_ssh_widget.requirements.closed_requests import Narrowed, decide_closed, is_closed
from sm_ssh_widget.requirements.compiled_texts import PoliciesByAction, compiled_text
from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HeldPolicy,
    Identity,
    Known,
    Observation,
    OrganisationVerdict,
    Unknown,
)
from sm_ssh_widget.requirements.request_context import Certain, Value, of_identity, same_tags

_ANYTHING = compile_policy(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "anything"
)


@dataclass(frozen=True)
class Held:
    """The request is allowed, by this statement. ``unread`` names policies that might still deny it."""

    by: Evidence
    unread: tuple[Unknown, ...] = ()


@dataclass(frozen=True)
class NotGranted:
    """Nothing allows the request, and a policy could; ``open_keys`` decide whether it would then be denied."""

    open_keys: tuple[OpenKey, ...] = ()


@dataclass(frozen=True)
class Denied:
    """The request is denied whatever is added: an explicit deny, a boundary, or the organization's policies."""

    by: Evidence


@dataclass(frozen=True)
class DependsOn:
    """The answer depends on condition keys whose values are known only when the call is made."""

    keys: tuple[OpenKey, ...]


@dataclass(frozen=True)
class CouldNotRead:
    """The answer stands in policies that could not be read."""

    unknowns: tuple[Unknown, ...]


Verdict: TypeAlias = Held | NotGranted | Denied | DependsOn | CouldNotRead


@dataclass(frozen=True)
class Question:
    """One request that an identity would make: ``context`` adds condition keys to the ones that are certain.

    ``absent`` names keys that the request certainly does not have (a name that ends in ``/`` stands for all of that
    prefix), ``present`` those that stay open whatever else is certain. Every other key is open. ``resource_policy`` is
    the policy of the resource, where it has one that was read.
    """

    action: str
    resource: str
    context: Mapping[str, Value] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    resource_policy: CompiledPolicy | None = None

    @cached_property
    def key(self) -> Hashable:
        """What tells the question from others."""
        return self.action, self.resource, self.circumstances

    @cached_property
    def circumstances(self) -> Hashable:
        """What is said of the context and of the resource's policy, apart from action and resource."""
        own = self.resource_policy and json.dumps(self.resource_policy.document, sort_keys=True)
        return frozenset(self.context.items()), self.absent, self.present, own


_NOT_CERTAIN = (Outcome.IMPLICIT_DENY, Outcome.DEPENDS)
_READINGS = {
    Reading.SEGMENT_WILDCARD: "how AWS reads a * at the end of an ARN segment",
    Reading.FOR_ANY_VALUE_IF_EXISTS: "how AWS reads ForAnyValue with IfExists",
}


@dataclass(frozen=True)
class Holdings:
    """Every policy of an identity, compiled, and the questions that they answer.

    ``made_by_service``: its sessions are made by SageMaker and Systems Manager, as those of an execution role.
    ``assumed`` are values of condition keys that a person gave.
    """

    identity: Identity
    region: str
    organisation: tuple[OrganisationVerdict, ...] = ()
    made_by_service: bool = False
    organization: Fact[str] = field(default_factory=Absent)
    assumed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, identity: Identity, seen: Observation) -> Holdings:
        """Return the holdings of the role or the person of an observation; those asked for last are kept."""
        for whose, where, found in tuple(_LATEST):
            if whose is identity and where is seen:
                return found
        made = cls._of(identity, seen)
        _LATEST.append((identity, seen, made))
        return made

    @classmethod
    def _of(cls, identity: Identity, seen: Observation) -> Holdings:
        fact = seen.organization_verdicts
        verdicts = fact.value if isinstance(fact, Known) else ()
        return cls(
            identity,
            seen.target.region,
            tuple(verdict for verdict in verdicts if verdict.principal == str(identity.arn)),
            made_by_service=str(identity.arn) == str(seen.role.arn),
            organization=seen.account.organization,
            assumed=seen.assumed,
        )

    @cached_property
    def policies(self) -> tuple[HeldPolicy, ...]:
        """The policies whose names are known."""
        lists = (self.identity.attached, self.identity.inline)
        return tuple(policy for fact in lists if isinstance(fact, Known) for policy in fact.value)

    @cached_property
    def unread(self) -> tuple[Unknown, ...]:
        """What could not be read of the identity's own policies."""
        lists = tuple(f for f in (self.identity.attached, self.identity.inline) if isinstance(f, Unknown))
        documents = tuple(p.document for p in self.policies if isinstance(p.document, Unknown))
        return (*lists, *documents, *self._read[1])

    @cached_property
    def _read(self) -> tuple[tuple[CompiledPolicy, ...], tuple[Unknown, ...]]:
        compiled = [_ANYTHING] if self.identity.arn.kind == "root" else []  # the root user needs no policy
        broken: list[Unknown] = []
        for policy in self.policies:
            result = compiled_text(policy.document, f" (group {policy.through})" if policy.through else "")
            if isinstance(result, Unknown) and isinstance(policy.document, Known):
                broken.append(result)
            elif isinstance(result, CompiledPolicy):
                compiled.append(result)
        return tuple(compiled), tuple(broken)

    @cached_property
    def _boundaries(self) -> tuple[CompiledPolicy, ...]:
        boundary = compiled_text(self.identity.boundary)
        return (boundary,) if isinstance(boundary, CompiledPolicy) else ()

    def ask(self, question: Question) -> Verdict:
        """Judge one request; the same question is judged once."""
        if question.resource_policy is None and (unnamed := self.if_unnamed(question.action)):
            return unnamed
        known = self._answers.get(question.key)
        return known or self._answers.setdefault(question.key, self._ask(question))

    @cached_property
    def _answers(self) -> dict[Hashable, Verdict]:
        return {}

    @cached_property
    def requests(self) -> dict[Hashable, object]:
        """The answers to SSH Helper's own requests, which several requirements share: kept by :mod:`.requests`."""
        return {}

    def if_unnamed(self, action: str) -> Verdict | None:
        """Return the answer to every request of an action that no statement names, ``None`` for any other action.

        No context matters then, and the request is not allowed.
        """
        if action not in self._unnamed:
            named = bool(self._named.about(action)) or not self._needs_statement(action)
            barred = None if named else self._barred_by_organization(action)
            self._unnamed[action] = None if named else self._not_allowed(barred)
        return self._unnamed[action]

    @cached_property
    def _unnamed(self) -> dict[str, Verdict | None]:
        return {}

    def _needs_statement(self, action: str) -> bool:
        """Return whether a request cannot be allowed, nor denied, without a statement that names its action."""
        lowered = action.lower()  # a boundary denies by saying nothing; and the evaluator refuses what is no action
        return not self._boundaries and lowered != "sts:getcalleridentity" and ":" in lowered[1:-1]

    def _ask(self, question: Question) -> Verdict:
        own, about, limits = question.resource_policy, self._named.about(question.action), self._limits(question.action)
        if own is None and self.identity.arn.kind in ("role", "user") and is_closed((*about, *limits)):
            return self._ask_closed(question, about, limits)
        request = self._request(question)
        policies = Policies(identity=about, resource=own, boundaries=limits)
        decision = evaluate(request, policies)
        at_best, limited = decision, own is not None or self._is_limited(question.action)
        if decision.outcome in _NOT_CERTAIN and limited:  # without limits, anything can be granted
            at_best = evaluate(request, replace(policies, identity=(*about, _ANYTHING)), only_whether_allowed=True)
            if at_best.outcome is Outcome.IMPLICIT_DENY:
                return Denied(self._boundary_evidence(at_best))
        if verdict := self._verdict_of(question.action, decision):
            return verdict
        if decision.outcome is Outcome.DEPENDS:
            allowed = evaluate(request, policies, only_whether_allowed=True)
            if allowed.outcome is Outcome.DEPENDS:
                return DependsOn(self._open_keys(request, allowed.keys, own) or self._open_readings(request, own))
        return NotGranted(self._open_keys(request, at_best.keys if limited else (), own))

    def _ask_closed(self, question: Question, about: Narrowed, limits: Narrowed) -> Verdict:
        """Judge a request that no condition key decides about."""
        asked = str(self.identity.arn), question.action, question.resource
        decision = decide_closed(*asked, about, limits)
        if decision.outcome is Outcome.IMPLICIT_DENY and limits:  # without limits, anything can be granted
            at_best = decide_closed(*asked, (*about, _ANYTHING), limits)
            if at_best.outcome is not Outcome.ALLOWED:
                return Denied(self._boundary_evidence(at_best))
        return self._verdict_of(question.action, decision) or self._not_allowed(None)

    def _verdict_of(self, action: str, decision: Decision) -> Verdict | None:
        """Return the answer where a decision needs no second look; ``None`` where a grant could still change it."""
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return Denied(evidence(decision))
        by_organization = self._barred_by_organization(action)
        if decision.outcome is Outcome.ALLOWED:
            return by_organization or Held(evidence(decision), self.unread)
        return self._not_allowed(by_organization) if by_organization or self.unread else None

    @cached_property
    def _named(self) -> PoliciesByAction:
        return PoliciesByAction(self._read[0])

    def _not_allowed(self, by_organization: Denied | None) -> Verdict:
        """Return the answer where no policy that was read allows the request."""
        return by_organization or (CouldNotRead(self.unread) if self.unread else NotGranted())

    def more_would_help(self, question: Question) -> bool:
        """Whether allowing more could change the answer: it could not where only denies and boundaries are left."""
        request = self._request(question)
        without_denies = Policies(identity=tuple(map(_allows_of, self._read[0])))
        return evaluate(request, without_denies).outcome is not Outcome.ALLOWED

    def ask_all(self, questions: Iterable[Question]) -> Verdict:
        """Return the answer over several requests: one denial outweighs all, and one missing grant the held ones."""
        return combine([self.ask(question) for question in questions])

    def evidence_of(self, meaning: Hashable) -> Evidence | None:
        """Where one of the documents says this very thing: see :func:`.merge.statement_meaning`."""
        for policy in self._read[0]:
            if name := policy.named(meaning):
                return Evidence(policy.name, name, "identity")
        return None

    def _limits(self, action: str) -> Narrowed:
        """The boundary, with only the statements that name the action: what it does not name, it denies."""
        return tuple(policy.about(action.lower()) for policy in self._boundaries)

    def _is_limited(self, action: str) -> bool:
        """Whether anything could deny what is granted: a Deny that names the action, or a boundary."""
        return bool(self._boundaries) or any(policy.denies for policy in self._named.about(action))

    def _barred_by_organization(self, action: str) -> Denied | None:
        barred = action.lower() in self._barred_actions
        return Denied(Evidence("the organization's policies", "", "scp")) if barred else None

    @cached_property
    def _barred_actions(self) -> frozenset[str]:
        """The actions that the organization's policies deny, in lower case."""
        return frozenset(
            each.action.lower() for each in self.organisation if not each.allowed and not each.missing_keys
        )

    @cached_property
    def may_be_denied(self) -> bool:
        """Return whether a request without a resource policy could be denied: by a Deny, a boundary or an SCP."""
        return bool(self._boundaries or self._barred_actions) or any(policy.denies for policy in self._read[0])

    def _open_keys(
        self, request: Request, keys: Sequence[str], own: CompiledPolicy | None = None
    ) -> tuple[OpenKey, ...]:
        return keys_asked_for(request, keys, self._layers(own))

    def _open_readings(self, request: Request, own: CompiledPolicy | None) -> tuple[OpenKey, ...]:
        """The sentences of AWS's documentation that a decision rests on, where it rests on no key."""
        found = statements_with_readings(request, self._layers(own))
        return tuple(OpenKey(_READINGS[reading], by) for reading, by in found)

    def _layers(self, own: CompiledPolicy | None) -> Layers:
        return (("identity", self._read[0]), ("boundary", self._boundaries), ("resource", (own,) if own else ()))

    def _boundary_evidence(self, decision: Decision) -> Evidence:
        layer = str(decision.layer and decision.layer.value)
        name = self._boundaries[0].name if self._boundaries and layer == "boundary" else ""
        return Evidence(decision.policy or name, decision.statement or "", layer)

    def _request(self, question: Question) -> Request:
        arn = self.identity.arn
        known = self._contexts.get(question.circumstances)
        if known is None:
            certain = self._certain.and_then(same_tags(Certain(question.context, question.absent, question.present)))
            certain = certain.assuming(self.assumed)
            own = question.resource_policy
            keys = self._keys | _keys_of((own,)) if own else self._keys
            known = read_context(certain.context), keys - certain.settled(keys)
            self._contexts[question.circumstances] = known
        owner = question.resource.split(":", 5)[4:5] if question.resource_policy else []
        account = owner[0] if owner and owner[0] else arn.account
        return Request(str(arn), question.action, question.resource, account, *known)

    @cached_property
    def _contexts(self) -> dict[Hashable, tuple[ReadContext, frozenset[str]]]:
        """The known values and the open keys, by the circumstances of a question."""
        return {}

    @cached_property
    def _certain(self) -> Certain:
        return of_identity(self.identity, self.region, self.organization, made_by_service=self.made_by_service)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """Every condition key that the policies rest on, in lower case."""
        return _keys_of((*self._read[0], *self._boundaries))


def _keys_of(policies: Iterable[CompiledPolicy]) -> frozenset[str]:
    return frozenset[str]().union(*(policy.keys() for policy in policies))


_LATEST: deque[tuple[Identity, Observation, Holdings]] = deque(maxlen=4)
"""Holdings of the latest observations: an assessment is followed by a plan, which asks the same questions."""


def _allows_of(policy: CompiledPolicy) -> CompiledPolicy:
    return replace(policy, statements=policy.allows)


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """Return one answer of many; of equals the first."""
    for kind in (Denied, CouldNotRead, NotGranted, DependsOn):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return verdicts[0] if verdicts else NotGranted()


def evidence(decision: Decision) -> Evidence:
    """A decision as evidence."""
    layer = decision.layer.value if decision.layer else ""
    return Evidence(decision.policy or "", decision.statement or "", layer)
