"""What the network ACLs of subnets let through: TCP 443 one way, and the answers to the ports of the client. Pure.

A network ACL is stateless, and it is applied only to what crosses the edge of its subnet. Judged on every edge between
the containers and a service: that of their own subnet, and that of the subnet of the VPC endpoint or the NAT gateway.
Sources: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html,
https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.facts import Known, Unknown
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement, listed, unknown
from sm_ssh_widget.requirements.network_facts import AclRule, Network, NetworkAcl, NetworkSubnet, VpcEndpoint

Passage: TypeAlias = Literal["open", "closed", "partly"]
_Box: TypeAlias = tuple[int, int, int, int]
"""First and last address, first and last port."""

_HTTPS = (443, 443)
_OF_LINUX = (32768, 60999)
"""Ports that a Linux container's own connections use: ``net.ipv4.ip_local_port_range``."""
_OF_NAT = (1024, 65535)
_PRIVATE = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12")
_PRIVATE_TOO = ("192.168.0.0/16", "224.0.0.0/3")
_REMEDY = (
    "Ask your network team to allow TCP 443 out of the containers' subnets, and TCP ports 1024 to 65535 back in, on "
    "the edge of each subnet."
)


@dataclass(frozen=True)
class Barrier:
    """A network ACL that does not let everything through: ``closed``, or ``partly`` open. ``text`` says which way."""

    passage: Passage
    text: str


@dataclass(frozen=True)
class _Edge:
    """One direction over the edge of a subnet: the other side's addresses, the ports, and what it is for."""

    subnet: str
    out: bool
    others: tuple[_Box, ...]
    ports: tuple[int, int]
    text: str


def judge(
    network: Network, subnets: Sequence[NetworkSubnet], services: Collection[str], *, internet: bool
) -> Judgement | None:
    """Judge the network ACLs on the way from ``subnets`` to ``services``; ``None`` if they are open or were not read.

    ``internet``: whether the subnets lead there, by a NAT gateway.
    """
    if isinstance(network.acls, Unknown):
        return _dressed(unknown([network.acls], "What the network ACLs of the subnets let through"), internet=internet)
    if not isinstance(network.acls, Known):
        return None
    unread = [
        endpoint.cidrs
        for endpoint in network.endpoints
        if endpoint.service in services and isinstance(endpoint.cidrs, Unknown)
    ]
    if unread:
        return _dressed(unknown(unread, "The subnets of the VPC endpoints"), internet=internet)
    found = [
        (subnet, service, barriers)
        for service in services
        for subnet in subnets
        if (barriers := barriers_to(network, subnet, service, internet=internet))
    ]
    for passage in ("closed", "partly"):
        told = [each.text for _, _, barriers in found for each in barriers if each.passage == passage]
        names = dict.fromkeys(s for _, s, barriers in found if any(each.passage == passage for each in barriers))
        if told:
            return _dressed(_judgement(tuple(names), list(dict.fromkeys(told)), passage), internet=internet)
    return None


def _judgement(services: Sequence[str], told: Sequence[str], passage: Passage) -> Judgement:
    if passage == "closed":
        fact = f"Network ACLs block the way to {listed(services)}: {listed(told)}."
        return Judgement(FindingStatus.BLOCKED, fact, _REMEDY, "blocked by network ACLs")
    fact = f"Whether network ACLs let all connections to {listed(services)} through is not known: {listed(told)}."
    return Judgement(FindingStatus.UNKNOWN, fact, _REMEDY, "network ACLs let only some addresses or ports through")


def _dressed(found: Judgement, *, internet: bool) -> Judgement:
    """A network that is known to be blocked is required; what is not known is, where there is no other way."""
    required = found.status is FindingStatus.BLOCKED or not internet
    return Judgement(found.status, found.fact, found.remedy, found.reason, required=required)


# Ways


def barriers_to(network: Network, subnet: NetworkSubnet, service: str, *, internet: bool) -> tuple[Barrier, ...]:
    """The barriers between a subnet and a service: closed ones only if they close every way to it."""
    acls = network.acls.value if isinstance(network.acls, Known) else {}
    ways = [
        tuple(barrier for edge in way if (barrier := _barrier(acls.get(edge.subnet), edge)))
        for way in _ways(network, subnet, service, internet=internet)
    ]
    if not ways or all(not way for way in ways):
        return ()
    shut = all(any(barrier.passage == "closed" for barrier in way) for way in ways)
    found = dict.fromkeys(barrier for way in ways for barrier in way)
    if shut:
        return tuple(barrier for barrier in found if barrier.passage == "closed")
    return tuple(Barrier("partly", barrier.text) for barrier in found)


def _barrier(acl: NetworkAcl | None, edge: _Edge) -> Barrier | None:
    if acl is None:
        return None
    boxes = [(first, last, *edge.ports) for first, last, _, _ in edge.others]
    passage = passage_of(acl.out if edge.out else acl.into, boxes)
    some = {"closed": "no", "partly": "only some"}.get(passage)
    return Barrier(passage, f"{acl.id} of {edge.subnet} lets {some} {edge.text}") if some else None


