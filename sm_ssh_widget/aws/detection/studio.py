"""Execution role of a SageMaker space, user profile, domain or notebook instance, read from SageMaker.

Space settings contain no role: a private space uses the role of its owner's user profile, a shared one the domain's
default for spaces. A profile without a role uses the domain's default.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/execution-roles-and-spaces.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.aws.detection.metadata import Metadata
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Unknown

Json: TypeAlias = Any

_NOT_ASKED: Fact[Json] = Absent()


@dataclass(frozen=True)
class StudioFacts:
    """SageMaker's facts: the role's ARN and its source (both empty if unknown), and whether the space is shared.

    ``shared`` is ``None`` if unknown; ``deep``: whether finding the role took a second round trip.
    """

    role: str = ""
    source: str = ""
    shared: bool | None = None
    deep: bool = False
    notes: tuple[str, ...] = ()


def ask_sagemaker(reader: AccountReader, metadata: Metadata, *, shared: bool | None) -> StudioFacts:
    """Read everything that the metadata names, in parallel; a private space's owner takes a second round trip.

    ``shared`` is what the environment variables say about the space.
    """
    asked = _first_round(reader, metadata)
    space, profile = asked["space"], asked["profile"]
    shared = _shared(space) if shared is None else shared
    owner = _at(space, "OwnershipSettings", "OwnerUserProfileName")
    deep = shared is False and bool(owner) and owner != metadata.user_profile
    if deep:
        profile = reader.read("sagemaker", "DescribeUserProfile", DomainId=metadata.domain, UserProfileName=owner)
    role, source = _role(shared, profile, asked["domain"], asked["notebook"])
    facts = [*asked.values(), *([profile] if deep else [])]
    return StudioFacts(role, source, shared, deep, tuple(_note(fact) for fact in facts if isinstance(fact, Unknown)))


def is_shared(reader: AccountReader, metadata: Metadata) -> bool | None:
    """Whether the space of the metadata is shared; ``None`` if there is no space or it cannot be read."""
    return _shared(_first_round(reader, metadata, "space")["space"])


def _first_round(reader: AccountReader, metadata: Metadata, *only: str) -> dict[str, Fact[Json]]:
    domain = {"DomainId": metadata.domain}
    wanted: dict[str, Callable[[], Fact[Json]]] = {
        "space": lambda: reader.read("sagemaker", "DescribeSpace", **domain, SpaceName=metadata.space),
        "profile": lambda: reader.read(
            "sagemaker", "DescribeUserProfile", **domain, UserProfileName=metadata.user_profile
        ),
        "domain": lambda: reader.read("sagemaker", "DescribeDomain", **domain),
        "notebook": lambda: reader.read(
            "sagemaker", "DescribeNotebookInstance", NotebookInstanceName=metadata.notebook_instance
        ),
    }
    named = {
        "space": metadata.domain and metadata.space,
        "profile": metadata.domain and metadata.user_profile,
        "domain": metadata.domain,
        "notebook": not metadata.domain and metadata.notebook_instance,
    }
    names = [name for name in only or wanted if named[name]]
    answers = reader.in_parallel(*(wanted[name] for name in names))
    return dict.fromkeys(wanted, _NOT_ASKED) | dict(zip(names, answers, strict=True))


def _role(shared: bool | None, profile: Fact[Json], domain: Fact[Json], notebook: Fact[Json]) -> tuple[str, str]:
    of_spaces = _at(domain, "DefaultSpaceSettings", "ExecutionRole")
    if shared:
        return (of_spaces, "the domain's default for shared spaces") if of_spaces else ("", "")
    own = _at(profile, "UserSettings", "ExecutionRole")
    if own:
        return own, "the user profile"
    of_users = _at(domain, "DefaultUserSettings", "ExecutionRole")
    if of_users and isinstance(profile, Known):
        return of_users, "the domain's default for users"
    of_notebook = _at(notebook, "RoleArn")
    return (of_notebook, "the notebook instance") if of_notebook else ("", "")


def _shared(space: Fact[Json]) -> bool | None:
    kind = _at(space, "SpaceSharingSettings", "SharingType")
    if kind:
        return kind == "Shared"
    # spaces older than private spaces have no sharing settings; they are shared
    return True if isinstance(space, Known) else None


def _at(fact: Fact[Json], *keys: str) -> str:
    value: Json = fact.value if isinstance(fact, Known) else {}
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _note(fact: Unknown) -> str:
    return f"{fact.read} could not be read ({fact.reason.value}): {fact.said}"
