"""Condition operators: the tests of a ``Condition`` element on the request's context.

Every key of every operator must hold; one of the listed values is enough. A value that is not of the operator's type
never satisfies a condition, negated or not.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from .document import Json, PolicyError, as_list
from .matching import ARN_SEGMENTS, arn_pattern, has_segments, text_pattern
from .value_types import address, binary, boolean, instant, network, number
from .variables import Context, Template, Values, plain

ValueTest: TypeAlias = Callable[[str], bool]
"""Test a value of the context against one value of the policy; raises ValueError if it is not of the type."""

TestFactory: TypeAlias = Callable[[str], ValueTest]
"""Read a value of the policy and make its test; raises ValueError if it is not of the type."""

Quantifier: TypeAlias = Literal["", "forallvalues", "foranyvalue"]


@dataclass(frozen=True, slots=True)
class ConditionOperator:
    """One comparison of a value, without its negation."""

    name: str
    prepare: TestFactory
    takes_variables: bool = False


def _string_equals(text: str) -> ValueTest:
    return plain(text).__eq__


def _string_equals_ignoring_case(text: str) -> ValueTest:
    folded = plain(text).casefold()
    return lambda value: value.casefold() == folded


def _string_like(text: str) -> ValueTest:
    fullmatch = text_pattern(text).fullmatch
    return lambda value: fullmatch(value) is not None


def _arn_like(text: str) -> ValueTest:
    """Compare all six segments: unlike in a Resource, a pattern that is one short is like no ARN."""
    if not has_segments(text, ARN_SEGMENTS - 1):
        raise ValueError(f"not the pattern of an ARN: {text!r}")
    pattern = arn_pattern(text)

    def match(value: str) -> bool:
        if not has_segments(value, ARN_SEGMENTS):
            raise ValueError(f"not an ARN: {value!r}")
        return pattern is not None and pattern.fullmatch(value) is not None

    return match


def _ordered(read: Callable[[str], Decimal], compare: Callable[[Decimal, Decimal], bool]) -> TestFactory:
    def prepare(text: str) -> ValueTest:
        limit = read(text)
        return lambda value: compare(read(value), limit)

    return prepare


def _boolean(text: str) -> ValueTest:
    wanted = boolean(text)
    return lambda value: boolean(value) is wanted


def _binary(text: str) -> ValueTest:
    wanted = binary(text)
    return lambda value: binary(value) == wanted


def _address(text: str) -> ValueTest:
    block = network(text)
    return lambda value: address(value) in block


_COMPARISONS = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
OPERATORS = {
    found.name: found
    for found in (
        ConditionOperator("stringequals", _string_equals, takes_variables=True),
        ConditionOperator("stringequalsignorecase", _string_equals_ignoring_case, takes_variables=True),
        ConditionOperator("stringlike", _string_like, takes_variables=True),
        ConditionOperator("arnequals", _arn_like, takes_variables=True),
        ConditionOperator("arnlike", _arn_like, takes_variables=True),
        ConditionOperator("bool", _boolean),
        ConditionOperator("binaryequals", _binary),
        ConditionOperator("ipaddress", _address),
        *(ConditionOperator(f"numeric{name}", _ordered(number, how)) for name, how in _COMPARISONS.items()),
        *(ConditionOperator(f"date{name}", _ordered(instant, how)) for name, how in _COMPARISONS.items()),
    )
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


@dataclass(frozen=True, slots=True)
class NullCondition:
    """``Null``: a key must be absent (``true`` in the document) or present.

    ``key`` is in lower case, ``written_key`` as the policy spells it. ``absences``: the values of "the key is absent"
    that satisfy the condition.
    """

    key: str
    written_key: str
    absences: frozenset[bool]

    @property
    def keys(self) -> frozenset[str]:
        """The one key that it asks for, in lower case."""
        return frozenset((self.key,))

    @property
    def spellings(self) -> dict[str, str]:
        """That key → as the policy spells it."""
        return {self.key: self.written_key}

    @property
    def when_absent(self) -> bool:
        """The answer for a request without the key."""
        return True in self.absences

    def holds(self, context: Context) -> bool:
        """Return whether the key is absent or present, as the policy demands."""
        return (self.key not in context) in self.absences

    @property
    def leaves_room(self) -> bool:  # noqa: D102 - as in ValueComparison
        return False


@dataclass(frozen=True, slots=True)
class ValueComparison:
    """One key of one operator.

    ``key`` is in lower case, ``written_key`` as the policy spells it. ``has_invalid_value``: one of the values is not
    of the operator's type. ``null_satisfies_negation``: a variable without a value satisfies a negated operator.
    """

    key: str
    written_key: str
    operator: str
    values: tuple[str, ...]
    negated: bool
    if_exists: bool
    quantifier: Quantifier
    matches: tuple[ValueTest, ...]
    templates: tuple[Template, ...]
    has_invalid_value: bool
    null_satisfies_negation: bool

    @property
    def keys(self) -> frozenset[str]:
        """The keys that it rests on, in lower case: its own and those of its variables."""
        return frozenset(self.spellings)

    @property
    def spellings(self) -> dict[str, str]:
        """Each of those keys → as the policy spells it."""
        spellings = {key: written for template in self.templates for key, written in template.spellings.items()}
        return {**spellings, self.key: self.written_key}

    @property
    def when_absent(self) -> bool:
        """The answer for a request without the key: true for ``…IfExists``, a negation and every ``ForAllValues``.

        ``ForAnyValue`` alone is false, negated or not. For ``ForAnyValue:…IfExists`` the sentence about ``…IfExists``
        decides: see :attr:`.readings.Reading.FOR_ANY_VALUE_IF_EXISTS`.
        """
        if self.if_exists:
            return True
        return self.quantifier == "forallvalues" or (self.negated and not self.quantifier)

    @property
    def leaves_room(self) -> bool:
        """Return whether it is a ``ForAnyValue:…IfExists``, for which AWS has two rules about an absent key."""
        return self.if_exists and self.quantifier == "foranyvalue"

    def holds(self, context: Context) -> bool:
        """Return whether the request satisfies it. Only the set operators look into a key of several values."""
        value = context.get(self.key)
        if value is None:
            return self.when_absent
        matches = self.matches
        if self.templates:
            matches += tuple(self._filled(context))
        if not self.quantifier:
            return isinstance(value, str) and self._one(value, matches)
        found = (self._one(each, matches) for each in ((value,) if isinstance(value, str) else value))
        return all(found) if self.quantifier == "forallvalues" else any(found)

    def _filled(self, context: Context) -> list[ValueTest]:
        """The values with variables; nothing equals one that is null."""
        prepare = OPERATORS[self.operator].prepare
        null = _never if self.null_satisfies_negation else _reject
        texts = (template.fill(context) for template in self.templates)
        return [null if text is None else _prepared(prepare, text) or _reject for text in texts]

    def _one(self, value: str, matches: tuple[ValueTest, ...]) -> bool:
        try:
            matched = any(match(value) for match in matches)
        except ValueError:
            return False
        return not matched and not self.has_invalid_value if self.negated else matched


Condition: TypeAlias = "NullCondition | ValueComparison"


def compile_conditions(block: Json, version: str | None, deny: bool) -> tuple[Condition, ...]:
    """The conditions of a statement; ``version`` is the document's own, because it decides about variables.

    Nothing equals a variable without a value, so a negated operator matches it. That holds for a ``deny``; an Allow is
    satisfied by no such value, because a value that could not be read must not grant.
    Raises :class:`PolicyError` for an operator that IAM does not have and for values that are no text, number or
    Boolean.
    """
    if not isinstance(block, Mapping):
        raise PolicyError("Condition is not an object")
    conditions: list[Condition] = []
    for name, keys in block.items():
        if not isinstance(keys, Mapping):
            raise PolicyError(f"the condition operator {name} holds no object")
        conditions += [_condition(name, key, texts(values), version, deny) for key, values in keys.items()]
    return tuple(conditions)


def texts(values: Json) -> tuple[str, ...]:
    """One value or a list, as texts: ``true`` counts as ``"true"``, ``5`` as ``"5"``. Raises :class:`PolicyError`."""
    return tuple(_text(value) for value in as_list(values))


def values_of(value: Json) -> Values:
    """A value of a request's context: a text, or all of several. Raises :class:`PolicyError`."""
    return texts(value) if isinstance(value, (list, tuple)) else _text(value)


