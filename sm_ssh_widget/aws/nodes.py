"""Hybrid nodes of a Region: owner, age and cost; and deregistration of the chosen ones.

SSH Helper gives its nodes three tags. Only a node with all of them is ever deregistered: an on-premises server has none
of them, and a node with unreadable tags is left unchanged.
Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeregisterManagedInstance.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget.aws.observation.prices import read_node_price
from sm_ssh_widget.aws.observation.region_facts import read_tier
from sm_ssh_widget.aws.session.errors import problem_from
from sm_ssh_widget.aws.session.limits import reading_stage
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.prices import HOURS_A_MONTH, node_hour

Json: TypeAlias = Any

OWNER, CREATOR, TIMESTAMP = "SSHOwner", "SSHCreator", "SSHTimestamp"
OWN_TAGS = (OWNER, CREATOR, TIMESTAMP)


@dataclass(frozen=True)
class Node:
    """A hybrid node. ``tags`` is ``None`` if they could not be read; ``usd_a_month`` if the tier is unknown."""

    id: str
    name: str
    online: bool
    registered: datetime | None
    tags: Mapping[str, str] | None
    usd_a_month: float | None

    @property
    def owner(self) -> str:
        """``aws:userid`` of the owner, empty without the tag."""
        return (self.tags or {}).get(OWNER, "")

    @property
    def of_ssh_helper(self) -> bool:
        """Whether the node has all tags of SSH Helper: only then it can be deregistered."""
        return self.tags is not None and all(self.tags.get(tag) for tag in OWN_TAGS)

    @property
    def since(self) -> Fact[datetime]:
        """Start time by its tag, else registration time; unknown if the tag is not a past time."""
        stamp = (self.tags or {}).get(TIMESTAMP, "")
        if not stamp.isdecimal():
            return Known(self.registered) if self.registered else Absent()
        if started := _moment(stamp):
            return Known(started)
        said = f"The tag {TIMESTAMP} is {stamp}, which is not a past time in seconds."
        return Unknown(Reason.UNPARSABLE, "ssm:ListTagsForResource", said, "Check the tags of the node.")

    def to_json(self) -> dict[str, Json]:
        """Return the node as a JSON object; times in ISO 8601, ``since_unknown`` is the reason of an unknown time."""
        since = self.since
        return {
            "id": self.id,
            "name": self.name,
            "owner": self.owner,
            "online": self.online,
            "since": since.value.isoformat() if isinstance(since, Known) else None,
            "since_unknown": since.said if isinstance(since, Unknown) else None,
            "usd_a_month": self.usd_a_month,
            "of_ssh_helper": self.of_ssh_helper,
        }


@reading_stage()
def list_nodes(reader: Reader, region: str) -> tuple[Node, ...]:
    """List every hybrid node of the Region, oldest first. Raises :class:`Problem` if they cannot be listed."""
    only = [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
    listed = reader.read_all(
        "ssm", "DescribeInstanceInformation", "InstanceInformationList", region=region, page_size=50, Filters=only
    )
    if isinstance(listed, Unknown):
        raise Problem(f"Listing the nodes of {region}", listed.said, listed.remedy, Code.AWS_REFUSED)
    records = listed.value if isinstance(listed, Known) else ()
    tags = reader.in_parallel(*(partial(_tags, reader, region, record["InstanceId"]) for record in records))
    cost = _cost(reader, region)
    nodes = [_node(record, found, cost) for record, found in zip(records, tags, strict=True)]
    return tuple(sorted(nodes, key=_by_age))


def _moment(stamp: str) -> datetime | None:
    """Parse a timestamp in seconds; ``None`` if it is out of range or in the future."""
    try:
        moment = datetime.fromtimestamp(int(stamp), timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment <= current_clock().now() else None


def _by_age(node: Node) -> tuple[datetime, str]:
    since = node.since
    return since.value if isinstance(since, Known) else datetime.max.replace(tzinfo=timezone.utc), node.id


def _tags(reader: Reader, region: str, node: str) -> Fact[Json]:
    return reader.read("ssm", "ListTagsForResource", region=region, ResourceType="ManagedInstance", ResourceId=node)


def _cost(reader: Reader, region: str) -> float | None:
    tier = read_tier(reader, region)
    if not isinstance(tier, Known):
        return None
    if tier.value.value != "advanced":
        return 0.0
    return round(node_hour(read_node_price(reader, region))[0] * HOURS_A_MONTH, 2)


def _node(record: Json, tags: Fact[Json], cost: float | None) -> Node:
    known = {tag["Key"]: tag["Value"] for tag in tags.value["TagList"]} if isinstance(tags, Known) else None
    return Node(
        id=record["InstanceId"],
        name=record.get("Name") or record.get("ComputerName", ""),
        online=record.get("PingStatus") == "Online",
        registered=record.get("RegistrationDate"),
        tags=known,
        usd_a_month=cost,
    )


def deregister(chosen: Sequence[str], acting: SignedIn, region: str) -> tuple[Node, ...]:
    """Deregister nodes after reading their tags again. Returns the deregistered nodes.

    Raises :class:`Problem`: ``refused``, before any write, if a node does not exist or lacks one of SSH Helper's tags;
    ``aws-refused``, naming the nodes that are already deregistered.
    """
    there = {node.id: node for node in list_nodes(acting.reader, region)}
    for identity in dict.fromkeys(chosen):
        _check(identity, there.get(identity), region)
    calls = {name: Call("ssm", "DeregisterManagedInstance", {"InstanceId": name}) for name in dict.fromkeys(chosen)}
    gone: list[Node] = []
    acting.tripwire.allow(calls.values(), region)
    try:
        for name, call in calls.items():
            acting.client("ssm", region).deregister_managed_instance(**call.parameters)
            gone.append(there[name])
    except (ClientError, BotoCoreError) as error:
        raise _cut_short(problem_from(error, f"Deregistering {name}"), gone) from None
    finally:
        acting.tripwire.disallow()
    return tuple(gone)


def _check(identity: str, node: Node | None, region: str) -> None:
    where = f"Before deregistering {identity}"
    if node is None:
        said = f"{identity} is not a hybrid node in {region}."
        raise Problem(where, said, "List them: sm-ssh-widget nodes", Code.REFUSED)
    if not node.of_ssh_helper:
        missing = ", ".join(tag for tag in OWN_TAGS if not (node.tags or {}).get(tag))
        said = f"The node has no tag {missing}, so SSH Helper did not create it. It might be another server."
        if node.tags is None:
            said = "The node's tags could not be read, so its owner is unknown."
        raise Problem(where, f"{said} No node was deregistered.", "Choose other nodes.", Code.REFUSED)


def _cut_short(problem: Problem, gone: Sequence[Node]) -> Problem:
    done = f" Already deregistered: {', '.join(node.id for node in gone)}." if gone else ""
    return Problem(problem.where, f"{problem.said}{done}", problem.remedy, problem.code)
