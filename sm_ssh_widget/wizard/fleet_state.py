"""What the wizard knows of many roles, and what can happen to it. Pure values, as in :mod:`.state`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from sm_ssh_widget.wizard.effects import AuditAll

if TYPE_CHECKING:
    from sm_ssh_widget.changes.acting import Acting
    from sm_ssh_widget.fleet.audit import Audit
    from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
    from sm_ssh_widget.fleet.progress import AccountsProgress

BEGUN = "begun"
"""Outcome of a member whose run has begun and has not ended."""


# Events


@dataclass(frozen=True)
class RolesCounted:
    """An audit has judged so many roles; ``alias`` is that of the account, empty where it was not read."""

    ticket: int
    number: int
    alias: str = ""


@dataclass(frozen=True)
class RunBegun:
    """A run has its directory; nothing is written to the account yet."""

    ticket: int
    path: str


@dataclass(frozen=True)
class MemberMoved:
    """A member of a run, by its place in the plan, was begun or came to its end."""

    ticket: int
    member: int
    outcome: str


@dataclass(frozen=True)
class AccountClosed:
    """An audit of several accounts has closed one of them."""

    ticket: int
    now: AccountsProgress


FleetEvent: TypeAlias = RolesCounted | AccountClosed | RunBegun | MemberMoved


# Values of effects


@dataclass(frozen=True)
class PlannedFleet:
    """A fleet plan, and the places of the members that change the same, set by set."""

    plan: FleetPlan
    alike: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class FleetActingTold:
    """What the signed-in identity can do of the fleet plan with this digest, as asked for some of its members."""

    digest: str
    acting: Acting
    asked: int


@dataclass(frozen=True)
class EndedRun:
    """Where a run stands: what each member came to, and why where that is not ``done``."""

    path: str
    outcomes: Mapping[int, str]
    reasons: Mapping[int, str]
    verified: bool | None
    complete: bool


@dataclass(frozen=True)
class UndoneRun:
    """Where a run stands after its undo."""

    outcomes: Mapping[int, str]
    reasons: Mapping[int, str]
    complete: bool


@dataclass(frozen=True)
class PlannedUndo:
    """What an undo of a run would do: members whose plan is the undo, set by set of those that lose the same."""

    alike: tuple[tuple[Member, ...], ...]
    digest: str

    @property
    def members(self) -> tuple[Member, ...]:
        """The members that lose anything."""
        return tuple(member for same in self.alike for member in same)

    @property
    def changes(self) -> int:
        """Number of changes of all members."""
        return sum(len(member.plan.changes) for member in self.members)


# The state


@dataclass(frozen=True)
class Approved:
    """The part of a fleet plan that was selected for the next click that writes, its digest, and its limits."""

    plan: FleetPlan
    digest: str
    canaries: int
    max_failures: int


@dataclass(frozen=True)
class FleetRunState:
    """The run that is shown. ``outcomes``: by place of the member; ``undoing`` while, and after, it is undone."""

    plan: FleetPlan
    canaries: int
    path: str = ""
    outcomes: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    verified: bool | None = None
    complete: bool = False
    undoing: bool = False

    @property
    def done(self) -> int:
        """Number of members that are applied."""
        return sum(outcome == "done" for outcome in self.outcomes.values())


@dataclass(frozen=True)
class FleetState:
    """Everything that the screens of many roles are made from.

    ``asked`` is the audit that was asked for; ``seen`` counts its roles while it runs. Of several accounts,
    ``progress`` tells how far it is, and ``closed`` the status of each that is closed, by ID. ``opened`` is the role
    that was opened last; ``alone`` says that it is the one that is set up, in the place of what was entered.
    ``stale`` says that a run has changed roles since the audit. ``approved`` is what the next click applies, ``acting``
    what the identity can do of it; ``undo`` is what would be undone, ``verified`` the roles of the run, audited again.
    """

    asked: AuditAll
    audit: Audit | None = None
    alias: str = ""
    seen: int = 0
    progress: AccountsProgress | None = None
    closed: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False
    opened: str = ""
    alone: bool = False
    planned: PlannedFleet | None = None
    approved: Approved | None = None
    acting: FleetActingTold | None = None
    run: FleetRunState | None = None
    undo: PlannedUndo | None = None
    verified: Audit | None = None
    ticket: str = ""

    def with_(self, **changes: object) -> FleetState:
        """A state that differs in some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def account(self) -> str:
        """The account that was audited, else that of the run that is shown; empty while it is not known.

        Of several accounts, the one of what is about to be written, if it is one.
        """
        if self.of_several:
            plan = self._written
            return plan.account if plan and len(plan.accounts) == 1 else ""
        if self.audit and self.audit.accounts:
            return self.audit.accounts[0].id
        return self.run.plan.account if self.run else ""

    @property
    def of_several(self) -> bool:
        """Return whether several accounts were asked about."""
        return self.asked.accounts is not None

    @property
    def _written(self) -> FleetPlan | None:
        """The plan that a click that writes is about: the approved one, else the one that was made, else the run's."""
        if self.approved:
            return self.approved.plan
        if self.planned:
            return self.planned.plan if self.planned.plan.members else None
        return self.run.plan if self.run else None

    @property
    def subject(self) -> tuple[object, ...]:
        """What a click that writes would be about."""
        approved, run, undo = self.approved, self.run, self.undo
        limits = (approved.digest, approved.canaries, approved.max_failures) if approved else ()
        return limits, run.path if run else "", undo.digest if undo else ""
