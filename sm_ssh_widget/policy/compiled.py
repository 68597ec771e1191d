"""Policy documents made ready for evaluation: every pattern compiled once, immutable afterwards.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from .conditions import Condition, compile_conditions
from .document import Document, Json, PolicyError, Statement, as_list, statement_name, statements
from .matching import ARN_PARTS, action_pattern, everything, has_parts, resource_matches, resource_pattern
from .principals import Caller, Naming, Principals, compile_principals
from .variables import Context, Template


@dataclass(frozen=True, slots=True)
class Resources:
    """A ``Resource`` or ``NotResource`` element."""

    written: tuple[str, ...]
    inverted: bool
    all: bool
    pattern: re.Pattern[str] | None
    templates: tuple[Template, ...]
    short: bool

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that its variables rest on."""
        return frozenset().union(*(template.keys for template in self.templates))

    def covers(self, resource: str, context: Context, deny: bool) -> bool:
        """Whether the statement is about this resource.

        A pattern that is no whole ARN, or whose variable has no value, opens nothing: an Allow with it in
        ``NotResource`` is about no resource.
        """
        if self.all or (self.pattern is not None and self.pattern.fullmatch(resource)):
            return not self.inverted
        if not self.templates:
            return self.inverted and (deny or not self.short)
        filled = [template.fill(context) for template in self.templates]
        if any(resource_matches(pattern, resource) for pattern in filled if pattern is not None):
            return not self.inverted
        return self.inverted and (deny or not (self.short or None in filled))


class Facts(Protocol):
    """What is known of a request, as far as a statement asks."""

    @property
    def action(self) -> str:
        """In lower case."""
        ...

    def covered(self, resources: Resources, deny: bool) -> bool:
        """Whether the element is about the resource of the request."""
        ...

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        """Whether the request satisfies the condition."""
        ...


@dataclass(slots=True)
class Known:
    """A request whose context is complete: every answer is certain. ``action`` in lower case."""

    action: str
    resource: str
    context: Context

    def covered(self, resources: Resources, deny: bool) -> bool:  # noqa: D102 - as in Facts
        return resources.covers(self.resource, self.context, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:  # noqa: ARG002, D102 - as in Facts
        return condition.holds(self.context)


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """One statement. ``principals`` is ``None`` where it names none."""

    name: str
    deny: bool
    actions: re.Pattern[str]
    not_action: bool
    resources: Resources | None
    principals: Principals | None
    not_principal: bool
    conditions: tuple[Condition, ...]

    def applies(self, facts: Facts) -> bool:
        """Whether it is about this action on this resource, with all conditions satisfied."""
        if (self.actions.fullmatch(facts.action) is None) is not self.not_action:
            return False
        if self.resources is not None and not facts.covered(self.resources, self.deny):
            return False
        if not self.conditions:
            return True
        return all(facts.satisfied(condition, self.deny) for condition in self.conditions)

    def naming(self, who: Caller, bounded: bool = False) -> Naming | None:
        """How it names the caller. Without a principal a Deny is about everybody and an Allow about nobody.

        A Deny with ``NotPrincipal`` is about every caller with a boundary (``bounded``), whomever it excepts.
        """
        if self.principals is None:
            return Naming.EVERYBODY if self.deny else None
        listed = self.principals.naming(who)
        if self.not_principal:
            return Naming.ROLE if listed is None or (self.deny and bounded) else None
        return listed


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy document and its compiled statements, all of them and by their effect."""

    name: str
    document: Document
    statements: tuple[CompiledStatement, ...]
    allows: tuple[CompiledStatement, ...]
    denies: tuple[CompiledStatement, ...]


def compile_policy(document: Document, name: str = "policy") -> CompiledPolicy:
    """Compile a document; raises :class:`PolicyError` for one that cannot be judged."""
    version = document.get("Version")
    if version not in (None, "2008-10-17", "2012-10-17"):
        raise PolicyError(f"{name}: unknown Version {version!r}")
    compiled = []
    for index, statement in enumerate(statements(document)):
        called = statement_name(statement, index)
        try:
            compiled.append(_compile(statement, called, version))
        except PolicyError as error:
            raise PolicyError(f"{name}, statement {called}: {error}") from error
    allows = tuple(statement for statement in compiled if not statement.deny)
    denies = tuple(statement for statement in compiled if statement.deny)
    return CompiledPolicy(name, document, tuple(compiled), allows, denies)


def _compile(statement: Statement, name: str, version: str | None) -> CompiledStatement:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is {effect!r}, neither Allow nor Deny")
    actions, not_action = _either(statement, "Action")
    if actions is None:
        raise PolicyError("neither Action nor NotAction")
    resources, not_resource = _either(statement, "Resource")
    principals, not_principal = _either(statement, "Principal")
    if resources is None and principals is None:
        resources = _nothing(deny=effect == "Deny")
    return CompiledStatement(
        name,
        effect == "Deny",
        action_pattern(_strings(actions, "Action")),
        not_action,
        None if resources is None else _resources(_strings(resources, "Resource"), not_resource, version),
        _principals(principals, excepts=not_principal and effect == "Deny"),
        not_principal,
        compile_conditions(statement.get("Condition", {}), version, effect == "Deny"),
    )


def _principals(element: Json, excepts: bool) -> Principals | None:
    if element is None:
        return None
    listed = compile_principals(element)
    return listed.excepting() if excepts else listed


def _nothing(deny: bool) -> list[str]:
    """What a statement without Resource and without Principal is about: the side that opens nothing."""
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


def _resources(written: list[str], inverted: bool, version: str | None) -> Resources:
    templates = [Template.parse(text, version) for text in written]
    constant = [text for text in (template.constant for template in templates) if text is not None]
    return Resources(
        tuple(written),
        inverted,
        any(map(everything, constant)),
        resource_pattern(constant),
        tuple(template for template in templates if template.constant is None),
        short=not all(everything(text) or has_parts(text, ARN_PARTS) for text in constant),
    )
