"""Effective permissions of an identity, whatever policy grants them, and what no policy of its own could change.

Every question has one of five answers. The context of a request holds what is certain; every other key
is open, so a condition on it gives :class:`DependsOn` and never a guess. A key that decides only between two ways of
not being allowed leaves nothing open: the request is not granted, and the answer names the key.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from sm_ssh_widget.policy.conditions import ReadContext, read_context
from sm_ssh_widget.policy.document import PolicyError, parse
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
from sm_ssh_widget.policy.remembered import RememberedTexts
from sm_ssh_widget.requirements.asking_statements import Layers, keys_asked_for, statements_with_readings
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
    PolicyText,
    Reason,
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
        """The holdings of the role or the person of an observation."""
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
        known = self._answers.get(question.key)
        return known or self._answers.setdefault(question.key, self._ask(question))

    @cached_property
    def _answers(self) -> dict[Hashable, Verdict]:
        return {}

    @cached_property
    def requests(self) -> dict[Hashable, object]:
        """The answers to SSH Helper's own requests, which several requirements share: kept by :mod:`.requests`."""
        return {}

    def _ask(self, question: Question) -> Verdict:
        own = question.resource_policy
        if own is None and self._says_nothing_of(question.action):
            return self._not_allowed(self._barred_by_organization(question.action))
        request = self._request(question)
        policies = replace(self._policies, resource=own) if own else self._policies
        decision = evaluate(request, policies)
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return Denied(evidence(decision))
        at_best, limited = decision, own is not None or self._limits(request.action)
        if decision.outcome is not Outcome.ALLOWED and limited:  # without limits, anything can be granted
            best = replace(self._at_best, resource=own) if own else self._at_best
            at_best = evaluate(request, best, only_whether_allowed=True)
            if at_best.outcome is Outcome.IMPLICIT_DENY:
                return Denied(self._boundary_evidence(at_best))
        by_organization = self._barred_by_organization(question.action)
        if decision.outcome is Outcome.ALLOWED:
            return by_organization or Held(evidence(decision), self.unread)
        if by_organization or self.unread:
            return self._not_allowed(by_organization)
        if decision.outcome is Outcome.DEPENDS:
            allowed = evaluate(request, policies, only_whether_allowed=True)
            if allowed.outcome is Outcome.DEPENDS:
                return DependsOn(self._open_keys(request, allowed.keys, own) or self._open_readings(request, own))
        return NotGranted(self._open_keys(request, at_best.keys if limited else (), own))

    def _says_nothing_of(self, action: str) -> bool:
        """Whether no statement of any policy names the action: then no context matters, and it is not allowed."""
        lowered = action.lower()
        if self._boundaries or lowered == "sts:getcalleridentity" or ":" not in lowered[1:-1]:
            return False  # a boundary denies by saying nothing; and the evaluator refuses what is no action
        return not any(policy.statements for policy in self._policies.about(lowered).identity)

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

    @cached_property
    def _policies(self) -> Policies:
        return Policies(identity=self._read[0], boundaries=self._boundaries)

    @cached_property
    def _at_best(self) -> Policies:
        """The same with everything allowed: what is not allowed then, no policy can grant."""
        return Policies(identity=(*self._read[0], _ANYTHING), boundaries=self._boundaries)

    def _limits(self, action: str) -> bool:
        """Whether anything could deny what is granted: a Deny that names the action, or a boundary."""
        return bool(self._boundaries) or any(policy.denies for policy in self._policies.about(action.lower()).identity)

    def _barred_by_organization(self, action: str) -> Denied | None:
        for verdict in self.organisation:
            same = verdict.action.lower() == action.lower()
            if same and not verdict.allowed and not verdict.missing_keys:
                return Denied(Evidence("the organization's policies", "", "scp"))
        return None

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
    compiled = (statement for policy in policies for statement in policy.statements)
    subjects = ((*each.conditions, *((each.resources,) if each.resources else ())) for each in compiled)
    return frozenset(key for group in subjects for subject in group for key in subject.keys)


_COMPILED: RememberedTexts[CompiledPolicy] = RememberedTexts(1_000_000)
"""Compiled policies, by name; about 100 bytes of memory for each character of their texts."""


def _allows_of(policy: CompiledPolicy) -> CompiledPolicy:
    return replace(policy, statements=policy.allows)


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """Return one answer of many; of equals the first."""
    for kind in (Denied, CouldNotRead, NotGranted, DependsOn):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return verdicts[0] if verdicts else NotGranted()


def compiled_text(fact: Fact[PolicyText], through: str = "") -> CompiledPolicy | Absent | Unknown:
    """The compiled policy of a fact; a text that is no policy is unknown because unparsable.

    ``through`` is added to its name: the group that it comes from.
    """
    if not isinstance(fact, Known):
        return fact
    name = f"{fact.value.name}{through}"
    try:
        return _COMPILED.get(name, fact.value.text, lambda text: compile_policy(parse(text), name))
    except PolicyError as error:
        said = f"The policy {fact.value.name} could not be parsed: {error}"
        remedy = f"Open {fact.value.name} in the IAM console and save a corrected version."
        return Unknown(Reason.UNPARSABLE, fact.read, said, remedy)


def evidence(decision: Decision) -> Evidence:
    """A decision as evidence."""
    layer = decision.layer.value if decision.layer else ""
    return Evidence(decision.policy or "", decision.statement or "", layer)