def _ways(network: Network, subnet: NetworkSubnet, service: str, *, internet: bool) -> Iterator[tuple[_Edge, ...]]:
    """The edges of each way that a name of the service can lead: endpoints take the place of the internet."""
    serving = [each for each in network.endpoints if each.service == service and _serves(each, subnet)]
    for endpoint in serving:
        yield from _to_endpoint(subnet, endpoint)
    if internet and not serving:
        yield (*_own(subnet, _PUBLIC, service), *_through_nat(subnet, service))


def _serves(endpoint: VpcEndpoint, subnet: NetworkSubnet) -> bool:
    if endpoint.kind == "Gateway":
        return endpoint.available and subnet.table in endpoint.tables
    return endpoint.available and endpoint.private_dns


def _to_endpoint(subnet: NetworkSubnet, endpoint: VpcEndpoint) -> Iterator[tuple[_Edge, ...]]:
    if endpoint.kind == "Gateway":
        yield _own(subnet, _PUBLIC, endpoint.service)
        return
    cidrs = endpoint.cidrs.value if isinstance(endpoint.cidrs, Known) else ()
    for id, cidr in zip(endpoint.subnets, cidrs, strict=False):
        if id == subnet.id:
            yield ()  # nothing crosses an edge
        else:
            yield (
                *_own(subnet, _box(cidr), endpoint.service),
                *_at(id, subnet, f"the endpoint for {endpoint.service}"),
            )


def _own(subnet: NetworkSubnet, others: tuple[_Box, ...], service: str) -> tuple[_Edge, _Edge]:
    return (
        _Edge(subnet.id, True, others, _HTTPS, f"traffic out on TCP 443 to {service}"),
        _Edge(subnet.id, False, others, _OF_LINUX, f"answers in on TCP {_span(_OF_LINUX)} from {service}"),
    )


def _at(id: str, subnet: NetworkSubnet, name: str) -> tuple[_Edge, _Edge]:
    """The edge of the subnet that ``name`` is in, toward the containers' subnet."""
    others = _box(subnet.cidr)
    return (
        _Edge(id, False, others, _HTTPS, f"traffic in on TCP 443 from {subnet.id} to {name}"),
        _Edge(id, True, others, _OF_LINUX, f"answers out on TCP {_span(_OF_LINUX)} to {subnet.id} from {name}"),
    )


def _through_nat(subnet: NetworkSubnet, service: str) -> tuple[_Edge, ...]:
    if not subnet.nat:
        return ()
    outer = (
        _Edge(subnet.nat, True, _PUBLIC, _HTTPS, f"traffic out on TCP 443 to {service}"),
        _Edge(subnet.nat, False, _PUBLIC, _OF_NAT, f"answers in on TCP {_span(_OF_NAT)} from {service}"),
    )
    return outer if subnet.nat == subnet.id else (*_at(subnet.nat, subnet, "the NAT gateway"), *outer)


def _span(ports: tuple[int, int]) -> str:
    return f"{ports[0]} to {ports[1]}"


# Rules


def passage_of(rules: Iterable[AclRule], boxes: Iterable[_Box]) -> Passage:
    """What the rules let through of some addresses and ports: the first rule that matches decides, else nothing."""
    left, allowed, denied = list(boxes), False, False
    for rule in rules:
        rest: list[_Box] = []
        for box in left:
            inside = _common(box, _of_rule(rule))
            if inside is None:
                rest.append(box)
                continue
            allowed, denied = allowed or rule.allow, denied or not rule.allow
            rest.extend(_around(box, inside))
        left = rest
    if not allowed:
        return "closed"
    return "partly" if denied or left else "open"


def _of_rule(rule: AclRule) -> _Box:
    first, last, _, _ = _box(rule.cidr)[0]
    return (first, last, *rule.ports)


def _common(box: _Box, other: _Box) -> _Box | None:
    first, last = max(box[0], other[0]), min(box[1], other[1])
    low, high = max(box[2], other[2]), min(box[3], other[3])
    return (first, last, low, high) if first <= last and low <= high else None


def _around(box: _Box, inside: _Box) -> Iterator[_Box]:
    """What is left of a box without a box inside it."""
    first, last, low, high = inside
    yield from ((box[0], first - 1, box[2], box[3]),) if box[0] < first else ()
    yield from ((last + 1, box[1], box[2], box[3]),) if last < box[1] else ()
    yield from ((first, last, box[2], low - 1),) if box[2] < low else ()
    yield from ((first, last, high + 1, box[3]),) if high < box[3] else ()


def _box(cidr: str) -> tuple[_Box, ...]:
    block = ipaddress.IPv4Network(cidr, strict=False)
    return ((int(block.network_address), int(block.broadcast_address), 0, 65535),)


def _public() -> tuple[_Box, ...]:
    """Every address but those that are never AWS's public ones."""
    left: list[_Box] = list(_box("0.0.0.0/0"))
    for cidr in (*_PRIVATE, *_PRIVATE_TOO):
        left = [part for box in left for part in _without(box, _box(cidr)[0])]
    return tuple(left)


def _without(box: _Box, other: _Box) -> Iterator[_Box]:
    inside = _common(box, other)
    yield from (box,) if inside is None else _around(box, inside)


_PUBLIC = _public()
