"""Who uses which role: SageMaker domains, user profiles, notebook instances, and recent jobs, models and pipelines.

``Search`` returns the role of a hundred resources at once; domains and notebook instances have to be described one by
one. A Studio space has no role of its own.
Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.aws.observation.regions import AT_ONCE as REGIONS_AT_ONCE
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.observation import Known, Unknown

Json: TypeAlias = Any
UsageDepth: TypeAlias = Literal["none", "defaults", "all"]

PAGES, MOST_PROFILES, AT_ONCE = 10, 200, 4
"""Depth ``defaults``: the newest pages of ``Search``, and user profiles of a Region up to this number."""

_SEARCHED = {
    "TrainingJob": ("TrainingJob", "TrainingJobName", "RoleArn"),
    "Model": ("Model", "ModelName", "ExecutionRoleArn"),
    "Pipeline": ("Pipeline", "PipelineName", "RoleArn"),
}


@dataclass
class Usage:
    """Uses by ARN of the role (``domain/d-x``), and notes on what was not read."""

    uses: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, role: object, use: str) -> None:
        """Add a use, once; without a role there is none."""
        if isinstance(role, str) and role and use not in (known := self.uses.setdefault(role, [])):
            known.append(use)

    def merge(self, other: Usage) -> None:
        """Add the uses and notes of another Region."""
        for role, uses in other.uses.items():
            for use in uses:
                self.add(role, use)
        self.notes += [note for note in other.notes if note not in self.notes]


def read_usage(reader: AccountReader, regions: tuple[str, ...], depth: UsageDepth) -> Usage:
    """Read who uses which role, in each Region. A denied read is a note."""
    usage = Usage()
    places = regions if depth != "none" else ()
    for start in range(0, len(places), REGIONS_AT_ONCE):
        some = places[start : start + REGIONS_AT_ONCE]
        thunks = [partial(_of_region, reader, region, depth) for region in some]
        for found in reader.in_parallel(*thunks) if len(thunks) > 1 else [thunk() for thunk in thunks]:
            usage.merge(found)
    return usage


def _of_region(reader: AccountReader, region: str, depth: UsageDepth) -> Usage:
    usage = Usage()
    _domains(reader, region, depth, usage)
    _notebooks(reader, region, usage)
    for resource in _SEARCHED:
        _searched(reader, region, resource, depth, usage)
    return usage


def _domains(reader: AccountReader, region: str, depth: UsageDepth, usage: Usage) -> None:
    for domain in _listed(reader, region, "ListDomains", "Domains", usage):
        found = reader.read("sagemaker", "DescribeDomain", region=region, DomainId=domain["DomainId"])
        _note(found, usage)
        settings = found.value if isinstance(found, Known) else {}
        for kind in ("DefaultUserSettings", "DefaultSpaceSettings"):
            usage.add(settings.get(kind, {}).get("ExecutionRole"), f"domain/{domain['DomainId']}")
    profiles = _listed(reader, region, "ListUserProfiles", "UserProfiles", usage)
    if depth == "defaults" and len(profiles) > MOST_PROFILES:
        usage.notes.append(
            f"{region} has {len(profiles)} user profiles; the roles of the first {MOST_PROFILES} were read. "
            "To read all: --used-by all"
        )
        profiles = profiles[:MOST_PROFILES]
    names = [{"DomainId": each["DomainId"], "UserProfileName": each["UserProfileName"]} for each in profiles]
    for name, profile in zip(names, _described(reader, region, "DescribeUserProfile", names, usage), strict=True):
        usage.add(profile.get("UserSettings", {}).get("ExecutionRole"), f"user-profile/{'/'.join(name.values())}")


def _notebooks(reader: AccountReader, region: str, usage: Usage) -> None:
    listed = _listed(reader, region, "ListNotebookInstances", "NotebookInstances", usage)
    names = [{"NotebookInstanceName": each["NotebookInstanceName"]} for each in listed]
    for name, found in zip(names, _described(reader, region, "DescribeNotebookInstance", names, usage), strict=True):
        usage.add(found.get("RoleArn"), f"notebook-instance/{name['NotebookInstanceName']}")


def _searched(reader: AccountReader, region: str, resource: str, depth: UsageDepth, usage: Usage) -> None:
    member, name, role = _SEARCHED[resource]
    marker: dict[str, str] = {}
    for _ in range(PAGES if depth == "defaults" else 1000):
        page = reader.read(
            "sagemaker", "Search", region=region, Resource=resource, MaxResults=100, SortBy="CreationTime", **marker
        )
        if not isinstance(page, Known):
            _note(page, usage)
            return
        for result in page.value.get("Results", ()):
            found = result.get(member, {})
            usage.add(found.get(role), f"{resource.lower()}/{found.get(name, '')}")
        if not page.value.get("NextToken"):
            return
        marker = {"NextToken": page.value["NextToken"]}


def _listed(reader: AccountReader, region: str, operation: str, key: str, usage: Usage) -> tuple[Json, ...]:
    found = reader.read_all("sagemaker", operation, key, region=region)
    _note(found, usage)
    return found.value if isinstance(found, Known) else ()


def _described(
    reader: AccountReader, region: str, operation: str, names: list[dict[str, str]], usage: Usage
) -> Iterator[Mapping[str, Json]]:
    """Describe resources, a few at once; an empty object, and a note, for one that could not be read."""
    reads: list[Callable[[], Json]] = [
        partial(reader.read, "sagemaker", operation, region=region, **name) for name in names
    ]
    for start in range(0, len(reads), AT_ONCE):
        for found in reader.in_parallel(*reads[start : start + AT_ONCE]):
            _note(found, usage)
            yield found.value if isinstance(found, Known) else {}


def _note(fact: object, usage: Usage) -> None:
    if isinstance(fact, Unknown):
        note = f"Who uses the roles is not complete: {fact.read} was not answered ({fact.reason.value})."
        if note not in usage.notes:
            usage.notes.append(note)
