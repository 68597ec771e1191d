"""Carries out the effects of many roles, for :mod:`.worker`, in whose threads and behind whose boundary it runs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files, fleet_pipeline, fleet_runs
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.export import fleet_handover
from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.fleet.run_index import DONE, RunIndex
from sm_ssh_widget.pipeline import SignedIn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Observation
from sm_ssh_widget.wizard.effects import (
    ApplyFleet,
    AuditAll,
    HandOverFleet,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    ResumeFleet,
    SaveReport,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.environment import Home
from sm_ssh_widget.wizard.fleet_state import (
    EndedRun,
    MemberMoved,
    PlannedFleet,
    PlannedUndo,
    RolesCounted,
    RunBegun,
    UndoneRun,
)
from sm_ssh_widget.wizard.screens.failures import failed_step, words
from sm_ssh_widget.wizard.state import Event

Carry: TypeAlias = Mapping[type, Callable[[int, Any], Any]]

COUNT_EVERY = 20
"""Roles between two events about the progress of an audit."""
MOST_REASONS = 20
"""Members of a run whose journal is read for the reason why they failed."""


@dataclass(frozen=True)
class Means:
    """What the worker lends: the session that reads, the one that writes, its home, and who hears of events.

    ``stopping`` gives, for the effect that is begun, whether a person asked to stop it.
    """

    reading: Callable[[], Any]
    acting: Callable[[], SignedIn]
    home: Callable[[], Home]
    post: Callable[[Event], None]
    stopping: Callable[[], Callable[[], bool]]


class _GivenUp(BaseException):
    """Ends an audit that nobody waits for any more; nothing on its way handles it."""


class FleetWorker:
    """Does the work for many roles. What an audit observed is kept here, for the roles that are opened later."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._audit: Audit | None = None
        self._seen: dict[str, Observation] = {}
        self.carry: Carry = {
            AuditAll: self._audit_all,
            OpenRole: self._open_role,
            PlanFleet: self._plan,
            ApplyFleet: self._apply,
            ResumeFleet: self._resume,
            VerifyFleet: self._verify,
            PlanFleetUndo: self._plan_undo,
            UndoFleet: self._undo,
            HandOverFleet: self._hand_over,
            SaveReport: self._save_report,
        }

    # Reading

    def _audit_all(self, ticket: int, effect: AuditAll) -> object:
        stop, seen = self._means.stopping(), dict[str, Observation]()
        region = effect.region or self._means.home().region

        def progress(number: int) -> None:
            if stop():
                raise _GivenUp
            if number == 1 or number % COUNT_EVERY == 0:
                self._means.post(RolesCounted(ticket, number))

        def keep(observed: Observation) -> None:
            seen[str(observed.target.role)] = observed

        try:
            found = fleet_pipeline.audit(
                regions=(region,) if region else (),
                user=effect.user or None,
                baseline=effect.baseline,
                options=effect.options,
                session=self._means.reading(),
                progress=progress,
                on_seen=keep,
            )
        except _GivenUp:
            return None
        self._audit, self._seen = found, seen
        return found

    def _open_role(self, _ticket: int, effect: OpenRole) -> object:
        seen = self._seen.get(effect.role)
        if self._audit is None or seen is None:
            raise Problem(
                "Opening the role", "It is not among the audited roles.", "Audit the roles again.", Code.USAGE
            )
        return fleet_pipeline.report_of(self._audit, seen, self._means.reading())

    def _verify(self, _ticket: int, effect: VerifyFleet) -> object:
        return fleet_runs.verify_fleet(effect.path, self._means.reading())

    # Planning

    def _plan(self, _ticket: int, effect: PlanFleet) -> object:
        made = fleet_runs.plan_fleet(effect.audit, self._means.reading(), roles=effect.roles)
        places = {id(member): number for number, member in enumerate(made.members)}
        return PlannedFleet(made, tuple(tuple(places[id(member)] for member in same) for same in alike(made.members)))

    def _plan_undo(self, _ticket: int, effect: PlanFleetUndo) -> object:
        plans = fleet_runs.plan_fleet_undo(effect.path, self._means.acting())
        members = [Member(member.scope, plan) for member, plan in plans]
        return PlannedUndo(tuple(map(tuple, alike(members))), fleet_runs.undo_digest(plans))

    # Writing

    def _apply(self, ticket: int, effect: ApplyFleet) -> object:
        path, index = fleet_runs.apply_fleet(
            effect.plan,
            self._means.acting(),
            self._means.home().journals,
            observer=_Told(ticket, self._means.post),
            stop=self._means.stopping(),
            begun=lambda directory: self._means.post(RunBegun(ticket, str(directory))),
        )
        return _ended(path, effect.plan, index)

    def _resume(self, ticket: int, effect: ResumeFleet) -> object:
        observer, stop = _Told(ticket, self._means.post), self._means.stopping()
        index = fleet_runs.resume_fleet(effect.path, self._means.acting(), observer=observer, stop=stop)
        made, _ = fleet_runs.open_run(Path(effect.path))
        return _ended(Path(effect.path), made, index)

    def _undo(self, ticket: int, effect: UndoFleet) -> object:
        observer, stop = _Told(ticket, self._means.post), self._means.stopping()
        undone = fleet_runs.undo_fleet(
            effect.path, self._means.acting(), observer=observer, stop=stop, digest=effect.digest
        )
        _, index = fleet_runs.open_run(Path(effect.path))
        outcomes = {**index.outcomes, **dict.fromkeys(index.undone, "undone")}
        return UndoneRun(effect.path, outcomes, all(journal.complete for journal in undone) and not stop())

    # Handing over

    def _hand_over(self, _ticket: int, effect: HandOverFleet) -> object:
        content = fleet_handover.content(effect.plan, effect.format)
        return base64.b64encode(content).decode() if effect.saves else content.decode()

    def _save_report(self, _ticket: int, effect: SaveReport) -> object:
        return base64.b64encode(as_html(effect.audit).encode()).decode()


class _Told:
    """Posts what each member of a run comes to."""

    def __init__(self, ticket: int, post: Callable[[Event], None]) -> None:
        self._ticket, self._post = ticket, post

    def member(self, number: int, of: int, member: Member, outcome: str) -> None:  # noqa: ARG002  # the plan holds them
        """Post the result of a member."""
        self._post(MemberMoved(self._ticket, number - 1, outcome))


def _ended(path: Path, plan: FleetPlan, index: RunIndex) -> EndedRun:
    complete = fleet_runs.run_code(index, len(plan.members)) is None
    left = [number for number, outcome in index.outcomes.items() if outcome != DONE]
    reasons = dict(_reasons(path, index, left[:MOST_REASONS]))
    return EndedRun(str(path), dict(index.outcomes), reasons, index.verified, complete)


def _reasons(path: Path, index: RunIndex, left: Iterable[int]) -> Iterable[tuple[int, str]]:
    """What AWS said about the change that failed, by member."""
    for number in left:
        name = index.journals.get(number)
        journal: Journal | None = files.load_journal(path / name) if name else None
        step = failed_step(journal)
        if step is not None:
            yield number, words(step)
