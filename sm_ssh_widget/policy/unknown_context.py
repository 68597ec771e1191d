"""Decisions about requests whose context is not fully known.

There are three steps, and each is certain of its answer. First the two extremes: every open condition against the
caller, every one in favour. If both end alike, that is the decision. Then every combination of answers that the open
keys can give. If all end alike, that is the decision. Otherwise it depends, on exactly the keys that can change the
outcome. The combinations count a condition and its negation as one question, so that a pair which covers both sides
of a key is recognized.

How AWS reads a ``*`` at the end of an ARN segment is treated as such a question too, but only where the documented
reading favours the caller: a Deny so written always matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import product
from math import prod
from typing import TypeAlias

from .compiled import CompiledStatement, KnownRequest, RequestFacts, ResourceElement
from .conditions import Condition, NullCondition, ValueComparison
from .readings import Reading
from .request import Decision, KeyUse, Layer, Outcome

MAX_COMBINATIONS = 4096
"""Beyond it the outcome depends on every key that is asked for."""

Subject: TypeAlias = "Condition | ResourceElement"
Question: TypeAlias = tuple[object, ...]
Answers: TypeAlias = "Mapping[Question, _Answer]"
Decide: TypeAlias = Callable[[RequestFacts], Decision]


class _Answer(Enum):
    """Which values of a key match one value of a policy; or the key is absent, or its value of another type."""

    ABSENT = auto()
    ALL = auto()
    SOME = auto()
    NONE = auto()
    EMPTY = auto()
    INVALID = auto()


# Stands among the keys for the question how AWS reads a star at the end of an ARN segment; no key has a space.
_WILDCARD_READING = "segment wildcard"


@dataclass(slots=True)
class PlacedStatement:
    """A statement, and where it stands."""

    layer: Layer
    policy: str
    statement: CompiledStatement


@dataclass(frozen=True, slots=True)
class _OpenRequest:
    """A request with unknown keys, which are not in its context: these, or with ``None`` all others.

    Every combination of answers asks the same of each element and condition, so both answers are remembered, by
    identity: the policies outlive the request.
    """

    known: KnownRequest
    keys: frozenset[str] | None
    _openness: dict[int, bool] = field(default_factory=dict)
    _element_keys: dict[tuple[int, bool], frozenset[str]] = field(default_factory=dict)

    def unknown(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the keys whose value is not known."""
        if self.keys is None:
            return frozenset(key for key in keys if key not in self.known.context)
        return self.keys.intersection(keys)

    def is_open(self, condition: Condition) -> bool:
        """Return whether the answer to a condition rests on a key that is not known."""
        found = self._openness.get(id(condition))
        if found is None:
            found = self._openness[id(condition)] = self._is_open(condition)
        return found

    def _is_open(self, condition: Condition) -> bool:
        if isinstance(condition, ValueComparison) and not self.unknown((condition.key,)):
            # Where the own key of a condition is known to be absent, its variables do not count.
            return condition.key in self.known.context and bool(self.unknown(condition.keys))
        return bool(self.unknown(condition.keys))

    def is_open_element(self, element: ResourceElement, deny: bool) -> bool:
        """Return whether it is uncertain that the element is about the resource."""
        return bool(self.open_keys(element, deny))

    def open_keys(self, element: ResourceElement, deny: bool) -> frozenset[str]:
        """The unknown keys of the element's variables; without any, the reading of its wildcards if it favours."""
        found = self._element_keys.get((id(element), deny))
        if found is None:
            found = self._element_keys[id(element), deny] = self._open_keys(element, deny)
        return found

    def _open_keys(self, element: ResourceElement, deny: bool) -> frozenset[str]:
        unknown = self.unknown(element.keys) if element.templates else frozenset()
        unknown = element.undecided_keys(self.known.resource, self.known.context, unknown, deny)
        if not unknown and deny is element.inverted and self._rests_on_wildcard(element, deny):
            return frozenset((_WILDCARD_READING,))
        return unknown

    def _rests_on_wildcard(self, element: ResourceElement, deny: bool) -> bool:
        return element.leaves_room and element.rests_on_wildcard(self.known.resource, self.known.context, deny)

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        """The readings that a statement rests on, where no unknown key decides instead."""
        openly = [condition for condition in statement.conditions if self.is_open(condition)]
        return () if openly else self.known.readings(statement)


