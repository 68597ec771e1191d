"""Regions of an account, of which opt-in Regions can be disabled (condition ``DisabledRegions``).

Sources: https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html,
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.sessions import regions_of
from sm_ssh_widget.simulator.state import Record

OPT_IN = frozenset(
    (
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4"),
        *("ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1"),
        *("eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1"),
    )
)
"""Regions that an account must enable before it can use them."""


def _names(call: ServiceCall) -> Sequence[str]:
    return sorted(regions_of("ec2", call.state.partition))


def _is_disabled(call: ServiceCall, region: str) -> bool:
    return region in call.state.conditions["DisabledRegions"]


def _status(call: ServiceCall, region: str) -> str:
    if region not in OPT_IN:
        return "ENABLED_BY_DEFAULT"
    return "DISABLED" if _is_disabled(call, region) else "ENABLED"


def _on_account(call: ServiceCall) -> Sequence[str]:
    return (f"arn:{call.state.partition}:account::{call.state.account}:account",)


@operation("account", "ListRegions", on=_on_account)
def _list(call: ServiceCall) -> Record:
    if call.parameters.get("AccountId") not in (None, call.state.account):
        raise AwsError("AccessDeniedException", "User is not authorized to access the account that was specified.", 403)
    wanted = call.parameters.get("RegionOptStatusContains")
    found = [{"RegionName": name, "RegionOptStatus": _status(call, name)} for name in _names(call)]
    listed = [each for each in found if not wanted or each["RegionOptStatus"] in wanted]
    page, token = call.page(listed, call.parameters.get("MaxResults"), call.parameters.get("NextToken"), 50)
    return {"Regions": page, "NextToken": token}


@operation("ec2", "DescribeRegions")
def _describe(call: ServiceCall) -> Record:
    """Return the enabled Regions, and with ``AllRegions`` or by name the disabled ones too."""
    names = call.parameters.get("RegionNames") or _names(call)
    if unknown := sorted(set(names) - set(_names(call))):
        raise AwsError("InvalidParameterValue", f"Invalid region provided: {', '.join(unknown)}", 400)
    every = call.parameters.get("AllRegions") or call.parameters.get("RegionNames")
    return {"Regions": [_described(call, name) for name in names if every or not _is_disabled(call, name)]}


def _described(call: ServiceCall, region: str) -> Record:
    opted = "not-opted-in" if _is_disabled(call, region) else "opted-in"
    status = opted if region in OPT_IN else "opt-in-not-required"
    suffix = "amazonaws.com.cn" if call.state.partition == "aws-cn" else "amazonaws.com"
    return {"RegionName": region, "Endpoint": f"ec2.{region}.{suffix}", "OptInStatus": status}
