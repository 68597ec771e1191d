"""Journal × live state → the inverse plan. Only what is still as we left it is undone; the rest is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.placeholders import resolve
from sm_ssh_widget.changes.plan import Change, Plan

Json: TypeAlias = Any
Resource: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]

CHANGED_BY_SOMEBODY = "Somebody changed it after it was applied; it is left as it is."


@dataclass(frozen=True)
class UndoPlan:
    """The inverse plan, newest change first, and what it leaves alone: drifted steps, and those already undone."""

    plan: Plan
    drifted: tuple[str, ...]
    already: tuple[str, ...]


def was_applied(step: JournalStep) -> bool:
    """Whether the step wrote, at some time: also when it drifted since, or was taken back before."""
    return step.observed is not None and step.status in (StepStatus.DONE, StepStatus.UNDONE, StepStatus.DRIFTED)


def resource_of(change: Change) -> Resource:
    """What identifies the resource of a change; several changes may share one."""
    return change.kind.value, tuple(sorted(change.resource.items()))


def lasting(state: Json) -> Json:
    """A state without what AWS is doing with it at the moment."""
    return {name: value for name, value in state.items() if name != "now"} if isinstance(state, Mapping) else state


def inverse_plan(journal: Journal, live: Mapping[Resource, Json]) -> UndoPlan:
    """Plan the way back. ``live`` is the state of each resource now, in the form of its kind."""
    now = dict(live)
    changes: list[Change] = []
    drifted: list[str] = []
    already: list[str] = []
    taken_back: set[Resource] = set()
    for change in reversed(journal.changes):
        step = journal.step(change.id)
        if not was_applied(step):
            continue
        key = resource_of(change)
        # Once a later change of the same resource is taken back, what it started from is there again.
        if key in taken_back or lasting(now[key]) == lasting(step.observed):
            changes.append(_inverse(change, now[key]))
            now[key] = change.before
            taken_back.add(key)
        elif now[key] == change.before:
            already.append(change.id)
        else:
            drifted.append(change.id)
    return UndoPlan(_plan_of(journal.plan, tuple(changes)), tuple(drifted), tuple(already))


def _inverse(change: Change, now: Json) -> Change:
    return Change(
        id=change.id,
        finding=change.finding,
        kind=change.kind,
        resource=change.resource,
        before=now,
        after=change.before,
        calls=tuple(resolve(call, now if isinstance(now, Mapping) else {}) for call in change.inverse),
        inverse=change.calls,
        cost=None,
        risk="Takes back what was applied.",
        undo="exact",
    )


def _plan_of(done: Plan, changes: tuple[Change, ...]) -> Plan:
    return Plan(
        target=done.target,
        baseline=done.baseline,
        options=done.options,
        changes=changes,
        refused=(),
        kept=0,
        undoes=done.digest,
    )
