"""The kinds of need that a requirement can have, and what a requirement states, as types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sm_ssh_widget.requirements.capabilities import Capability
from sm_ssh_widget.requirements.session_preferences import POLICY

Subject: TypeAlias = Literal["role", "user"]
Scope: TypeAlias = Literal["role", "user", "region"]


@dataclass(frozen=True)
class TrustNeed:
    """The role trusts a service. ``document`` and ``hardened`` name the statements that may be appended."""

    service: str
    document: str
    hardened: str = ""


@dataclass(frozen=True)
class ManagedNeed:
    """An identity holds one of several sets of AWS managed policies; the last set is the one that is attached.

    ``capabilities`` are the requests of SSH Helper that they are there for.
    """

    subject: Subject
    alternatives: tuple[tuple[str, ...], ...]
    capabilities: tuple[Capability, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every managed policy that is named."""
        return tuple(name for names in self.alternatives for name in names)


@dataclass(frozen=True)
class InlineNeed:
    """An identity can make certain requests; the inline policy ``policy`` (``document``) would allow them."""

    subject: Subject
    policy: str
    document: str
    capabilities: tuple[Capability, ...]


@dataclass(frozen=True)
class GuardNeed:
    """An identity cannot reach the nodes of another owner; the inline policy ``policy`` (``document``) forbids it."""

    subject: Subject
    policy: str
    document: str


@dataclass(frozen=True)
class TierNeed:
    """The account is on the advanced-instances tier in the Region."""


@dataclass(frozen=True)
class FactNeed:
    """A fact holds that no change of ours could bring about; ``judge`` is its name in :data:`.judge_region.FACTS`."""

    judge: str


@dataclass(frozen=True)
class HostManagementNeed:
    """Systems Manager has been set up to manage instances here."""


@dataclass(frozen=True)
class SessionPreferencesNeed:
    """Shell sessions can start under the Session Manager preferences of the account and Region.

    The inline policy ``policy`` grants the role and the person who connects what the preferences ask for.
    """

    policy: str = POLICY


@dataclass(frozen=True)
class NetworkNeed:
    """The subnets of the containers reach what SSH Helper calls."""


@dataclass(frozen=True)
class NoLeftoversNeed:
    """Nothing is left of what SSH Helper's CDK made."""


Need: TypeAlias = (
    TrustNeed
    | ManagedNeed
    | InlineNeed
    | GuardNeed
    | TierNeed
    | HostManagementNeed
    | NetworkNeed
    | NoLeftoversNeed
    | SessionPreferencesNeed
    | FactNeed
)


@dataclass(frozen=True)
class Titles:
    """The title of a finding by its status. ``{name}`` stands for the person who connects."""

    met: str
    missing: str
    unknown: str


@dataclass(frozen=True)
class Requirement:
    """One thing that SSH Helper needs. ``optional`` ones are required only when chosen, ``advisory`` ones never.

    A chosen advisory one is planned like any other, and the role is ready without it.

    ``partial`` ones never are: they decide on one use only, and are planned where they are missing.

    ``why`` is the consequence of doing without, as one sentence. ``risk`` is what writing it may mean for others.
    ``titles`` say how it stands; ``title`` is its own name. ``scope`` is what its finding depends on: one of the scope
    ``region`` is the same for every role of the account and Region.
    """

    id: str
    step: str
    title: str
    need: Need
    why: str
    risk: str
    titles: Titles
    undo: str = "exact"
    optional: bool = False
    partial: bool = False
    advisory: bool = False
    scope: Scope = "role"


@dataclass(frozen=True)
class Errand:
    """Something to be done once, when it is chosen: its result is recorded, and nothing is missing without it."""

    id: str
    step: str
    title: str
    why: str
    risk: str
    undo: str = "exact"
