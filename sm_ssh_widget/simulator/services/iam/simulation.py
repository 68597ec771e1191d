"""IAM's policy simulator: what would be allowed, by which statement, and which layer says no.

It judges identity policies, the boundary and service control policies; it knows no session and no trust.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sm_ssh_widget.policy import document
from sm_ssh_widget.policy.evaluate import Decision, Layer, Outcome, Policies, Request, evaluate
from sm_ssh_widget.simulator import authorise, documents
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

_DECISIONS = {Outcome.ALLOWED: "allowed", Outcome.EXPLICIT_DENY: "explicitDeny"}
_VARIABLE = re.compile(r"\$\{([\w:/.-]+)")


@dataclass(frozen=True)
class _Case:
    """What is simulated: whose policies, with which keys given."""

    principal: str
    account: str
    texts: tuple[tuple[str, str], ...]
    policies: Policies
    context: dict[str, Any]


def _on_source(call: ServiceCall) -> Sequence[str]:
    return (str(call.parameters["PolicySourceArn"]),)


@operation("iam", "SimulatePrincipalPolicy", on=_on_source)
def _simulate_principal(call: ServiceCall) -> Record:
    arn = call.parameters["PolicySourceArn"]
    found = call.state.by_arn(arn)
    if found is None:
        raise AwsError("NoSuchEntity", f"The entity with ARN {arn} cannot be found.", 404)
    kind, record = found
    name = str(record[f"{kind.title()}Name"])
    texts = authorise.identity_documents(call.state, kind, name)
    boundary = authorise.boundary_documents(call.state, kind, name)
    return _results(call, arn, texts, boundary)


@operation("iam", "SimulateCustomPolicy")
def _simulate_custom(call: ServiceCall) -> Record:
    return _results(call, f"arn:{call.state.partition}:iam::{call.state.account}:user/simulated", [], [])


def _results(
    call: ServiceCall, principal: str, texts: list[tuple[str, str]], boundary: list[tuple[str, str]]
) -> Record:
    parameters = call.parameters
    texts = texts + _given(parameters.get("PolicyInputList"), "PolicyInputList")
    boundary = _given(parameters.get("PermissionsBoundaryPolicyInputList"), "PermissionsBoundary") or boundary
    policies = Policies(
        identity=authorise.compile_all(texts),
        boundaries=authorise.compile_all(boundary),
        scps=authorise.control_levels(call.state.control_policies, call.denies),
    )
    keys = {entry["ContextKeyName"]: _key_value(entry) for entry in parameters.get("ContextEntries", ())}
    case = _Case(principal, call.state.account, tuple(texts), policies, keys)
    resources = parameters.get("ResourceArns") or ["*"]
    items = [_result(case, action, resource) for action in parameters["ActionNames"] for resource in resources]
    page, marker = call.page(items, parameters.get("MaxItems"), parameters.get("Marker"))
    return {"EvaluationResults": page, "IsTruncated": marker is not None, "Marker": marker}


def _given(texts: Sequence[str] | None, name: str) -> list[tuple[str, str]]:
    for text in texts or ():
        documents.check_identity(text)
    return [(f"{name}.{number}", text) for number, text in enumerate(texts or (), 1)]


def _key_value(entry: Record) -> Any:
    values = entry.get("ContextKeyValues") or [""]
    return values if str(entry.get("ContextKeyType", "")).endswith("List") else values[0]


def _result(case: _Case, action: str, resource: str) -> Record:
    request = Request(case.principal, action, resource, case.account, case.context)
    decision = evaluate(request, case.policies)
    answer: Record = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": _DECISIONS.get(decision.outcome, "implicitDeny"),
        "MatchedStatements": _matched(decision),
        "MissingContextValues": sorted(_mentioned(case.texts, action) - {key.lower() for key in case.context}),
    }
    if case.policies.scps:
        allowed = _alone(request, replace(case.policies, boundaries=()), Layer.SCP)
        answer["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if case.policies.boundaries:
        allowed = _alone(request, replace(case.policies, scps=None), Layer.BOUNDARY)
        answer["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    return answer


def _alone(request: Request, policies: Policies, layer: Layer) -> bool:
    """Whether a layer lets the request through: judged with an identity policy that allows everything."""
    everything = authorise.compiled(
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}', "everything"
    )
    assert everything is not None  # noqa: S101 - a constant
    decision = evaluate(request, replace(policies, identity=(everything,)))
    return not (decision.outcome is not Outcome.ALLOWED and decision.layer is layer)


def _matched(decision: Decision) -> list[Record]:
    if not decision.policy or decision.outcome not in (Outcome.ALLOWED, Outcome.EXPLICIT_DENY):
        return []
    start = {"Line": 1, "Column": 1}
    return [
        {
            "SourcePolicyId": decision.policy,
            "SourcePolicyType": "IAM Policy",
            "StartPosition": start,
            "EndPosition": start,
        }
    ]


def _mentioned(texts: Sequence[tuple[str, str]], action: str) -> set[str]:
    """The condition keys, in lower case, on which statements about this action depend."""
    return {key for _, text in texts for statement in _about(text, action) for key in _keys(statement)}


def _about(text: str, action: str) -> Iterator[document.Statement]:
    try:
        found = document.statements(document.parse(text))
    except document.PolicyError:
        return
    for statement in found:
        patterns = document.as_list(statement.get("Action", statement.get("NotAction", ())))
        named = any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns)
        if named != ("NotAction" in statement):
            yield statement


def _keys(statement: document.Statement) -> Iterator[str]:
    for block in (statement.get("Condition") or {}).values():
        for key, values in block.items():
            yield str(key).lower()
            for value in document.as_list(values):
                yield from (match.lower() for match in _VARIABLE.findall(str(value)))
