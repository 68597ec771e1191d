"""What a network lacks for SSH Helper, as text for the network team. Pure. sm-ssh-widget itself writes no network.

Sources: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html,
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.export.quoting import hcl, hcl_value, shell
from sm_ssh_widget.export.yaml import dump
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.facts import Fact, Known
from sm_ssh_widget.requirements.network import NEEDED, Gap, gaps_of, without_internet
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet

Json: TypeAlias = Any

_GROUP_NOTE = "Lets the containers reach the endpoints on port 443"


@dataclass(frozen=True)
class _Place:
    """One VPC: its subnets without internet access, and what its endpoints lack."""

    vpc: str
    region: str
    partition: str
    subnets: tuple[NetworkSubnet, ...]
    gaps: tuple[Gap, ...]
    groups: tuple[str, ...]

    @property
    def created(self) -> tuple[str, ...]:
        """The services whose endpoint does not exist."""
        return tuple(gap.service for gap in self.gaps if gap.fix == "create")

    @property
    def needs_group(self) -> bool:
        """Whether an interface endpoint is created."""
        return any(NEEDED[service] == "Interface" for service in self.created)

    @property
    def tables(self) -> tuple[str, ...]:
        """The route tables of the subnets."""
        return tuple(dict.fromkeys(subnet.table for subnet in self.subnets))

    @property
    def ids(self) -> tuple[str, ...]:
        """The IDs of the subnets."""
        return tuple(subnet.id for subnet in self.subnets)

    def service_name(self, service: str) -> str:
        """The service name of an endpoint. In China it begins differently."""
        prefix = "cn." if self.partition == "aws-cn" and NEEDED[service] == "Interface" else ""
        return f"{prefix}com.amazonaws.{self.region}.{service}"

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Who is let in: the containers' security groups if they are known, else the subnets' address ranges."""
        if self.groups:
            return tuple(("group", group) for group in self.groups)
        return tuple(("cidr", subnet.cidr) for subnet in self.subnets)


def network_text(fact: Fact[Network], region: str, partition: str, format: str) -> str:
    """Return the text in a format of :data:`NETWORK_FORMATS`.

    Raises :class:`Problem` (``usage``) where the network was not read, or lacks nothing.
    """
    places = _places(fact, region, partition)
    if not places:
        said = "No endpoint is known to be missing, so there is nothing to hand over."
        raise Problem("Writing the text for the network team", said, "Check the subnets: --subnet ID", Code.USAGE)
    return NETWORK_FORMATS[format](places)


def _places(fact: Fact[Network], region: str, partition: str) -> tuple[_Place, ...]:
    if not isinstance(fact, Known):
        return ()
    network, gaps = fact.value, gaps_of(fact.value)
    groups = network.groups.value if isinstance(network.groups, Known) else ()
    closed = without_internet(network)
    found = []
    for vpc in dict.fromkeys(subnet.vpc for subnet in closed):
        of_vpc = tuple(gap for gap in gaps if any(subnet.vpc == vpc for subnet in gap.subnets))
        subnets = tuple(subnet for subnet in closed if subnet.vpc == vpc)
        if of_vpc:
            found.append(_Place(vpc, region, partition, subnets, of_vpc, groups))
    return tuple(found)


def _head(places: Sequence[_Place]) -> str:
    lines = ["SageMaker SSH Helper: VPC endpoints that these subnets need", ""]
    for place in places:
        lines += [f"VPC {place.vpc}, subnets {', '.join(place.ids)}", *(f"  {gap.told}" for gap in place.gaps)]
    lines += ["", "Interface endpoints are billed per hour and GB: https://aws.amazon.com/privatelink/pricing/"]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


# AWS CLI


def _cli(places: Sequence[_Place]) -> str:
    commands = [command for place in places for command in _commands(place)]
    return "\n".join([_head(places), *commands]) + "\n"


def _commands(place: _Place) -> Iterator[str]:
    ec2 = f"aws ec2 {{}} --region {shell(place.region)}"
    if place.needs_group:
        named = f"--group-name sagemaker-ssh-endpoints --description {shell(_GROUP_NOTE)} --vpc-id {shell(place.vpc)}"
        yield f"group=$({ec2.format('create-security-group')} {named} --query GroupId --output text)"
        yield from (_let_in(ec2, '"$group"', source) for source in place.sources)
    for gap in place.gaps:
        yield from _fixed(place, gap, ec2)


def _fixed(place: _Place, gap: Gap, ec2: str) -> Iterator[str]:
    modify = f"{ec2.format('modify-vpc-endpoint')} --vpc-endpoint-id {shell(gap.endpoint.id if gap.endpoint else '')}"
    match gap.fix:
        case "create":
            yield _created(place, gap, ec2)
        case "private-dns":
            dns = ec2.format("modify-vpc-attribute") + f" --vpc-id {shell(place.vpc)}"
            yield f"{dns} --enable-dns-support"
            yield f"{dns} --enable-dns-hostnames"
            yield f"{modify} --private-dns-enabled"
        case "route-table":
            yield f"{modify} --add-route-table-ids {' '.join(map(shell, place.tables))}"
        case "group":
            group = gap.endpoint.groups[0] if gap.endpoint and gap.endpoint.groups else ""
            yield from (_let_in(ec2, shell(group), source) for source in place.sources)
        case "available":
            yield f"# {gap.endpoint.id if gap.endpoint else ''}: accept or repair this endpoint for {gap.service}"


