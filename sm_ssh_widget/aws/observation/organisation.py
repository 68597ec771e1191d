"""What the organisation's policies (SCPs, RCPs) let an identity do, asked of IAM's own simulator.

``SimulatePrincipalPolicy`` is the only call that tells it from inside an account. Who may not call it knows nothing
about the organisation, and that is one caveat, never a finding.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER, Capability, filled
from sm_ssh_widget.requirements.documents import Filling
from sm_ssh_widget.requirements.observation import Fact, Known, OrganisationVerdict, Target, Unknown

Json: TypeAlias = Any
Purpose: TypeAlias = Literal["role", "user"]
Verdicts: TypeAlias = Fact[tuple[OrganisationVerdict, ...]]

_ACTION = "iam:SimulatePrincipalPolicy"


@dataclass(frozen=True)
class _Question:
    """Actions on one resource in one context: one call to the simulator."""

    resource: str
    context: Mapping[str, str]
    actions: list[str] = field(default_factory=list)


def read_verdicts(arn: PrincipalArn, target: Target, reader: Reader, purpose: Purpose) -> Verdicts:
    """The verdicts on what SSH Helper asks of ``arn``, as the execution role or as the local user.

    Empty where the account is in no organisation, and for identities that the simulator does not take.
    """
    if arn.kind not in ("role", "user"):
        return Known((), _ACTION)
    questions = _questions(SERVER if purpose == "role" else CLIENT, target)
    return joined(reader.in_parallel(*(partial(_ask, str(arn), question, reader) for question in questions)))


def joined(facts: Sequence[Verdicts]) -> Verdicts:
    """Several answers as one: a refusal that is known counts; else what could not be read is unknown."""
    known = tuple(verdict for fact in facts if isinstance(fact, Known) for verdict in fact.value)
    unread = [fact for fact in facts if isinstance(fact, Unknown)]
    if unread and all(verdict.allowed for verdict in known):
        return unread[0]
    return Known(known, _ACTION)


def _questions(capabilities: Iterable[Capability], target: Target) -> list[_Question]:
    """The requests that are always made, those on one resource in one context together."""
    filling = Filling(str(target.role), target.partition, target.account, target.region)
    region = {"aws:RequestedRegion": target.region}
    questions: dict[tuple[str, frozenset[tuple[str, str]]], _Question] = {}
    for capability in capabilities:
        if capability.only_if is None:
            asked = filled(capability, filling)
            key = (asked.resource, frozenset(asked.context.items()))
            question = questions.setdefault(key, _Question(asked.resource, {**asked.context, **region}))
            question.actions.append(asked.action)
    return list(questions.values())


def _ask(principal: str, question: _Question, reader: Reader) -> Verdicts:
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in question.context.items()
    ]
    answer = reader.read_all(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=principal,
        ActionNames=question.actions,
        ResourceArns=[question.resource],
        ContextEntries=entries,
    )
    if not isinstance(answer, Known):
        return answer
    return Known(tuple(_verdicts(principal, answer.value)), answer.read)


def _verdicts(principal: str, results: Iterable[Mapping[str, Json]]) -> Iterator[OrganisationVerdict]:
    """One verdict per result that has one: accounts outside of an organisation get none."""
    for result in results:
        detail = result.get("OrganizationsDecisionDetail")
        if detail is not None:
            missing = _missing_keys(result)
            yield OrganisationVerdict(principal, result["EvalActionName"], detail["AllowedByOrganizations"], missing)


def _missing_keys(result: Mapping[str, Json]) -> tuple[str, ...]:
    """The keys that were not given: AWS tells them beside each resource that was named, and here where none was."""
    results = (result, *result.get("ResourceSpecificResults", ()))
    return tuple(dict.fromkeys(key for each in results for key in each.get("MissingContextValues", ())))
