"""The judge of the network: whether a container in these subnets reaches what SSH Helper calls. Pure.

Only IPv4 and the default route are judged. A route that leaves the VPC another way, peered VPCs and custom DNS cannot
be judged by reads of this account.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.requirements import network_acls, network_egress
from sm_ssh_widget.requirements.capabilities import SERVER, filled
from sm_ssh_widget.requirements.condition_keys import documented
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.facts import Known, Unknown
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement, failed_reads, listed, unknown
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, VpcEndpoint
from sm_ssh_widget.requirements.observation import Observation, Target
from sm_ssh_widget.requirements.requests import filling_for

NEEDED: Mapping[str, str] = {
    "ssm": "Interface",
    "ssmmessages": "Interface",
    "sts": "Interface",
    "s3": "Gateway",
}
"""The endpoints that SSH Helper needs without internet access, and their usual type."""

Fix: TypeAlias = Literal["create", "available", "private-dns", "route-table", "group"]

_DEFAULT_NAMES = ("ec2messages", "sagemaker.api")
_TEXT = "Hand the text for the network team over: sm-ssh-widget export --format network-cli"
_DEAD_END = "the default route of {subnet} leads nowhere"
_NO_ADDRESS = "SageMaker gives containers in {subnet} no public address, so its internet gateway does not help"
_ISOLATED = "A job with network isolation reaches nothing, whatever its subnets."


@dataclass(frozen=True)
class Gap:
    """What an endpoint lacks: the service, what has to be done, the endpoint if it exists, and the subnets."""

    service: str
    fix: Fix
    subnets: tuple[NetworkSubnet, ...]
    endpoint: VpcEndpoint | None = None

    @property
    def told(self) -> str:
        """The gap in a few words."""
        return {
            "create": f"no endpoint for {self.service}",
            "available": f"the endpoint for {self.service} is not available",
            "private-dns": f"no private DNS on the endpoint for {self.service}",
            "route-table": f"no route to the gateway endpoint for {self.service}",
            "group": f"no security group rule for port 443 on the endpoint for {self.service}",
        }[self.fix]


@dataclass(frozen=True)
class _Barred:
    """An endpoint policy that does not let the role through: the action, and what is not known, if it depends."""

    endpoint: VpcEndpoint
    action: str
    statement: str = ""
    keys: tuple[str, ...] = ()


def judge(seen: Observation) -> Judgement:
    """Judge the network of the space's domain or of the named subnets; required where no internet is known."""
    fact = seen.chosen.network
    if isinstance(fact, Unknown):
        return unknown([fact], "The network of the containers")
    if not isinstance(fact, Known):
        return Judgement(
            FindingStatus.NOT_APPLICABLE,
            "No Studio space and no subnet was specified, so the network was not checked.",
            "Specify the subnets of your jobs: --subnet ID",
            "specify the subnets",
        )
    network = fact.value
    if network.through_sagemaker:
        said = f"The domain {network.domain} reaches the internet through SageMaker's own network. {_ISOLATED}"
        return Judgement(FindingStatus.SATISFIED, said)
    return _of_subnets(network, seen)


def without_internet(network: Network) -> tuple[NetworkSubnet, ...]:
    """The subnets that are known to have no way to the internet."""
    ways = ("none", "nowhere", "internet-gateway")
    return tuple(s for s in network.subnets if isinstance(s.route, Known) and s.route.value in ways)


def _of_subnets(network: Network, seen: Observation) -> Judgement:
    closed = without_internet(network)
    if closed:
        return _by_endpoints(network, closed, seen)
    open_ = [subnet.route for subnet in network.subnets if isinstance(subnet.route, Unknown)]
    if open_:
        return unknown(open_, "The way of the subnets to the internet")
    away = [s.id for s in network.subnets if isinstance(s.route, Known) and s.route.value == "elsewhere"]
    if away:
        fact = f"The default route of {listed(away)} leaves the VPC. Where it leads cannot be read in this account."
        return Judgement(FindingStatus.UNKNOWN, fact, "Ask your network team.", "the route leaves the VPC")
    if shut := _shut(network, network.subnets, internet=True):
        return shut
    ids = listed([subnet.id for subnet in network.subnets])
    return Judgement(FindingStatus.SATISFIED, f"{ids} can reach the internet through a NAT gateway. {_ISOLATED}")


def _by_endpoints(network: Network, closed: Sequence[NetworkSubnet], seen: Observation) -> Judgement:
    where = listed([subnet.id for subnet in closed])
    gaps, open_ = gaps_of(network), tuple(_open_groups(network))
    if gaps and _reasons(closed):
        said = f"{listed(_reasons(closed))}, and no endpoints replace it: {listed([gap.told for gap in gaps])}."
        return _required(FindingStatus.BLOCKED, f"{said[:1].upper()}{said[1:]}", _TEXT, listed(_reasons(closed)))
    if gaps:
        said = f"{where} cannot reach the internet, and these are missing: {listed([gap.told for gap in gaps])}."
        return _required(FindingStatus.MISSING, said, _TEXT, listed([gap.told for gap in gaps]))
    shut = _shut(network, closed, internet=False)
    if shut and shut.status is FindingStatus.BLOCKED:
        return shut
    barred = tuple(_barred(network, seen.target, sorted({subnet.vpc for subnet in closed})))
    certain = [each for each in barred if not each.keys]
    if certain:
        return _by_policy(certain[0])
    if barred:
        return _depends(barred[0])
    if shut:
        return shut
    if open_:
        said = f"Whether the security groups of {listed(open_)} let the containers in on port 443 is not known."
        return _required(FindingStatus.UNKNOWN, said, "Ask your network team.", "the containers' groups are not known")
    return _through_endpoints(network, where)


