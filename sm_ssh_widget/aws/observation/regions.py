"""Regions of an account that an audit reads: those that it names, all that are enabled, or those in use.

A Region is in use if SageMaker has a domain, a notebook instance or a training job there, or Systems Manager a node.
Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Fact, Known, Unknown

USED, ALL = "used", "all"
AT_ONCE = 4
"""Regions that are read at once."""

_SIGNS = (
    ("sagemaker", "ListDomains", "Domains", {"MaxResults": 1}),
    ("sagemaker", "ListNotebookInstances", "NotebookInstances", {"MaxResults": 1}),
    ("sagemaker", "Search", "Results", {"Resource": "TrainingJob", "MaxResults": 1}),
    ("ssm", "DescribeInstanceInformation", "InstanceInformationList", {"MaxResults": 5}),
)


@dataclass(frozen=True)
class AuditedRegions:
    """The Regions to read, and notes on those that are not."""

    regions: tuple[str, ...]
    notes: tuple[str, ...] = ()


def choose_regions(reader: AccountReader, wanted: tuple[str, ...], every: str = "") -> AuditedRegions:
    """Choose the Regions of an account. ``every`` is ``used``, ``all``, or empty for those that are ``wanted``.

    Raises :class:`Problem` (``unknown``) where the Regions of the account cannot be listed, and none is named.
    """
    enabled = _enabled(reader)
    if not isinstance(enabled, Known):
        return _without_list(wanted, every, enabled)
    if not every:
        off = [region for region in wanted if region not in enabled.value]
        notes = tuple(f"{region} is not enabled in the account, and was not read." for region in off)
        return AuditedRegions(tuple(region for region in wanted if region not in off), notes)
    return AuditedRegions(enabled.value) if every == ALL else _used(reader, enabled.value, wanted)


def _without_list(wanted: tuple[str, ...], every: str, fact: Fact[tuple[str, ...]]) -> AuditedRegions:
    if not every:
        return AuditedRegions(wanted)
    said = fact.said if isinstance(fact, Unknown) else "AWS returned no list."
    remedy = "Allow ec2:DescribeRegions, or name the Regions: --regions REGION,…"
    raise Problem("Listing the Regions of the account", said, remedy, Code.UNKNOWN)


def _enabled(reader: AccountReader) -> Fact[tuple[str, ...]]:
    found = reader.read_all("ec2", "DescribeRegions", "Regions")
    if not isinstance(found, Known):
        return found
    return Known(tuple(sorted(str(each["RegionName"]) for each in found.value)), found.read)


def _used(reader: AccountReader, enabled: tuple[str, ...], home: tuple[str, ...]) -> AuditedRegions:
    found: list[bool | None] = []
    for start in range(0, len(enabled), AT_ONCE):
        found += reader.in_parallel(*(partial(_is_used, reader, each) for each in enabled[start : start + AT_ONCE]))
    used = tuple(region for region, told in zip(enabled, found, strict=True) if told is not False)
    unread = [region for region, told in zip(enabled, found, strict=True) if told is None]
    notes = tuple(f"Whether {region} is used could not be read. It was audited." for region in unread)
    if used:
        return AuditedRegions(used, notes)
    return AuditedRegions(home, (*notes, f"No Region is used. {', '.join(home)} was audited."))


def _is_used(reader: AccountReader, region: str) -> bool | None:
    """Return whether a Region is in use, ``None`` if no sign was found and one could not be read."""
    unread = False
    for service, operation, key, parameters in _SIGNS:
        found = reader.read(service, operation, region=region, **parameters)
        if isinstance(found, Known) and found.value.get(key):
            return True
        unread |= isinstance(found, Unknown)
    return None if unread else False
