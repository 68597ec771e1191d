"""Settings of a Studio space: its remote access, how sessions are named, and the security groups of its apps.

A private space follows its owner's user profile: the profile's mode for session names takes precedence over the
domain's, and security groups of both add up. A shared space follows the domain's default for shared spaces; how its
sessions are named follows the domain.
Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserSettings.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DefaultSpaceSettings.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import PendingRead
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, SessionNames, Space, Unknown

Json: TypeAlias = Any


@dataclass(frozen=True)
class StudioSettings:
    """The settings that concern a space. ``domain`` is SageMaker's own description; ``groups`` are absent if none."""

    space: Fact[Space] = field(default_factory=Absent)
    domain: Fact[Json] = field(default_factory=Absent)
    session_names: Fact[SessionNames] = field(default_factory=Absent)
    groups: Fact[tuple[str, ...]] = field(default_factory=Absent)


def read_studio(reader: AccountReader, region: str, domain: str, space: str) -> StudioSettings:
    """Read the domain and the space, then the user profile that owns the space if it is private."""
    place = PendingRead(lambda: reader.read("sagemaker", "DescribeDomain", region=region, DomainId=domain))
    found = PendingRead(
        lambda: reader.read("sagemaker", "DescribeSpace", region=region, DomainId=domain, SpaceName=space)
    )
    reader.in_parallel(place, found)
    shared = _is_shared(found.result)
    profile = _owner(reader, region, domain, found.result) if shared is False else Absent()
    return StudioSettings(
        space=_space(space, found.result, shared=shared is not False),
        domain=place.result,
        session_names=_session_names(place.result, profile, found.result),
        groups=_groups(place.result, profile, found.result, shared=shared),
    )


def _space(name: str, found: Fact[Json], *, shared: bool) -> Fact[Space]:
    if not isinstance(found, Known):
        return found
    remote = found.value.get("SpaceSettings", {}).get("RemoteAccess") or ""
    return Known(Space(name, found.value["SpaceArn"], shared, remote), found.read)


def _is_shared(space: Fact[Json]) -> bool | None:
    """Whether the space is shared, ``None`` if unread. Spaces without sharing settings are older, and shared."""
    if not isinstance(space, Known):
        return None
    return bool(space.value.get("SpaceSharingSettings", {}).get("SharingType", "Shared") == "Shared")


def _owner(reader: AccountReader, region: str, domain: str, space: Fact[Json]) -> Fact[Json]:
    owner = space.value.get("OwnershipSettings", {}).get("OwnerUserProfileName") if isinstance(space, Known) else None
    if not owner:
        return Absent()
    return reader.read("sagemaker", "DescribeUserProfile", region=region, DomainId=domain, UserProfileName=owner)


def _session_names(domain: Fact[Json], profile: Fact[Json], space: Fact[Json]) -> Fact[SessionNames]:
    """The profile's mode, else the domain's; unknown where the one that takes precedence was not read."""
    unread = next((fact for fact in (space, profile) if isinstance(fact, Unknown)), None)
    if unread is not None:
        return unread
    if isinstance(profile, Known) and (mode := _mode(profile.value.get("UserSettings", {}))):
        return Known(mode, profile.read)
    if not isinstance(domain, Known):
        return domain
    mode = _mode(domain.value.get("DefaultUserSettings", {}))
    return Known(mode, domain.read) if mode else Absent(domain.read)


def _mode(settings: Json) -> SessionNames | None:
    mode = settings.get("StudioWebPortalSettings", {}).get("ExecutionRoleSessionNameMode")
    return mode if mode in ("STATIC", "USER_IDENTITY") else None


def _groups(
    domain: Fact[Json], profile: Fact[Json], space: Fact[Json], *, shared: bool | None
) -> Fact[tuple[str, ...]]:
    """The security groups of the space's apps; absent where none are set."""
    if not isinstance(domain, Known):
        return domain
    if isinstance(space, Unknown):
        return space
    if shared is not False:
        return _named(domain, domain.value.get("DefaultSpaceSettings", {}))
    if isinstance(profile, Unknown):
        return profile
    own = profile.value.get("UserSettings", {}) if isinstance(profile, Known) else {}
    return _named(domain, domain.value.get("DefaultUserSettings", {}), own)


def _named(domain: Known[Json], *settings: Json) -> Fact[tuple[str, ...]]:
    groups = {str(group) for each in settings for group in each.get("SecurityGroups") or ()}
    return Known(tuple(sorted(groups)), domain.read) if groups else Absent(domain.read)