def _required(status: FindingStatus, fact: str, remedy: str, reason: str, *by: Evidence) -> Judgement:
    return Judgement(status, fact, remedy, reason, by, required=True)


def _reasons(closed: Sequence[NetworkSubnet]) -> list[str]:
    """Why the default routes of subnets do not help, where they have one."""
    told = {"nowhere": _DEAD_END, "internet-gateway": _NO_ADDRESS}
    routes = [(subnet.id, subnet.route.value) for subnet in closed if isinstance(subnet.route, Known)]
    return [told[route].format(subnet=id) for id, route in routes if route in told]


def _through_endpoints(network: Network, where: str) -> Judgement:
    fact = f"{where} cannot reach the internet, and the VPC endpoints reach everything that SSH Helper calls."
    names = {endpoint.service for endpoint in network.endpoints}
    notes = [f"no endpoint for {name}" for name in _DEFAULT_NAMES if name not in names]
    caveat = (
        "Without internet access, downloads fail while SSH Helper starts: use an image that has the AWS CLI and SSM "
        f"Agent. Agents before 3.3.40.0 also need the endpoint ec2messages. {_ISOLATED}"
    )
    names_open = (
        [f"Whether the VPC resolves the private names of its endpoints was not read: {failed_reads([network.dns])}."]
        if isinstance(network.dns, Unknown)
        else []
    )
    caveats = (caveat, *names_open)
    return Judgement(FindingStatus.SATISFIED, fact, "", "; ".join(notes), caveats=caveats, required=True)


# Gaps


def gaps_of(network: Network) -> tuple[Gap, ...]:
    """What the endpoints of the VPCs lack for the subnets without internet access, in the order of :data:`NEEDED`."""
    closed = without_internet(network)
    return tuple(gap for service in NEEDED for gap in _gaps(network, service, closed))


def _gaps(network: Network, service: str, closed: Sequence[NetworkSubnet]) -> Iterator[Gap]:
    found = [endpoint for endpoint in network.endpoints if endpoint.service == service]
    fixes: dict[tuple[Fix, str], list[NetworkSubnet]] = {}
    by_id = {endpoint.id: endpoint for endpoint in found}
    for subnet in closed:
        ways = [(_fix(network, subnet, endpoint), endpoint.id) for endpoint in found]
        if not ways:
            fixes.setdefault(("create", ""), []).append(subnet)
        elif all(fix for fix, _ in ways):
            fix, id = ways[0]
            if fix:
                fixes.setdefault((fix, id), []).append(subnet)
    for (fix, id), subnets in fixes.items():
        yield Gap(service, fix, tuple(subnets), by_id.get(id))


def _fix(network: Network, subnet: NetworkSubnet, endpoint: VpcEndpoint) -> Fix | None:
    """What has to be done so that a subnet reaches an endpoint, ``None`` for nothing."""
    if not endpoint.available:
        return "available"
    if endpoint.kind == "Gateway":
        return None if subnet.table in endpoint.tables else "route-table"
    if not endpoint.private_dns or (isinstance(network.dns, Known) and not network.dns.value):
        return "private-dns"
    return "group" if _lets_in(network, subnet, endpoint) is False else None


def _lets_in(network: Network, subnet: NetworkSubnet, endpoint: VpcEndpoint) -> bool | None:
    """Whether the groups of an endpoint let a container in on port 443, ``None`` if that is not known."""
    if not isinstance(endpoint.sources, Known):
        return None
    sources = endpoint.sources.value
    if any(_covers(source, subnet.cidr) for source in sources):
        return True
    groups = [source for source in sources if source.startswith("sg-")]
    if isinstance(network.groups, Known):
        return any(group in network.groups.value for group in groups)
    return None if groups else False


