"""Numbers, dates, addresses, Booleans and binary values: read exactly, or refused."""

import ipaddress
from decimal import Decimal

import pytest

from sm_ssh_widget.policy.value_types import address, binary, boolean, instant, network, number

NOON = Decimal(1717243200)  # 2024-06-01T12:00:00Z


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", "10"),
        (" +10 ", "10"),
        ("-3.50", "-3.5"),
        ("5.", "5"),
        (".5", "0.5"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", ".", "1e3", "NaN", "Infinity", "0x10", "1_0", "١٠", "1,5", "1 0", "--1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        number(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-06-01T12:00:00Z", NOON),
        ("2024-06-01T12:00Z", NOON),
        ("2024-06-01t12:00:00z", NOON),
        ("2024-06-01T12:00:00", NOON),
        ("2024-06-01T12:00:01Z", NOON + 1),
        ("2024-06-01T12:01:00Z", NOON + 60),
        ("2024-06-01T12:00:00.25Z", NOON + Decimal("0.25")),
        ("2024-06-01T14:00:00+02:00", NOON),
        ("2024-06-01T14:30:00+0230", NOON),
        ("2024-06-01T06:30:00-05:30", NOON),
        ("2024-06-01T12:00:00+23:59", NOON - 23 * 3600 - 59 * 60),
        ("2024-06-01", NOON - 12 * 3600),
        ("2024-06", NOON - 12 * 3600),
        ("1970", Decimal(0)),
        ("1971", Decimal(365 * 86400)),
        ("1717243200", NOON),
        ("+1717243200.5", NOON + Decimal("0.5")),
        ("-1", Decimal(-1)),
        ("197", Decimal(197)),
        ("19700", Decimal(19700)),
    ],
)
def test_dates(text: str, seconds: Decimal) -> None:
    assert instant(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2024-13-01",
        "2024-02-30",
        "2024-06-01T24:00Z",
        "2024-06-01T12:60Z",
        "2024-06-01T12:00:00+24:00",
        "2024-06-01T12:00:00+02:60",
        "2024-06-01T12",
        "0000-01-01",
        "2024-6-1",
        "1e3",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(text)


def test_ranges_of_addresses() -> None:
    assert network("203.0.113.7/24") == ipaddress.ip_network("203.0.113.0/24")
    assert network("203.0.113.7") == ipaddress.ip_network("203.0.113.7/32")
    assert network("2001:DB8::1") == ipaddress.ip_network("2001:db8::1/128")
    assert network("0.0.0.0/0").num_addresses == 2**32


@pytest.mark.parametrize(
    "text", ["", "*", "203.0.113.0/33", "203.0.113.0/255.255.255.0", "fe80::1%eth0", "010.0.0.1", "::/1234"]
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        network(text)


def test_addresses() -> None:
    assert address("203.0.113.7") == ipaddress.ip_address("203.0.113.7")
    assert address("2001:DB8::1") == ipaddress.ip_address("2001:db8::1")


@pytest.mark.parametrize("text", ["", "203.0.113.7/32", "203.0.113", "fe80::1%eth0"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        address(text)


def test_booleans() -> None:
    assert [boolean(text) for text in ("true", "TRUE", "false", "False")] == [True, True, False, False]
    for text in ("", "1", "yes", " true"):
        with pytest.raises(ValueError, match="neither true nor false"):
            boolean(text)


def test_binary_values() -> None:
    assert binary("aGVsbG8=") == b"hello"
    for text in ("aGVsbG8", "a GVsbG8=", "!!"):
        with pytest.raises(ValueError, match=r".+"):
            binary(text)
