"""What follows from what came of an effect on many roles. Pure; see :mod:`.effect_results`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.wizard import fleet_rows
from sm_ssh_widget.wizard.effects import AuditAll, Check, OpenRole
from sm_ssh_widget.wizard.fleet_state import RolesCounted
from sm_ssh_widget.wizard.state import Came, Intent, Saved, Screen, WizardState
from sm_ssh_widget.wizard.transitions import Next, begin, dropped, set_out

Settle: TypeAlias = Callable[[WizardState, Any], Next]
REPORT = "report"


def with_fleet(state: WizardState, **changes: object) -> WizardState:
    """A state that differs in what it knows of many roles; unchanged where it knows of none."""
    return state.with_(fleet=state.fleet.with_(**changes)) if state.fleet else state


def counted(state: WizardState, event: RolesCounted) -> WizardState:
    """The state after an audit has moved on."""
    return with_fleet(state, seen=event.number)


def signed_in(state: WizardState) -> Next:
    """Go on with what the sign-in was for."""
    fleet = state.fleet
    if fleet is not None and state.intent is Intent.READ:
        return begin(set_out(state, Screen.FLEET), fleet.asked, state.status)
    return state, ()


def _audited(state: WizardState, found: Any) -> Next:
    chosen = {**state.chosen, fleet_rows.GROUPS: frozenset(), fleet_rows.STATUSES: frozenset(fleet_rows.VERDICTS)}
    state = state.with_(chosen=chosen, status=f"{len(found)} roles were audited.")
    return with_fleet(state, audit=found, opened="", alone=False), ()


def _opened(state: WizardState, report: Any) -> Next:
    """Show the health of one role, as the audit found it."""
    target = report.target
    user = str(target.user) if target.user else ""
    asked = Check(str(target.role), target.region, user, report.selection.baseline.name, report.selection.option_names)
    state = set_out(dropped(state), Screen.HEALTH, intent=Intent.APPLY)
    state = state.with_(many=False, report=report, checked_with=asked, journal=None, begun={})
    return with_fleet(state, opened=str(target.role), alone=True), ()


def saved(state: WizardState, event: Came) -> Next:
    """The report goes to the browser that asked for it."""
    return state.with_(saved=Saved(event.ticket, REPORT, str(event.value)), status="The file is ready."), ()


SETTLED: Mapping[type, Settle] = {AuditAll: _audited, OpenRole: _opened}