def _covers(source: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_network(cidr).subnet_of(ipaddress.ip_network(source))  # type: ignore[arg-type]
    except (TypeError, ValueError):  # the ID of a group, or a block of the other IP version
        return False


def _open_groups(network: Network) -> Iterator[str]:
    """The endpoints whose groups may or may not let the containers in."""
    for endpoint in network.endpoints:
        asked = endpoint.service in NEEDED and endpoint.kind == "Interface"
        if asked and any(_lets_in(network, subnet, endpoint) is None for subnet in without_internet(network)):
            yield endpoint.service


# Egress


def _shut(network: Network, subnets: Sequence[NetworkSubnet], *, internet: bool) -> Judgement | None:
    """What the containers' groups or the network ACLs block, else what is not known of them, else ``None``."""
    found = [
        judgement
        for judgement in (
            _by_egress(network, internet=internet),
            network_acls.judge(network, subnets, NEEDED, internet=internet),
        )
        if judgement
    ]
    return next((each for each in found if each.status is FindingStatus.BLOCKED), None) or next(iter(found), None)


def _by_egress(network: Network, *, internet: bool) -> Judgement | None:
    """What the containers' own groups block, ``None`` for nothing. ``internet``: whether the subnets lead there."""
    ways = {name: _egress(network, name, internet=internet) for name in NEEDED}
    groups = listed(network.groups.value) if isinstance(network.groups, Known) else ""
    closed = [name for name, way in ways.items() if way == "closed"]
    if closed:
        fact = f"The security groups of the containers ({groups}) let nothing out on port 443 to {listed(closed)}."
        remedy = "Ask your network team to allow outbound HTTPS (TCP 443) in one of these groups."
        reason = "no outbound rule for port 443 in the containers' security groups"
        return Judgement(FindingStatus.BLOCKED, fact, remedy, reason, required=True)
    if isinstance(network.egress, Unknown):
        found = unknown([network.egress], "What the security groups of the containers let out")
        return replace(found, required=not internet)
    open_ = [name for name, way in ways.items() if way == "unknown"]
    if not open_:
        return None
    to = listed(open_)
    fact = f"Whether the security groups of the containers ({groups}) let them out on port 443 to {to} is not known."
    reason = "outbound rules of the containers' security groups for some addresses only"
    return Judgement(FindingStatus.UNKNOWN, fact, "Ask your network team.", reason, required=not internet)


def _egress(network: Network, service: str, *, internet: bool) -> network_egress.Egress:
    """Whether the groups let the containers out to a service: to an endpoint in its VPC, or to the internet."""
    by_endpoint = network_egress.to_service(network, service)
    if not internet:
        return by_endpoint
    out = network_egress.to_internet(network)
    return by_endpoint if by_endpoint == "open" or (out == "closed" and by_endpoint == "unknown") else out


# Endpoint policies


def _barred(network: Network, target: Target, vpcs: Sequence[str]) -> Iterator[_Barred]:
    for endpoint in network.endpoints:
        if endpoint.policy and endpoint.service in NEEDED:
            yield from _barred_by(endpoint, target, vpcs)


def _barred_by(endpoint: VpcEndpoint, target: Target, vpcs: Sequence[str]) -> Iterator[_Barred]:
    """The first of the role's requests that the policy of an endpoint does not let through."""
    try:
        policy = compile_policy(parse(endpoint.policy), "endpoint policy")
    except PolicyError:
        yield _Barred(endpoint, "", keys=("the policy, which could not be parsed",))
        return
    for request in _requests(endpoint, target, vpcs):
        decision = evaluate(request, Policies(resource=policy))
        if decision.outcome is not Outcome.ALLOWED:
            keys = tuple(map(documented, decision.keys)) if decision.outcome is Outcome.DEPENDS else ()
            yield _Barred(endpoint, request.action, decision.statement or "", keys)
            return


def _requests(endpoint: VpcEndpoint, target: Target, vpcs: Sequence[str]) -> Iterator[Request]:
    """What SSH Helper sends through an endpoint, as a session of the execution role."""
    session = f"arn:{target.partition}:sts::{target.account}:assumed-role/{target.role.name}/SageMaker"
    certain = {
        "aws:PrincipalArn": str(target.role),
        "aws:PrincipalAccount": target.account,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "AssumedRole",
        "aws:ResourceAccount": target.account,
        "aws:RequestedRegion": target.region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:SourceVpce": endpoint.id,
        **({"aws:SourceVpc": vpcs[0]} if len(vpcs) == 1 else {}),
    }
    for capability in SERVER:
        if capability.only_if is None and capability.action.partition(":")[0] == endpoint.service:
            made = filled(capability, filling_for(target))
            context = {**certain, **made.context}
            yield Request(session, made.action, made.resource, target.account, context, open_context=True)


def _by_policy(found: _Barred) -> Judgement:
    name = f"the policy of the VPC endpoint {found.endpoint.id} ({found.endpoint.service})"
    fact = f"{name} does not let this role call {found.action}."
    remedy = "Ask the owner of the endpoint to allow the execution role in its policy."
    by = Evidence(found.endpoint.id, found.statement, "vpc-endpoint")
    return _required(FindingStatus.BLOCKED, f"{fact[:1].upper()}{fact[1:]}", remedy, f"blocked by {name}", by)


def _depends(found: _Barred) -> Judgement:
    keys = listed(found.keys)
    name = f"the VPC endpoint {found.endpoint.id} ({found.endpoint.service})"
    fact = f"Whether {name} lets this role through depends on {keys}."
    remedy = "Ask the owner of the endpoint which value its policy expects."
    return _required(FindingStatus.UNKNOWN, fact, remedy, f"depends on {keys}")
