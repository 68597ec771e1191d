"""Patterns of actions, resources and ARNs: ``*`` is any run of characters, ``?`` exactly one, all else is literal.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .variables import LITERAL_QUESTION, LITERAL_STAR

ARN_SEGMENTS = 6
_ANY_RUN, _SEGMENT_RUN = ".*", "[^:]*"
_WILDCARDS = {"*": _ANY_RUN, "?": ".", LITERAL_STAR: re.escape("*"), LITERAL_QUESTION: re.escape("?")}
_SEGMENT_WILDCARDS = {**_WILDCARDS, "*": _SEGMENT_RUN, "?": "[^:]"}


@dataclass(frozen=True, slots=True)
class ArnRules:
    """Rules for reading the ARNs of a ``Resource`` element.

    ``completes``: missing segments count as ``*``. AWS does so in identity-based policies.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    ``crosses``: a ``*`` that ends a segment also matches colons; see :class:`.readings.Reading`.
    """

    completes: bool
    crosses: bool


_SPECIAL = re.compile(f"([*?{LITERAL_STAR}{LITERAL_QUESTION}])")


def glob_source(pattern: str, wildcards: dict[str, str] = _WILDCARDS) -> str:
    """The pattern as the source of a regular expression."""
    return "".join(wildcards.get(piece) or re.escape(piece) for piece in _SPECIAL.split(pattern))


@dataclass(slots=True)
class LazyPattern:
    """An expression that is compiled when it is used first: most statements of a policy are about other services.

    ``source`` returns the expression, ``None`` where nothing matches it.
    """

    source: Callable[[], re.Pattern[str] | None]
    _compiled: re.Pattern[str] | None = None
    _ready: bool = False

    def matches(self, text: str) -> bool:
        """Return whether it matches the whole text."""
        if not self._ready:
            self._compiled, self._ready = self.source(), True
        return self._compiled is not None and self._compiled.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ActionPatterns:
    """A list of action patterns. Managed policies name hundreds of actions: names and prefixes need no expression.

    ``names`` are matched whole, ``prefixes`` are what stands before a final star, ``others`` are all other patterns.
    """

    names: frozenset[str]
    prefixes: tuple[str, ...]
    others: LazyPattern | None

    @classmethod
    def of(cls, patterns: Sequence[str]) -> ActionPatterns:
        """Sort the patterns by what matching them takes."""
        lower = [pattern.lower() for pattern in patterns]
        simple = {each for each in lower if ":" in each and not _SPECIAL.search(each.removesuffix("*"))}
        others = [each for each in lower if each not in simple]
        return cls(
            frozenset(each for each in simple if not each.endswith("*")),
            tuple(each[:-1] for each in simple if each.endswith("*")),
            LazyPattern(lambda: action_pattern(others)) if others else None,
        )

    @property
    def services(self) -> frozenset[str] | None:
        """The services that they name, in lower case; ``None`` if one of them can match any service."""
        if self.others is not None:
            return None
        return frozenset(each.partition(":")[0] for each in (*self.names, *self.prefixes))

    def matches(self, action: str) -> bool:
        """Return whether one of them matches an action, which is in lower case."""
        if action in self.names or action.startswith(self.prefixes):
            return True
        return self.others is not None and self.others.matches(action)


@lru_cache(maxsize=4096)
def text_pattern(pattern: str) -> re.Pattern[str]:
    """The expression of a ``StringLike`` value; case-sensitive, a line break is a character like any other."""
    return re.compile(glob_source(pattern), re.DOTALL)


@lru_cache(maxsize=4096)
def arn_pattern(pattern: str) -> re.Pattern[str] | None:
    """The expression of an ``ArnLike`` value, segment by segment; ``None`` if the text cannot match any ARN.

    A condition compares each of the six segments on its own: nothing is completed, and no wildcard crosses a colon
    in front of the resource segment.
    """
    segments = pattern.split(":", ARN_SEGMENTS - 1)
    if segments[0] != "arn" or len(segments) < ARN_SEGMENTS:
        return None
    return re.compile(_arn_source(segments, crosses=False), re.DOTALL)


def has_segments(text: str, segments: int) -> bool:
    """Return whether colons cut the text into at least this many segments."""
    return text.count(":") >= segments - 1


def matches_anything(pattern: str) -> bool:
    """Return whether the pattern consists of stars alone, and so also covers a resource that is not an ARN."""
    return bool(pattern) and not pattern.strip("*")


def is_incomplete(pattern: str, rules: ArnRules) -> bool:
    """Return whether it is neither an ARN of six segments, nor one that is completed to six, nor stars alone."""
    if matches_anything(pattern) or has_segments(pattern, ARN_SEGMENTS):
        return False
    return not (rules.completes and pattern.startswith("arn:"))


def resource_pattern(patterns: Iterable[str], rules: ArnRules) -> re.Pattern[str] | None:
    """One expression for a list of resource patterns; ``None`` if none of them can match an ARN."""
    sources = [source for pattern in patterns for source in _resource_sources(pattern, rules)]
    return re.compile("|".join(sources), re.DOTALL) if sources else None


def resource_matches(pattern: str, resource: str, rules: ArnRules) -> bool:
    """Return whether a (filled) pattern of a ``Resource`` element covers the resource; case-sensitive."""
    if matches_anything(pattern):
        return True
    compiled = _one_resource_pattern(pattern, rules)
    return compiled is not None and compiled.fullmatch(resource) is not None


def lazy_resources(patterns: Sequence[str], rules: ArnRules) -> LazyPattern:
    """:func:`resource_pattern`, compiled when a resource is matched first."""
    return LazyPattern(lambda: resource_pattern(patterns, rules))


def action_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression for a list of action patterns, to be matched with an action in lower case.

    The first colon separates service and name; a wildcard of the service crosses no colon.
    """
    sources = (_action_source(pattern.lower()) for pattern in patterns)
    return re.compile("|".join(source for source in sources if source) or r"(?!)", re.DOTALL)


