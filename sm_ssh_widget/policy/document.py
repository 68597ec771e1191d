"""A policy document and its statements, as written: order, spelling and unknown elements are kept.

IAM accepts several shapes for the same thing (one statement as an object, one value as a string); this module gives
one way to read them all and never rewrites what it read.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Json: TypeAlias = Any
Statement: TypeAlias = Mapping[str, Json]
Document: TypeAlias = Mapping[str, Json]

CURRENT_VERSION = "2012-10-17"
DEFAULT_VERSION = "2008-10-17"
"""The version that IAM assumes where a document names none."""

_PERHAPS_HALF = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")
MAX_DEPTH = 64  # a policy needs six; a deeper document could exhaust the stack of the code that walks it


class PolicyError(ValueError):
    """Raised for a text that is not a policy document; the message says why."""


def parse(text: str) -> dict[str, Json]:
    """Read a policy document from JSON text.

    Raises :class:`PolicyError` for malformed JSON, an element that is named twice, a document that is not an object
    or nested deeper than any policy is, statements that are not objects, or half of a surrogate pair, as itself or as
    an escape: IAM cannot hold it, and neither can a plan. Unknown elements are kept.
    """
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except PolicyError:
        raise
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits, too
        raise PolicyError(f"not JSON: {error}") from error
    if text.count("{") + text.count("[") > MAX_DEPTH and not _within(document, MAX_DEPTH):
        raise PolicyError(f"nested deeper than {MAX_DEPTH} levels")
    if not isinstance(document, dict):
        raise PolicyError(f"a policy document is a JSON object, not a {type(document).__name__}")
    statements(document)
    if _PERHAPS_HALF.search(text):
        _refuse_halves(document)
    return document


def statements(document: Document) -> tuple[Statement, ...]:
    """The statements in their order; one given as an object counts as a list of one. Raises :class:`PolicyError`."""
    value = document.get("Statement", ())
    found = (value,) if isinstance(value, Mapping) else value
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise PolicyError("Statement is neither an object nor a list of objects")
    for index, statement in enumerate(found):
        if not isinstance(statement, Mapping):
            raise PolicyError(f"statement {index} is not an object")
    return tuple(found)


def as_list(value: Json) -> list[Json]:
    """Return one value or a list of values as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def statement_name(statement: Statement, index: int) -> str:
    """Return the name by which a person finds a statement: its Sid, else its number in the document, from 1."""
    sid = statement.get("Sid")
    return sid if isinstance(sid, str) and sid else f"#{index + 1}"


def _refuse_halves(document: Document) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise PolicyError(f"half a character, {error.object[error.start]!a}, stands in it") from None


def _within(value: Json, depth: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_within(each, depth - 1) for each in inner)


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise PolicyError("an element is named twice")
    return value


def _no_constant(name: str) -> Json:
    raise PolicyError(f"{name} is not JSON")
