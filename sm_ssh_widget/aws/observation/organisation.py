"""Decisions of the organization's policies (SCPs, RCPs) on an identity, from the IAM policy simulator.

``SimulatePrincipalPolicy`` is the only call that shows them from inside an account. Without permission for it nothing
is known about the organization; that is a caveat, never a finding.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.capabilities import CLIENT, ONLY_SOMETIMES, SERVER, Capability, filled
from sm_ssh_widget.requirements.observation import Fact, Known, OrganisationVerdict, Target, Unknown
from sm_ssh_widget.requirements.request_context import Value, of_principal
from sm_ssh_widget.requirements.requests import filling_for

Json: TypeAlias = Any
Purpose: TypeAlias = Literal["role", "user"]
Verdicts: TypeAlias = Fact[tuple[OrganisationVerdict, ...]]

_ACTION = "iam:SimulatePrincipalPolicy"
_OF_RESOURCE = "aws:ResourceOrgID"
_IDS = ("aws:PrincipalOrgID", _OF_RESOURCE)


@dataclass(frozen=True)
class _Question:
    """Actions on one resource in one context: one call of the policy simulator."""

    resource: str
    context: Mapping[str, Value]
    actions: list[str] = field(default_factory=list)


def read_verdicts(arn: PrincipalArn, target: Target, reader: AccountReader, purpose: Purpose) -> Verdicts:
    """Read the decisions on SSH Helper's calls as ``arn``, the execution role or the person who connects.

    Empty if the account is in no organization, and for identities that the simulator does not accept.
    """
    if arn.kind not in ("role", "user"):
        return Known((), _ACTION)
    name = ("organization", purpose, target.region, "role" if str(arn) == str(target.role) else str(arn))
    found = reader.sampled(name, partial(_read_verdicts, arn, target, reader, purpose))
    if not isinstance(found, Known) or all(verdict.principal == str(arn) for verdict in found.value):
        return found
    return Known(tuple(replace(verdict, principal=str(arn)) for verdict in found.value), found.read)


def _read_verdicts(arn: PrincipalArn, target: Target, reader: AccountReader, purpose: Purpose) -> Verdicts:
    questions = _questions(SERVER if purpose == "role" else CLIENT, target, arn)
    return joined(reader.in_parallel(*(partial(_ask, str(arn), question, reader) for question in questions)))


def read_organization(reader: AccountReader) -> Fact[str]:
    """Read the ID of the account's organization, which any member can read; absent if the account is in none.

    Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
    """
    answer = reader.read("organizations", "DescribeOrganization")
    return Known(str(answer.value["Organization"]["Id"]), answer.read) if isinstance(answer, Known) else answer


def joined(facts: Sequence[Verdicts]) -> Verdicts:
    """Combine several answers: a known denial counts; otherwise one unread answer makes the whole unknown."""
    known = tuple(verdict for fact in facts if isinstance(fact, Known) for verdict in fact.value)
    unread = [fact for fact in facts if isinstance(fact, Unknown)]
    if unread and all(verdict.allowed for verdict in known):
        return unread[0]
    return Known(known, _ACTION)


def _questions(capabilities: Iterable[Capability], target: Target, who: PrincipalArn) -> list[_Question]:
    """Group the requests that decide a use by resource and context, with what is certain of the caller."""
    filling = filling_for(target)
    caller = of_principal(who, target.region)
    if str(who) == str(target.role):
        caller["aws:MultiFactorAuthPresent"] = "false"  # a session that a service makes has no MFA
    questions: dict[tuple[str, frozenset[tuple[str, Value]]], _Question] = {}
    for capability in capabilities:
        if capability.id not in ONLY_SOMETIMES:
            asked = filled(capability, filling)
            certain = {key: value for key, value in caller.items() if key not in asked.present}
            key = (asked.resource, frozenset(asked.context.items()))
            question = questions.setdefault(key, _Question(asked.resource, {**certain, **asked.context}))
            question.actions.append(asked.action)
    return list(questions.values())


def simulate(
    principal: PrincipalArn, capabilities: Iterable[Capability], target: Target, reader: AccountReader
) -> Fact[tuple[tuple[str, str], ...]]:
    """What IAM's own simulator says to requests of SSH Helper: pairs of action and decision.

    A decision is ``allowed``, ``explicitDeny`` or ``implicitDeny``, or ``depends`` where a condition key is missing.
    """
    questions = _questions(capabilities, target, principal)
    found = reader.in_parallel(*(partial(_results, str(principal), each, reader) for each in questions))
    unread = next((fact for fact in found if isinstance(fact, Unknown)), None)
    if unread is not None:
        return unread
    results = (result for fact in found if isinstance(fact, Known) for result in fact.value)
    return Known(tuple((each["EvalActionName"], _decision(each)) for each in results), _ACTION)


def _decision(result: Mapping[str, Json]) -> str:
    detail = result.get("OrganizationsDecisionDetail") or {}
    denied = result["EvalDecision"] != "allowed" or detail.get("AllowedByOrganizations") is False
    if denied and missing_keys(result):
        return "depends"
    return "explicitDeny" if denied and result["EvalDecision"] == "allowed" else str(result["EvalDecision"])


def _ask(principal: str, question: _Question, reader: AccountReader) -> Verdicts:
    answer = _results(principal, question, reader)
    if not isinstance(answer, Known):
        return answer
    verdicts = tuple(_verdicts(principal, answer.value))
    settled = _in_its_organization(principal, question, verdicts, reader)
    return settled or Known(verdicts, answer.read)


def _in_its_organization(
    principal: str, question: _Question, verdicts: Iterable[OrganisationVerdict], reader: AccountReader
) -> Known[tuple[OrganisationVerdict, ...]] | None:
    """Ask again with the ID of the organization where a denial depends on it; ``None`` where that settles nothing."""
    open_keys = {key.lower() for verdict in verdicts if not verdict.allowed for key in verdict.missing_keys}
    keys = [key for key in _IDS if key.lower() in open_keys and not (key == _OF_RESOURCE and _is_of_aws(question))]
    organization = read_organization(reader) if keys else None
    if not isinstance(organization, Known):
        return None
    known = replace(question, context={**question.context, **dict.fromkeys(keys, organization.value)})
    answer = _results(principal, known, reader)
    return Known(tuple(_verdicts(principal, answer.value)), answer.read) if isinstance(answer, Known) else None


def _is_of_aws(question: _Question) -> bool:
    """Whether AWS owns the resource, as it does its own documents: they are in no organization of a customer."""
    return "::document/" in question.resource


def _results(principal: str, question: _Question, reader: AccountReader) -> Fact[tuple[Json, ...]]:
    entries = [context_entry(key, value) for key, value in question.context.items()]
    return reader.read_all(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=principal,
        ActionNames=question.actions,
        ResourceArns=[question.resource],
        ContextEntries=entries,
    )


def context_entry(key: str, value: Value) -> dict[str, Json]:
    """Return a condition key with its value as the policy simulator takes it."""
    if isinstance(value, str):
        kind = "boolean" if value in ("true", "false") else "string"
        return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": kind}
    return {"ContextKeyName": key, "ContextKeyValues": list(value), "ContextKeyType": "stringList"}


def _verdicts(principal: str, results: Iterable[Mapping[str, Json]]) -> Iterator[OrganisationVerdict]:
    """Return one decision per result that contains one: accounts outside an organization get none."""
    for result in results:
        detail = result.get("OrganizationsDecisionDetail")
        if detail is not None:
            missing = missing_keys(result)
            yield OrganisationVerdict(principal, result["EvalActionName"], detail["AllowedByOrganizations"], missing)


def missing_keys(result: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the missing context keys of a result: AWS puts them beside each named resource, if one was named."""
    results = (result, *result.get("ResourceSpecificResults", ()))
    return tuple(dict.fromkeys(key for each in results for key in each.get("MissingContextValues", ())))