@lru_cache(maxsize=4096)
def _one_resource_pattern(pattern: str, rules: ArnRules) -> re.Pattern[str] | None:
    return resource_pattern((pattern,), rules)


def _resource_sources(pattern: str, rules: ArnRules) -> list[str]:
    """The sources of the ARNs that a pattern covers: as completed, and as written where a star may run on."""
    segments = pattern.split(":", ARN_SEGMENTS - 1)
    if segments[0] != "arn" or len(segments) == 1:
        return []
    missing = ARN_SEGMENTS - len(segments)
    if missing == 0:
        return [_arn_source(segments, rules.crosses)]
    if pattern.endswith("*"):
        # A star at the very end covers all that follows, under every reading: arn:aws:ssm:* is all of SSM.
        return [_arn_source([*segments[:-1], ""], rules.crosses) + _segment_source(segments[-1], crosses=True)]
    completed = [_arn_source([*segments, *["*"] * missing], rules.crosses)] if rules.completes else []
    # Without the missing segments it is still an ARN if a star stands for several: arn:aws:ssm:*:parameter/x.
    as_written = ":".join(_segment_source(segment, crosses=True) for segment in segments)
    return [*completed, as_written] if rules.crosses else completed


def _arn_source(segments: list[str], crosses: bool) -> str:
    """The source of a whole ARN: all but the last segment keep to their colons, unless a final star ``crosses``."""
    return ":".join([*(_segment_source(segment, crosses) for segment in segments[:-1]), glob_source(segments[-1])])


def _segment_source(segment: str, crosses: bool) -> str:
    if crosses and segment.endswith("*"):
        return glob_source(segment[:-1], _SEGMENT_WILDCARDS) + _ANY_RUN
    return glob_source(segment, _SEGMENT_WILDCARDS)


def _action_source(pattern: str) -> str:
    service, colon, name = pattern.partition(":")
    if colon:
        return f"{glob_source(service, _SEGMENT_WILDCARDS)}:{glob_source(name)}"
    return _ANY_RUN if matches_anything(pattern) else ""
