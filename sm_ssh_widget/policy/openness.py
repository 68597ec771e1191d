"""Decide where values of the context are not known.

Three steps, each one certain of what it says: the two extremes (every open condition against the caller, every one in
favour) agree, or every combination of answers that the open keys can give ends the same, or it depends, on exactly the
keys that can change the outcome. The combinations count a condition and its negation as one question, so that a pair
which covers both sides of a key is recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from .compiled import CompiledStatement, Facts, Known, Resources
from .conditions import Comparison, Condition, Presence
from .request import Decision, Outcome

MOST_COMBINATIONS = 4096
"""Beyond it the outcome depends on every key that is asked for."""

Subject: TypeAlias = "Condition | Resources"
Question: TypeAlias = tuple[object, ...]
Answers: TypeAlias = Mapping[Question, str]
Decide: TypeAlias = Callable[[Facts], Decision]

_ABSENT, _ALL, _SOME, _NONE, _EMPTY, _FLAWED = "absent", "all", "some", "none", "empty", "flawed"


@dataclass(frozen=True, slots=True)
class _Open:
    """A request some of whose keys are not known, and not in its context: these, or with ``None`` all others."""

    known: Known
    keys: frozenset[str] | None

    def unknown(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the keys whose value is not known."""
        if self.keys is None:
            return frozenset(key for key in keys if key not in self.known.context)
        return self.keys.intersection(keys)

    def is_open(self, subject: Subject) -> bool:
        """Whether the answer rests on a key that is not known.

        Where the own key of a condition is known to be absent, its variables do not count.
        """
        if isinstance(subject, Comparison) and not self.unknown((subject.key,)):
            return subject.key in self.known.context and bool(self.unknown(subject.keys))
        return bool(self.unknown(subject.keys))


