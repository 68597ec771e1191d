"""Possible places of a temporary instance: subnets with a route to Systems Manager, and the instance types there.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.catalogue import INSTANCE_TYPES, QUICK_SETUP_PROFILE
from sm_ssh_widget.requirements.observation import Fact, Known, LaunchSite, Subnet, Unknown

Json: TypeAlias = Any
Way: TypeAlias = Literal["", "internet", "nat", "endpoints"]

_ENDPOINTS = ("ssm", "ssmmessages", "ec2messages")
_LISTS = {
    "DescribeSubnets": "Subnets",
    "DescribeRouteTables": "RouteTables",
    "DescribeVpcEndpoints": "VpcEndpoints",
}


def read_launch_site(reader: AccountReader, region: str) -> Fact[LaunchSite]:
    """Make five reads in parallel; a failed one is the result."""
    lists = [partial(reader.read_all, "ec2", name, key, region=region) for name, key in _LISTS.items()]
    facts = reader.in_parallel(*lists, partial(_offers, reader, region), partial(_profile, reader))
    for fact in facts:
        if isinstance(fact, Unknown):
            return fact
    subnets, routes, endpoints, offers = (fact.value if isinstance(fact, Known) else () for fact in facts[:4])
    found = tuple(_subnet(subnet, routes, endpoints, region) for subnet in subnets if subnet["State"] == "available")
    pairs = frozenset((str(offer["InstanceType"]), str(offer["Location"])) for offer in offers)
    return Known(LaunchSite(found, pairs, isinstance(facts[4], Known)), "ec2:DescribeSubnets")


def _offers(reader: AccountReader, region: str) -> Fact[tuple[Json, ...]]:
    only = [{"Name": "instance-type", "Values": list(INSTANCE_TYPES)}]
    return reader.read_all(
        "ec2",
        "DescribeInstanceTypeOfferings",
        "InstanceTypeOfferings",
        region=region,
        LocationType="availability-zone",
        Filters=only,
    )


def _profile(reader: AccountReader) -> Fact[Json]:
    return reader.read("iam", "GetInstanceProfile", InstanceProfileName=QUICK_SETUP_PROFILE)


def _subnet(subnet: Json, routes: Iterable[Json], endpoints: Iterable[Json], region: str) -> Subnet:
    vpc = subnet["VpcId"]
    return Subnet(
        id=subnet["SubnetId"],
        vpc=vpc,
        zone=subnet["AvailabilityZone"],
        default=bool(subnet.get("DefaultForAz")),
        way=_route(subnet, routes) or _by_endpoints(vpc, endpoints, region),
        public_addresses=bool(subnet.get("MapPublicIpOnLaunch")),
    )


def _route(subnet: Json, routes: Iterable[Json]) -> Way:
    """Return the route of the subnet's own route table, else of its VPC's main one."""
    tables = [table for table in routes if table["VpcId"] == subnet["VpcId"]]
    own = [t for t in tables if any(a.get("SubnetId") == subnet["SubnetId"] for a in t["Associations"])]
    main = [t for t in tables if any(a.get("Main") for a in t["Associations"])]
    for route in (route for table in (own or main)[:1] for route in table["Routes"]):
        if route.get("DestinationCidrBlock") == "0.0.0.0/0" and route.get("State", "active") == "active":
            return _through(route)
    return ""


def _through(route: Mapping[str, str]) -> Way:
    if route.get("GatewayId", "").startswith("igw-"):
        return "internet"
    return "nat" if route.get("NatGatewayId") else ""


def _by_endpoints(vpc: str, endpoints: Iterable[Json], region: str) -> Way:
    """Return ``endpoints`` if the VPC has the three interface endpoints with private DNS names."""
    there = {
        endpoint["ServiceName"]
        for endpoint in endpoints
        if endpoint["VpcId"] == vpc and endpoint.get("PrivateDnsEnabled") and endpoint.get("State") == "available"
    }
    wanted = (f".{region}.{name}" for name in _ENDPOINTS)
    return "endpoints" if all(any(name.endswith(each) for name in there) for each in wanted) else ""
