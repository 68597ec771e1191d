"""What the wizard knows of many roles, and what can happen to it. Pure values, as in :mod:`.state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sm_ssh_widget.wizard.effects import AuditAll

if TYPE_CHECKING:
    from sm_ssh_widget.fleet.audit import Audit
    from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member


# Events


@dataclass(frozen=True)
class RolesCounted:
    """An audit has judged so many roles."""

    ticket: int
    number: int


@dataclass(frozen=True)
class RunBegun:
    """A run has a directory; nothing is written yet."""

    ticket: int
    path: str


@dataclass(frozen=True)
class MemberMoved:
    """A member of a run, by its place in the plan, was begun or came to its end."""

    ticket: int
    member: int
    outcome: str


# Values of effects


@dataclass(frozen=True)
class PlannedFleet:
    """A fleet plan, and the places of the members that change the same, set by set."""

    plan: FleetPlan
    alike: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class EndedRun:
    """Where a run stands after it was applied: what each member came to, and why where that is not ``done``."""

    path: str
    outcomes: Mapping[int, str]
    reasons: Mapping[int, str]
    verified: bool | None
    complete: bool


@dataclass(frozen=True)
class UndoneRun:
    """Where a run stands after its undo."""

    path: str
    outcomes: Mapping[int, str]
    complete: bool


@dataclass(frozen=True)
class PlannedUndo:
    """What an undo of a run would do: members whose plan is the undo, set by set of those that lose the same."""

    alike: tuple[tuple[Member, ...], ...]
    digest: str

    @property
    def members(self) -> int:
        """Number of members that lose anything."""
        return sum(map(len, self.alike))

    @property
    def changes(self) -> int:
        """Number of changes of all members."""
        return sum(len(member.plan.changes) for each in self.alike for member in each)


# The state


@dataclass(frozen=True)
class FleetRunState:
    """The run that is shown. ``outcomes``: by place of the member; ``undoing`` while, and after, it is undone."""

    plan: FleetPlan
    path: str = ""
    outcomes: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    verified: bool | None = None
    complete: bool = False
    undoing: bool = False


@dataclass(frozen=True)
class FleetState:
    """Everything that the screens of many roles are made from.

    ``asked`` is the audit that was asked for; ``seen`` counts its roles while it runs. ``opened`` is the role that was
    opened last, ``before`` the fields of the target as they were before that. ``approved`` is the part of ``planned``
    that was ticked, with its ``digest``.
    """

    asked: AuditAll
    audit: Audit | None = None
    seen: int = 0
    opened: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    planned: PlannedFleet | None = None
    approved: FleetPlan | None = None
    digest: str = ""
    run: FleetRunState | None = None
    undo: PlannedUndo | None = None
    verified: Audit | None = None
    ticket: str = ""

    def with_(self, **changes: object) -> FleetState:
        """A state that differs in some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def account(self) -> str:
        """The account of the run that is shown, else the one that was audited; empty while it is not known."""
        if self.run is not None:
            return self.run.plan.account
        return self.audit.accounts[0].id if self.audit and self.audit.accounts else ""

    @property
    def subject(self) -> tuple[str, ...]:
        """What a click that writes would be about."""
        return self.digest, self.run.path if self.run else "", self.undo.digest if self.undo else ""
