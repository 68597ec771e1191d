"""The temporary instance as it is: known by its tag, whoever started it and whatever became of that process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.aws.reader import Reader
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.requirements.observation import Absent, Fact, Known

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
