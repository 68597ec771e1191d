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
from functools import lru_cache

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


@dataclass(slots=True)
class _Found:
    """A statement that applies."""

    layer: Layer
    policy: str
    statement: str

    def decision(self, outcome: Outcome) -> Decision:
        return Decision(outcome, self.layer, self.policy, self.statement)


@dataclass(slots=True)
class _Case:
    """One request before its policies: who asks, what is known, what has a say."""

    who: Caller
    account: str
    policies: Policies
    needs_grant_of_resource: bool

    @property
    def bounded(self) -> bool:
        return bool(self.policies.boundaries)


def evaluate(request: Request, policies: Policies, *, only_whether_allowed: bool = False) -> Decision:
    """Decide about one request. Raises :class:`PolicyError` when the request itself cannot be judged.

    ``only_whether_allowed`` makes no difference between the two ways of not being allowed: an explicit deny is told as
    ``IMPLICIT_DENY`` with the statement that denies, so that a key that decides only between them is not asked for.
    """
    action, needs_grant = _action(request.action, request.resource)
    if action == "sts:getcalleridentity":
        return Decision(Outcome.ALLOWED)
    case = _Case(
        caller(request.principal, action),
        request.account,
        policies,
        needs_grant,
    )
    context = {key.lower(): values_of(value) for key, value in request.context.items()} if request.context else {}
    known = Known(action, request.resource, context)
    if not request.open_context:
        return _decide(case, known)
    if only_whether_allowed:
        return settle(request.open_context, known, _statements(case), lambda facts: _allowed_or_not(case, facts))
    return settle(request.open_context, known, _statements(case), lambda facts: _decide(case, facts))


@lru_cache(maxsize=4096)
def _action(written: str, resource: str) -> tuple[str, bool]:
    """The action in lower case, and whether only the resource's own policy can open it."""
    action = written.lower()
    service, colon, name = action.partition(":")
    if not (service and colon and name):
        raise PolicyError(f"not an action: {written!r}")
    return action, action in _TRUST_ACTIONS or (service == "kms" and ":key/" in resource)


def _allowed_or_not(case: _Case, facts: Facts) -> Decision:
    decided = _decide(case, facts)
    if decided.outcome is Outcome.EXPLICIT_DENY:
        return Decision(Outcome.IMPLICIT_DENY, decided.layer, decided.policy, decided.statement)
    return decided


def _decide(case: _Case, facts: Facts) -> Decision:
    denial = _denial(case, facts)
    if denial is not None:
        return denial.decision(Outcome.EXPLICIT_DENY)
    grants = _grants_of_resource(case, facts)
    if not case.who.of_account:
        return _granted(next(iter(grants.values()), None), Layer.RESOURCE)
    scps = () if case.who.service_linked else case.policies.scps or ()
    if not all(_allowing(Layer.SCP, level, facts) for level in scps):
        return Decision(Outcome.IMPLICIT_DENY, Layer.SCP)
    if case.who.account == case.account:
        return _same_account(case, facts, grants)
    return _held(case, facts) if grants else Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)


def _same_account(case: _Case, facts: Facts, grants: dict[Naming, _Found]) -> Decision:
    """A grant of the resource's policy stands alone, except for what limits it; the account's name delegates."""
    if not grants:
        return Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE) if case.needs_grant_of_resource else _held(case, facts)
    limits = {naming: _limit(case, facts, naming) for naming in grants if naming is not Naming.ACCOUNT}
    for naming, limit in limits.items():
        if limit is None:
            return grants[naming].decision(Outcome.ALLOWED)
    if limits:
        return Decision(Outcome.IMPLICIT_DENY, next(iter(limits.values())))
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
    if not case.policies.boundaries and not case.policies.session:
        return None
    limits = ((Layer.BOUNDARY, case.policies.boundaries), (Layer.SESSION, case.policies.session))
    for layer, policies in limits[_UNLIMITED_BY[naming] :]:
        if not all(_allowing(layer, (policy,), facts) for policy in policies or ()):
            return layer
    return None


def _allowing(layer: Layer, policies: Iterable[CompiledPolicy], facts: Facts) -> _Found | None:
    for policy in policies:
        for statement in policy.allows:
            if statement.principals is None and statement.applies(facts):
                return _Found(layer, policy.name, statement.name)
    return None


def _grants_of_resource(case: _Case, facts: Facts) -> dict[Naming, _Found]:
    """The first granting statement of the resource's policy for every way of naming the caller."""
    grants: dict[Naming, _Found] = {}
    policy = case.policies.resource
    if policy is None:
        return grants
    for statement in policy.allows:
        naming = statement.naming(case.who)
        if naming and naming not in grants and statement.applies(facts):
            grants[naming] = _Found(Layer.RESOURCE, policy.name, statement.name)
    return grants


def _denial(case: _Case, facts: Facts) -> _Found | None:
    for layer, policies in _having_a_say(case):
        for policy in policies:
            for statement in policy.denies:
                if statement.naming(case.who, case.bounded) and statement.applies(facts):
                    return _Found(layer, policy.name, statement.name)
    return None


def _having_a_say(case: _Case) -> list[tuple[Layer, tuple[CompiledPolicy, ...]]]:
    """Every policy that could deny, in AWS's order."""
    policies, own = case.policies, case.who.of_account
    groups: list[tuple[Layer, tuple[CompiledPolicy, ...]]] = []
    if policies.scps and own and not case.who.service_linked:
        groups += [(Layer.SCP, level) for level in policies.scps]
    if policies.rcps and not case.who.service_linked:
        groups += [(Layer.RCP, level) for level in policies.rcps]
    if policies.resource:
        groups.append((Layer.RESOURCE, (policies.resource,)))
    if own:
        groups.append((Layer.IDENTITY, policies.identity))
        groups += [(Layer.BOUNDARY, policies.boundaries)] if policies.boundaries else []
        groups += [(Layer.SESSION, policies.session)] if policies.session else []
    return groups


def _statements(case: _Case) -> list[CompiledStatement]:
    """The statements that could be about the caller."""
    return [
        statement
        for layer, policies in _having_a_say(case)
        for policy in policies
        for statement in policy.statements
        if layer is not Layer.RESOURCE or statement.naming(case.who, case.bounded)
    ]
