"""Network ACLs: the first rule that matches decides, on every edge that a connection crosses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.network_acls import Passage, barriers_to, judge, passage_of
from sm_ssh_widget.requirements.network_facts import AclRule, Network, NetworkAcl, NetworkSubnet, VpcEndpoint

EVERYTHING = (AclRule(True, "0.0.0.0/0"),)
OPEN = NetworkAcl("acl-open", EVERYTHING, EVERYTHING)
SUBNET = NetworkSubnet("subnet-1", "vpc-1", "10.0.1.0/24", "rtb-1", Known("none", "r"))
BEHIND_NAT = replace(SUBNET, route=Known("nat", "r"), nat="subnet-9")
ENDPOINT = VpcEndpoint("vpce-ssm", "ssm", "Interface", subnets=("subnet-2",), cidrs=Known(("10.0.2.0/24",), "r"))
GATEWAY = VpcEndpoint("vpce-s3", "s3", "Gateway", tables=("rtb-1",))
UNREAD = Unknown(Reason.DENIED, "ec2:DescribeNetworkAcls", "UnauthorizedOperation", "Sign in.")


def deny(cidr: str = "0.0.0.0/0", low: int = 0, high: int = 65535) -> AclRule:
    return AclRule(False, cidr, (low, high))


def allow(cidr: str = "0.0.0.0/0", low: int = 0, high: int = 65535) -> AclRule:
    return AclRule(True, cidr, (low, high))


def network(*endpoints: VpcEndpoint, **acls: NetworkAcl) -> Network:
    """Subnets of these numbers have these network ACLs (``one=`` is subnet-1), the others one that is open."""
    numbers = {"one": "subnet-1", "two": "subnet-2", "three": "subnet-3", "nine": "subnet-9"}
    found = {id: acls.get(name, OPEN) for name, id in numbers.items()}
    return Network(subnets=(SUBNET,), endpoints=endpoints, acls=Known(found, "r"))


def judged(
    found: Network, service: str = "ssm", subnet: NetworkSubnet = SUBNET, *, internet: bool = False
) -> Judgement:
    judgement = judge(found, (subnet,), (service,), internet=internet)
    assert judgement is not None
    return judgement


class TestRules:
    BOX = ((0, 255, 443, 443),)  # 0.0.0.0 to 0.0.0.255 on port 443

    @pytest.mark.parametrize(
        ("rules", "passage"),
        [
            ((), "closed"),
            ((allow(),), "open"),
            ((deny(), allow()), "closed"),
            ((allow(), deny()), "open"),
            ((allow("0.0.0.0/25"),), "partly"),
            ((allow("0.0.0.0/25"), allow("0.0.0.128/25")), "open"),
            ((deny("0.0.0.128/25"), allow()), "partly"),
            ((deny("0.0.1.0/24"), allow()), "open"),
            ((deny("0.0.0.0/24", 444, 500), allow()), "open"),
            ((deny("0.0.0.0/24", 0, 442), allow()), "open"),
            ((deny("0.0.0.0/24", 443, 443), allow()), "closed"),
            ((allow("0.0.0.0/24", 443, 443),), "open"),
            ((allow("0.0.0.0/24", 444, 65535),), "closed"),
            ((allow("0.0.0.0/24", 0, 442),), "closed"),
            ((allow("0.0.0.255/32"),), "partly"),
            ((allow("0.0.0.0/32"),), "partly"),
        ],
    )
    def test_addresses_and_one_port(self, rules: tuple[AclRule, ...], passage: Passage) -> None:
        assert passage_of(rules, self.BOX) == passage

    @pytest.mark.parametrize(
        ("rules", "passage"),
        [
            ((allow(low=32768, high=60999),), "open"),
            ((allow(low=32768, high=60998),), "partly"),
            ((allow(low=32769, high=60999),), "partly"),
            ((allow(low=1024, high=40000), allow(low=40001, high=65535)), "open"),
            ((deny(low=3389, high=3389), allow(low=1024)), "open"),
            ((deny(low=40000, high=40000), allow(low=1024)), "partly"),
            ((deny("0.0.0.7/32", 40000, 40000), allow()), "partly"),
            ((allow("0.0.0.7/32", 40000, 40000),), "partly"),
            ((deny(low=32768, high=60999), allow()), "closed"),
        ],
    )
    def test_ports(self, rules: tuple[AclRule, ...], passage: Passage) -> None:
        assert passage_of(rules, ((0, 255, 32768, 60999),)) == passage

    def test_no_box_is_left_out(self) -> None:
        boxes = ((0, 0, 443, 443), (9, 9, 443, 443))
        assert passage_of((allow("0.0.0.0/32"),), boxes) == "partly"
        assert passage_of((allow("0.0.0.0/28"),), boxes) == "open"


class TestOwnSubnet:
    def test_an_open_one(self) -> None:
        assert barriers_to(network(ENDPOINT), SUBNET, "ssm", internet=False) == ()

    @pytest.mark.parametrize(
        ("acl", "told"),
        [
            (NetworkAcl("acl-x", (), EVERYTHING), "acl-x of subnet-1 lets no traffic out on TCP 443 to ssm"),
            (
                NetworkAcl("acl-x", EVERYTHING, (allow(low=443, high=443),)),
                "acl-x of subnet-1 lets no answers in on TCP 32768 to 60999 from ssm",
            ),
        ],
        ids=["out", "answers"],
    )
    def test_one_that_is_closed(self, acl: NetworkAcl, told: str) -> None:
        found = judged(network(ENDPOINT, one=acl))
        assert (found.status, found.required) == (FindingStatus.BLOCKED, True)
        assert found.fact == f"Network ACLs block the way to ssm: {told}."
        assert "1024 to 65535" in found.remedy

    def test_only_the_addresses_of_the_endpoint_count(self) -> None:
        towards = NetworkAcl("acl-x", (allow("10.0.2.0/24", 443, 443),), (allow("10.0.2.0/24", 1024),))
        assert judge(network(ENDPOINT, one=towards), (SUBNET,), ("ssm",), internet=False) is None
        half = NetworkAcl("acl-x", (allow("10.0.2.0/25", 443, 443),), EVERYTHING)
        found = judged(network(ENDPOINT, one=half))
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, True)
        assert "acl-x of subnet-1 lets only some traffic out" in found.fact

    def test_public_addresses_are_those_of_a_gateway_endpoint(self) -> None:
        private = (allow("10.0.0.0/8"), allow("192.168.0.0/16"), allow("172.16.0.0/12"))
        closed = NetworkAcl("acl-x", private, EVERYTHING)
        assert judged(network(GATEWAY, one=closed), "s3").status is FindingStatus.BLOCKED
        without = NetworkAcl("acl-x", (deny("10.0.0.0/8"), deny("127.0.0.0/8"), allow()), EVERYTHING)
        assert judge(network(GATEWAY, one=without), (SUBNET,), ("s3",), internet=False) is None


class TestSubnetOfTheEndpoint:
    @pytest.mark.parametrize(
        ("acl", "told"),
        [
            (NetworkAcl("acl-e", EVERYTHING, (deny("10.0.1.0/24"), allow())), "traffic in on TCP 443 from subnet-1"),
            (NetworkAcl("acl-e", (allow(low=443, high=443),), EVERYTHING), "answers out on TCP 32768 to 60999"),
        ],
        ids=["in", "answers"],
    )
    def test_its_edge_counts_too(self, acl: NetworkAcl, told: str) -> None:
        found = judged(network(ENDPOINT, two=acl))
        assert found.status is FindingStatus.BLOCKED
        assert told in found.fact
        assert "acl-e of subnet-2" in found.fact

    def test_nothing_crosses_an_edge_inside_one_subnet(self) -> None:
        inside = replace(ENDPOINT, subnets=("subnet-1",), cidrs=Known(("10.0.1.0/24",), "r"))
        assert judge(network(inside, one=NetworkAcl("acl-x")), (SUBNET,), ("ssm",), internet=False) is None

    def test_one_of_its_subnets_may_be_open(self) -> None:
        both = replace(ENDPOINT, subnets=("subnet-2", "subnet-3"), cidrs=Known(("10.0.2.0/24", "10.0.3.0/24"), "r"))
        found = judged(network(both, two=NetworkAcl("acl-e")))
        assert found.status is FindingStatus.UNKNOWN
        assert judged(network(both, two=NetworkAcl("acl-e"), three=NetworkAcl("acl-f"))).status is FindingStatus.BLOCKED

    def test_a_second_endpoint_may_be_open(self) -> None:
        other = replace(ENDPOINT, id="vpce-2", subnets=("subnet-3",), cidrs=Known(("10.0.3.0/24",), "r"))
        assert judged(network(ENDPOINT, other, two=NetworkAcl("acl-e"))).status is FindingStatus.UNKNOWN


class TestInternet:
    CLOSED = NetworkAcl("acl-x")

    def test_the_edge_of_the_nat_gateway(self) -> None:
        few = NetworkAcl("acl-n", EVERYTHING, (allow("10.0.0.0/8"), allow(low=32768)))
        found = judged(network(nine=few), subnet=BEHIND_NAT, internet=True)
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, False)
        assert "acl-n of subnet-9 lets only some answers in on TCP 1024 to 65535 from ssm" in found.fact
        shut = judged(network(nine=self.CLOSED), subnet=BEHIND_NAT, internet=True)
        assert (shut.status, shut.required) == (FindingStatus.BLOCKED, True)
        assert "traffic in on TCP 443 from subnet-1 to the NAT gateway" in shut.fact

    def test_a_gateway_in_the_same_subnet_is_inside_its_edge(self) -> None:
        own = NetworkAcl("acl-x", (allow(low=443, high=443),), (allow(low=1024),))
        same = replace(BEHIND_NAT, nat="subnet-1")
        assert judge(network(one=own), (same,), ("ssm",), internet=True) is None

    def test_an_endpoint_takes_the_place_of_the_internet(self) -> None:
        found = network(ENDPOINT, two=self.CLOSED)
        assert judged(found, subnet=BEHIND_NAT, internet=True).status is FindingStatus.BLOCKED
        no_names = network(replace(ENDPOINT, private_dns=False), two=self.CLOSED)
        assert judge(no_names, (BEHIND_NAT,), ("ssm",), internet=True) is None

    @pytest.mark.parametrize(
        "endpoint",
        [replace(ENDPOINT, available=False), replace(GATEWAY, service="ssm", tables=("rtb-2",))],
        ids=["not available", "another table"],
    )
    def test_one_that_does_not_serve_does_not(self, endpoint: VpcEndpoint) -> None:
        found = network(endpoint, nine=self.CLOSED)
        assert judged(found, subnet=BEHIND_NAT, internet=True).status is FindingStatus.BLOCKED
        assert judge(found, (SUBNET,), ("ssm",), internet=False) is None


class TestUnread:
    @pytest.mark.parametrize(("internet", "required"), [(True, False), (False, True)])
    def test_what_was_not_read_is_not_known(self, internet: bool, required: bool) -> None:
        found = judged(replace(network(ENDPOINT), acls=UNREAD), internet=internet)
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, required)
        assert "ec2:DescribeNetworkAcls was denied" in found.fact

    def test_the_addresses_of_an_endpoint(self) -> None:
        unread = replace(UNREAD, read="ec2:DescribeSubnets")
        found = judged(network(replace(ENDPOINT, cidrs=unread)))
        assert (found.status, found.required) == (FindingStatus.UNKNOWN, True)
        assert "ec2:DescribeSubnets" in found.fact
        assert (
            judge(network(replace(ENDPOINT, service="logs", cidrs=unread)), (SUBNET,), ("ssm",), internet=False) is None
        )

    @pytest.mark.parametrize("acls", [Absent(), Known({}, "r")])
    def test_nothing_is_said_of_what_is_not_there(self, acls: Fact[dict[str, NetworkAcl]]) -> None:
        assert judge(replace(network(ENDPOINT), acls=acls), (SUBNET,), ("ssm",), internet=False) is None


def test_a_barrier_on_the_way_to_several_services_is_told_once() -> None:
    messages = replace(ENDPOINT, id="vpce-m", service="ssmmessages")
    found = judge(
        network(ENDPOINT, messages, two=NetworkAcl("acl-e", EVERYTHING)),
        (SUBNET,),
        ("ssm", "ssmmessages"),
        internet=False,
    )
    assert found is not None
    assert found.fact.startswith("Network ACLs block the way to ssm and ssmmessages: ")