def _created(place: _Place, gap: Gap, ec2: str) -> str:
    kind = NEEDED[gap.service]
    words = f"{ec2.format('create-vpc-endpoint')} --vpc-id {shell(place.vpc)} --vpc-endpoint-type {kind}"
    words += f" --service-name {shell(place.service_name(gap.service))}"
    if kind == "Gateway":
        return f"{words} --route-table-ids {' '.join(map(shell, place.tables))}"
    subnets = " ".join(map(shell, place.ids))
    return f'{words} --subnet-ids {subnets} --security-group-ids "$group" --private-dns-enabled'


def _let_in(ec2: str, group: str, source: tuple[str, str]) -> str:
    kind, value = source
    flag = "--source-group" if kind == "group" else "--cidr"
    command = ec2.format("authorize-security-group-ingress")
    return f"{command} --group-id {group} --protocol tcp --port 443 {flag} {shell(value)}"


# CloudFormation and Terraform


def _by_owner(places: Sequence[_Place]) -> str:
    """The commands that change existing endpoints, as comments."""
    commands = [
        command
        for place in places
        for gap in place.gaps
        if gap.fix != "create"
        for command in _fixed(place, gap, f"aws ec2 {{}} --region {shell(place.region)}")
    ]
    if not commands:
        return ""
    note = "# These exist. Change them where they are managed, or with the AWS CLI:\n"
    return note + "".join(f"#   {command}\n" for command in commands)


def _cloudformation(places: Sequence[_Place]) -> str:
    resources: dict[str, Json] = {}
    for number, place in enumerate(places, 1):
        suffix = str(number) if len(places) > 1 else ""
        if place.needs_group:
            resources[f"EndpointGroup{suffix}"] = {"Type": "AWS::EC2::SecurityGroup", "Properties": _group(place)}
        for service in place.created:
            properties = _endpoint(place, service, {"Ref": f"EndpointGroup{suffix}"})
            resources[f"{service.title()}Endpoint{suffix}"] = {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": properties,
            }
    body = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    return f"{_head(places)}{_by_owner(places)}\n{dump(body) if resources else ''}"


def _group(place: _Place) -> Json:
    rules = [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            ("SourceSecurityGroupId" if kind == "group" else "CidrIp"): value,
        }
        for kind, value in place.sources
    ]
    return {"GroupDescription": _GROUP_NOTE, "VpcId": place.vpc, "SecurityGroupIngress": rules}


def _endpoint(place: _Place, service: str, group: Json) -> Json:
    kind = NEEDED[service]
    common = {"VpcId": place.vpc, "ServiceName": place.service_name(service), "VpcEndpointType": kind}
    if kind == "Gateway":
        return {**common, "RouteTableIds": list(place.tables)}
    return {**common, "SubnetIds": list(place.ids), "SecurityGroupIds": [group], "PrivateDnsEnabled": True}


def _terraform(places: Sequence[_Place]) -> str:
    parts = [_head(places) + _by_owner(places)]
    for number, place in enumerate(places, 1):
        suffix = f"_{number}" if len(places) > 1 else ""
        if place.needs_group:
            parts.append(_terraform_group(place, f"sagemaker_ssh_endpoints{suffix}"))
        parts += [_terraform_endpoint(place, service, suffix) for service in place.created]
    return "\n".join(parts)


def _terraform_group(place: _Place, name: str) -> str:
    rules = "".join(f"  ingress {hcl_value(_terraform_rule(kind, value), '  ')}\n" for kind, value in place.sources)
    head = f'resource "aws_security_group" {hcl(name)} {{\n  description = {hcl(_GROUP_NOTE)}\n'
    return f"{head}  vpc_id = {hcl(place.vpc)}\n{rules}}}\n"


def _terraform_rule(kind: str, value: str) -> Mapping[str, Json]:
    source = {"security_groups": [value]} if kind == "group" else {"cidr_blocks": [value]}
    return {"protocol": "tcp", "from_port": 443, "to_port": 443, **source}


def _terraform_endpoint(place: _Place, service: str, suffix: str) -> str:
    kind = NEEDED[service]
    lines = {
        "vpc_id": hcl(place.vpc),
        "service_name": hcl(place.service_name(service)),
        "vpc_endpoint_type": hcl(kind),
    }
    if kind == "Gateway":
        lines["route_table_ids"] = hcl_value(list(place.tables))
    else:
        lines["subnet_ids"] = hcl_value(list(place.ids))
        lines["security_group_ids"] = f"[aws_security_group.sagemaker_ssh_endpoints{suffix}.id]"
        lines["private_dns_enabled"] = "true"
    inner = "".join(f"  {name} = {value}\n" for name, value in lines.items())
    return f'resource "aws_vpc_endpoint" {hcl(f"{service}{suffix}")} {{\n{inner}}}\n'


NETWORK_FORMATS: Mapping[str, Callable[[Sequence[_Place]], str]] = {
    "cli": _cli,
    "cloudformation": _cloudformation,
    "terraform": _terraform,
}
"""The texts for the network team, by format."""
