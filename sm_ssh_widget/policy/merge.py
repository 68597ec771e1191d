"""Merge policy documents by appending. Existing text stays, byte for byte; missing statements are added behind it.

The new text is the old text with our statements inserted. Nothing of the owner's is parsed and printed again, so
nothing can be rewritten, reordered or dropped: not a number's spelling, not an escape, not a duplicate.

Two statements are *equal* when IAM reads them alike: one value and a list of one, the order of a list, the case of an
action, an operator or a condition key, ``true`` and ``"true"``, an account's id and the ARN of its root user make no
difference.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from .arn import account_of_root
from .document import CURRENT_VERSION, DEFAULT_VERSION, Document, Json, PolicyError, Statement, as_list, parse
from .document import statements as statements_of

DEFAULT_SID = "SageMakerSSHHelper"

_STRING_OR_SPACE = re.compile(r'"(?:[^"\\]|\\.)*"|([ \t\r\n]+)', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")
_VARIABLE = re.compile(r"\$\{[^}]+\}")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Merged:
    """A document before and after: ``after`` is the text to write, and ``before`` itself where nothing is missing.

    ``kept`` is every statement that was there, in its order; ``added`` is ours, as it stands in ``after``.
    """

    before: str | None
    after: str
    added: tuple[Statement, ...]
    kept: tuple[Statement, ...]


@dataclass(frozen=True)
class Difference:
    """Statements of two documents: only in the second, only in the first, in both (up to semantic equality)."""

    added: tuple[Statement, ...]
    removed: tuple[Statement, ...]
    kept: tuple[Statement, ...]


def append(before: str | None, statements: Sequence[Statement], *, sids: bool = True) -> Merged:
    """Add the statements that ``before`` lacks behind those that it has; ``None`` is a document that does not exist.

    A statement of ours has a Sid only where every statement already there has one (unique, letters and digits), and
    never with ``sids=False``; so a second call adds nothing. ``Version`` is left alone.
    Raises :class:`PolicyError` where ``before`` is not a policy document, and where a statement with a policy
    variable would be added to a document whose version reads ``${...}`` as literal text.
    """
    text = write({"Version": CURRENT_VERSION, "Statement": []}) if before is None else before
    document = parse(text)
    kept = statements_of(document)
    _refuse_literal_variables(document, statements)
    missing = _missing(kept, statements)
    if not missing:
        return Merged(before, text, (), kept)
    added = _named(kept, missing) if sids else tuple(map(_without_sid, missing))
    return Merged(before, _insert(text, added), added, kept)


def without(text: str, index: int) -> str:
    """The text without its statement number ``index`` (from 0); all the rest stays, byte for byte.

    Raises :class:`PolicyError` where it is not a policy document, or has no list of several statements.
    """
    parse(text)
    spans, *_ = _members(text)
    items = _items(text, spans["Statement"][0]) if "Statement" in spans else []
    if len(items) < 2 or not 0 <= index < len(items):
        raise PolicyError(f"there is no statement {index} beside another one")
    if index + 1 < len(items):
        return text[: items[index][0]] + text[items[index + 1][0] :]
    return text[: items[index - 1][1]] + text[items[index][1] :]


def write(document: Document) -> str:
    """A document as text, for one that did not exist before: indented by 4, characters beyond ASCII as they are."""
    return _dump(document, 4)


def statement_equal(a: Statement, b: Statement, *, ignore_sid: bool = False) -> bool:
    """Return whether IAM reads both statements alike (and, unless ``ignore_sid``, they have the same name)."""
    return _statement_key(a, ignore_sid) == _statement_key(b, ignore_sid)


def statement_meaning(statement: Statement) -> Hashable:
    """Return what is equal for two statements that IAM reads alike, whatever their names."""
    return _statement_key(statement, True)


def document_equal(a: Document, b: Document) -> bool:
    """Return whether two documents have the same version, the same other elements, and equal statements in any order.

    An absent ``Version`` is 2008-10-17. Raises :class:`PolicyError` where one has no readable statements.
    """
    return _document_key(a) == _document_key(b)


def difference(before: str | None, after: str | None) -> Difference:
    """Compare two texts, statement by statement; ``None`` is a document that does not exist.

    ``added`` and ``kept`` stand in the order of ``after``, ``removed`` in the order of ``before``.
    Raises :class:`PolicyError` for a text that is not a policy document.
    """
    old, new = (() if text is None else statements_of(parse(text)) for text in (before, after))
    kept, added = _split(new, old)
    _, removed = _split(old, new)
    return Difference(added, removed, kept)


def size(text: str) -> int:
    """Count the characters of a document that count against a quota: all but the white space between JSON tokens.

    AWS: "IAM does not count white space when calculating the size of a policy against these quotas"; it does not say
    whether that holds inside of strings. White space inside of strings is counted here, and an escape counts as it
    is written, so the number is never too small. The quotas are per document (trust, managed policy) or the sum of
    all inline policies of one role, user or group.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return len(text) - sum(map(len, _STRING_OR_SPACE.findall(text)))


