"""What security groups let out: everything, nothing, the right thing, or what cannot be known."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.network_egress import Egress, to_endpoint, to_internet, to_service
from sm_ssh_widget.requirements.network_facts import Network, VpcEndpoint

UNREAD = Unknown(Reason.DENIED, "ec2:DescribeSecurityGroups", "UnauthorizedOperation", "Sign in.")
INTERFACE = VpcEndpoint("vpce-1", "ssm", "Interface", groups=("sg-ssm",), cidrs=Known(("10.0.1.0/24", "10.0.2.0/24")))
GATEWAY = VpcEndpoint("vpce-2", "s3", "Gateway", prefix_list="pl-s3")


def network(*others: str, endpoints: tuple[VpcEndpoint, ...] = ()) -> Network:
    return Network(endpoints=endpoints, egress=Known(others, "r"))


@pytest.mark.parametrize(
    ("egress", "way"),
    [
        (Absent(), "not-judged"),
        (UNREAD, "unknown"),
        (Known(("10.0.0.0/8", "0.0.0.0/0"), "r"), "open"),
        (Known((), "r"), "closed"),
    ],
)
def test_what_needs_no_look_at_the_destination(egress: Fact[tuple[str, ...]], way: Egress) -> None:
    found = Network(egress=egress)
    assert [to_internet(found), to_endpoint(found, INTERFACE), to_endpoint(found, GATEWAY)] == [way] * 3


@pytest.mark.parametrize(
    ("others", "way"),
    [
        (("10.0.0.0/8",), "closed"),
        (("sg-ssm", "192.168.0.0/16"), "closed"),
        (("52.94.0.0/16",), "unknown"),
        (("pl-1",), "unknown"),
        (("10.0.0.0/8", "52.94.0.0/16"), "unknown"),
        (("no block",), "unknown"),
    ],
)
def test_the_internet_needs_public_addresses(others: tuple[str, ...], way: Egress) -> None:
    assert to_internet(network(*others)) == way


@pytest.mark.parametrize(
    ("others", "way"),
    [
        (("sg-ssm",), "open"),
        (("10.0.0.0/16",), "open"),
        (("10.0.1.0/24", "10.0.2.0/24"), "open"),
        (("10.0.1.0/24",), "unknown"),
        (("10.0.1.7/32",), "unknown"),
        (("pl-1",), "unknown"),
        (("sg-other",), "closed"),
        (("10.1.0.0/16",), "closed"),
    ],
)
def test_an_interface_endpoint_is_its_group_and_its_subnets(others: tuple[str, ...], way: Egress) -> None:
    assert to_endpoint(network(*others), INTERFACE) == way


@pytest.mark.parametrize(
    ("others", "way"),
    [(("10.1.0.0/16",), "unknown"), (("sg-other",), "closed"), (("sg-ssm",), "open"), (("pl-1",), "unknown")],
)
@pytest.mark.parametrize("cidrs", [Absent(), UNREAD, Known((), "r")])
def test_without_its_addresses_only_its_group_is_certain(
    others: tuple[str, ...], way: Egress, cidrs: Fact[tuple[str, ...]]
) -> None:
    endpoint = VpcEndpoint("vpce-1", "ssm", "Interface", groups=("sg-ssm",), cidrs=cidrs)
    assert to_endpoint(network(*others), endpoint) == way


@pytest.mark.parametrize(
    ("others", "prefix_list", "way"),
    [
        (("pl-s3",), "pl-s3", "open"),
        (("pl-other",), "pl-s3", "closed"),
        (("pl-other",), "", "unknown"),
        (("10.0.0.0/8",), "pl-s3", "closed"),
        (("52.218.0.0/17",), "pl-s3", "unknown"),
    ],
)
def test_a_gateway_endpoint_is_its_prefix_list(others: tuple[str, ...], prefix_list: str, way: Egress) -> None:
    endpoint = VpcEndpoint("vpce-2", "s3", "Gateway", prefix_list=prefix_list)
    assert to_endpoint(network(*others), endpoint) == way


def test_one_endpoint_of_a_service_is_enough() -> None:
    far = VpcEndpoint("vpce-3", "ssm", "Interface", groups=("sg-far",), cidrs=Known(("10.9.0.0/24",)))
    assert to_service(network("10.0.0.0/16", endpoints=(far, INTERFACE)), "ssm") == "open"
    assert to_service(network("10.0.0.0/16", endpoints=(far,)), "ssm") == "closed"
    assert to_service(network("10.0.1.0/24", endpoints=(far, INTERFACE)), "ssm") == "unknown"
    assert to_service(network("10.0.0.0/16", endpoints=(far,)), "sts") == "not-judged"
