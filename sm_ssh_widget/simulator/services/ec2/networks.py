"""EC2 networks for placing an instance. A Region without data in the scenario has a default VPC.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import Handler, ServiceCall, operation
from sm_ssh_widget.simulator.state import AccountState, Record

TYPES = ("t2.micro", "t3.micro", "t3.small", "t3a.micro")
_ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_MEMBERS = ("Vpcs", "Subnets", "RouteTables", "VpcEndpoints", "NatGateways", "SecurityGroups", "NetworkAcls")
_FILTERS = {
    "vpc-id": "VpcId",
    "subnet-id": "SubnetId",
    "availability-zone": "AvailabilityZone",
    "state": "State",
    "service-name": "ServiceName",
    "instance-type": "InstanceType",
    "location": "Location",
}


def network(state: AccountState, region: str) -> Record:
    """Return ``Vpcs``, ``Subnets``, ``RouteTables``, ``VpcEndpoints``, … and ``Offerings`` of a Region."""
    given = state.networks.get(region)
    if given is not None:
        zones = sorted({subnet["AvailabilityZone"] for subnet in given.get("Subnets", ())})
        return {**{name: [] for name in _MEMBERS}, "Offerings": _offers(zones), **given}
    return _default(state, region)


def _default(state: AccountState, region: str) -> Record:
    vpc = _id("vpc", state.account, region)
    zones = [f"{region}{letter}" for letter in "abc"]
    subnets = [
        {
            "SubnetId": _id("subnet", state.account, zone),
            "VpcId": vpc,
            "AvailabilityZone": zone,
            "CidrBlock": f"172.31.{number * 16}.0/20",
            "State": "available",
            "DefaultForAz": True,
            "MapPublicIpOnLaunch": True,
            "AvailableIpAddressCount": 4091,
        }
        for number, zone in enumerate(zones)
    ]
    outside = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": _id("igw", vpc), "State": "active"}
    table = {"RouteTableId": _id("rtb", vpc), "VpcId": vpc, "Associations": [{"Main": True}], "Routes": [outside]}
    return {
        "Vpcs": [{"VpcId": vpc, "CidrBlock": "172.31.0.0/16", "IsDefault": True, "State": "available"}],
        "Subnets": subnets,
        "RouteTables": [table],
        "VpcEndpoints": [],
        "NatGateways": [],
        "SecurityGroups": [],
        "NetworkAcls": [],
        "Offerings": _offers(zones),
    }


def _id(prefix: str, *of: str) -> str:
    return f"{prefix}-{hashlib.sha256('/'.join((prefix, *of)).encode()).hexdigest()[:17]}"


def _offers(zones: Sequence[str]) -> list[Record]:
    return [
        {"InstanceType": name, "LocationType": "availability-zone", "Location": zone}
        for zone in zones
        for name in TYPES
    ]


def filtered(call: ServiceCall, items: Sequence[Record], members: dict[str, str]) -> list[Record]:
    """Return the items that match the request's filters. Raises ``InvalidParameterValue`` for an unknown filter."""
    found = list(items)
    for each in call.parameters.get("Filters") or call.parameters.get("Filter") or ():
        if each["Name"] not in members:
            raise AwsError("InvalidParameterValue", f"The filter '{each['Name']}' is invalid")
        found = [item for item in found if _passes(item.get(members[each["Name"]]), each["Values"])]
    return found


def _passes(value: object, wanted: Sequence[str]) -> bool:
    """Whether a value, or one of several, is among the wanted ones."""
    return any(one in wanted for one in (value if isinstance(value, list) else [value]))


def paged(call: ServiceCall, member: str, items: Sequence[Record]) -> Record:
    """Return a page in EC2's form."""
    page, token = call.page(items, call.parameters.get("MaxResults"), call.parameters.get("NextToken"), 1000)
    return {member: page, "NextToken": token}