# Missing statements and their names


def _missing(kept: Iterable[Statement], wanted: Iterable[Statement]) -> list[Statement]:
    """Each wanted statement that is not there yet, once."""
    seen = {_statement_key(statement, True) for statement in kept}
    missing = []
    for statement in wanted:
        key = _statement_key(statement, True)
        if key not in seen:
            seen.add(key)
            missing.append(statement)
    return missing


def _named(kept: Sequence[Statement], missing: Sequence[Statement]) -> tuple[Statement, ...]:
    """Ours with a Sid where every other statement has one; else without."""
    taken = {statement.get("Sid") for statement in kept}
    if not kept or not all(taken):
        return tuple(map(_without_sid, missing))
    named = []
    for statement in missing:
        wish = re.sub("[^A-Za-z0-9]", "", statement.get("Sid") or "") or DEFAULT_SID
        sid = next(name for name in chain([wish], (f"{wish}{n}" for n in count(2))) if name not in taken)
        taken.add(sid)
        named.append({"Sid": sid, **_without_sid(statement)})
    return tuple(named)


def _without_sid(statement: Statement) -> dict[str, Json]:
    return {name: value for name, value in statement.items() if name != "Sid"}


def _refuse_literal_variables(document: Document, wanted: Iterable[Statement]) -> None:
    version = document.get("Version", DEFAULT_VERSION)
    if version == CURRENT_VERSION:
        return
    for statement in wanted:
        found = _VARIABLE.search(_dump(statement))
        if found:
            raise PolicyError(f"in a document of version {version}, {found[0]} would be literal text, not a variable")


# Inserting statements into a text


def _insert(text: str, added: Sequence[Statement]) -> str:
    """``text`` with ``added`` behind its statements, laid out as the text around them is."""
    spans, first, end = _members(text)
    margin = first.rpartition("\n")[2] if "\n" in first else None  # None: all on one line
    if "Statement" in spans:
        start, stop = spans["Statement"]
        if text[start] == "{":
            gap = "" if margin is None else " "
            return f"{text[:start]}[{text[start:stop]}{_print(added, gap, margin, ',')}]{text[stop:]}"
        return _extend(text, start, stop, added, margin)
    last = _before_space(text, end)
    comma = "," if spans else ""
    gap, tail = ("", "") if margin is None else (f"\n{margin * 2}", f"\n{margin}")
    return f'{text[:last]}{comma}{first}"Statement":[{_print(added, gap, margin)}{tail}]{text[last:]}'


def _extend(text: str, start: int, stop: int, added: Sequence[Statement], margin: str | None) -> str:
    """The list of statements at ``text[start:stop]`` made longer."""
    last = _before_space(text, stop - 1)
    if text[start + 1 : last]:
        gap = _space(text, start + 1) or ("" if margin is None else " ")
        return text[:last] + _print(added, gap, margin, ",") + text[last:]
    gap, tail = ("", "") if margin is None else (f"\n{margin * 2}", f"\n{margin}")
    return f"{text[:last]}{_print(added, gap, margin)}{tail}{text[stop - 1 :]}"


def _print(added: Sequence[Statement], gap: str, margin: str | None, lead: str = "") -> str:
    """Statements with ``gap`` before each and a comma between; ``lead`` is the comma before the first, if any."""
    indent = gap.rpartition("\n")[2] if "\n" in gap else margin or ""
    printed = [_dump(statement, margin).replace("\n", f"\n{indent}") for statement in added]
    return lead + ",".join(gap + statement for statement in printed)


