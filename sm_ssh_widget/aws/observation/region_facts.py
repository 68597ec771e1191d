"""Facts about Systems Manager in one Region: the instance tier, the managed nodes, host management, preferences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.observation.prices import read_node_price
from sm_ssh_widget.aws.observation.quick_setup import read_host_management
from sm_ssh_widget.aws.observation.session_settings import read_session_settings
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import PendingRead
from sm_ssh_widget.requirements.catalogue import TIER_SETTING
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Nodes, RegionFacts, Tier
from sm_ssh_widget.requirements.prices import HourlyPrice

Json: TypeAlias = Any


def read_region(reader: AccountReader, region: str) -> RegionFacts:
    """Read every fact about the Region in parallel."""
    tier = PendingRead(partial(_tier_and_price, reader, region))
    nodes = PendingRead(partial(read_nodes, reader, region))
    host_management = PendingRead(partial(read_host_management, reader, region))
    sessions = PendingRead(partial(read_session_settings, reader, region))
    reader.in_parallel(tier, nodes, host_management, sessions)
    found, offered = host_management.result
    standing, price = tier.result
    return RegionFacts(standing, nodes.result, found, offered, sessions.result, price)


def _tier_and_price(reader: AccountReader, region: str) -> tuple[Fact[Tier], Fact[HourlyPrice]]:
    """Read the tier, and what a node will cost where a plan may change the tier."""
    tier = read_tier(reader, region)
    standard = isinstance(tier, Known) and tier.value.value == "standard"
    return tier, read_node_price(reader, region) if standard else Absent()


def read_tier(reader: AccountReader, region: str) -> Fact[Tier]:
    """Read the instance tier; absent if Systems Manager has no such setting in the Region."""
    setting = _setting(reader, region, TIER_SETTING)
    if not isinstance(setting, Known):
        return setting
    return Known(Tier(setting.value["SettingValue"], setting.value["Status"]), setting.read)


def read_nodes(reader: AccountReader, region: str) -> Fact[Nodes]:
    """Count the hybrid nodes, and the managed nodes that are online."""
    nodes = reader.read_all(
        "ssm", "DescribeInstanceInformation", "InstanceInformationList", region=region, page_size=50
    )
    if not isinstance(nodes, Known):
        return nodes
    hybrid = [node for node in nodes.value if node.get("ResourceType") == "ManagedInstance"]
    own = _online_of_ssh_helper(reader, region) if any(map(_online, hybrid)) else Known(0)
    if not isinstance(own, Known):
        return own  # who registered the nodes decides whether they show that host management works
    return Known(Nodes(len(hybrid), sum(map(_online, nodes.value)), own.value), nodes.read)


def _online(node: Mapping[str, Json]) -> bool:
    return node.get("PingStatus") == "Online"


def _online_of_ssh_helper(reader: AccountReader, region: str) -> Fact[int]:
    """Count the nodes with an owner tag that are online."""
    only = [{"Key": "tag-key", "Values": ["SSHOwner"]}]
    listed = reader.read_all(
        "ssm", "DescribeInstanceInformation", "InstanceInformationList", region=region, page_size=50, Filters=only
    )
    return Known(sum(map(_online, listed.value)), listed.read) if isinstance(listed, Known) else listed


def _setting(reader: AccountReader, region: str, setting: str) -> Fact[Json]:
    answer = reader.read("ssm", "GetServiceSetting", region=region, SettingId=setting)
    return Known(answer.value["ServiceSetting"], answer.read) if isinstance(answer, Known) else answer
