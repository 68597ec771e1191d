"""IAM policy simulator: decision, deciding statements, and denying layer.

It evaluates identity policies, the boundary and service control policies, but no session policies and no trust policy.
The tags of the principal are part of the context; every other key is missing unless specified.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sm_ssh_widget.policy import document
from sm_ssh_widget.policy.evaluate import Decision, Layer, Outcome, Policies, Request, evaluate
from sm_ssh_widget.simulator import authorise, documents
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

_DECISIONS = {Outcome.ALLOWED: "allowed", Outcome.EXPLICIT_DENY: "explicitDeny"}
Texts = list[tuple[str, str]]
_VARIABLE = re.compile(r"\$\{([\w:/.-]+)")


@dataclass(frozen=True)
class _Case:
    """Input of a simulation: policies and context keys."""

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
    tags = {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    return _results(call, arn, texts, boundary, tags)


@operation("iam", "SimulateCustomPolicy")
def _simulate_custom(call: ServiceCall) -> Record:
    return _results(call, f"arn:{call.state.partition}:iam::{call.state.account}:user/simulated", [], [], {})


def _results(call: ServiceCall, principal: str, texts: Texts, boundary: Texts, known: Mapping[str, Any]) -> Record:
    parameters = call.parameters
    texts = texts + _given(call, "PolicyInputList")
    boundary = _given(call, "PermissionsBoundaryPolicyInputList") or boundary
    policies = Policies(
        identity=authorise.compile_all(texts),
        boundaries=authorise.compile_all(boundary),
        scps=authorise.control_levels(call.state.control_policies, call.denies),
    )
    given = {entry["ContextKeyName"]: _key_value(entry) for entry in parameters.get("ContextEntries", ())}
    asking = [*texts, *boundary, *_of_organization(call)]
    case = _Case(principal, call.state.account, tuple(asking), policies, {**known, **given})
    resources = parameters.get("ResourceArns") or ["*"]
    items = [_result(case, action, resource) for action in parameters["ActionNames"] for resource in resources]
    page, marker = call.page(items, parameters.get("MaxItems"), parameters.get("Marker"))
    return {"EvaluationResults": page, "IsTruncated": marker is not None, "Marker": marker}


def _of_organization(call: ServiceCall) -> Texts:
    """The policies of the organization, where the simulation names the keys that they ask for."""
    named = call.state.conditions["SimulationNamesKeysOfOrganization"]
    return [(record["Name"], record["Content"]) for record in call.state.control_policies] if named else []


def _given(call: ServiceCall, parameter: str) -> list[tuple[str, str]]:
    texts = call.parameters.get(parameter) or ()
    for text in texts:
        documents.check_identity(text, call.state.partition)
    return [(f"{parameter}.{number}", text) for number, text in enumerate(texts, 1)]


def _key_value(entry: Record) -> Any:
    values = entry.get("ContextKeyValues") or [""]
    return values if str(entry.get("ContextKeyType", "")).endswith("List") else values[0]


def _result(case: _Case, action: str, resource: str) -> Record:
    request = Request(case.principal, action, resource, case.account, case.context)
    decision = evaluate(request, case.policies)
    told = {"MatchedStatements": _matched(decision), "MissingContextValues": _missing(case, action)}
    answer: Record = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": _DECISIONS.get(decision.outcome, "implicitDeny"),
        **told,
    }
    if resource != "*":
        specific = {"EvalResourceName": resource, "EvalResourceDecision": answer["EvalDecision"], **told}
        answer |= {"MissingContextValues": [], "ResourceSpecificResults": [specific]}
    if case.policies.scps:
        allowed = _alone(request, replace(case.policies, boundaries=()), Layer.SCP)
        answer["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if case.policies.boundaries:
        allowed = _alone(request, replace(case.policies, scps=None), Layer.BOUNDARY)
        answer["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    return answer


def _alone(request: Request, policies: Policies, layer: Layer) -> bool:
    """Whether a layer allows the request, evaluated with an identity policy that allows everything."""
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


def _missing(case: _Case, action: str) -> list[str]:
    """The condition keys, as they are written, on which statements about this action depend and that were not given.

    For a specified resource they belong to its own result, as in the API reference.
    """
    given = {key.lower() for key in case.context}
    asked = (key for _, text in case.texts for statement in _about(text, action) for key in _keys(statement))
    found = {key.lower(): key for key in asked if key.lower() not in given}
    return sorted(found.values(), key=str.lower)


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
            yield str(key)
            for value in document.as_list(values):
                yield from _VARIABLE.findall(str(value))
