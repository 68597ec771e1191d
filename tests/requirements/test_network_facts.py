"""What a network and an endpoint are taken to be where nothing more is said of them."""

from __future__ import annotations

from sm_ssh_widget.requirements.facts import Absent, Known
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, VpcEndpoint


def test_an_endpoint_as_aws_makes_it_is_open_and_answers_to_its_name() -> None:
    made = VpcEndpoint("vpce-1", "ssm", "Interface")
    assert (made.available, made.private_dns) == (True, True)
    assert (made.groups, made.tables, made.policy) == ((), (), "")
    assert made.sources == Absent()


def test_a_network_of_which_nothing_was_read_has_no_subnets_and_no_domain() -> None:
    nothing = Network()
    assert (nothing.domain, nothing.through_sagemaker) == ("", False)
    assert (nothing.subnets, nothing.endpoints) == ((), ())
    assert (nothing.groups, nothing.dns) == (Absent(), Absent())


def test_two_subnets_differ_by_the_way_that_their_route_leads() -> None:
    private = NetworkSubnet("subnet-1", "vpc-1", "10.0.0.0/24", "rtb-1", Known("nowhere"))
    public = NetworkSubnet("subnet-1", "vpc-1", "10.0.0.0/24", "rtb-1", Known("internet-gateway"))
    assert private != public
