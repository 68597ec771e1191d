"""Products and prices: the same in every Region, with AWS's shape but not AWS's figures.

The hybrid node costs ``NodeHourUsd`` of the account's conditions.
Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

ENDPOINTS = ("us-east-1", "eu-central-1", "ap-south-1")
"""Regions of the service's endpoints."""
EFFECTIVE = "2026-11-01T00:00:00Z"

_SYSTEMS_MANAGER = {"productFamily": "AWS Systems Manager"}
_INSTANCE = {
    "productFamily": "Compute Instance",
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}


def _products(call: ServiceCall, service: str, region: str) -> Iterator[Record]:
    """The products of a service in a Region."""
    if service == "AWSSystemsManager":
        node = str(call.state.conditions["NodeHourUsd"])
        for usage, unit, usd in (
            ("Auto-StepDuration", "Seconds", "0.0000300000"),
            ("MI-AdvInstances-Hrs", "Hrs", node),
            ("PS-Advanced-Param-Tier1", "Param-Hrs", "0.0000685000"),
        ):
            yield _product(service, region, {**_SYSTEMS_MANAGER, "usagetype": f"SIM1-{usage}"}, unit, usd)
    if service == "AmazonEC2":
        for kind, usd in (("t3.micro", "0.0114000000"), ("t3.small", "0.0228000000")):
            attributes = {**_INSTANCE, "instanceType": kind, "usagetype": f"SIM1-BoxUsage:{kind}"}
            yield _product(service, region, attributes, "Hrs", usd)


def _product(service: str, region: str, attributes: Mapping[str, str], unit: str, usd: str) -> Record:
    """One item of ``PriceList``, before it is written as text."""
    dimension = {"unit": unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}}
    family = attributes["productFamily"]
    named = {"servicecode": service, "regionCode": region, **attributes}
    named.pop("productFamily")
    return {
        "product": {"productFamily": family, "sku": attributes["usagetype"], "attributes": named},
        "serviceCode": service,
        "terms": {"OnDemand": {"1": {"effectiveDate": EFFECTIVE, "priceDimensions": {"1": dimension}}}},
        "version": "1",
        "publicationDate": EFFECTIVE,
    }


def _matches(item: Record, filters: list[Mapping[str, str]]) -> bool:
    fields = {**item["product"]["attributes"], "productFamily": item["product"]["productFamily"]}
    return all(fields.get(each["Field"], "").lower() == each["Value"].lower() for each in filters)


@operation("pricing", "GetProducts")
def _get(call: ServiceCall) -> Record:
    if call.region not in ENDPOINTS:
        raise AwsError("UnknownEndpoint", f"The price list has no endpoint in {call.region}", 404)
    filters = call.parameters.get("Filters", [])
    if any(each.get("Type") != "TERM_MATCH" for each in filters):
        raise AwsError("InvalidParameterException", "Only filters of the type TERM_MATCH are simulated")
    region = next((each["Value"] for each in filters if each["Field"] == "regionCode"), "")
    found = [json.dumps(each) for each in _products(call, call.parameters["ServiceCode"], region)]
    matching = [each for each in found if region and _matches(json.loads(each), filters)]
    page, token = call.page(matching, call.parameters.get("MaxResults"), call.parameters.get("NextToken"))
    return {"FormatVersion": "aws_v1", "PriceList": page, "NextToken": token}
