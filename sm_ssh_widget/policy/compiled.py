"""Policy documents made ready for evaluation: every pattern compiled once, immutable afterwards.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from .conditions import Condition, compile_conditions
from .document import (
    CURRENT_VERSION,
    DEFAULT_VERSION,
    Document,
    Json,
    PolicyError,
    Statement,
    as_list,
    statement_name,
    statements,
)
from .matching import (
    ActionPatterns,
    ArnRules,
    LazyPattern,
    is_incomplete,
    lazy_resources,
    matches_anything,
    resource_matches,
)
from .merge import statement_meaning
from .principals import PrincipalElement, PrincipalNaming, RequestPrincipal, compile_principals
from .readings import Reading
from .variables import Context, Template

_MOST_ACTIONS = 256
"""Number of actions for which a policy remembers its statements; SSH Helper makes requests of about fifty."""


@dataclass(frozen=True, slots=True)
class ResourceElement:
    """A compiled ``Resource`` or ``NotResource`` element.

    ``pattern`` is the documented reading, in which a ``*`` at the end of an ARN segment also matches colons;
    ``narrow_pattern`` is the other one, in which no wildcard leaves its segment. ``incomplete``: one of the patterns
    is not a whole ARN.
    """

    written: tuple[str, ...]
    inverted: bool
    matches_everything: bool
    pattern: LazyPattern
    narrow_pattern: LazyPattern
    templates: tuple[Template, ...]
    completes: bool
    incomplete: bool

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that its variables rest on, in lower case."""
        return frozenset(self.spellings)

    @property
    def spellings(self) -> dict[str, str]:
        """Each of those keys → as the policy spells it."""
        return {key: written for template in self.templates for key, written in template.spellings.items()}

    def matches(self, resource: str, context: Context, crosses: bool = True) -> bool:
        """Return whether one of the patterns matches; ``crosses`` selects the documented or the narrow reading."""
        pattern = self.pattern if crosses else self.narrow_pattern
        if self.matches_everything or pattern.matches(resource):
            return True
        if not self.templates:
            return False
        rules = ArnRules(self.completes, crosses)
        filled = (template.fill(context) for template in self.templates)
        return any(resource_matches(text, resource, rules) for text in filled if text is not None)

    def covers(self, resource: str, context: Context, deny: bool, crosses: bool = True) -> bool:
        """Return whether the statement is about this resource.

        A pattern that is not a whole ARN, or whose variable has no value, opens nothing: an Allow with it in
        ``NotResource`` is about no resource.
        """
        if not self.inverted:
            return self.matches(resource, context, crosses)
        if self.matches(resource, context, crosses):
            return False
        return deny or not (self.incomplete or any(template.fill(context) is None for template in self.templates))

    def undecided_keys(self, resource: str, context: Context, unknown: frozenset[str], deny: bool) -> frozenset[str]:
        """Those of the ``unknown`` keys that can change whether the statement is about this resource.

        A pattern that matches nothing like this resource, whatever stands for its variables, is decided: the home
        folders of ``arn:aws:s3:::home/${aws:username}/*`` never are a node. Only an Allow with it in ``NotResource``
        still rests on the presence of the key.
        """
        if not unknown or self.matches(resource, context):
            return frozenset()
        rules = ArnRules(self.completes, crosses=True)
        keys: set[str] = set()
        for template in self.templates:
            widest = template.widest(context, unknown)
            if (self.inverted and not deny) or widest is None or resource_matches(widest, resource, rules):
                keys |= template.keys & unknown
        return frozenset(keys)

    @property
    def leaves_room(self) -> bool:
        """Return whether the two readings of a ``*`` at the end of an ARN segment can differ about a resource."""
        return any("*:" in pattern for pattern in self.written)

    def rests_on_wildcard(self, resource: str, context: Context, deny: bool) -> bool:
        """Return whether the two readings of a ``*`` at the end of an ARN segment differ about this resource."""
        return self.covers(resource, context, deny) is not self.covers(resource, context, deny, crosses=False)


class RequestFacts(Protocol):
    """The facts about a request that a statement asks for."""

    @property
    def action(self) -> str:
        """The action, in lower case."""
        ...

    def covered(self, element: ResourceElement, deny: bool) -> bool:
        """Return whether the element is about the resource of the request."""
        ...

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        """Return whether the request satisfies the condition."""
        ...

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        """The readings of AWS's documentation that decide whether the statement applies."""
        ...