class ReadContext(dict[str, Values]):
    """The context of a request with its keys in lower case and its values as texts."""


def read_context(context: Mapping[str, Json]) -> ReadContext:
    """Read a context; one that was read before, for another request, is returned. Raises :class:`PolicyError`."""
    if isinstance(context, ReadContext):
        return context
    return ReadContext({key.lower(): values_of(value) for key, value in context.items()})


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise PolicyError(f"not a text, number or Boolean: {value!r}")


def _condition(name: str, key: str, values: tuple[str, ...], version: str | None, deny: bool) -> Condition:
    quantifier, base, if_exists = _parts(name)
    if base == "null":
        wanted = (value.lower() for value in values)
        absences = frozenset(value == "true" for value in wanted if value in ("true", "false"))
        return NullCondition(key.lower(), key, absences)
    found = OPERATORS.get(NEGATED.get(base, base))
    if found is None:
        raise PolicyError(f"unknown condition operator: {name}")
    templates = [Template.parse(value, version if found.takes_variables else None) for value in values]
    constant = [text for text in (template.constant for template in templates) if text is not None]
    matches = [match for match in (_prepared(found.prepare, text) for text in constant) if match is not None]
    return ValueComparison(
        key.lower(),
        key,
        found.name,
        values,
        base in NEGATED,
        if_exists,
        quantifier,
        tuple(matches),
        tuple(template for template in templates if template.constant is None),
        has_invalid_value=len(matches) < len(constant),
        null_satisfies_negation=deny,
    )


def _parts(name: str) -> tuple[Quantifier, str, bool]:
    """``ForAnyValue:StringLikeIfExists`` → its quantifier, its operator, whether it forgives an absent key."""
    before, colon, base = name.lower().rpartition(":")
    if colon and before not in ("forallvalues", "foranyvalue"):
        raise PolicyError(f"unknown condition operator: {name}")
    quantifier: Quantifier = "forallvalues" if before == "forallvalues" else "foranyvalue" if before else ""
    stripped = base.removesuffix("ifexists")
    if stripped == "null" != base:
        raise PolicyError("Null takes no IfExists")
    return quantifier, stripped, stripped != base


def _prepared(prepare: TestFactory, text: str) -> ValueTest | None:
    try:
        return prepare(text)
    except ValueError:
        return None


def _never(value: str) -> bool:  # noqa: ARG001 - as every ValueTest
    return False


def _reject(value: str) -> bool:
    """Stands for a value that cannot be compared with: neither an operator nor its negation is satisfied."""
    raise ValueError(f"nothing to compare {value!r} with")
