"""Calls of a plan that the signed-in identity is allowed to make, from the IAM policy simulator.

The simulator knows neither session policies nor the root user, so for a session and for root no call counts as allowed.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.aws.detection.roles import find_role
from sm_ssh_widget.aws.observation.organisation import context_entry, missing_keys
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.acting import Acting, PlannedCall, RefusedCall, calls_of, refuse
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.requirements.request_context import of_principal

Json: TypeAlias = Any
Answer: TypeAlias = "RefusedCall | Literal['allowed', 'unknown']"


def acting_of(plan: Plan, session: SignedIn | None) -> Acting | None:
    """Determine the plan's calls that a session can make; ``None`` without a session, or with an ended one."""
    try:
        return read_acting(plan, session.face.arn, session.reader) if session else None
    except Problem:
        return None


def refuse_denied(plan: Plan, session: SignedIn) -> None:
    """Raise :class:`Problem` (``refused``) if a call of the plan is known to be denied to the signed-in identity."""
    refuse(plan, acting_of(plan, session))


def read_acting(plan: Plan, arn: str, reader: Reader) -> Acting:
    """Simulate each call of the plan as ``arn``, the signed-in identity; a denied read leaves it unknown."""
    calls = calls_of(plan)
    principal = _principal(arn, reader)
    if principal is None:
        return Acting(arn, unknown=tuple(dict.fromkeys(call.action for call in calls)))
    answers = reader.in_parallel(*(partial(_ask, principal, call, reader) for call in calls))
    certain = principal.kind == "user"
    pairs = list(zip(calls, answers, strict=True))
    refused = tuple(answer for _, answer in pairs if isinstance(answer, RefusedCall))
    names = {each.call for each in refused}
    open_ones = dict.fromkeys(c.action for c, a in pairs if a == "unknown" or (a == "allowed" and not certain))
    may = dict.fromkeys(call.action for call, _ in pairs)
    return Acting(
        arn,
        tuple(action for action in may if action not in names and action not in open_ones),
        refused,
        tuple(action for action in open_ones if action not in names),
    )


def _principal(arn: str, reader: Reader) -> PrincipalArn | None:
    """Return the user or role to simulate; ``None`` for an identity that the simulator does not accept."""
    try:
        who = PrincipalArn.parse(arn)
    except ArnError:
        return None
    if who.kind == "assumed-role":
        found = find_role(reader, who.role())
        return found.value.arn if isinstance(found, Known) else None
    return who if who.kind == "user" else None


def _ask(principal: PrincipalArn, call: PlannedCall, reader: Reader) -> Answer:
    if not call.resource:
        return "unknown"
    context = {**of_principal(principal, reader.region), **dict(call.context)}
    entries = [context_entry(key, value) for key, value in context.items()]
    answer = reader.read_all(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=str(principal),
        ActionNames=[call.action],
        ResourceArns=[call.resource],
        ContextEntries=entries,
    )
    if not isinstance(answer, Known) or not answer.value:
        return "unknown"
    return _judged(call, answer.value[0])


def _judged(call: PlannedCall, result: Mapping[str, Json]) -> Answer:
    layer = _layer(result)
    if not layer:
        return "allowed"
    if missing_keys(result):
        return "unknown"
    denied = result["EvalDecision"] == "explicitDeny"
    by = next((str(each.get("SourcePolicyId", "")) for each in result.get("MatchedStatements", ())), "")
    return RefusedCall(call.action, layer, by if denied else "", call.findings)


def _layer(result: Mapping[str, Json]) -> str:
    """Return the denying layer as far as AWS reports it; empty if the call is allowed."""
    organizations = result.get("OrganizationsDecisionDetail") or {}
    boundary = result.get("PermissionsBoundaryDecisionDetail") or {}
    if organizations.get("AllowedByOrganizations") is False:
        return "scp"
    if boundary.get("AllowedByPermissionsBoundary") is False:
        return "boundary"
    return "" if result["EvalDecision"] == "allowed" else "identity"
