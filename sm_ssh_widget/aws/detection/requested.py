"""Explicit and ambient settings: role, user and Region, each with its source. No AWS calls."""

from __future__ import annotations

import os
from dataclasses import dataclass

import boto3

from sm_ssh_widget.aws.detection.metadata import Metadata
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn, is_region, partition_of_region
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import SPECIFIED

_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class RequestedTarget:
    """Role (specified, ``explicit``, or from SageMaker's metadata) and identity that connects, by ARN."""

    role: PrincipalArn | None
    role_source: str
    explicit: bool
    user: PrincipalArn | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionChoice:
    """Region with its source, and notes for the person."""

    region: str
    source: str
    notes: tuple[str, ...] = ()


def requested_target(role: str | None, user: str | None, metadata: Metadata) -> RequestedTarget:
    """Parse the specified ARNs. Raises :class:`Problem` (``usage``); an invalid ARN in the metadata is a note."""
    person = _principal("--user", user, ("role", "user", "root", "assumed-role")) if user else None
    if role:
        named = _principal("--role", role, ("role", "assumed-role"))
        return RequestedTarget(named.role() if named.kind == "assumed-role" else named, SPECIFIED, True, person)
    if not metadata.execution_role:
        return RequestedTarget(None, "", False, person)
    try:
        told = PrincipalArn.parse(metadata.execution_role)
        if told.kind != "role":
            raise ArnError(f"{told} is the ARN of a {told.kind}, not of a role")
    except ArnError as error:
        return RequestedTarget(
            None, "", False, person, (f"ExecutionRoleArn in SageMaker's metadata file is invalid: {error}.",)
        )
    return RequestedTarget(told, "SageMaker's metadata (ExecutionRoleArn)", False, person)


def find_region(region: str | None, session: boto3.Session | None, metadata: Metadata) -> RegionChoice:
    """Find the Region: specified, ambient or in SageMaker's metadata. Raises :class:`Problem` (``usage``) if none."""
    found = _named_region(region) or _ambient_region(session) or _told_region(metadata)
    if found is None:
        raise Problem("--region", "No Region was found.", "Specify one: --region eu-west-1", Code.USAGE)
    if not is_region(found.region):
        said = f"{found.region!r} ({found.source}) is not a Region name."
        raise Problem("--region", said, "Use a Region name such as eu-west-1.", Code.USAGE)
    if metadata.region and metadata.region != found.region:
        note = f"This environment runs in {metadata.region}. The check covers {found.region} ({found.source})."
        return RegionChoice(found.region, found.source, (note,))
    return found


def matching_partition(role: PrincipalArn, place: RegionChoice) -> None:
    """Raise :class:`Problem` (``usage``) if the Region is not in the role's partition."""
    partition = partition_of_region(place.region)
    if role.partition != partition:
        said = f"The role is in partition {role.partition}; {place.region} ({place.source}) is in {partition}."
        raise Problem("--region", said, f"Choose a Region in {role.partition}, or another role.", Code.USAGE)


def _principal(option: str, text: str, kinds: tuple[str, ...]) -> PrincipalArn:
    try:
        arn = PrincipalArn.parse(text)
    except ArnError as error:
        raise Problem(option, f"{error}.", f"Specify the complete ARN: {option} ARN", Code.USAGE) from None
    if arn.kind not in kinds:
        accepted = "a role" if "user" not in kinds else "a role or user"
        said = f"{text.strip()} is the ARN of a {arn.kind}, not of {accepted}."
        raise Problem(option, said, f"Specify {accepted}.", Code.USAGE)
    return arn


def _named_region(region: str | None) -> RegionChoice | None:
    return RegionChoice(region.strip(), SPECIFIED) if region else None


def _ambient_region(session: boto3.Session | None) -> RegionChoice | None:
    if session is not None:
        return RegionChoice(session.region_name, "the Python session") if session.region_name else None
    for name in _REGION_VARIABLES:
        if os.environ.get(name):
            return RegionChoice(os.environ[name], f"environment variable {name}")
    with told_as_problem("--region"):
        profile = boto3.Session()
        return RegionChoice(profile.region_name, f"profile {profile.profile_name}") if profile.region_name else None


def _told_region(metadata: Metadata) -> RegionChoice | None:
    return RegionChoice(metadata.region, "SageMaker's metadata (ResourceArn)") if metadata.region else None
