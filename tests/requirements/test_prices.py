"""Prices: the live one with its date, else the dated figure; and a price that a cost contains."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.catalogue import INSTANCE_TYPES
from sm_ssh_widget.requirements.observation import Absent, Fact, Known
from sm_ssh_widget.requirements.prices import (
    HOURS_A_MONTH,
    NODE_HOUR_DATE,
    NODE_HOUR_USD,
    PRICED_INSTANCE,
    HourlyPrice,
    node_hour,
    plain_decimal,
    price_told,
)
from tests.support.observations import DENIED

LIVE = HourlyPrice("0.007", "2026-11-01")


@pytest.mark.parametrize("price", [Absent(), DENIED])
def test_what_was_not_read_is_the_dated_figure(price: Fact[HourlyPrice]) -> None:
    assert node_hour(price) == (0.00695, "0.00695", "June 2024, SSH Helper README")


def test_what_was_read_names_its_date() -> None:
    assert node_hour(Known(LIVE, "pricing:GetProducts")) == (
        0.007,
        "0.007",
        "AWS Price List, in effect since 2026-11-01",
    )


@pytest.mark.parametrize("thing", ["per hybrid node and hour", "for one t3.micro"])
def test_a_price_is_found_again_in_a_cost(thing: str) -> None:
    assert price_told(f"USD {LIVE.usd} {thing} ({LIVE.source}). More.") == LIVE


@pytest.mark.parametrize(
    "text",
    [
        "USD 0.00695 per hybrid node and hour (June 2024, SSH Helper README).",
        "USD 1,5 per hybrid node and hour (AWS Price List, in effect since 2026-11-01).",
        "USD 0.007 per hybrid node and hour (AWS Price List, in effect since today).",
        "",
    ],
)
def test_any_other_cost_contains_none(text: str) -> None:
    assert price_told(text) is None


@pytest.mark.parametrize(
    ("text", "plain"), [("0.0069500000", "0.00695"), ("1.0000000000", "1"), ("10", "10"), ("00.50", "0.5")]
)
def test_a_decimal_loses_its_zeros(text: str, plain: str) -> None:
    assert plain_decimal(text) == plain


@pytest.mark.parametrize("text", ["0.0000000000", "-1", "1e3", "", "NaN", "0.00695 USD"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a price"):
        plain_decimal(text)


def test_the_dated_figure_and_what_is_priced() -> None:
    assert (NODE_HOUR_USD, NODE_HOUR_DATE, HOURS_A_MONTH) == (0.00695, "June 2024", 730)
    assert INSTANCE_TYPES[0] == PRICED_INSTANCE, "the type that is tried first"
