"""Validation of the ``Condition`` element: known operators, values of valid structure, valid dates.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and the documents that AWS refused in
moto's ``tests/test_iam/test_iam_policies.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = frozenset(
    (
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("StringLike", "StringNotLike", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
        *(f"{kind}{how}" for kind in ("Numeric", "Date") for how in _COMPARISONS),
    )
)
_SPELLED = re.compile(
    rf"(?:ForAnyValue:|ForAllValues:)?(?:(?:{'|'.join(sorted(OPERATORS))})(?:IfExists)?|Null)", re.IGNORECASE
)
_LAST_YEAR, _FIRST_YEAR, _LAST_EPOCH = 292278993, -292275054, 2**63 - 1
_DAY = re.compile(r"(?P<year>-?\d+)(?:-(?P<month>\d+)(?:-(?P<day>\d+))?)?")
_TIME = re.compile(
    r"(?P<hour>\d+)(?::(?P<minute>\d+)(?::(?P<second>\d+)(?:\.(?P<fraction>\d+))?)?)?"
    r"(?:z|[+-](?P<zone>\d\d)(?::?(?P<zone_minute>\d\d))?)?"
)
_RANGES = {
    "year": (_FIRST_YEAR, _LAST_YEAR),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
    "fraction": (0, 999999999),
    "zone": (0, 23),
    "zone_minute": (0, 59),
}


def well_formed(block: Any) -> bool:
    """Whether the block is valid: nested objects, known operators, scalar values.

    IAM accepts an operator without keys under any name.
    """
    if not isinstance(block, dict):
        return False
    for operator, keys in block.items():
        if not isinstance(keys, dict) or not all(_is_value(value) for value in keys.values()):
            return False
        if keys and not _SPELLED.fullmatch(operator):
            return False
    return True


def dates_are_dates(block: dict[str, Any]) -> bool:
    """Whether every value of a date operator is ISO 8601 or Unix time, for a well-formed block."""
    return all(_is_date(str(value)) for value in _date_values(block))


def _is_value(value: Any) -> bool:
    return all(isinstance(each, (str, bool, int, float)) for each in (value if isinstance(value, list) else [value]))


def _date_values(block: dict[str, Any]) -> Iterator[Any]:
    for operator, keys in block.items():
        if operator.rpartition(":")[2].lower().startswith("date"):
            for value in keys.values():
                yield from value if isinstance(value, list) else [value]


def _is_date(text: str) -> bool:
    lowered = text.lower()
    if "t" not in lowered and "-" not in lowered:
        return lowered.isascii() and lowered.isdigit() and int(lowered) <= _LAST_EPOCH
    day, _, time = lowered.partition("t")
    return _in_range(_DAY.fullmatch(day)) and (not time or _in_range(_TIME.fullmatch(time)))


def _in_range(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    parts = ((_RANGES[name], int(text)) for name, text in found.groupdict().items() if text is not None)
    return all(lowest <= number <= highest for (lowest, highest), number in parts)
