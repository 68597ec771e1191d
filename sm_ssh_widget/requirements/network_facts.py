"""What was read of a network: how subnets reach the internet, and the VPC endpoints beside them.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.facts import Absent, Fact

Route: TypeAlias = Literal["internet-gateway", "nat", "elsewhere", "nowhere", "none"]
"""Where the default route leads: ``elsewhere`` is out of the VPC (a transit gateway), ``nowhere`` a dead end."""


@dataclass(frozen=True)
class AclRule:
    """A rule of a network ACL for TCP and IPv4. ``ports`` are the first and the last destination port."""

    allow: bool
    cidr: str
    ports: tuple[int, int] = (0, 65535)


@dataclass(frozen=True)
class NetworkAcl:
    """The network ACL of a subnet: its rules for what goes out and what comes in, in the order of their numbers."""

    id: str
    out: tuple[AclRule, ...] = ()
    into: tuple[AclRule, ...] = ()


@dataclass(frozen=True)
class VpcEndpoint:
    """A VPC endpoint. ``service`` is the end of its service name (``ssm``), ``kind`` ``Interface`` or ``Gateway``.

    ``sources`` are what its security groups let in on port 443. ``policy`` is the text of its policy, empty for AWS's
    default, which allows everything. ``tables`` are the route tables of a gateway endpoint, ``prefix_list`` is the ID
    of the list of its addresses, empty if no route names it. ``subnets`` are the IDs of the subnets of an interface
    endpoint, ``cidrs`` their address ranges in the same order.
    """

    id: str
    service: str
    kind: str
    available: bool = True
    private_dns: bool = True
    groups: tuple[str, ...] = ()
    sources: Fact[tuple[str, ...]] = field(default_factory=Absent)
    tables: tuple[str, ...] = ()
    policy: str = ""
    cidrs: Fact[tuple[str, ...]] = field(default_factory=Absent)
    prefix_list: str = ""
    subnets: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkSubnet:
    """A subnet and its default route; ``table`` is its route table, the VPC's main one where it has none of its own.

    ``route`` is unknown where the state of its NAT gateway could not be read. ``nat`` is the ID of the subnet of that
    gateway, empty without one.
    """

    id: str
    vpc: str
    cidr: str
    table: str
    route: Fact[Route]
    nat: str = ""


@dataclass(frozen=True)
class Network:
    """The network of containers: that of a Studio domain (``domain``), or subnets that a person named.

    ``through_sagemaker``: the domain's traffic leaves through SageMaker's own network, and no subnet matters.
    ``groups`` are the security groups of the containers, absent where they cannot be known, and ``egress`` what they
    let out on port 443: address ranges, groups and prefix lists. ``dns`` is whether the VPC resolves private names.
    ``acls`` are the network ACLs by the ID of their subnet.
    """

    domain: str = ""
    through_sagemaker: bool = False
    subnets: tuple[NetworkSubnet, ...] = ()
    endpoints: tuple[VpcEndpoint, ...] = ()
    groups: Fact[tuple[str, ...]] = field(default_factory=Absent)
    dns: Fact[bool] = field(default_factory=Absent)
    egress: Fact[tuple[str, ...]] = field(default_factory=Absent)
    acls: Fact[Mapping[str, NetworkAcl]] = field(default_factory=Absent)
