"""State of the temporary instance, found by the tag of its run even if the process that started it was killed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache, partial
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.changes.step_notes import MOST_ATTEMPTS
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.requirements.observation import Absent, Fact, InstanceChecked, Known, Unknown

Json: TypeAlias = Any

_THERE = ["pending", "running", "shutting-down", "stopping", "stopped"]


def read(reader: AccountReader, where: Mapping[str, str]) -> Fact[Json]:
    """Read ``{"instance": ID, "now": {"state", "zone"}}`` of the instance of this run; absent once it is terminated.

    Absent also before a journal has started the run. Anyone can tag an instance, so one counts only if it was started
    with a client token of the run, which cannot be changed later.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
    """
    if "run" not in where:
        return Absent()
    only = [
        {"Name": f"tag:{RUN_TAG}", "Values": [where["run"]]},
        {"Name": "instance-state-name", "Values": _THERE},
    ]
    listed = _list(reader, where["region"], only)
    if not isinstance(listed, Known):
        return listed
    started = [each for each in listed.value if each.get("ClientToken") in _tokens(where["run"])]
    if not started:
        return Absent(listed.read)
    first = min(started, key=lambda each: str(each["InstanceId"]))
    now = {"state": first["State"]["Name"], "zone": first.get("Placement", {}).get("AvailabilityZone", "")}
    return Known({"instance": first["InstanceId"], "now": now}, listed.read)


def client_token(run: str, attempt: int) -> str:
    """Return the client token of an instance, different for each run and for each instance of a run."""
    return hashlib.sha256(f"{run}/{attempt}".encode()).hexdigest()[:32]


@cache
def _tokens(run: str) -> frozenset[str]:
    return frozenset(client_token(run, attempt) for attempt in range(1, MOST_ATTEMPTS + 1))


def read_one(reader: AccountReader, region: str, instance: str) -> Fact[Json]:
    """Read ``{"state", "reason"}`` of an instance, also a terminated one; absent if EC2 does not show it.

    The reason is EC2's (``Client.UserInitiatedShutdown: …``), empty while there is none.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
    """
    only = [{"Name": "instance-id", "Values": [instance]}]
    listed = _list(reader, region, only)
    if not isinstance(listed, Known):
        return listed
    if not listed.value:
        return Absent(listed.read)
    reason = listed.value[0].get("StateReason", {})
    said = reason.get("Message") or reason.get("Code", "")
    return Known({"state": listed.value[0]["State"]["Name"], "reason": said}, listed.read)


def read_earlier(reader: AccountReader, region: str) -> tuple[Fact[InstanceChecked], Fact[tuple[str, ...]]]:
    """Read the instance checks of any run that AWS still shows: the last completed one, and running instances.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html (a terminated instance stays
    visible for about an hour)
    """
    listed = _list(reader, region, [{"Name": "tag-key", "Values": [RUN_TAG]}])
    if not isinstance(listed, Known):
        return listed, listed
    ended = [str(each["InstanceId"]) for each in listed.value if each["State"]["Name"] == "terminated"]
    running = sorted(_since(each) for each in listed.value if each["State"]["Name"] in _THERE)
    return _last(reader, region, ended, listed.read), Known(tuple(running), listed.read)


def _list(reader: AccountReader, region: str, only: Json) -> Fact[tuple[Json, ...]]:
    listed = reader.read_all("ec2", "DescribeInstances", "Reservations", region=region, Filters=only)
    if not isinstance(listed, Known):
        return listed
    return Known(tuple(each for reservation in listed.value for each in reservation["Instances"]), listed.read)


def _since(instance: Json) -> str:
    return f"{instance['InstanceId']} (started at {_utc(instance['LaunchTime'])})"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _last(reader: AccountReader, region: str, instances: Sequence[str], read: str) -> Fact[InstanceChecked]:
    """Return the last completed session to these instances."""
    found = reader.in_parallel(*(partial(_session, reader, region, instance) for instance in instances))
    known = [fact.value for fact in found if isinstance(fact, Known)]
    unread = (fact for fact in found if isinstance(fact, Unknown))
    return Known(max(known, key=lambda each: each.at), read) if known else next(unread, Absent(read))


def _session(reader: AccountReader, region: str, instance: str) -> Fact[InstanceChecked]:
    """Return the last session to an instance that started and ended."""
    only = [{"key": "Target", "value": instance}]
    read = reader.read_all("ssm", "DescribeSessions", "Sessions", region=region, State="History", Filters=only)
    if not isinstance(read, Known):
        return read
    begun = [session["StartDate"] for session in read.value if session["Status"] == "Terminated"]
    if not begun:
        return Absent(read.read)
    return Known(InstanceChecked(instance, _utc(max(begun))), read.read)
