"""Networks of a simulated account: a VPC with one private subnet, and what lets it out."""

from __future__ import annotations

import copy
import json
from typing import Any

Record = dict[str, Any]

SUBNET, VPC, TABLE, GROUP, OWN = "subnet-a", "vpc-a", "rtb-a", "sg-endpoints", "sg-apps"
DOMAIN = "d-abcdefghijkl"
EVERYTHING = json.dumps(
    {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)


def endpoint(service: str, region: str = "eu-west-1", **more: Any) -> Record:
    """An interface endpoint with private DNS, or for S3 a gateway endpoint in the subnet's table."""
    common = {
        "VpcEndpointId": f"vpce-{service}",
        "VpcId": VPC,
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "State": "available",
        "PolicyDocument": EVERYTHING,
    }
    if service == "s3":
        return {**common, "VpcEndpointType": "Gateway", "RouteTableIds": [TABLE], **more}
    groups = [{"GroupId": GROUP, "GroupName": "endpoints"}]
    interface = {"VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": [SUBNET], "Groups": groups}
    return {**common, **interface, **more}


ENDPOINTS = [endpoint(name) for name in ("ssm", "ssmmessages", "sts", "s3", "ec2messages", "sagemaker.api")]


def network(
    route: Record | None = None, endpoints: list[Record] | None = None, nat: list[Record] | None = None, **more: Any
) -> Record:
    """A VPC whose only subnet has ``route`` as its default route."""
    own_route = [{"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **route}] if route else []
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    return {
        "Vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16", "State": "available"}],
        "Subnets": [
            {
                "SubnetId": SUBNET,
                "VpcId": VPC,
                "AvailabilityZone": "eu-west-1a",
                "CidrBlock": "10.0.1.0/24",
                "State": "available",
            }
        ],
        "RouteTables": [
            {
                "RouteTableId": TABLE,
                "VpcId": VPC,
                "Associations": [{"Main": True}],
                "Routes": [local, *own_route],
            }
        ],
        "VpcEndpoints": copy.deepcopy(endpoints or []),
        "NatGateways": nat or [],
        "SecurityGroups": [{"GroupId": GROUP, "GroupName": "endpoints", "VpcId": VPC, "IpPermissions": [rule]}],
        **more,
    }


def acl_rule(action: str, number: int = 100, *, egress: bool, ports: tuple[int, int] | None = None) -> Record:
    """A rule of a network ACL for every IPv4 address: for TCP and these ports, else for all traffic."""
    rule = {"RuleNumber": number, "RuleAction": action, "Egress": egress, "CidrBlock": "0.0.0.0/0"}
    span = {"Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}} if ports else {"Protocol": "-1"}
    return {**rule, **span}


def acl(*rules: Record) -> Record:
    """The network ACL of the subnet, with AWS's last rules, which deny."""
    last = [acl_rule("deny", 32767, egress=egress) for egress in (True, False)]
    joined = [{"SubnetId": SUBNET, "NetworkAclId": "acl-1", "NetworkAclAssociationId": "aclassoc-1"}]
    return {"NetworkAclId": "acl-1", "VpcId": VPC, "Entries": [*last, *rules], "Associations": joined}


NAT = {"NatGatewayId": "nat-1", "VpcId": VPC, "State": "available", "ConnectivityType": "public"}


def in_vpc(state: Record, found: Record, region: str = "eu-west-1") -> None:
    """Put the domain of a state into a network: its apps leave through the VPC only."""
    state["Networks"] = {region: found}
    domain = next(each for each in state["Domains"] if each["DomainId"] == DOMAIN)
    domain |= {"AppNetworkAccessType": "VpcOnly", "VpcId": VPC, "SubnetIds": [SUBNET]}
