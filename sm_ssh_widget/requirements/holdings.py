"""What an identity effectively holds, whatever policy grants it, and what no policy of its own could change.

Every question is answered with one of five verdicts. The context of a request holds what is certain; every other key
is open, so a condition on it gives :class:`DependsOn` and never a guess.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from sm_ssh_widget.policy.document import PolicyError, Statement, parse, statement_name, statements
from sm_ssh_widget.policy.evaluate import (
    CompiledPolicy,
    Decision,
    Outcome,
    Policies,
    Request,
    compile_policy,
    evaluate,
)
from sm_ssh_widget.policy.merge import statement_equal
from sm_ssh_widget.requirements.finding import Evidence
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HeldPolicy,
    Identity,
    Known,
    OrganisationVerdict,
    PolicyText,
    Reason,
    Unknown,
)

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
    """Nothing allows the request, and a policy could."""


@dataclass(frozen=True)
class Denied:
    """The request is denied whatever is added: an explicit deny, a boundary, or the organisation's policies."""

    by: Evidence


@dataclass(frozen=True)
class DependsOn:
    """The answer depends on condition keys that nobody knows beforehand."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class CouldNotRead:
    """The answer stands in policies that could not be read."""

    unknowns: tuple[Unknown, ...]


Verdict: TypeAlias = Held | NotGranted | Denied | DependsOn | CouldNotRead


@dataclass(frozen=True)
class Question:
    """One request that an identity would make: ``context`` adds condition keys to the ones that are certain.

    ``absent`` names keys that the request certainly does not have; every other key is open.
    """

    action: str
    resource: str
    context: Mapping[str, str]
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Holdings:
    """Every policy of an identity, compiled, and the questions that they answer."""

    identity: Identity
    region: str
    organisation: tuple[OrganisationVerdict, ...] = ()

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
        """Judge one request."""
        request = self._request(question)
        decision = evaluate(request, Policies(identity=self._read[0], boundaries=self._boundaries))
        barred = self._barred(request, decision)
        if barred is not None:
            return barred
        if decision.outcome is Outcome.ALLOWED:
            return Held(evidence(decision), self.unread)
        if self.unread:
            return CouldNotRead(self.unread)
        if decision.outcome is not Outcome.DEPENDS:
            return NotGranted()
        return DependsOn(decision.keys or tuple(reading.value for reading in decision.readings))

    def ask_all(self, questions: Iterable[Question]) -> Verdict:
        """The verdict over several requests: what bars one bars all, and what is not held outweighs what is."""
        return combine([self.ask(question) for question in questions])

    def evidence_of(self, statement: Statement) -> Evidence | None:
        """Where one of the documents says this very thing."""
        for policy in self._read[0]:
            for index, mine in enumerate(statements(policy.document)):
                if statement_equal(mine, statement, ignore_sid=True):
                    return Evidence(policy.name, statement_name(mine, index), "identity")
        return None

    def _barred(self, request: Request, decision: Decision) -> Denied | None:
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return Denied(evidence(decision))
        with_anything = Policies(identity=(*self._read[0], _ANYTHING), boundaries=self._boundaries)
        at_best = evaluate(request, with_anything)
        if at_best.outcome in (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY):
            return Denied(self._boundary_evidence(at_best))
        for verdict in self.organisation:
            same = verdict.action.lower() == request.action.lower()
            if same and not verdict.allowed and not verdict.missing_keys:
                return Denied(Evidence("the organisation's policies", "", "scp"))
        return None

    def _boundary_evidence(self, decision: Decision) -> Evidence:
        name = self._boundaries[0].name if self._boundaries else ""
        return Evidence(decision.policy or name, decision.statement or "", str(decision.layer and decision.layer.value))

    def _request(self, question: Question) -> Request:
        arn = self.identity.arn
        certain = {
            "aws:PrincipalArn": str(arn),
            "aws:PrincipalAccount": arn.account,
            "aws:ResourceAccount": arn.account,
            "aws:RequestedRegion": self.region,
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
            "aws:PrincipalIsAWSService": "false",
        }
        context = {**certain, **question.context}
        settled = {key.lower() for key in (*context, *question.absent)}
        open_context = self._keys - settled if question.absent else True
        return Request(str(arn), question.action, question.resource, arn.account, context, open_context)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """Every condition key that the policies rest on, in lower case."""
        compiled = (statement for policy in (*self._read[0], *self._boundaries) for statement in policy.statements)
        subjects = ((*each.conditions, *((each.resources,) if each.resources else ())) for each in compiled)
        return frozenset(key for group in subjects for subject in group for key in subject.keys)


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict of many; of equals the first is named."""
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
    try:
        return compile_policy(parse(fact.value.text), f"{fact.value.name}{through}")
    except PolicyError as error:
        said = f"the document of {fact.value.name} cannot be judged: {error}"
        remedy = f"Look at {fact.value.name} in the IAM console and save it again."
        return Unknown(Reason.UNPARSABLE, fact.read, said, remedy)


def evidence(decision: Decision) -> Evidence:
    """A decision as evidence."""
    layer = decision.layer.value if decision.layer else ""
    return Evidence(decision.policy or "", decision.statement or "", layer)
