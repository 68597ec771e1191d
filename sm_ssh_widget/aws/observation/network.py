"""The network of containers: their subnets, the default route of each, and the VPC endpoints beside them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Unknown
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, Route, VpcEndpoint
from sm_ssh_widget.requirements.observation import Target

Json: TypeAlias = Any

_EVERYWHERE = "0.0.0.0/0"
_HTTPS = 443
_VPC_ONLY = "VpcOnly"


def read_network(reader: AccountReader, target: Target, subnets: Sequence[str]) -> Fact[Network]:
    """Read the network of ``subnets``, else of the space's domain; absent where neither is named."""
    if subnets:
        return _of_subnets(reader, target.region, subnets, "", Absent())
    if target.space is None:
        return Absent()
    domain = reader.read("sagemaker", "DescribeDomain", region=target.region, DomainId=target.space[0])
    if not isinstance(domain, Known):
        return domain
    if domain.value.get("AppNetworkAccessType") != _VPC_ONLY:
        return Known(Network(target.space[0], through_sagemaker=True), domain.read)
    ids = domain.value.get("SubnetIds", ())
    return _of_subnets(reader, target.region, ids, target.space[0], _groups_of(domain.value))


def _groups_of(domain: Json) -> Fact[tuple[str, ...]]:
    """The security groups of the domain's apps; absent where users and spaces have others, or none are set."""
    set_for = [domain.get(name, {}).get("SecurityGroups") for name in ("DefaultUserSettings", "DefaultSpaceSettings")]
    found = {tuple(sorted(groups)) for groups in set_for if groups}
    return Known(found.pop(), "sagemaker:DescribeDomain") if len(found) == 1 else Absent("sagemaker:DescribeDomain")


def _of_subnets(
    reader: AccountReader, region: str, ids: Sequence[str], domain: str, groups: Fact[tuple[str, ...]]
) -> Fact[Network]:
    described = reader.read_all("ec2", "DescribeSubnets", "Subnets", region=region, SubnetIds=list(ids))
    if not isinstance(described, Known):
        return described
    vpcs = sorted({str(subnet["VpcId"]) for subnet in described.value})
    in_vpcs = [{"Name": "vpc-id", "Values": vpcs}]
    read = partial(reader.read_all, "ec2", region=region)
    tables, endpoints, gateways = reader.in_parallel(
        lambda: read("DescribeRouteTables", "RouteTables", Filters=in_vpcs),
        lambda: read("DescribeVpcEndpoints", "VpcEndpoints", Filters=in_vpcs),
        lambda: read("DescribeNatGateways", "NatGateways", Filter=in_vpcs),
    )
    if not isinstance(tables, Known):
        return tables
    if not isinstance(endpoints, Known):
        return endpoints
    sources, dns = _sources(reader, region, endpoints.value), _dns(reader, region, vpcs)
    network = Network(
        domain=domain,
        subnets=tuple(_subnet(each, tables.value, gateways) for each in described.value),
        endpoints=tuple(_endpoint(each, region, sources) for each in endpoints.value),
        groups=groups,
        dns=dns,
    )
    return Known(network, described.read)


# Routes


def _subnet(subnet: Json, tables: Iterable[Json], gateways: Fact[tuple[Json, ...]]) -> NetworkSubnet:
    table = _table_of(subnet, [each for each in tables if each["VpcId"] == subnet["VpcId"]])
    return NetworkSubnet(
        id=subnet["SubnetId"],
        vpc=subnet["VpcId"],
        cidr=subnet.get("CidrBlock", ""),
        table=table.get("RouteTableId", ""),
        route=_default_route(table, gateways),
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


def _through_nat(id: str, gateways: Fact[tuple[Json, ...]]) -> Fact[Route]:
    if not isinstance(gateways, Known):
        return gateways
    found: Json = next((each for each in gateways.value if each["NatGatewayId"] == id), {})
    if str(found.get("State", "")).lower() != "available":
        return Known("nowhere", gateways.read)
    return Known("elsewhere" if found.get("ConnectivityType") == "private" else "nat", gateways.read)


# Endpoints


def _endpoint(found: Json, region: str, sources: Mapping[str, Fact[tuple[str, ...]]]) -> VpcEndpoint:
    groups = tuple(str(group["GroupId"]) for group in found.get("Groups", ()))
    return VpcEndpoint(
        id=found["VpcEndpointId"],
        service=str(found["ServiceName"]).partition(f".{region}.")[2],
        kind=found["VpcEndpointType"],
        available=str(found["State"]).lower() == "available",
        private_dns=bool(found.get("PrivateDnsEnabled")),
        groups=groups,
        sources=_together([sources[group] for group in groups if group in sources]),
        tables=tuple(found.get("RouteTableIds", ())),
        policy=found.get("PolicyDocument", ""),
    )


def _together(facts: Sequence[Fact[tuple[str, ...]]]) -> Fact[tuple[str, ...]]:
    """All sources of several groups; the unread one, where one was not read."""
    unread = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    if unread is not None:
        return unread
    return Known(tuple(source for fact in facts if isinstance(fact, Known) for source in fact.value))


def _sources(reader: AccountReader, region: str, endpoints: Sequence[Json]) -> dict[str, Fact[tuple[str, ...]]]:
    """What each security group of the endpoints lets in on port 443, by the group's ID."""
    ids = sorted({str(group["GroupId"]) for endpoint in endpoints for group in endpoint.get("Groups", ())})
    if not ids:
        return {}
    found = reader.read_all("ec2", "DescribeSecurityGroups", "SecurityGroups", region=region, GroupIds=ids)
    if not isinstance(found, Known):
        return dict.fromkeys(ids, found)
    by_id = {str(group["GroupId"]): group for group in found.value}
    return {id: Known(tuple(_lets_in(by_id.get(id, {}))), found.read) for id in ids}


def _lets_in(group: Json) -> Iterable[str]:
    for rule in group.get("IpPermissions", ()):
        if _is_https(rule):
            yield from (str(block["CidrIp"]) for block in rule.get("IpRanges", ()))
            yield from (str(pair["GroupId"]) for pair in rule.get("UserIdGroupPairs", ()))


def _is_https(rule: Json) -> bool:
    """Whether a rule covers TCP port 443; the protocol -1 is all traffic."""
    if rule.get("IpProtocol") == "-1":
        return True
    return rule.get("IpProtocol") in ("tcp", "6") and rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", 65535)


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