@dataclass(slots=True)
class _Extreme:
    """Every open question is answered against the caller, or every one in favour."""

    request: _OpenRequest
    favour: bool

    @property
    def action(self) -> str:
        return self.request.known.action

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        return self.request.readings(statement)

    def covered(self, element: ResourceElement, deny: bool) -> bool:
        if self.request.is_open_element(element, deny):
            return deny is not self.favour
        return self.request.known.covered(element, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        if self.request.is_open(condition):
            return deny is not self.favour
        return self.request.known.satisfied(condition, deny)


@dataclass(slots=True)
class _Assumed:
    """Every open question has one answer. A question without an answer is of a statement that cannot apply."""

    request: _OpenRequest
    answers: Answers

    @property
    def action(self) -> str:
        return self.request.known.action

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        return self.request.readings(statement)

    def covered(self, element: ResourceElement, deny: bool) -> bool:
        if self.request.is_open_element(element, deny):
            listed = self.answers.get(_question(element), _Answer.NONE)
            if listed == _Answer.ALL:
                return not element.inverted
            return element.inverted and (deny or (listed == _Answer.NONE and not element.incomplete))
        return self.request.known.covered(element, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        if not self.request.is_open(condition):
            return self.request.known.satisfied(condition, deny)
        if self.answers.get((condition.key,)) == _Answer.ABSENT:
            return condition.when_absent
        if isinstance(condition, NullCondition):
            return False in condition.absences
        return _when_present(condition, self.answers.get(_question(condition), _Answer.NONE))


def decide_open_request(
    open_context: bool | frozenset[str],
    known: KnownRequest,
    statements: Iterable[PlacedStatement],
    decide: Decide,
) -> Decision:
    """The decision for a request with unknown keys: definite wherever no value of them can change its outcome."""
    keys = None if isinstance(open_context, bool) else frozenset(key.lower() for key in open_context)
    context = {key: value for key, value in known.context.items() if not keys or key not in keys}
    request = _OpenRequest(KnownRequest(known.action, known.resource, context), keys)
    against, favour = decide(_Extreme(request, False)), decide(_Extreme(request, True))
    if against.outcome is favour.outcome:  # a deny is named by a statement that applies whatever the keys are
        return favour if favour.outcome is Outcome.EXPLICIT_DENY else against
    undecided = [placed for placed in statements if placed.statement.applies(_CouldApply(request))]
    decision = _weigh(request, _groups(request, undecided), decide, favour.outcome)
    if decision.outcome is not Outcome.DEPENDS:
        return decision
    return decision._replace(key_uses=_key_uses(decision.keys, undecided))


def _key_uses(keys: tuple[str, ...], undecided: Iterable[PlacedStatement]) -> tuple[KeyUse, ...]:
    """Every statement that asks for one of the keys, in the order of the layers."""
    uses: dict[KeyUse, None] = {}
    for placed in undecided:
        for subject in _subjects(placed.statement):
            for key, written in subject.spellings.items():
                if key in keys:
                    name, deny = placed.statement.name, placed.statement.deny
                    uses[KeyUse(key, written, placed.layer, placed.policy, name, deny)] = None
    return tuple(uses)


@dataclass(frozen=True, slots=True)
class _Group:
    """Questions that are answered together, because they rest on one key; all keys involved; the possible answers."""

    keys: frozenset[str]
    answers: tuple[Answers, ...]


def _weigh(request: _OpenRequest, groups: list[_Group], decide: Decide, best: Outcome) -> Decision:
    """Decide every combination of answers; ``best`` is the outcome with every question in favour of the caller."""
    every_key = {key for group in groups for key in group.keys}
    if prod(len(group.answers) for group in groups) > MAX_COMBINATIONS:
        denials = {Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY}
        return _depends(every_key, {*denials, Outcome.ALLOWED} if best is Outcome.ALLOWED else denials)
    decided = {}
    for chosen in product(*(range(len(group.answers)) for group in groups)):
        answers: dict[Question, _Answer] = {}
        for group, index in zip(groups, chosen, strict=True):
            answers |= group.answers[index]
        decided[chosen] = decide(_Assumed(request, answers))
    outcomes = {chosen: decision.outcome for chosen, decision in decided.items()}
    if len(set(outcomes.values())) == 1:
        return next(iter(decided.values()))
    return _depends((key for key in every_key if _matters(key, groups, outcomes)), outcomes.values())


def _depends(keys: Iterable[str], outcomes: Iterable[Outcome]) -> Decision:
    matter = set(keys)
    readings = (Reading.SEGMENT_WILDCARD,) if _WILDCARD_READING in matter else ()
    return Decision(
        Outcome.DEPENDS,
        keys=tuple(sorted(matter - {_WILDCARD_READING})),
        outcomes=tuple(sorted(set(outcomes), key=lambda outcome: outcome.value)),
        readings=readings,
    )


def _matters(key: str, groups: list[_Group], outcomes: Mapping[tuple[int, ...], Outcome]) -> bool:
    """Return whether the outcome changes with the key alone: all questions without it keep their answers."""
    seen: dict[tuple[int, ...], Outcome] = {}
    for chosen, outcome in outcomes.items():
        rest = tuple(index for group, index in zip(groups, chosen, strict=True) if key not in group.keys)
        if seen.setdefault(rest, outcome) is not outcome:
            return True
    return False


def _groups(request: _OpenRequest, undecided: Iterable[PlacedStatement]) -> list[_Group]:
    by_key: dict[Question, dict[Question, tuple[_Answer, ...]]] = {}
    keys: dict[Question, frozenset[str]] = {}
    for subject, open_keys in _open_subjects(request, undecided):
        owner = _question(subject)
        if not isinstance(subject, ResourceElement) and request.unknown((subject.key,)):
            owner = (subject.key,)
        questions = by_key.setdefault(owner, {})
        keys[owner] = keys.get(owner, frozenset()) | open_keys
        if not isinstance(subject, NullCondition):
            question = _question(subject)
            questions[question] = tuple(dict.fromkeys((*questions.get(question, ()), *_states(subject))))
    return [_Group(keys[owner], _answers(owner, questions)) for owner, questions in by_key.items()]


def _answers(owner: Question, questions: Mapping[Question, tuple[_Answer, ...]]) -> tuple[Answers, ...]:
    present = [dict(zip(questions, states, strict=True)) for states in product(*questions.values())]
    return tuple(present) if owner in questions else ({owner: _Answer.ABSENT}, *present)


def _open_subjects(
    request: _OpenRequest, undecided: Iterable[PlacedStatement]
) -> Iterable[tuple[Subject, frozenset[str]]]:
    """The elements and conditions whose answer is uncertain, each with the unknown keys that it rests on."""
    for placed in undecided:
        statement = placed.statement
        element = statement.resources
        if element is not None and request.is_open_element(element, statement.deny):
            yield element, request.open_keys(element, statement.deny)
        for condition in statement.conditions:
            if request.is_open(condition):
                yield condition, request.unknown(condition.keys)


def _subjects(statement: CompiledStatement) -> tuple[Subject, ...]:
    return (*statement.conditions, *(() if statement.resources is None else (statement.resources,)))


@dataclass(slots=True)
class _CouldApply:
    """Every open question is answered so that the statement applies."""

    request: _OpenRequest

    @property
    def action(self) -> str:
        return self.request.known.action

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        return self.request.readings(statement)

    def covered(self, element: ResourceElement, deny: bool) -> bool:
        return self.request.is_open_element(element, deny) or self.request.known.covered(element, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        return self.request.is_open(condition) or self.request.known.satisfied(condition, deny)


def _question(subject: Subject) -> Question:
    """The question behind a condition or element, without its negation and its quantifier."""
    if isinstance(subject, NullCondition):
        return (subject.key,)
    if isinstance(subject, ResourceElement):
        return ("resource", subject.written, subject.templates)
    return ("condition", subject.operator, subject.key, subject.values, subject.templates)


def _states(subject: ValueComparison | ResourceElement) -> tuple[_Answer, ...]:
    """The possible answers: all, some or none of the values match, there are none, or they are of another type."""
    if isinstance(subject, ResourceElement):
        return (_Answer.ALL, _Answer.NONE, _Answer.INVALID)
    matching: tuple[_Answer, ...] = (_Answer.ALL, _Answer.SOME) if subject.quantifier else (_Answer.ALL,)
    if not subject.matches and not subject.templates:  # nothing to match with, such as an empty list
        matching = ()
    empty = (_Answer.EMPTY,) if subject.quantifier else ()
    invalid = () if subject.operator.startswith("string") and not subject.templates else (_Answer.INVALID,)
    return (*matching, _Answer.NONE, *empty, *invalid)


def _when_present(condition: ValueComparison, state: _Answer) -> bool:
    if state == _Answer.EMPTY:
        return condition.quantifier == "forallvalues"
    if state == _Answer.SOME:
        return condition.quantifier == "foranyvalue" and not (condition.negated and condition.has_invalid_value)
    if state == _Answer.INVALID:
        return False
    return (state == _Answer.NONE and not condition.has_invalid_value) if condition.negated else state == _Answer.ALL
