"""Prices of what a plan starts, in US dollars an hour: read from the AWS Price List, else a dated figure.

The dated figure: https://aws.amazon.com/systems-manager/pricing/ as quoted by SSH Helper's README, June 2024.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sm_ssh_widget.requirements.facts import Fact, Known

NODE_HOUR_USD = 0.00695
NODE_HOUR_DATE = "June 2024"
HOURS_A_MONTH = 730
PRICED_INSTANCE = "t3.micro"
"""The instance type of the check with a temporary instance whose price is read: the one that is tried first."""

_TOLD = re.compile(r"USD ([0-9]{1,6}(?:\.[0-9]{1,10})?) [\w. ]{1,60} \(AWS Price List, in effect since ([0-9-]{10})\)")


@dataclass(frozen=True)
class HourlyPrice:
    """A price of the AWS Price List: ``usd`` an hour as decimal text, in effect since the date ``since`` (ISO)."""

    usd: str
    since: str

    @property
    def source(self) -> str:
        """The source of the price, with its date."""
        return f"AWS Price List, in effect since {self.since}"


def node_hour(price: Fact[HourlyPrice]) -> tuple[float, str, str]:
    """Price of a hybrid node an hour on the advanced-instances tier: as a number, as text, and its source.

    It is the dated figure of SSH Helper's README where the price list was not read.
    """
    if isinstance(price, Known):
        return float(price.value.usd), price.value.usd, price.value.source
    return NODE_HOUR_USD, str(NODE_HOUR_USD), f"{NODE_HOUR_DATE}, SSH Helper README"


def price_told(text: str) -> HourlyPrice | None:
    """Return the price of the AWS Price List that a cost contains, ``None`` if it contains none."""
    found = _TOLD.search(text)
    return HourlyPrice(found[1], found[2]) if found else None


def plain_decimal(text: str) -> str:
    """Return a positive decimal number without superfluous zeros. Raises :class:`ValueError` for any other text."""
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,10})?", text, re.ASCII) or not Decimal(text):
        raise ValueError(f"{text!r} is not a price")
    whole, _, fraction = text.partition(".")
    return f"{int(whole)}.{fraction.rstrip('0')}".rstrip(".")
