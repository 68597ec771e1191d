"""What is known before AWS is asked: the role and user that were named, and the Region; each with its source."""

from __future__ import annotations

import os
from dataclasses import dataclass

import boto3

from sm_ssh_widget.aws.detection.metadata import Metadata
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn, is_region, partition_of_region
from sm_ssh_widget.problem import Code, Problem

_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class RequestedTarget:
    """The role by ARN, if anybody or SageMaker's metadata names one (``explicit``: somebody), and the local user."""

    role: PrincipalArn | None
    role_source: str
    explicit: bool
    user: PrincipalArn | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionChoice:
    """The Region, where it stands, and what a person should know about it."""

    region: str
    source: str
    notes: tuple[str, ...] = ()


def requested_target(role: str | None, user: str | None, metadata: Metadata) -> RequestedTarget:
    """Read the ARNs that were named; raises :class:`Problem` (``usage``). One in the metadata may be broken: a note."""
    person = _principal("--user", user, ("role", "user", "root", "assumed-role")) if user else None
    if role:
        named = _principal("--role", role, ("role", "assumed-role"))
        return RequestedTarget(named.role() if named.kind == "assumed-role" else named, "named", True, person)
    if not metadata.execution_role:
        return RequestedTarget(None, "", False, person)
    try:
        told = PrincipalArn.parse(metadata.execution_role)
        if told.kind != "role":
            raise ArnError(f"{told} names a {told.kind}, not a role")
    except ArnError as error:
        return RequestedTarget(
            None, "", False, person, (f"ExecutionRoleArn in SageMaker's metadata is broken: {error}.",)
        )
    return RequestedTarget(told, "SageMaker's metadata (ExecutionRoleArn)", False, person)


def find_region(region: str | None, session: boto3.Session | None, metadata: Metadata) -> RegionChoice:
    """The Region: named, else of the environment or profile, else of SageMaker's metadata; else ``usage``."""
    found = _named_region(region) or _ambient_region(session) or _told_region(metadata)
    if found is None:
        raise Problem("--region", "No Region is known.", "Name it: --region eu-west-1", Code.USAGE)
    if not is_region(found.region):
        said = f"{found.region!r} ({found.source}) is not the name of a Region."
        raise Problem("--region", said, "Name one such as eu-west-1.", Code.USAGE)
    if metadata.region and metadata.region != found.region:
        note = f"SageMaker runs here in {metadata.region}; {found.region} is looked at ({found.source})."
        return RegionChoice(found.region, found.source, (note,))
    return found


def matching_partition(role: PrincipalArn, place: RegionChoice) -> None:
    """Raise :class:`Problem` (``usage``) when the Region is not one of the role's partition."""
    partition = partition_of_region(place.region)
    if role.partition != partition:
        said = f"The role is in partition {role.partition}; {place.region} ({place.source}) is in {partition}."
        raise Problem("--region", said, f"Name a Region of {role.partition}, or another role.", Code.USAGE)


def _principal(option: str, text: str, kinds: tuple[str, ...]) -> PrincipalArn:
    try:
        arn = PrincipalArn.parse(text)
    except ArnError as error:
        raise Problem(option, f"{error}.", f"Name the full ARN: {option} ARN", Code.USAGE) from None
    if arn.kind not in kinds:
        wanted = "a role" if "user" not in kinds else "a role or user"
        raise Problem(option, f"{text.strip()} names a {arn.kind}, not {wanted}.", f"Name {wanted}.", Code.USAGE)
    return arn


def _named_region(region: str | None) -> RegionChoice | None:
    return RegionChoice(region.strip(), "named") if region else None


def _ambient_region(session: boto3.Session | None) -> RegionChoice | None:
    if session is not None:
        return RegionChoice(session.region_name, "the session") if session.region_name else None
    for name in _REGION_VARIABLES:
        if os.environ.get(name):
            return RegionChoice(os.environ[name], f"the environment ({name})")
    with told_as_problem("--region"):
        profile = boto3.Session()
        return RegionChoice(profile.region_name, f"profile {profile.profile_name}") if profile.region_name else None


def _told_region(metadata: Metadata) -> RegionChoice | None:
    return RegionChoice(metadata.region, "SageMaker's metadata (ResourceArn)") if metadata.region else None
