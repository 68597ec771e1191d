"""The judge of a network: routes first, then endpoints one by one, then their policies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.network import gaps_of, judge, without_internet
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, Route, VpcEndpoint
from sm_ssh_widget.requirements.observation import ChosenFacts
from tests.support.observations import observation

SUBNET = NetworkSubnet("subnet-1", "vpc-1", "10.0.1.0/24", "rtb-1", Known("none", "r"))
UNREAD = Unknown(Reason.DENIED, "ec2:DescribeNatGateways", "UnauthorizedOperation", "Sign in.")
OPEN = Known(("10.0.0.0/16",), "r")


def interface(service: str, **more: Any) -> VpcEndpoint:
    return VpcEndpoint(f"vpce-{service}", service, "Interface", groups=("sg-1",), **{"sources": OPEN, **more})


GATEWAY = VpcEndpoint("vpce-s3", "s3", "Gateway", tables=("rtb-1",))
WHOLE = (interface("ssm"), interface("ssmmessages"), interface("sts"), GATEWAY)
CLOSED = Network(subnets=(SUBNET,), endpoints=WHOLE, dns=Known(True, "r"))


def judged(network: Fact[Network] | Network) -> Judgement:
    fact = Known(network, "r") if isinstance(network, Network) else network
    return judge(replace(observation(), chosen=ChosenFacts(network=fact)))


def with_route(route: Fact[Route], endpoints: tuple[VpcEndpoint, ...] = ()) -> Network:
    return replace(CLOSED, subnets=(replace(SUBNET, route=route),), endpoints=endpoints)


def with_endpoint(endpoint: VpcEndpoint, **more: Any) -> Network:
    others = tuple(each for each in WHOLE if each.service != endpoint.service)
    return replace(CLOSED, endpoints=(endpoint, *others), **more)


def test_nothing_was_named() -> None:
    found = judged(Absent())
    assert (found.status, found.required) == (FindingStatus.NOT_APPLICABLE, False)
    assert "--subnet ID" in found.remedy


def test_what_could_not_be_read() -> None:
    assert judged(UNREAD).status is FindingStatus.UNKNOWN


def test_sagemakers_own_network() -> None:
    found = judged(Network("d-1", through_sagemaker=True))
    assert (found.status, found.required) == (FindingStatus.SATISFIED, False)
    assert "network isolation" in found.fact


@pytest.mark.parametrize(
    ("route", "status", "required"),
    [
        (Known("nat", "r"), FindingStatus.SATISFIED, False),
        (Known("elsewhere", "r"), FindingStatus.UNKNOWN, False),
        (UNREAD, FindingStatus.UNKNOWN, False),
        (Known("nowhere", "r"), FindingStatus.BLOCKED, True),
        (Known("internet-gateway", "r"), FindingStatus.BLOCKED, True),
        (Known("none", "r"), FindingStatus.MISSING, True),
    ],
)
def test_the_default_route(route: Fact[Route], status: FindingStatus, required: bool) -> None:
    found = judged(with_route(route))
    assert (found.status, found.required) == (status, required)


@pytest.mark.parametrize("route", ["none", "nowhere", "internet-gateway"])
def test_endpoints_help_whatever_the_route(route: Route) -> None:
    found = judged(with_route(Known(route, "r"), WHOLE))
    assert (found.status, found.required) == (FindingStatus.SATISFIED, True)
    assert found.caveats


def test_one_closed_subnet_is_enough() -> None:
    other = replace(SUBNET, id="subnet-2", route=Known("nat", "r"))
    network = replace(CLOSED, subnets=(other, SUBNET), endpoints=())
    assert judged(network).status is FindingStatus.MISSING
    assert [subnet.id for subnet in without_internet(network)] == ["subnet-1"]


class TestGaps:
    def test_there_are_none(self) -> None:
        assert gaps_of(CLOSED) == ()

    @pytest.mark.parametrize("service", ["ssm", "ssmmessages", "sts", "s3"])
    def test_an_endpoint_that_does_not_exist(self, service: str) -> None:
        others = tuple(each for each in WHOLE if each.service != service)
        (gap,) = gaps_of(replace(CLOSED, endpoints=others))
        assert (gap.service, gap.fix, gap.endpoint) == (service, "create", None)

    @pytest.mark.parametrize(
        ("endpoint", "fix"),
        [
            (interface("ssm", available=False), "available"),
            (interface("ssm", private_dns=False), "private-dns"),
            (interface("ssm", sources=Known((), "r")), "group"),
            (interface("ssm", sources=Known(("10.0.2.0/24",), "r")), "group"),
            (interface("ssm", sources=Known(("::/0",), "r")), "group"),
            (replace(GATEWAY, tables=("rtb-2",)), "route-table"),
        ],
    )
    def test_one_that_does_not_serve(self, endpoint: VpcEndpoint, fix: str) -> None:
        (gap,) = gaps_of(with_endpoint(endpoint))
        assert (gap.fix, gap.endpoint, gap.subnets) == (fix, endpoint, (SUBNET,))

    def test_a_second_endpoint_that_serves(self) -> None:
        assert gaps_of(replace(CLOSED, endpoints=(interface("ssm", private_dns=False), *WHOLE))) == ()

    def test_an_interface_endpoint_for_s3(self) -> None:
        assert gaps_of(with_endpoint(interface("s3"))) == ()

    def test_a_vpc_that_resolves_no_private_names(self) -> None:
        gaps = gaps_of(replace(CLOSED, dns=Known(False, "r")))
        assert [(gap.service, gap.fix) for gap in gaps] == [
            (service, "private-dns") for service in ("ssm", "ssmmessages", "sts")
        ]

    def test_whether_it_resolves_them_may_be_unread(self) -> None:
        assert gaps_of(replace(CLOSED, dns=UNREAD)) == ()


class TestGroups:
    BY_GROUP = Known(("sg-apps",), "r")

    def test_the_containers_groups_are_let_in(self) -> None:
        network = with_endpoint(interface("ssm", sources=self.BY_GROUP), groups=Known(("sg-apps", "sg-x"), "r"))
        assert judged(network).status is FindingStatus.SATISFIED

    def test_other_groups_are_let_in(self) -> None:
        network = with_endpoint(interface("ssm", sources=self.BY_GROUP), groups=Known(("sg-x",), "r"))
        assert [gap.fix for gap in gaps_of(network)] == ["group"]

    @pytest.mark.parametrize("sources", [Known(("sg-apps",), "r"), UNREAD])
    def test_it_is_not_known(self, sources: Fact[tuple[str, ...]]) -> None:
        found = judged(with_endpoint(interface("ssm", sources=sources)))
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, True)
        assert "ssm" in found.fact


class TestPolicies:
    @staticmethod
    def policy(**more: Any) -> str:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **more}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def test_one_that_allows_everything(self) -> None:
        assert judged(with_endpoint(interface("ssm", policy=self.policy()))).status is FindingStatus.SATISFIED

    @pytest.mark.parametrize(
        "more",
        [
            {"Action": "ssm:GetParameter"},
            {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
            {"Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}}},
            {"Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}},
        ],
    )
    def test_one_that_does_not_let_the_role_through(self, more: dict[str, Any]) -> None:
        found = judged(with_endpoint(interface("ssm", policy=self.policy(**more))))
        assert (found.status, found.required) == (FindingStatus.BLOCKED, True)
        assert [by.layer for by in found.evidence] == ["vpc-endpoint"]

    def test_one_for_the_account_and_this_vpc(self) -> None:
        condition = {"StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:SourceVpc": "vpc-1"}}
        network = with_endpoint(interface("ssm", policy=self.policy(Condition=condition)))
        assert judged(network).status is FindingStatus.SATISFIED

    def test_one_that_depends_on_what_is_not_known(self) -> None:
        condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
        found = judged(with_endpoint(interface("ssm", policy=self.policy(Condition=condition))))
        assert found.status is FindingStatus.UNKNOWN
        assert "aws:PrincipalOrgID" in found.fact

    def test_one_that_is_no_policy(self) -> None:
        assert judged(with_endpoint(interface("ssm", policy="{"))).status is FindingStatus.UNKNOWN

    def test_one_of_an_endpoint_that_is_not_needed(self) -> None:
        logs = interface("logs", policy=self.policy(Action="logs:None"))
        assert judged(replace(CLOSED, endpoints=(*WHOLE, logs))).status is FindingStatus.SATISFIED


class TestEgress:
    GROUPS = Known(("sg-apps",), "r")

    def judged(self, route: str, *others: str, endpoints: tuple[VpcEndpoint, ...] = WHOLE) -> Judgement:
        network = with_route(Known(route, "r"), endpoints)  # type: ignore[arg-type]
        return judged(replace(network, groups=self.GROUPS, egress=Known(others, "r")))

    @pytest.mark.parametrize("route", ["nat", "none"])
    def test_nothing_is_let_out(self, route: str) -> None:
        found = self.judged(route)
        assert (found.status, found.required) == (FindingStatus.BLOCKED, True)
        assert "(sg-apps) let nothing out on port 443 to ssm, ssmmessages, sts and s3." in found.fact

    @pytest.mark.parametrize("route", ["nat", "none"])
    def test_everything_is_let_out(self, route: str) -> None:
        assert self.judged(route, "0.0.0.0/0").status is FindingStatus.SATISFIED

    def test_only_endpoints_are_let_out_to(self) -> None:
        gateway = replace(GATEWAY, prefix_list="pl-s3")
        endpoints = (*(each for each in WHOLE if each is not GATEWAY), gateway)
        assert self.judged("none", "sg-1", "pl-s3", endpoints=endpoints).status is FindingStatus.SATISFIED
        assert self.judged("nat", "sg-1", "pl-s3", endpoints=endpoints).status is FindingStatus.SATISFIED
        found = self.judged("none", "sg-1", endpoints=endpoints)
        assert found.status is FindingStatus.BLOCKED
        assert "port 443 to s3." in found.fact

    def test_private_addresses_do_not_lead_to_the_internet(self) -> None:
        assert self.judged("nat", "10.0.0.0/8", endpoints=()).status is FindingStatus.BLOCKED

    @pytest.mark.parametrize(("route", "required"), [("nat", False), ("none", True)])
    def test_some_public_addresses_are_not_known(self, route: str, required: bool) -> None:
        found = self.judged(route, "sg-1", "52.94.0.0/16")
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, required)

    @pytest.mark.parametrize(("route", "required"), [("nat", False), ("none", True)])
    def test_what_was_not_read_is_not_known(self, route: str, required: bool) -> None:
        network = with_route(Known(route, "r"), WHOLE)  # type: ignore[arg-type]
        found = judged(replace(network, groups=self.GROUPS, egress=UNREAD))
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, required)