@dataclass(slots=True)
class KnownRequest:
    """A request with a complete context: every answer is certain. ``action`` is in lower case."""

    action: str
    resource: str
    context: Context

    def covered(self, element: ResourceElement, deny: bool) -> bool:  # noqa: D102 - as in RequestFacts
        return element.covers(self.resource, self.context, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:  # noqa: ARG002, D102 - as in RequestFacts
        return condition.holds(self.context)

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:  # noqa: D102 - as in RequestFacts
        element = statement.resources
        found = []
        if element is not None and element.rests_on_wildcard(self.resource, self.context, statement.deny):
            found.append(Reading.SEGMENT_WILDCARD)
        if any(each.leaves_room and each.key not in self.context for each in statement.conditions):
            found.append(Reading.FOR_ANY_VALUE_IF_EXISTS)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """One statement. ``principals`` is ``None`` where it names none.

    ``leaves_room``: whether it applies can rest on a :class:`.readings.Reading`.
    """

    name: str
    deny: bool
    actions: ActionPatterns
    not_action: bool
    resources: ResourceElement | None
    principals: PrincipalElement | None
    not_principal: bool
    conditions: tuple[Condition, ...]
    leaves_room: bool

    @property
    def may_be_open(self) -> bool:
        """Return whether a key without a known value, or a reading, can decide whether it applies."""
        element = self.resources
        return bool(self.conditions) or (element is not None and (bool(element.templates) or element.leaves_room))

    def is_about(self, action: str) -> bool:
        """Return whether it names this action, which is in lower case."""
        return self.actions.matches(action) is not self.not_action

    def applies(self, facts: RequestFacts) -> bool:
        """Return whether it is about this action on this resource, with all conditions satisfied."""
        if not self.is_about(facts.action):
            return False
        if self.resources is not None and not facts.covered(self.resources, self.deny):
            return False
        if not self.conditions:
            return True
        return all(facts.satisfied(condition, self.deny) for condition in self.conditions)

    def naming(self, who: RequestPrincipal, bounded: bool = False) -> PrincipalNaming | None:
        """Return how it names the principal. Without one, a Deny applies to all principals and an Allow to none.

        A Deny with ``NotPrincipal`` is about every principal with a boundary (``bounded``), even one that it excepts.
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        if self.principals is None:
            return PrincipalNaming.EVERYBODY if self.deny else None
        listed = self.principals.naming(who)
        if self.not_principal:
            return PrincipalNaming.ROLE if listed is None or (self.deny and bounded) else None
        return listed


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy document and its compiled statements, all of them and by their effect."""

    name: str
    document: Document
    statements: tuple[CompiledStatement, ...]
    allows: tuple[CompiledStatement, ...] = field(init=False)
    denies: tuple[CompiledStatement, ...] = field(init=False)
    _by_action: dict[str, CompiledPolicy] = field(init=False, compare=False, repr=False)
    _names: dict[Hashable, str] = field(init=False, compare=False, repr=False)
    _services: frozenset[str] | None = field(init=False, compare=False, repr=False)
    _keys: list[frozenset[str]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Derived here, so that a copy with other statements (dataclasses.replace) cannot keep the old ones.
        for name, deny in (("allows", False), ("denies", True)):
            object.__setattr__(self, name, tuple(each for each in self.statements if each.deny is deny))
        object.__setattr__(self, "_by_action", {})
        object.__setattr__(self, "_names", {})
        object.__setattr__(self, "_keys", [])
        object.__setattr__(self, "_services", _services_of(self.statements))

    def named(self, meaning: Hashable) -> str | None:
        """Return the name of the first statement with this :func:`.merge.statement_meaning`, ``None`` without one."""
        if not self._names:
            for index, statement in enumerate(statements(self.document)):
                self._names.setdefault(statement_meaning(statement), statement_name(statement, index))
        return self._names.get(meaning)

    def keys(self) -> frozenset[str]:
        """Return every condition key that the statements rest on, in lower case."""
        if not self._keys:
            conditions = (each for statement in self.statements for each in statement.conditions)
            elements = (each.resources for each in self.statements if each.resources is not None)
            self._keys.append(frozenset(key for each in (*conditions, *elements) for key in each.keys))
        return self._keys[0]

    def about(self, action: str) -> CompiledPolicy:
        """Return the policy with only the statements that name this action: no other statement decides about it."""
        if not self.names_service(action.partition(":")[0]):
            return _no_statements(self.name)
        found = self._by_action.get(action)
        if found is None:
            found = self._narrowed(action)
            if len(self._by_action) >= _MOST_ACTIONS:
                self._by_action.clear()
            self._by_action[action] = found
        return found

    def names_service(self, service: str) -> bool:
        """Return whether a statement can be about an action of this service, which is in lower case."""
        return self._services is None or service in self._services

    def _narrowed(self, action: str) -> CompiledPolicy:
        named = tuple([statement for statement in self.statements if statement.is_about(action)])
        if len(named) == len(self.statements):
            return self
        return CompiledPolicy(self.name, self.document, named) if named else _no_statements(self.name)


def _services_of(statements: tuple[CompiledStatement, ...]) -> frozenset[str] | None:
    """The services that the statements name, in lower case; ``None`` if one of them is about every service."""
    found = [None if statement.not_action else statement.actions.services for statement in statements]
    return None if None in found else frozenset().union(*(each for each in found if each is not None))


@lru_cache(maxsize=1024)
def _no_statements(name: str) -> CompiledPolicy:
    """A policy without statements: what a policy says about a service that it does not name."""
    return CompiledPolicy(name, {}, ())


def compile_policy(document: Document, name: str = "policy", *, completes_arns: bool = True) -> CompiledPolicy:
    """Compile a document; raises :class:`PolicyError` for one that cannot be judged.

    ``completes_arns``: an ARN of fewer than six segments counts as completed with ``*``, as AWS does it in
    identity-based policies, but not in session policies. A statement with a principal is of a resource's policy, and
    nothing of it is completed.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    version = document.get("Version")
    if version not in (None, DEFAULT_VERSION, CURRENT_VERSION):
        raise PolicyError(f"{name}: unknown Version {version!r}")
    compiled = []
    for index, statement in enumerate(statements(document)):
        called = statement_name(statement, index)
        try:
            compiled.append(_compile(statement, called, version, completes_arns))
        except PolicyError as error:
            raise PolicyError(f"{name}, statement {called}: {error}") from error
    return CompiledPolicy(name, document, tuple(compiled))


def _compile(statement: Statement, name: str, version: str | None, completes_arns: bool) -> CompiledStatement:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is {effect!r}, neither Allow nor Deny")
    actions, not_action = _either(statement, "Action")
    if actions is None:
        raise PolicyError("neither Action nor NotAction")
    resources, not_resource = _either(statement, "Resource")
    principals, not_principal = _either(statement, "Principal")
    if resources is None and principals is None:
        resources = _no_resources(deny=effect == "Deny")
    completes = completes_arns and principals is None
    element = (
        None if resources is None else _resources(_strings(resources, "Resource"), not_resource, version, completes)
    )
    conditions = compile_conditions(statement.get("Condition", {}), version, effect == "Deny")
    return CompiledStatement(
        name,
        effect == "Deny",
        ActionPatterns.of(_strings(actions, "Action")),
        not_action,
        element,
        _principals(principals, excepts=not_principal and effect == "Deny"),
        not_principal,
        conditions,
        (element is not None and element.leaves_room) or any(condition.leaves_room for condition in conditions),
    )


def _principals(element: Json, excepts: bool) -> PrincipalElement | None:
    if element is None:
        return None
    listed = compile_principals(element)
    return listed.excepting() if excepts else listed


def _no_resources(deny: bool) -> list[str]:
    """The resources of a statement without Resource and without Principal: the side that opens nothing."""
    return ["*"] if deny else []


def _either(statement: Statement, element: str) -> tuple[Json, bool]:
    """The element or its inversion, and whether it is the inversion; ``None`` without either."""
    if element in statement and f"Not{element}" in statement:
        raise PolicyError(f"both {element} and Not{element}")
    inverted = f"Not{element}" in statement
    return statement.get(f"Not{element}" if inverted else element), inverted


def _strings(value: Json, element: str) -> list[str]:
    found = as_list(value)
    if not all(isinstance(text, str) for text in found):
        raise PolicyError(f"{element} is neither a text nor a list of texts")
    return found


def _resources(written: list[str], inverted: bool, version: str | None, completes: bool) -> ResourceElement:
    templates = [Template.parse(text, version) for text in written]
    constant = [text for text in (template.constant for template in templates) if text is not None]
    rules = ArnRules(completes, crosses=True)
    return ResourceElement(
        tuple(written),
        inverted,
        any(map(matches_anything, constant)),
        lazy_resources(constant, rules),
        lazy_resources(constant, ArnRules(completes, crosses=False)),
        tuple(template for template in templates if template.constant is None),
        completes,
        incomplete=any(is_incomplete(text, rules) for text in constant),
    )
