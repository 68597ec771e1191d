"""The network of containers: their subnets, the default route of each, and the VPC endpoints beside them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.observation.network_acls import acls_by_subnet
from sm_ssh_widget.aws.observation.security_groups import read_egress, read_sources, together
from sm_ssh_widget.aws.observation.studio_settings import StudioSettings
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Unknown
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, Route, VpcEndpoint
from sm_ssh_widget.requirements.observation import Target

Json: TypeAlias = Any

_EVERYWHERE = "0.0.0.0/0"
_VPC_ONLY = "VpcOnly"


def read_network(
    reader: AccountReader, target: Target, subnets: Sequence[str], studio: StudioSettings
) -> Fact[Network]:
    """Read the network of ``subnets``, else of the domain of ``studio``; absent where neither is named."""
    if subnets:
        return _of_subnets(reader, target.region, subnets, "", Absent())
    domain = studio.domain
    if target.space is None or not isinstance(domain, Known):
        return domain if isinstance(domain, Unknown) else Absent()
    if domain.value.get("AppNetworkAccessType") != _VPC_ONLY:
        return Known(Network(target.space[0], through_sagemaker=True), domain.read)
    ids = domain.value.get("SubnetIds", ())
    return _of_subnets(reader, target.region, ids, target.space[0], studio.groups)


def _of_subnets(
    reader: AccountReader, region: str, ids: Sequence[str], domain: str, groups: Fact[tuple[str, ...]]
) -> Fact[Network]:
    described = reader.read_all("ec2", "DescribeSubnets", "Subnets", region=region, SubnetIds=list(ids))
    if not isinstance(described, Known):
        return described
    vpcs = sorted({str(subnet["VpcId"]) for subnet in described.value})
    in_vpcs = [{"Name": "vpc-id", "Values": vpcs}]
    read = partial(reader.read_all, "ec2", region=region)
    tables, endpoints, gateways, acls = reader.in_parallel(
        lambda: read("DescribeRouteTables", "RouteTables", Filters=in_vpcs),
        lambda: read("DescribeVpcEndpoints", "VpcEndpoints", Filters=in_vpcs),
        lambda: read("DescribeNatGateways", "NatGateways", Filter=in_vpcs),
        lambda: read("DescribeNetworkAcls", "NetworkAcls", Filters=in_vpcs),
    )
    if not isinstance(tables, Known):
        return tables
    if not isinstance(endpoints, Known):
        return endpoints
    named = [str(group["GroupId"]) for endpoint in endpoints.value for group in endpoint.get("Groups", ())]
    sources = read_sources(reader, region, named)
    ranges = _ranges(reader, region, described.value, endpoints.value)
    lists = _prefix_lists(tables.value)
    network = Network(
        domain=domain,
        subnets=tuple(_subnet(each, tables.value, gateways) for each in described.value),
        endpoints=tuple(_endpoint(each, region, sources, ranges, lists) for each in endpoints.value),
        groups=groups,
        dns=_dns(reader, region, vpcs),
        egress=read_egress(reader, region, groups.value) if isinstance(groups, Known) else groups,
        acls=acls_by_subnet(acls),
    )
    return Known(network, described.read)


def _ranges(
    reader: AccountReader, region: str, described: Sequence[Json], endpoints: Sequence[Json]
) -> dict[str, Fact[str]]:
    """The address range of each subnet that an endpoint is in, by the subnet's ID."""
    known: dict[str, Fact[str]] = {each["SubnetId"]: Known(each.get("CidrBlock", "")) for each in described}
    others = sorted({str(id) for endpoint in endpoints for id in endpoint.get("SubnetIds", ())} - known.keys())
    if not others:
        return known
    found = reader.read_all("ec2", "DescribeSubnets", "Subnets", region=region, SubnetIds=others)
    if not isinstance(found, Known):
        return {**known, **dict.fromkeys(others, found)}
    return {**known, **{each["SubnetId"]: Known(each.get("CidrBlock", "")) for each in found.value}}


def _prefix_lists(tables: Iterable[Json]) -> dict[str, str]:
    """The prefix list of each gateway endpoint, from the routes that lead to it."""
    routes = (route for table in tables for route in table.get("Routes", ()))
    return {
        str(route["GatewayId"]): str(route["DestinationPrefixListId"])
        for route in routes
        if route.get("GatewayId") and route.get("DestinationPrefixListId")
    }


# Routes


