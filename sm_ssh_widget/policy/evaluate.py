"""Evaluate a request against policies: allowed, denied, or dependent on a key; by which statement, in which layer.

The order is AWS's: any Deny of any layer ends it; then every layer that applies must allow. Services and identity
providers have only the resource's policy (and its RCPs); SCPs, boundaries and identity policies concern the principals
of accounts. Service-linked roles are outside SCPs and RCPs. The root user is judged by its policies alone, so never as
more powerful than written. ``sts:GetCallerIdentity`` needs no permission, and no Deny stops it.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from .compiled import CompiledPolicy, KnownRequest, RequestFacts, compile_policy
from .conditions import read_context
from .document import PolicyError
from .principals import PrincipalNaming, RequestPrincipal, request_principal
from .request import Decision, Layer, Outcome, Policies, Request
from .unknown_context import PlacedStatement, decide_open_request

__all__ = [
    "CompiledPolicy",
    "Decision",
    "Layer",
    "Outcome",
    "Policies",
    "Request",
    "compile_policy",
    "evaluate",
]

# Being in the same account is not enough for these: the trust policy itself must grant.
# Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
_TRUST_ACTIONS = frozenset(
    f"sts:{name}"
    for name in (
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "setcontext",
        "setsourceidentity",
        "tagsession",
    )
)

# Number of limiting layers (boundary, then session policy) that a grant of the resource's policy bypasses, by how its
# statement names the principal. A grant to the role itself bypasses neither.
# Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic
_BYPASSED_LIMITS = {
    PrincipalNaming.DIRECT: 2,
    PrincipalNaming.EVERYBODY: 1,
    PrincipalNaming.ROLE: 0,
    PrincipalNaming.ACCOUNT: 0,
}

_Grants: TypeAlias = dict[PrincipalNaming, PlacedStatement]


@dataclass(slots=True)
class _Case:
    """One request without its context: the principal, the resource's account, the policies."""

    principal: RequestPrincipal
    account: str
    policies: Policies
    needs_resource_grant: bool

    @property
    def is_bounded(self) -> bool:
        return bool(self.policies.boundaries)


def evaluate(request: Request, policies: Policies, *, only_whether_allowed: bool = False) -> Decision:
    """Decide about one request. Raises :class:`PolicyError` when the request itself cannot be judged.

    ``only_whether_allowed`` makes no difference between the two ways of not being allowed: an explicit deny becomes
    ``IMPLICIT_DENY`` with the statement that denies, so a key that decides only between them is not asked for.
    """
    action, needs_grant = _read_action(request.action, request.resource)
    if action == "sts:getcalleridentity":
        return Decision(Outcome.ALLOWED)
    case = _Case(request_principal(request.principal, action), request.account, policies.about(action), needs_grant)
    known = KnownRequest(action, request.resource, read_context(request.context))
    if request.open_context is False:
        return _decide(case, known)
    judge = _decide_whether_allowed if only_whether_allowed else _decide
    placed = _statements(case)
    if not any(each.statement.may_be_open for each in placed):
        return judge(case, known)
    return decide_open_request(request.open_context, known, placed, lambda facts: judge(case, facts))


@lru_cache(maxsize=4096)
def _read_action(written: str, resource: str) -> tuple[str, bool]:
    """The action in lower case, and whether only the resource's own policy can open it, as with roles and KMS keys.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    action = written.lower()
    service, _, name = action.partition(":")
    if not (service and name):
        raise PolicyError(f"not an action: {written!r}")
    return action, action in _TRUST_ACTIONS or (service == "kms" and ":key/" in resource)


def _decide_whether_allowed(case: _Case, facts: RequestFacts) -> Decision:
    decision = _decide(case, facts)
    return decision._replace(outcome=Outcome.IMPLICIT_DENY) if decision.outcome is Outcome.EXPLICIT_DENY else decision


def _decide(case: _Case, facts: RequestFacts) -> Decision:
    denial = _denial(case, facts)
    if denial is not None:
        return _decision(Outcome.EXPLICIT_DENY, denial, facts)
    grants = _grants_of_resource(case, facts)
    if not case.principal.of_account:
        return _allowed_by(next(iter(grants.values()), None), Layer.RESOURCE, facts)
    scps = () if case.principal.service_linked else case.policies.scps or ()
    if not all(_allowing(Layer.SCP, level, facts) for level in scps):
        return Decision(Outcome.IMPLICIT_DENY, Layer.SCP)
    if case.principal.account == case.account:
        return _decide_in_account(case, facts, grants)
    return _decide_by_identity(case, facts) if grants else Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)


def _decide_in_account(case: _Case, facts: RequestFacts, grants: _Grants) -> Decision:
    """A grant of the resource's policy suffices, within its limits; a grant to the account only delegates."""
    if not grants and case.needs_resource_grant:
        return Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)
    limits = {naming: _limit(case, facts, naming) for naming in grants if naming is not PrincipalNaming.ACCOUNT}
    for naming, limit in limits.items():
        if limit is None:
            return _decision(Outcome.ALLOWED, grants[naming], facts)
    if limits:
        return Decision(Outcome.IMPLICIT_DENY, next(iter(limits.values())))
    return _decide_by_identity(case, facts)


