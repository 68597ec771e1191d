"""Typed values of conditions: numbers, dates, addresses, Booleans, binary. Each reader raises ValueError.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TypeAlias

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*", re.ASCII)
_EPOCH = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_NETWORK = re.compile(r"[0-9A-Fa-f:.]+(?:/\d{1,3})?", re.ASCII)
_EPOCH_START = datetime(1970, 1, 1, tzinfo=timezone.utc)


def number(text: str) -> Decimal:
    """A whole or decimal number, exactly; no exponent."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"not a number: {text!r}")
    return Decimal(text)


def instant(text: str) -> Decimal:
    """A W3C date (ISO 8601; UTC where no zone is given) or Unix time, in seconds since 1970.

    Four digits are a year, any other number of them is Unix time.
    """
    found = _DATE.fullmatch(text)
    if found is not None:
        return _instant_of(found)
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    raise ValueError(f"not a date: {text!r}")


def _instant_of(found: re.Match[str]) -> Decimal:
    year, month, day, hour, minute, second = (
        int(part or start) for part, start in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    date = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    fraction = Decimal(f"0.{found.group(7) or 0}")
    return Decimal((date - _EPOCH_START) // timedelta(seconds=1) - _offset(found.group(8))) + fraction


def _offset(zone: str | None) -> int:
    """Seconds east of UTC."""
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError(f"not a time zone: {zone!r}")
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def network(text: str) -> Network:
    """A range of addresses in CIDR notation, IPv4 or IPv6; a plain address is a range of one.

    Bits right of the prefix do not count, as in ``203.0.113.7/24``.
    """
    if _NETWORK.fullmatch(text) is None:
        raise ValueError(f"not a range of addresses: {text!r}")
    return ipaddress.ip_network(text, strict=False)


def address(text: str) -> Address:
    """One address, IPv4 or IPv6, without a zone."""
    if "%" in text:
        raise ValueError(f"not an address: {text!r}")
    return ipaddress.ip_address(text)


def boolean(text: str) -> bool:
    """``true`` or ``false``, in any case."""
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"neither true nor false: {text!r}")
    return lowered == "true"


def binary(text: str) -> bytes:
    """Base64, with its padding."""
    return base64.b64decode(text, validate=True)
