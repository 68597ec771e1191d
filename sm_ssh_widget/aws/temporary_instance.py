"""The temporary instance as it is: known by its tag, whoever started it and whatever became of that process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timezone
from functools import partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.reader import Reader
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.requirements.observation import Absent, Fact, InstanceChecked, Known, Unknown

Json: TypeAlias = Any

_THERE = ["pending", "running", "shutting-down", "stopping", "stopped"]


def read(reader: Reader, where: Mapping[str, str]) -> Fact[Json]:
    """``{"instance": ID, "now": {"state", "zone"}}`` of the instance of this run; absent once it is terminated."""
    only = [
        {"Name": f"tag:{RUN_TAG}", "Values": [where["run"]]},
        {"Name": "instance-state-name", "Values": _THERE},
    ]
    listed = reader.read_all("ec2", "DescribeInstances", "Reservations", region=where["region"], Filters=only)
    if not isinstance(listed, Known):
        return listed
    instances = [instance for reservation in listed.value for instance in reservation["Instances"]]
    if not instances:
        return Absent(listed.read)
    first = min(instances, key=lambda each: str(each["InstanceId"]))
    now = {"state": first["State"]["Name"], "zone": first.get("Placement", {}).get("AvailabilityZone", "")}
    return Known({"instance": first["InstanceId"], "now": now}, listed.read)


def read_checked(reader: Reader, region: str) -> Fact[InstanceChecked]:
    """The last check that AWS remembers: a session to an instance of any run that is terminated since.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html (it stays visible for about
    an hour)
    """
    ended = [
        {"Name": "tag-key", "Values": [RUN_TAG]},
        {"Name": "instance-state-name", "Values": ["terminated"]},
    ]
    listed = reader.read_all("ec2", "DescribeInstances", "Reservations", region=region, Filters=ended)
    if not isinstance(listed, Known):
        return listed
    instances = [str(instance["InstanceId"]) for reservation in listed.value for instance in reservation["Instances"]]
    found = reader.in_parallel(*(partial(_session, reader, region, instance) for instance in instances))
    known = [fact.value for fact in found if isinstance(fact, Known)]
    unread = (fact for fact in found if isinstance(fact, Unknown))
    return Known(max(known, key=lambda each: each.at), listed.read) if known else next(unread, Absent(listed.read))


def _session(reader: Reader, region: str, instance: str) -> Fact[InstanceChecked]:
    """The last session to an instance that was opened and has ended."""
    only = [{"key": "Target", "value": instance}]
    read = reader.read_all("ssm", "DescribeSessions", "Sessions", region=region, State="History", Filters=only)
    if not isinstance(read, Known):
        return read
    begun = [session["StartDate"] for session in read.value if session["Status"] == "Terminated"]
    if not begun:
        return Absent(read.read)
    return Known(InstanceChecked(instance, f"{max(begun).astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"), read.read)
