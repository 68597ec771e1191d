"""Performs the effects on many roles, for :mod:`.worker`, in whose threads and behind whose boundary it runs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget import fleet_pipeline
from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Observation
from sm_ssh_widget.wizard.effects import AuditAll, OpenRole, SaveReport
from sm_ssh_widget.wizard.environment import Home
from sm_ssh_widget.wizard.fleet_state import RolesCounted
from sm_ssh_widget.wizard.state import Event

Carry: TypeAlias = Mapping[type, Callable[[int, Any], Any]]

COUNT_EVERY = 20
"""Roles between two events about the progress of an audit."""


@dataclass(frozen=True)
class Means:
    """What the worker lends: the session that reads, its home, and who hears of events.

    ``stopping`` gives, for the effect that is begun, whether a person asked to stop it.
    """

    reading: Callable[[], Any]
    home: Callable[[], Home]
    post: Callable[[Event], None]
    stopping: Callable[[], Callable[[], bool]]


class _GivenUp(BaseException):
    """Ends an audit that was stopped; nothing on its way handles it."""


class FleetWorker:
    """Does the work for many roles. What an audit observed is kept here, for the roles that are opened later."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._audit: Audit | None = None
        self._seen: dict[str, Observation] = {}
        self.carry: Carry = {
            AuditAll: self._audit_all,
            OpenRole: self._open_role,
            SaveReport: self._save_report,
        }

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

    def _save_report(self, _ticket: int, effect: SaveReport) -> object:
        return base64.b64encode(as_html(effect.audit).encode()).decode()
