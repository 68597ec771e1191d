"""Patterns of actions, resources and ARNs: ``*`` is any run of characters, ``?`` exactly one, all else is literal.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .variables import QUESTION, STAR

ARN_PARTS = 6
_MEANING = {"*": ".*", "?": ".", STAR: re.escape("*"), QUESTION: re.escape("?")}
_WITHIN = {**_MEANING, "*": "[^:]*", "?": "[^:]"}


def glob(pattern: str, meaning: dict[str, str] = _MEANING) -> str:
    """The pattern as the source of a regular expression."""
    return "".join(meaning.get(character) or re.escape(character) for character in pattern)


@lru_cache(maxsize=4096)
def text_pattern(pattern: str) -> re.Pattern[str]:
    """What ``StringLike`` compares with; case-sensitive, a line break is a character like any other."""
    return re.compile(glob(pattern), re.DOTALL)


@lru_cache(maxsize=4096)
def arn_pattern(pattern: str) -> re.Pattern[str] | None:
    """An ARN pattern, compared part by part; ``None`` when the text cannot match any ARN.

    A wildcard crosses no colon before the resource part. A pattern with fewer than six parts covers the rest when it
    ends in ``*``, and matches nothing otherwise.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if parts[0] != "arn" or len(parts) == 1:
        return None
    if len(parts) == ARN_PARTS:
        source = ":".join([*(glob(part, _WITHIN) for part in parts[:-1]), glob(parts[-1])])
    elif pattern.endswith("*"):
        source = ":".join(glob(part, _WITHIN) for part in parts)[: -len(_WITHIN["*"])] + ".*"
    else:
        return None
    return re.compile(source, re.DOTALL)


def has_parts(text: str, parts: int) -> bool:
    """Whether colons cut the text into so many parts at least."""
    return text.count(":") >= parts - 1


def everything(pattern: str) -> bool:
    """A pattern of nothing but stars: it covers what is no ARN, too."""
    return bool(pattern) and not pattern.strip("*")


def resource_pattern(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """One expression for a list of ARN patterns; ``None`` when none of them can match an ARN."""
    compiled = [found.pattern for found in map(arn_pattern, patterns) if found is not None]
    return re.compile("|".join(compiled), re.DOTALL) if compiled else None


def resource_matches(pattern: str, resource: str) -> bool:
    """Whether a (filled) pattern of a ``Resource`` element covers the resource of the request; case-sensitive."""
    if everything(pattern):
        return True
    compiled = arn_pattern(pattern)
    return compiled is not None and compiled.fullmatch(resource) is not None


def action_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression for a list of action patterns, to be matched with an action in lower case.

    Service and name are told apart at the first colon; a wildcard of the service crosses no colon.
    """
    sources = (_action_source(pattern.lower()) for pattern in patterns)
    return re.compile("|".join(source for source in sources if source) or r"(?!)", re.DOTALL)


def _action_source(pattern: str) -> str:
    service, colon, name = pattern.partition(":")
    if colon:
        return f"{glob(service, _WITHIN)}:{glob(name)}"
    return ".*" if everything(pattern) else ""
