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
    """Return ``Vpcs``, ``Subnets``, ``RouteTables``, ``VpcEndpoints`` and ``Offerings`` of a Region."""
    given = state.networks.get(region)
    if given is not None:
        zones = sorted({subnet["AvailabilityZone"] for subnet in given.get("Subnets", ())})
        return {"Vpcs": [], "Subnets": [], "RouteTables": [], "VpcEndpoints": [], "Offerings": _offers(zones), **given}
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
    for each in call.parameters.get("Filters") or ():
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


for _plural in ("Vpcs", "Subnets", "RouteTables", "VpcEndpoints"):
    operation("ec2", f"Describe{_plural}")(_describe(_plural, _plural))
operation("ec2", "DescribeInstanceTypeOfferings")(_describe("InstanceTypeOfferings", "Offerings"))