def _decide_by_identity(case: _Case, facts: RequestFacts) -> Decision:
    """The decision of the principal's own policies."""
    grant = _allowing(Layer.IDENTITY, case.policies.identity, facts)
    limit = _limit(case, facts, PrincipalNaming.ACCOUNT) if grant else None
    return Decision(Outcome.IMPLICIT_DENY, limit) if limit else _allowed_by(grant, Layer.IDENTITY, facts)


def _allowed_by(grant: PlacedStatement | None, layer: Layer, facts: RequestFacts) -> Decision:
    return _decision(Outcome.ALLOWED, grant, facts) if grant else Decision(Outcome.IMPLICIT_DENY, layer)


def _decision(outcome: Outcome, placed: PlacedStatement, facts: RequestFacts) -> Decision:
    statement = placed.statement
    readings = facts.readings(statement) if statement.leaves_room else ()
    return Decision(outcome, placed.layer, placed.policy, statement.name, readings=readings)


def _limit(case: _Case, facts: RequestFacts, naming: PrincipalNaming) -> Layer | None:
    """The boundary or session policy that does not allow, where it limits a grant to a principal so named."""
    if not case.policies.boundaries and not case.policies.session:
        return None
    limits = ((Layer.BOUNDARY, case.policies.boundaries), (Layer.SESSION, case.policies.session))
    for layer, policies in limits[_BYPASSED_LIMITS[naming] :]:
        if not all(_allowing(layer, (policy,), facts) for policy in policies or ()):
            return layer
    return None


def _allowing(layer: Layer, policies: Iterable[CompiledPolicy], facts: RequestFacts) -> PlacedStatement | None:
    """The first Allow that applies; one with a principal belongs to a resource's policy and grants nothing here."""
    for policy in policies:
        for statement in policy.allows:
            if statement.principals is None and statement.applies(facts):
                return PlacedStatement(layer, policy.name, statement)
    return None


def _grants_of_resource(case: _Case, facts: RequestFacts) -> _Grants:
    """The first granting statement of the resource's policy for every way of naming the principal."""
    grants: _Grants = {}
    policy = case.policies.resource
    if policy is None:
        return grants
    for statement in policy.allows:
        naming = statement.naming(case.principal)
        if naming and naming not in grants and statement.applies(facts):
            grants[naming] = PlacedStatement(Layer.RESOURCE, policy.name, statement)
    return grants


def _denial(case: _Case, facts: RequestFacts) -> PlacedStatement | None:
    for layer, policies in _deciding_policies(case):
        for policy in policies:
            for statement in policy.denies:
                if statement.naming(case.principal, case.is_bounded) and statement.applies(facts):
                    return PlacedStatement(layer, policy.name, statement)
    return None


def _deciding_policies(case: _Case) -> list[tuple[Layer, tuple[CompiledPolicy, ...]]]:
    """Every policy that could deny, in AWS's order."""
    policies, in_account, linked = case.policies, case.principal.of_account, case.principal.service_linked
    groups: list[tuple[Layer, tuple[CompiledPolicy, ...]]] = []
    if policies.scps and in_account and not linked:
        groups += [(Layer.SCP, level) for level in policies.scps]
    if policies.rcps and not linked:
        groups += [(Layer.RCP, level) for level in policies.rcps]
    if policies.resource:
        groups.append((Layer.RESOURCE, (policies.resource,)))
    if in_account:
        groups.append((Layer.IDENTITY, policies.identity))
        groups += [(Layer.BOUNDARY, policies.boundaries)] if policies.boundaries else []
        groups += [(Layer.SESSION, policies.session)] if policies.session else []
    return groups


def _statements(case: _Case) -> list[PlacedStatement]:
    """The statements that could be about the principal."""
    return [
        PlacedStatement(layer, policy.name, statement)
        for layer, policies in _deciding_policies(case)
        for policy in policies
        for statement in policy.statements
        if layer is not Layer.RESOURCE or statement.naming(case.principal, case.is_bounded)
    ]
