"""What the security groups of containers let out on port 443, toward the internet and toward VPC endpoints. Pure.

Not judged where the groups are not known. Network ACLs: :mod:`.network_acls`.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.facts import Absent, Known
from sm_ssh_widget.requirements.network_facts import Network, VpcEndpoint

Egress: TypeAlias = Literal["open", "closed", "unknown", "not-judged"]

_EVERYWHERE = "0.0.0.0/0"
_PREFIX_LIST, _GROUP = "pl-", "sg-"


def to_internet(network: Network) -> Egress:
    """Whether the groups let the containers out to AWS's public endpoints."""
    certain = _certain(network)
    if certain or not isinstance(network.egress, Known):
        return certain or "unknown"
    return "unknown" if _may_be_public(network.egress.value) else "closed"


def to_service(network: Network, service: str) -> Egress:
    """Whether the groups let the containers out to any endpoint of a service; not judged where there is none."""
    found = [to_endpoint(network, endpoint) for endpoint in network.endpoints if endpoint.service == service]
    order: tuple[Egress, ...] = ("open", "not-judged", "unknown", "closed")
    return min(found, key=order.index, default="not-judged")


def to_endpoint(network: Network, endpoint: VpcEndpoint) -> Egress:
    """Whether the groups let the containers out to an endpoint."""
    certain = _certain(network)
    if certain or not isinstance(network.egress, Known):
        return certain or "unknown"
    others = network.egress.value
    return _to_gateway(others, endpoint) if endpoint.kind == "Gateway" else _to_interface(others, endpoint)


def _certain(network: Network) -> Egress | None:
    """What needs no look at a destination: nothing is known, or everything or nothing is let out."""
    if isinstance(network.egress, Absent):
        return "not-judged"
    if not isinstance(network.egress, Known):
        return "unknown"
    if _EVERYWHERE in network.egress.value:
        return "open"
    return None if network.egress.value else "closed"


def _to_gateway(others: Sequence[str], endpoint: VpcEndpoint) -> Egress:
    """A gateway endpoint is reached at the service's public addresses, which its prefix list holds."""
    if endpoint.prefix_list and endpoint.prefix_list in others:
        return "open"
    others = [other for other in others if not (endpoint.prefix_list and other.startswith(_PREFIX_LIST))]
    return "unknown" if _may_be_public(others) else "closed"


def _to_interface(others: Sequence[str], endpoint: VpcEndpoint) -> Egress:
    """An interface endpoint is reached at addresses in its subnets, as a member of its groups."""
    if set(others) & set(endpoint.groups):
        return "open"
    blocks = [other for other in others if not other.startswith((_GROUP, _PREFIX_LIST))]
    listed = any(other.startswith(_PREFIX_LIST) for other in others)
    if not isinstance(endpoint.cidrs, Known) or not endpoint.cidrs.value:
        return "unknown" if blocks or listed else "closed"
    own = endpoint.cidrs.value
    if all(any(_covers(block, cidr) for block in blocks) for cidr in own):
        return "open"
    touched = any(_overlaps(block, cidr) for block in blocks for cidr in own)
    return "unknown" if listed or touched else "closed"


def _may_be_public(others: Sequence[str]) -> bool:
    """Whether a rule may lead to public addresses: a prefix list, or a block that is not private as a whole."""
    return not all(other.startswith(_GROUP) or _is_private(other) for other in others)


def _network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None


def _is_private(block: str) -> bool:
    found = _network(block)
    return found is not None and found.is_private


def _covers(block: str, cidr: str) -> bool:
    outer, inner = _network(block), _network(cidr)
    return outer is not None and inner is not None and inner.subnet_of(outer)


def _overlaps(block: str, cidr: str) -> bool:
    one, other = _network(block), _network(cidr)
    return one is not None and other is not None and one.overlaps(other)