def _describe(answered: str, member: str) -> Handler:
    def handler(call: ServiceCall) -> Record:
        return paged(call, answered, filtered(call, network(call.state, call.region)[member], _FILTERS))

    return handler


for _plural in ("Vpcs", "RouteTables", "VpcEndpoints", "NatGateways"):
    operation("ec2", f"Describe{_plural}")(_describe(_plural, _plural))


def _named(plural: str, key: str, asked: str, code: str) -> Handler:
    """Describe some things by their IDs; one that does not exist is AWS's error."""

    def handler(call: ServiceCall) -> Record:
        items, ids = network(call.state, call.region)[plural], call.parameters.get(asked)
        known = {item[key] for item in items}
        for id in ids or ():
            if id not in known:
                raise AwsError(code, f"The {key[0].lower()}{key[1:-2]} ID '{id}' does not exist")
        chosen = [item for item in items if ids is None or item[key] in ids]
        return paged(call, plural, filtered(call, chosen, _FILTERS))

    return handler


def _groups(call: ServiceCall) -> Record:
    """Describe security groups; one without egress rules in the state has AWS's default rule, which lets all out."""
    found = _named("SecurityGroups", "GroupId", "GroupIds", "InvalidGroup.NotFound")(call)
    return {**found, "SecurityGroups": [{"IpPermissionsEgress": _ALL_OUT, **each} for each in found["SecurityGroups"]]}


@operation("ec2", "DescribeNetworkAcls")
def _acls(call: ServiceCall) -> Record:
    """Describe network ACLs: a subnet that the state gives none is in its VPC's default one, which lets all through."""
    found = network(call.state, call.region)
    taken = {each["SubnetId"] for acl in found["NetworkAcls"] for each in acl.get("Associations", ())}
    free = [subnet for subnet in found["Subnets"] if subnet["SubnetId"] not in taken]
    default = [
        _default_acl(vpc, [subnet["SubnetId"] for subnet in free if subnet["VpcId"] == vpc])
        for vpc in dict.fromkeys(str(subnet["VpcId"]) for subnet in free)
    ]
    return paged(call, "NetworkAcls", filtered(call, [*found["NetworkAcls"], *default], _FILTERS))


def _default_acl(vpc: str, subnets: Sequence[str]) -> Record:
    """A VPC's default network ACL. The last rule of each direction, which cannot be removed, denies all traffic.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    """
    rule = {"Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    numbered = ((100, "allow"), (32767, "deny"))
    entries = [
        {**rule, "RuleNumber": number, "RuleAction": action, "Egress": egress}
        for egress in (True, False)
        for number, action in numbered
    ]
    joined = [{"SubnetId": subnet, "NetworkAclId": _id("acl", vpc)} for subnet in subnets]
    return {
        "NetworkAclId": _id("acl", vpc),
        "VpcId": vpc,
        "IsDefault": True,
        "Entries": entries,
        "Associations": joined,
    }


operation("ec2", "DescribeSubnets")(_named("Subnets", "SubnetId", "SubnetIds", "InvalidSubnetID.NotFound"))
operation("ec2", "DescribeSecurityGroups")(_groups)


def _on_vpc(call: ServiceCall) -> Sequence[str]:
    return (call.arn(f"vpc/{call.parameters['VpcId']}"),)


@operation("ec2", "DescribeVpcAttribute", on=_on_vpc)
def _attribute(call: ServiceCall) -> Record:
    """Describe an attribute of a VPC: DNS is on in a VPC unless the state says otherwise."""
    id, name = call.parameters["VpcId"], str(call.parameters["Attribute"])
    found = next((vpc for vpc in network(call.state, call.region)["Vpcs"] if vpc["VpcId"] == id), None)
    if found is None:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{id}' does not exist")
    member = name[:1].upper() + name[1:]
    return {"VpcId": id, member: {"Value": bool(found.get(member, True))}}


operation("ec2", "DescribeInstanceTypeOfferings")(_describe("InstanceTypeOfferings", "Offerings"))
