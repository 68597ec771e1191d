"""The price list of the simulated account: judged on ``*``, filtered, at its endpoints only."""

from __future__ import annotations

import json
from typing import Any

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, allow, change_role, document, refusal

REGION = {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}


def products(account: SimulatedAccount, profile: str, region: str = "us-east-1", **more: Any) -> Any:
    client = account.session(profile, region=region).client("pricing")
    return client.get_products(**{"ServiceCode": "AWSSystemsManager", "Filters": [REGION], **more})


def usages(answer: Any) -> list[str]:
    return [json.loads(item)["product"]["attributes"]["usagetype"] for item in answer["PriceList"]]


def test_prices_are_for_who_is_allowed_them(account: SimulatedAccount) -> None:
    assert refusal(lambda: products(account, "execution-role"))[0] == "AccessDeniedException"
    text = document(allow("pricing:GetProducts", "*"))
    change_role(account, ROLE, RolePolicyList=[{"PolicyName": "Prices", "PolicyDocument": text}])
    assert "SIM1-MI-AdvInstances-Hrs" in usages(products(account, "execution-role"))


def test_products_are_filtered(account: SimulatedAccount) -> None:
    micro = {"Type": "TERM_MATCH", "Field": "instanceType", "Value": "t3.micro"}
    found = products(account, "admin", ServiceCode="AmazonEC2", Filters=[REGION, micro])
    assert usages(found) == ["SIM1-BoxUsage:t3.micro"]
    assert usages(products(account, "admin", ServiceCode="AmazonEC2", Filters=[REGION])) != usages(found)
    assert usages(products(account, "admin", Filters=[])) == []
    assert usages(products(account, "admin", ServiceCode="AmazonOther")) == []


def test_products_come_in_pages(account: SimulatedAccount) -> None:
    first = products(account, "admin", MaxResults=2)
    assert len(first["PriceList"]) == 2
    rest = products(account, "admin", MaxResults=2, NextToken=first["NextToken"])
    assert usages(first) + usages(rest) == usages(products(account, "admin"))


def test_the_price_list_has_few_endpoints(account: SimulatedAccount) -> None:
    assert refusal(lambda: products(account, "admin", "eu-west-1"))[0] == "UnknownEndpoint"
    assert products(account, "admin", "eu-central-1")["PriceList"]


def test_other_filters_are_not_simulated(account: SimulatedAccount) -> None:
    contains = {"Type": "CONTAINS", "Field": "usagetype", "Value": "AdvInstances"}
    assert refusal(lambda: products(account, "admin", Filters=[contains]))[0] == "InvalidParameterException"
