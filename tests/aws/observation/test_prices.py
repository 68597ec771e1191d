"""Prices from the AWS Price List: read where it is allowed and the product is certain, never needed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.observation.prices import read_instance_price, read_node_price
from sm_ssh_widget.aws.session import clients
from sm_ssh_widget.aws.session.clients import Clients
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.changes.replan_check import first_mismatch
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.prices import HourlyPrice
from sm_ssh_widget.simulator import SimulatedAccount
from tests.aws.conftest import Answer, Endpoint
from tests.support.sessions import keyed_session
from tests.support.story import target_of

READ = "pricing:GetProducts"
LIVE = "(AWS Price List, in effect since 2026-11-01)"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("quick-setup-present") as running:
        yield running


def plan_as(account: SimulatedAccount, profile: str) -> Any:
    selection = Selection.of("least-privilege", ("instance-check",))
    return pipeline.plan(pipeline.check_target(target_of(account), selection, account.session(profile)))


def cost_of(plan: Any, name: str) -> str:
    found: Change = next(change for change in plan.changes if change.id == name)
    return found.cost or ""


def test_who_may_read_prices_sees_those_of_today(account: SimulatedAccount) -> None:
    account.set_state({**account.state(), "Conditions": {"NodeHourUsd": "0.5000000000"}})
    plan = plan_as(account, "admin")
    assert cost_of(plan, "ssm.tier").startswith(
        f"USD 0.5 per hybrid node and hour {LIVE}. A 3-hour job costs about USD 1.5"
    )
    assert cost_of(plan, "ssm.instance-check").startswith(f"At most USD 0.0114 for one t3.micro {LIVE}")
    assert first_mismatch(plan) == ""


def test_who_may_not_gets_the_dated_figure_and_the_same_changes(account: SimulatedAccount) -> None:
    live = plan_as(account, "admin")
    deny = {
        "PolicyName": "NoPrices",
        "PolicyDocument": json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": READ, "Resource": "*"}],
            }
        ),
    }
    state = account.state()
    for user in state["UserDetailList"]:
        user["UserPolicyList"] = [*user.get("UserPolicyList", ()), deny]
    account.set_state(state)
    dated = plan_as(account, "admin")
    assert "(June 2024, SSH Helper README)" in cost_of(dated, "ssm.tier")
    assert cost_of(dated, "ssm.instance-check").startswith("Estimate: ")
    assert [change.id for change in dated.changes] == [change.id for change in live.changes]
    assert first_mismatch(dated) == ""


def test_a_price_is_read_only_where_a_plan_may_start_it(account: SimulatedAccount) -> None:
    pipeline.check_target(target_of(account), Selection.of("classic"), account.session("admin"))
    assert [call["operation"] for call in account.calls()].count(READ) == 1
    state = account.state()
    state["ServiceSettings"] = {
        account.region: {"/ssm/managed-instance/activation-tier": {"SettingValue": "advanced", "Status": "Customized"}}
    }
    account.set_state(state)
    account.forget_calls()
    pipeline.check_target(target_of(account), Selection.of("classic"), account.session("admin"))
    assert READ not in [call["operation"] for call in account.calls()]


# Answers of other shapes

Read = Callable[[Reader, str], Fact[HourlyPrice]]


def listed(*usage_types: str, unit: str = "Hrs", usd: str = "0.0070000000", terms: int = 1) -> Answer:
    term = {
        "effectiveDate": "2026-11-01T00:00:00Z",
        "priceDimensions": {"1": {"unit": unit, "pricePerUnit": {"USD": usd}}},
    }
    items = [
        json.dumps(
            {
                "product": {"attributes": {"usagetype": usage}},
                "terms": {"OnDemand": {str(number): term for number in range(terms)}},
            }
        )
        for usage in usage_types
    ]
    return Answer(200, json.dumps({"FormatVersion": "aws_v1", "PriceList": items}))


def node_price(endpoint: Endpoint, answer: Answer, region: str = "eu-west-1") -> Fact[HourlyPrice]:
    endpoint.answers["GetProducts"] = answer
    reader = Reader(endpoint.session(), region=region, endpoint=endpoint.url)
    try:
        return read_node_price(reader, region)
    finally:
        reader.close()


def test_the_node_is_told_from_its_neighbors_by_its_usage_type(endpoint: Endpoint) -> None:
    answer = listed("EUW1-PS-Advanced-Param-Tier1", "EUW1-MI-AdvInstances-Hrs", "EUW1-Auto-StepCount")
    assert node_price(endpoint, answer) == Known(HourlyPrice("0.007", "2026-11-01"), READ)
    (request,) = endpoint.requests
    asked = json.loads(request.body)
    assert asked["ServiceCode"] == "AWSSystemsManager"
    assert {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"} in asked["Filters"]
    assert "/us-east-1/pricing/" in request.headers["authorization"]


@pytest.mark.parametrize(
    "answer",
    [
        listed(),
        listed("EUW1-MI-AdvInstances-Hrs", "EUW1-Other-MI-AdvInstances-Hrs"),
        listed("EUW1-MI-AdvInstances-Hrs", unit="Quantity"),
        listed("EUW1-MI-AdvInstances-Hrs", usd="0.0000000000"),
        listed("EUW1-MI-AdvInstances-Hrs", terms=2),
        Answer(200, json.dumps({"PriceList": ["{"]})),
        Answer(200, json.dumps({"PriceList": [json.dumps({"product": {}})]})),
        Answer(200, "{}"),
    ],
)
def test_a_list_without_one_certain_price_is_unknown(endpoint: Endpoint, answer: Answer) -> None:
    found = node_price(endpoint, answer)
    assert isinstance(found, Unknown)
    assert (found.reason, found.read) == (Reason.UNPARSABLE, READ)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_other_partitions_are_not_asked(endpoint: Endpoint, region: str) -> None:
    assert node_price(endpoint, listed("CNN1-MI-AdvInstances-Hrs"), region) == Absent()
    assert endpoint.requests == []


def test_a_throttled_price_is_not_asked_for_again(endpoint: Endpoint) -> None:
    throttled = Answer(400, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}))
    found = node_price(endpoint, throttled)
    assert isinstance(found, Unknown)
    assert found.reason is Reason.THROTTLED
    assert endpoint.operations == ["GetProducts"]


def test_an_endpoint_that_cannot_be_reached_is_given_up(endpoint: Endpoint) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        reader = Reader(keyed_session("AKIAQQQQQQQQQQQQQQQQ", "secret", None), region="eu-west-1", endpoint=url)
        found = read_instance_price(reader, "eu-west-1")
        reader.close()
    assert isinstance(found, Unknown)
    assert found.reason is Reason.UNREACHABLE


def test_a_check_waits_less_long_for_a_connection_to_the_price_list(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, optional_services: tuple[str, ...]
) -> None:
    monkeypatch.setattr(clients, "OPTIONAL_SERVICES", optional_services)
    made = Clients(endpoint.session(), "eu-west-1", endpoint.url)
    assert made.get("pricing").meta.config.connect_timeout == 2 < made.get("iam").meta.config.connect_timeout
    assert made.get("pricing").meta.config.retries == made.get("iam").meta.config.retries
    made.close()