def _subnet(subnet: Json, tables: Iterable[Json], gateways: Fact[tuple[Json, ...]]) -> NetworkSubnet:
    table = _table_of(subnet, [each for each in tables if each["VpcId"] == subnet["VpcId"]])
    return NetworkSubnet(
        id=subnet["SubnetId"],
        vpc=subnet["VpcId"],
        cidr=subnet.get("CidrBlock", ""),
        table=table.get("RouteTableId", ""),
        route=_default_route(table, gateways),
        nat=_subnet_of_nat(table, gateways),
    )


def _table_of(subnet: Json, tables: Sequence[Json]) -> Json:
    """The subnet's own route table, else the main one of its VPC."""
    own = (t for t in tables if any(a.get("SubnetId") == subnet["SubnetId"] for a in t.get("Associations", ())))
    main = (t for t in tables if any(a.get("Main") for a in t.get("Associations", ())))
    return next(own, None) or next(main, {})


def _default_route(table: Json, gateways: Fact[tuple[Json, ...]]) -> Fact[Route]:
    read = "ec2:DescribeRouteTables"
    found = next((each for each in table.get("Routes", ()) if each.get("DestinationCidrBlock") == _EVERYWHERE), None)
    if found is None:
        return Known("none", read)
    if found.get("State") == "blackhole":
        return Known("nowhere", read)
    if str(found.get("GatewayId", "")).startswith("igw-"):
        return Known("internet-gateway", read)
    return _through_nat(str(found["NatGatewayId"]), gateways) if found.get("NatGatewayId") else Known("elsewhere", read)


def _subnet_of_nat(table: Json, gateways: Fact[tuple[Json, ...]]) -> str:
    """The ID of the subnet of the NAT gateway that the default route leads to, empty without one."""
    route: Json = next((r for r in table.get("Routes", ()) if r.get("DestinationCidrBlock") == _EVERYWHERE), {})
    known = gateways.value if isinstance(gateways, Known) else ()
    gateway: Json = next((each for each in known if each["NatGatewayId"] == route.get("NatGatewayId")), {})
    return str(gateway.get("SubnetId", ""))


def _through_nat(id: str, gateways: Fact[tuple[Json, ...]]) -> Fact[Route]:
    if not isinstance(gateways, Known):
        return gateways
    found: Json = next((each for each in gateways.value if each["NatGatewayId"] == id), {})
    if str(found.get("State", "")).lower() != "available":
        return Known("nowhere", gateways.read)
    return Known("elsewhere" if found.get("ConnectivityType") == "private" else "nat", gateways.read)


# Endpoints


def _endpoint(
    found: Json,
    region: str,
    sources: Mapping[str, Fact[tuple[str, ...]]],
    ranges: Mapping[str, Fact[str]],
    lists: Mapping[str, str],
) -> VpcEndpoint:
    groups = tuple(str(group["GroupId"]) for group in found.get("Groups", ()))
    return VpcEndpoint(
        id=found["VpcEndpointId"],
        service=str(found["ServiceName"]).partition(f".{region}.")[2],
        kind=found["VpcEndpointType"],
        available=str(found["State"]).lower() == "available",
        private_dns=bool(found.get("PrivateDnsEnabled")),
        groups=groups,
        sources=together([sources[group] for group in groups if group in sources]),
        tables=tuple(found.get("RouteTableIds", ())),
        policy=found.get("PolicyDocument", ""),
        cidrs=_in_ranges([ranges[id] for id in found.get("SubnetIds", ()) if id in ranges]),
        prefix_list=lists.get(found["VpcEndpointId"], ""),
        subnets=tuple(map(str, found.get("SubnetIds", ()))),
    )


def _in_ranges(facts: Sequence[Fact[str]]) -> Fact[tuple[str, ...]]:
    unread = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    if unread is not None:
        return unread
    return Known(tuple(fact.value for fact in facts if isinstance(fact, Known))) if facts else Absent()


def _dns(reader: AccountReader, region: str, vpcs: Sequence[str]) -> Fact[bool]:
    """Whether the VPCs resolve the private names of endpoints: both attributes of each must be on."""
    attributes = [(vpc, name) for vpc in vpcs for name in ("enableDnsSupport", "enableDnsHostnames")]
    facts = reader.in_parallel(
        *(
            partial(reader.read, "ec2", "DescribeVpcAttribute", region=region, VpcId=vpc, Attribute=name)
            for vpc, name in attributes
        )
    )
    values = [_value(fact.value) for fact in facts if isinstance(fact, Known)]
    if not all(values):
        return Known(False, "ec2:DescribeVpcAttribute")
    unread = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    return unread if unread is not None else Known(True, "ec2:DescribeVpcAttribute")


def _value(answer: Json) -> bool:
    return all(each.get("Value", True) for each in answer.values() if isinstance(each, Mapping))
