"""Current prices of what a plan starts, from the AWS Price List. Optional: a check never fails without them.

The hybrid node of the advanced-instances tier has no product attribute of its own. It is identified by its usage type,
which ends with ``MI-AdvInstances-Hrs`` (``EUW1-MI-AdvInstances-Hrs``): public cost tools identify it so, and no AWS
document promises it. Where not exactly one product and one price match, the price is unknown and the dated figure is
used. Prices in US dollars exist in the ``aws`` partition only.
Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.retry import sent_once
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.prices import PRICED_INSTANCE, HourlyPrice, plain_decimal

Json: TypeAlias = Any

ENDPOINT_REGION = "us-east-1"
"""The price list of every Region is read from here."""
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
_NODE_USAGE = "MI-AdvInstances-Hrs"
_NODE = {"productFamily": "AWS Systems Manager"}
_INSTANCE = {
    "instanceType": PRICED_INSTANCE,
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}


def read_node_price(reader: AccountReader, region: str) -> Fact[HourlyPrice]:
    """Read the price of a hybrid node an hour on the advanced-instances tier."""
    return _read(reader, region, "AWSSystemsManager", _NODE, _is_node)


def read_instance_price(reader: AccountReader, region: str) -> Fact[HourlyPrice]:
    """Read the on-demand price of :data:`PRICED_INSTANCE` an hour, with Linux, without its address and disk."""
    return _read(reader, region, "AmazonEC2", _INSTANCE, lambda _: True)


def _is_node(attributes: Mapping[str, Json]) -> bool:
    return str(attributes["usagetype"]).endswith(_NODE_USAGE)


def _read(
    reader: AccountReader,
    region: str,
    service: str,
    attributes: Mapping[str, str],
    wanted: Callable[[Mapping[str, Json]], bool],
) -> Fact[HourlyPrice]:
    """Read the price of the one such product of a Region; sent once, because a check can do without it."""
    if region.startswith(_OTHER_PARTITIONS):
        return Absent()
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in {"regionCode": region, **attributes}.items()
    ]
    with sent_once():
        listed = reader.read_all(
            "pricing",
            "GetProducts",
            "PriceList",
            region=ENDPOINT_REGION,
            ServiceCode=service,
            Filters=filters,
            FormatVersion="aws_v1",
        )
    if not isinstance(listed, Known):
        return listed
    try:
        return Known(_price_of(listed.value, wanted), listed.read)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"The price list has no single price for it ({type(error).__name__})."
        return Unknown(Reason.UNPARSABLE, listed.read, said, "Look the price up: https://aws.amazon.com/pricing/")


def _price_of(listed: tuple[Json, ...], wanted: Callable[[Mapping[str, Json]], bool]) -> HourlyPrice:
    """The one hourly on-demand price of the one wanted product; raises if there is not exactly one of each."""
    products = [json.loads(each) if isinstance(each, str) else each for each in listed]
    (product,) = (each for each in products if wanted(each["product"]["attributes"]))
    (term,) = product["terms"]["OnDemand"].values()
    (price,) = term["priceDimensions"].values()
    if str(price["unit"]).lower() not in ("hrs", "hours", "hour"):
        raise ValueError(f"the unit is {price['unit']}")
    since = date.fromisoformat(str(term["effectiveDate"])[:10])
    return HourlyPrice(plain_decimal(price["pricePerUnit"]["USD"]), since.isoformat())