@dataclass(slots=True)
class _Extreme:
    """Every open question is answered against the caller, or every one in favour."""

    request: _Open
    favour: bool

    @property
    def action(self) -> str:
        return self.request.known.action

    def covered(self, resources: Resources, deny: bool) -> bool:
        if self.request.is_open(resources):
            return deny is not self.favour
        return self.request.known.covered(resources, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        if self.request.is_open(condition):
            return deny is not self.favour
        return self.request.known.satisfied(condition, deny)


@dataclass(slots=True)
class _Assumed:
    """Every open question has one answer; what is not among the answers is asked by statements that cannot apply."""

    request: _Open
    answers: Answers

    @property
    def action(self) -> str:
        return self.request.known.action

    def covered(self, resources: Resources, deny: bool) -> bool:
        if self.request.is_open(resources):
            listed = self.answers.get(_question(resources), _NONE)
            if listed == _ALL:
                return not resources.inverted
            return resources.inverted and (deny or (listed == _NONE and not resources.short))
        return self.request.known.covered(resources, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        if not self.request.is_open(condition):
            return self.request.known.satisfied(condition, deny)
        if self.answers.get((condition.key,)) == _ABSENT:
            return _when_absent(condition)
        if isinstance(condition, Presence):
            return False in condition.allowed
        return _when_present(condition, self.answers.get(_question(condition), _NONE))


def settle(
    open_context: bool | frozenset[str],
    known: Known,
    statements: Iterable[CompiledStatement],
    decide: Decide,
) -> Decision:
    """The decision for a request with open keys: definite wherever no value of them could change its outcome."""
    keys = None if isinstance(open_context, bool) else frozenset(key.lower() for key in open_context)
    context = {key: value for key, value in known.context.items() if not keys or key not in keys}
    request = _Open(Known(known.action, known.resource, context), keys)
    against, favour = decide(_Extreme(request, False)), decide(_Extreme(request, True))
    if against.outcome is favour.outcome:  # a deny is named by a statement that applies whatever the keys are
        return favour if favour.outcome is Outcome.EXPLICIT_DENY else against
    return _weigh(request, _groups(request, statements), decide)


@dataclass(frozen=True, slots=True)
class _Group:
    """Questions that are answered together, because they rest on one key; all keys involved; the possible answers."""

    keys: frozenset[str]
    answers: tuple[Answers, ...]


def _weigh(request: _Open, groups: list[_Group], decide: Decide) -> Decision:
    size = 1
    for group in groups:
        size *= len(group.answers)
    if size > MOST_COMBINATIONS:
        return _depends(key for group in groups for key in group.keys)
    decided = {}
    for chosen in product(*(range(len(group.answers)) for group in groups)):
        answers: dict[Question, str] = {}
        for group, index in zip(groups, chosen, strict=True):
            answers |= group.answers[index]
        decided[chosen] = decide(_Assumed(request, answers))
    if len({decision.outcome for decision in decided.values()}) == 1:
        return next(iter(decided.values()))
    outcomes = {chosen: decision.outcome for chosen, decision in decided.items()}
    every_key = {key for group in groups for key in group.keys}
    return _depends(key for key in every_key if _matters(key, groups, outcomes))


def _depends(keys: Iterable[str]) -> Decision:
    return Decision(Outcome.DEPENDS, keys=tuple(sorted(set(keys))))


def _matters(key: str, groups: list[_Group], outcomes: Mapping[tuple[int, ...], Outcome]) -> bool:
    """Whether the outcome changes with the key while every question that does not rest on it keeps its answer."""
    seen: dict[tuple[int, ...], Outcome] = {}
    for chosen, outcome in outcomes.items():
        rest = tuple(index for group, index in zip(groups, chosen, strict=True) if key not in group.keys)
        if seen.setdefault(rest, outcome) is not outcome:
            return True
    return False


def _groups(request: _Open, statements: Iterable[CompiledStatement]) -> list[_Group]:
    by_key: dict[Question, dict[Question, tuple[str, ...]]] = {}
    keys: dict[Question, frozenset[str]] = {}
    for subject in _open_subjects(request, statements):
        owner = _question(subject)
        if not isinstance(subject, Resources) and request.unknown((subject.key,)):
            owner = (subject.key,)
        questions = by_key.setdefault(owner, {})
        keys[owner] = keys.get(owner, frozenset()) | request.unknown(subject.keys)
        if not isinstance(subject, Presence):
            question = _question(subject)
            questions[question] = tuple(dict.fromkeys((*questions.get(question, ()), *_states(subject))))
    return [_Group(keys[owner], _answers(owner, questions)) for owner, questions in by_key.items()]


def _answers(owner: Question, questions: Mapping[Question, tuple[str, ...]]) -> tuple[Answers, ...]:
    present = [dict(zip(questions, states, strict=True)) for states in product(*questions.values())]
    return tuple(present) if owner in questions else ({owner: _ABSENT}, *present)


def _open_subjects(request: _Open, statements: Iterable[CompiledStatement]) -> Iterable[Subject]:
    """What is asked of open keys by statements that nothing known rules out."""
    could_apply = _CouldApply(request)
    for statement in statements:
        if not statement.applies(could_apply):
            continue
        if statement.resources is not None and request.is_open(statement.resources):
            yield statement.resources
        yield from (condition for condition in statement.conditions if request.is_open(condition))


@dataclass(slots=True)
class _CouldApply:
    """Every open question is answered so that the statement applies."""

    request: _Open

    @property
    def action(self) -> str:
        return self.request.known.action

    def covered(self, resources: Resources, deny: bool) -> bool:
        return self.request.is_open(resources) or self.request.known.covered(resources, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        return self.request.is_open(condition) or self.request.known.satisfied(condition, deny)


def _question(subject: Subject) -> Question:
    """What is asked, without its negation and its quantifier."""
    if isinstance(subject, Presence):
        return (subject.key,)
    if isinstance(subject, Resources):
        return ("resource", subject.written, subject.templates)
    return ("condition", subject.operator, subject.key, subject.values, subject.templates)


def _states(subject: Comparison | Resources) -> tuple[str, ...]:
    """Which of the key's values match: all, some or none of them, there are none, or they are of another type."""
    if isinstance(subject, Resources):
        return (_ALL, _NONE, _FLAWED)
    several = (_SOME, _EMPTY) if subject.quantifier else ()
    flawed = () if subject.operator.startswith("string") and not subject.templates else (_FLAWED,)
    return (_ALL, _NONE, *several, *flawed)


def _when_absent(condition: Condition) -> bool:
    return True in condition.allowed if isinstance(condition, Presence) else condition.when_absent


def _when_present(condition: Comparison, state: str) -> bool:
    if state == _EMPTY:
        return condition.quantifier == "forallvalues"
    if state == _SOME:
        return condition.quantifier == "foranyvalue" and not (condition.negated and condition.flawed)
    if state == _FLAWED:
        return False
    return (state == _NONE and not condition.flawed) if condition.negated else state == _ALL
