"""Cleaning up: whose nodes there are, and that nothing but a chosen node of SSH Helper is ever deregistered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sm_ssh_widget.aws.nodes import deregister, list_nodes
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Unknown
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import acting

NOW = datetime.now(timezone.utc)
OWN = {"SSHOwner": "AROAEXAMPLE:jane", "SSHCreator": "AROAEXAMPLE:SageMaker", "SSHTimestamp": "1700000000"}
OURS, OTHER, SERVER = "mi-0aaaaaaaaaaaaaaaa", "mi-0bbbbbbbbbbbbbbbb", "mi-0cccccccccccccccc"


def node(identity: str, tags: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "InstanceId": identity,
        "Region": "eu-west-1",
        "IamRole": "service-role/AmazonSageMaker-ExecutionRole-20240101T000000",
        "Name": "job",
        "RegistrationDate": (NOW - timedelta(hours=3)).timestamp(),
        "PingStatus": "ConnectionLost",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        **more,
    }


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("everything-done") as account:
        nodes = [
            node(SERVER, {}, Name="on-premises"),
            node(OTHER, {k: v for k, v in OWN.items() if k != "SSHTimestamp"}, PingStatus="Online"),
            node(OURS, OWN),
        ]
        account.set_state({**account.state(), "ManagedInstances": nodes})
        account.forget_calls()
        yield account


@pytest.fixture
def admin(account: SimulatedAccount) -> SignedIn:
    return acting(account)


def left(account: SimulatedAccount) -> set[str]:
    return {each["InstanceId"] for each in account.state()["ManagedInstances"]}


def test_each_node_with_its_owner_age_state_and_cost(account: SimulatedAccount, admin: SignedIn) -> None:
    found = {each.id: each for each in list_nodes(admin.reader, account.region)}
    assert (found[OURS].owner, found[OURS].of_ssh_helper, found[OURS].online) == (OWN["SSHOwner"], True, False)
    assert found[OURS].since == Known(datetime.fromtimestamp(1700000000, timezone.utc))
    assert found[OTHER].online
    registered = found[OTHER].since
    assert isinstance(registered, Known)
    assert round((NOW - registered.value).total_seconds() / 3600) == 3
    assert {each.usd_a_month for each in found.values()} == {5.11}, "the price of the simulated price list"
    assert (found[SERVER].owner, found[SERVER].of_ssh_helper) == ("", False)


def test_only_the_chosen_one_is_deregistered(account: SimulatedAccount, admin: SignedIn) -> None:
    assert [each.id for each in deregister([OURS, OURS], admin, account.region)] == [OURS]
    assert left(account) == {OTHER, SERVER}
    with pytest.raises(Problem) as raised:
        admin.client("ssm").deregister_managed_instance(InstanceId=OTHER)
    assert raised.value.code is Code.REFUSED, "the tripwire is stretched again"


@pytest.mark.parametrize("chosen", [SERVER, OTHER, "mi-0dddddddddddddddd"])
def test_one_that_is_not_of_ssh_helper_is_refused_and_nothing_is_written(
    chosen: str, account: SimulatedAccount, admin: SignedIn
) -> None:
    with pytest.raises(Problem) as raised:
        deregister([OURS, chosen], admin, account.region)
    assert raised.value.code is Code.REFUSED
    assert left(account) == {OURS, OTHER, SERVER}
    assert not [call for call in account.calls() if call["access"] == "write"]


def test_tags_that_cannot_be_read_are_nobodys(account: SimulatedAccount, admin: SignedIn) -> None:
    account.set_faults([{"kind": "deny-by-scp", "operation": "ssm:ListTagsForResource"}])
    with pytest.raises(Problem) as raised:
        deregister([OURS], admin, account.region)
    assert "could not be read" in raised.value.said
    assert left(account) == {OURS, OTHER, SERVER}


def test_what_was_done_before_a_refusal_is_told(account: SimulatedAccount, admin: SignedIn) -> None:
    second = "mi-0eeeeeeeeeeeeeeee"
    account.set_state({**account.state(), "ManagedInstances": [node(OURS, OWN), node(second, OWN)]})
    refused = {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 400, "after": 2}
    account.set_faults([{**refused, "operation": "ssm:DeregisterManagedInstance"}])
    with pytest.raises(Problem) as raised:
        deregister([OURS, second], admin, account.region)
    assert OURS in raised.value.said
    assert left(account) == {second}


@pytest.mark.parametrize("stamp", ["9" * 20, "9999999999999", "9999999999"])
def test_a_tag_that_is_no_time_leaves_the_age_unknown_and_nothing_else(
    stamp: str, account: SimulatedAccount, admin: SignedIn
) -> None:
    strange = node(OTHER, {**OWN, "SSHTimestamp": stamp})
    account.set_state({**account.state(), "ManagedInstances": [strange, node(OURS, OWN)]})
    found = list_nodes(admin.reader, account.region)
    assert [each.id for each in found] == [OURS, OTHER]
    assert isinstance(found[1].since, Unknown)
    assert stamp in found[1].to_json()["since_unknown"]
    assert [each.id for each in deregister([OURS], admin, account.region)] == [OURS]
