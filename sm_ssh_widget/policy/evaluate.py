"""Evaluate a request against policies: allowed, denied, or depends on a key; which statement, which layer.

The order is AWS's: any Deny of any layer ends it; then every layer that applies must allow. Services and identity
providers have only the resource's policy (and its RCPs); SCPs, boundaries and identity policies concern the principals
of accounts. Service-linked roles are outside SCPs and RCPs. The root user is judged by its policies alone, so never as
more powerful than written. ``sts:GetCallerIdentity`` needs no permission, and no Deny stops it.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .compiled import CompiledPolicy, CompiledStatement, Facts, Known, compile_policy
from .conditions import values_of
from .document import PolicyError
from .openness import settle
from .principals import Caller, Naming, caller
from .request import Decision, Layer, Outcome, Policies, Request

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

# Being in the same account is not enough for these: the resource's own policy must grant.
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


# How many of the limits (boundary, then session policy) a grant to a caller so named is beyond.
_UNLIMITED_BY = {Naming.DIRECT: 2, Naming.EVERYBODY: 1, Naming.ROLE: 0, Naming.ACCOUNT: 0}


@dataclass(frozen=True, slots=True)
class _Found:
    """A statement that applies."""

    layer: Layer
    policy: str
    statement: str

    def decision(self, outcome: Outcome) -> Decision:
        return Decision(outcome, self.layer, self.policy, self.statement)


@dataclass(frozen=True, slots=True)
class _Case:
    """One request before its policies: who asks, what is known, what has a say."""

    who: Caller
    account: str
    policies: Policies
    needs_grant_of_resource: bool

    @property
    def bounded(self) -> bool:
        return bool(self.policies.boundaries)

    @property
    def limited_by_organization(self) -> bool:
        return not self.who.service_linked


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide about one request. Raises :class:`PolicyError` when the request itself cannot be judged."""
    action = request.action.lower()
    service, colon, name = action.partition(":")
    if not (service and colon and name):
        raise PolicyError(f"not an action: {request.action!r}")
    if action == "sts:getcalleridentity":
        return Decision(Outcome.ALLOWED)
    case = _Case(
        caller(request.principal, action),
        request.account,
        policies,
        action in _TRUST_ACTIONS or (service == "kms" and ":key/" in request.resource),
    )
    context = {key.lower(): values_of(value) for key, value in request.context.items()}
    known = Known(action, request.resource, context)
    if not request.open_context:
        return _decide(case, known)
    return settle(request.open_context, known, _statements(case), lambda facts: _decide(case, facts))


def _decide(case: _Case, facts: Facts) -> Decision:
    denial = _denial(case, facts)
    if denial is not None:
        return denial.decision(Outcome.EXPLICIT_DENY)
    grants = _grants_of_resource(case, facts)
    if not case.who.of_account:
        return _granted(next(iter(grants.values()), None), Layer.RESOURCE)
    if case.limited_by_organization and not all(
        _allowing(Layer.SCP, level, facts) for level in case.policies.scps or ()
    ):
        return Decision(Outcome.IMPLICIT_DENY, Layer.SCP)
    if case.who.account == case.account:
        return _same_account(case, facts, grants)
    return _held(case, facts) if grants else Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)


def _same_account(case: _Case, facts: Facts, grants: dict[Naming, _Found]) -> Decision:
    """A grant of the resource's policy stands alone, except for what limits it; the account's name delegates."""
    limits = {naming: _limit(case, facts, naming) for naming in grants if naming is not Naming.ACCOUNT}
    for naming, limit in limits.items():
        if limit is None:
            return grants[naming].decision(Outcome.ALLOWED)
    if limits:
        return Decision(Outcome.IMPLICIT_DENY, next(iter(limits.values())))
    if case.needs_grant_of_resource and not grants:
        return Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)
    return _held(case, facts)


def _held(case: _Case, facts: Facts) -> Decision:
    """What the caller's own policies say."""
    grant = _allowing(Layer.IDENTITY, case.policies.identity, facts)
    limit = _limit(case, facts, Naming.ACCOUNT) if grant else None
    return Decision(Outcome.IMPLICIT_DENY, limit) if limit else _granted(grant, Layer.IDENTITY)


def _granted(grant: _Found | None, layer: Layer) -> Decision:
    return grant.decision(Outcome.ALLOWED) if grant else Decision(Outcome.IMPLICIT_DENY, layer)


def _limit(case: _Case, facts: Facts, naming: Naming) -> Layer | None:
    """The boundary or session policy that does not allow, where it limits a grant to a caller so named."""
    limits = ((Layer.BOUNDARY, case.policies.boundaries), (Layer.SESSION, case.policies.session))
    for layer, policies in limits[_UNLIMITED_BY[naming] :]:
        if not all(_allowing(layer, (policy,), facts) for policy in policies or ()):
            return layer
    return None


def _allowing(layer: Layer, policies: Iterable[CompiledPolicy], facts: Facts) -> _Found | None:
    for policy in policies:
        for statement in policy.statements:
            if not statement.deny and statement.principals is None and statement.applies(facts):
                return _Found(layer, policy.name, statement.name)
    return None


def _grants_of_resource(case: _Case, facts: Facts) -> dict[Naming, _Found]:
    """The first granting statement of the resource's policy for every way of naming the caller."""
    grants: dict[Naming, _Found] = {}
    policy = case.policies.resource
    for statement in policy.statements if policy else ():
        naming = None if statement.deny else statement.naming(case.who)
        if policy and naming and naming not in grants and statement.applies(facts):
            grants[naming] = _Found(Layer.RESOURCE, policy.name, statement.name)
    return grants


def _denial(case: _Case, facts: Facts) -> _Found | None:
    for layer, policy in _having_a_say(case):
        for statement in policy.statements:
            if statement.deny and statement.naming(case.who, case.bounded) and statement.applies(facts):
                return _Found(layer, policy.name, statement.name)
    return None


def _having_a_say(case: _Case) -> Iterable[tuple[Layer, CompiledPolicy]]:
    """Every policy that could deny, in AWS's order."""
    policies, own = case.policies, case.who.of_account
    if case.limited_by_organization:
        if own:
            yield from ((Layer.SCP, policy) for level in policies.scps or () for policy in level)
        yield from ((Layer.RCP, policy) for level in policies.rcps or () for policy in level)
    if policies.resource:
        yield Layer.RESOURCE, policies.resource
    if own:
        yield from ((Layer.IDENTITY, policy) for policy in policies.identity)
        yield from ((Layer.BOUNDARY, policy) for policy in policies.boundaries or ())
        yield from ((Layer.SESSION, policy) for policy in policies.session or ())


def _statements(case: _Case) -> list[CompiledStatement]:
    """The statements that could be about the caller."""
    return [
        statement
        for layer, policy in _having_a_say(case)
        for statement in policy.statements
        if layer is not Layer.RESOURCE or statement.naming(case.who, case.bounded)
    ]