def _members(text: str) -> tuple[dict[str, tuple[int, int]], str, int]:
    """Where each value of the outermost object stands, the white space before its first name, and its end."""
    at = text.index("{") + 1
    first = _space(text, at)
    at += len(first)
    spans = {}
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _after_space(text, _after_space(text, at) + 1)  # + 1: the colon
        _, stop = _DECODER.raw_decode(text, start)
        spans[name] = (start, stop)
        at = _after_space(text, stop)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return spans, first, at


def _items(text: str, at: int) -> list[tuple[int, int]]:
    """Where each item of the array at ``at`` stands; none where there is no array."""
    found: list[tuple[int, int]] = []
    if text[at] != "[":
        return found
    at = _after_space(text, at + 1)
    while text[at] != "]":
        _, stop = _DECODER.raw_decode(text, at)
        found.append((at, stop))
        at = _after_space(text, stop)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return found


def _space(text: str, at: int) -> str:
    return text[at : _after_space(text, at)]


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _before_space(text: str, at: int) -> int:
    return len(text[:at].rstrip(" \t\r\n"))


def _dump(value: Json, indent: int | str | None = None) -> str:
    """JSON with characters beyond ASCII as they are."""
    separators = (",", ":") if indent is None else None
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)


# Semantic equality: a key for each value that is the same for all its spellings


def _statement_key(statement: Statement, ignore_sid: bool) -> Hashable:
    return frozenset(
        (name, _KEYS.get(name, _exact_key)(value))
        for name, value in statement.items()
        if not (name == "Sid" and (ignore_sid or not value)) and not (name == "Condition" and value == {})
    )


def _document_key(document: Document) -> Hashable:
    others = {name: value for name, value in document.items() if name not in ("Version", "Statement")}
    counted = Counter(_statement_key(statement, False) for statement in statements_of(document))
    return document.get("Version", DEFAULT_VERSION), _exact_key(others), frozenset(counted.items())


def _split(
    these: Iterable[Statement], those: Iterable[Statement]
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """``these`` as two: what stands in ``those`` too (as often as it stands there), and the rest."""
    left = Counter(_statement_key(statement, False) for statement in those)
    both: list[Statement] = []
    rest: list[Statement] = []
    for statement in these:
        key = _statement_key(statement, False)
        (both if left[key] > 0 else rest).append(statement)
        left[key] -= 1
    return tuple(both), tuple(rest)


def _exact_key(value: Json) -> Hashable:
    return json.dumps(value, sort_keys=True)


def _value_key(value: Json) -> Hashable:
    """A single value: booleans and numbers are their text. Anything else is no value, and equals only itself."""
    if isinstance(value, str):
        return value
    text = json.dumps(value, sort_keys=True)
    return text if isinstance(value, (int, float)) else (text,)  # a bool is an int


def _values_key(value: Json) -> Hashable:
    return frozenset(map(_value_key, as_list(value)))


def _action_key(value: Json) -> Hashable:
    return frozenset(v.lower() if isinstance(v, str) else _value_key(v) for v in as_list(value))


def _principal_key(value: Json) -> Hashable:
    if not isinstance(value, Mapping):
        return _values_key(value)
    return frozenset(
        (kind, frozenset(_account_key(v) if kind == "AWS" else _value_key(v) for v in as_list(names)))
        for kind, names in value.items()
    )


def _account_key(name: Json) -> Hashable:
    account = account_of_root(name) if isinstance(name, str) else None
    return account or _value_key(name)


def _condition_key(value: Json) -> Hashable:
    """Operators and the names of condition keys without regard to case; values as a set."""
    if not isinstance(value, Mapping):
        return (_exact_key(value),)
    return frozenset((operator.lower(), _operator_key(block)) for operator, block in value.items())


def _operator_key(block: Json) -> Hashable:
    if not isinstance(block, Mapping):
        return (_exact_key(block),)
    return frozenset((name.lower(), _values_key(values)) for name, values in block.items())


_KEYS: Mapping[str, Callable[[Json], Hashable]] = {
    "Action": _action_key,
    "NotAction": _action_key,
    "Resource": _values_key,
    "NotResource": _values_key,
    "Principal": _principal_key,
    "NotPrincipal": _principal_key,
    "Condition": _condition_key,
}
