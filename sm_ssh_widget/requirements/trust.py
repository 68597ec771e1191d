"""Whether a role's trust lets a service assume it, judged as the service makes the call.

A service principal calls with ``aws:PrincipalIsAWSService`` and its name, on behalf of an account and a resource.
It has no ``aws:PrincipalAccount`` and no ``aws:PrincipalOrgID``. Which organisation the call is made for, and when, is
not known beforehand.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

from dataclasses import dataclass

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse, statements
from sm_ssh_widget.policy.evaluate import Decision, Outcome, Policies, Request, compile_policy, evaluate

_OPEN = frozenset({"aws:SourceOrgID", "aws:SourceOrgPaths", "aws:CurrentTime", "aws:EpochTime"})
# A principal that was deleted is shown by its unique id, and no document that names one can be saved.
_DELETED_PREFIXES = ("AROA", "AIDA")


@dataclass(frozen=True)
class TrustVerdict:
    """The decision for one service and Region, and whether it would be the same in every Region."""

    decision: Decision
    everywhere: bool


def judge(text: str, service: str, role: PrincipalArn, region: str) -> TrustVerdict:
    """Judge a trust policy; raises :class:`PolicyError` when the text is none."""
    compiled = compile_policy(parse(text), "trust policy")
    policies = Policies(resource=compiled)
    here = evaluate(_request(service, role, region), policies)
    elsewhere = evaluate(_request(service, role, "xx-elsewhere-1"), policies)
    return TrustVerdict(here, here.outcome is elsewhere.outcome)


def _request(service: str, role: PrincipalArn, region: str) -> Request:
    label = service.partition(".")[0]
    context = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:PrincipalServiceNamesList": [service],
        "aws:SourceAccount": role.account,
        "aws:SourceArn": f"arn:{role.partition}:{label}:{region}:{role.account}:*",
        "aws:SecureTransport": "true",
    }
    return Request(service, "sts:AssumeRole", str(role), role.account, context, open_context=_OPEN)


def judge_either(text: str, service: str, role: PrincipalArn, region: str) -> TrustVerdict:
    """Judge ``service`` and, in China, its name with the partition's own suffix: documents use either there."""
    verdict = judge(text, service, role, region)
    if role.partition != "aws-cn" or verdict.decision.outcome is Outcome.ALLOWED:
        return verdict
    suffixed = judge(text, f"{service}.cn", role, region)
    return suffixed if suffixed.decision.outcome is Outcome.ALLOWED else verdict


def as_documented(text: str, service: str) -> bool:
    """Whether a statement trusts the service without any condition, as the specification shows it."""
    return any(_plain(statement, service) for statement in statements(parse(text)))


def _plain(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal")
    services = as_list(principal.get("Service", [])) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and service in services
        and as_list(statement.get("Action", [])) == ["sts:AssumeRole"]
        and not statement.get("Condition")
    )


def deleted_principals(text: str) -> tuple[str, ...]:
    """The unique ids in the document's principals that stand for deleted identities."""
    found: list[str] = []
    for statement in statements(parse(text)):
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element)
            names = as_list(principal.get("AWS", [])) if isinstance(principal, dict) else []
            found += [name for name in names if isinstance(name, str) and name.startswith(_DELETED_PREFIXES)]
    return tuple(found)


__all__ = ["PolicyError", "TrustVerdict", "as_documented", "deleted_principals", "judge", "judge_either"]
