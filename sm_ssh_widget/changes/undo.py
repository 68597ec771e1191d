"""Plan an undo from a journal and the live state. Only resources that have not changed since are undone.

The writes of an undo are derived from ``before``, ``after`` and the live state. The calls in the journal are never
sent; :mod:`.guard` only compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.kinds import KINDS, Form, inverse_call, reached
from sm_ssh_widget.changes.placeholders import resolve
from sm_ssh_widget.changes.plan import Change, Plan, Refusal, RefusalCode
from sm_ssh_widget.policy.document import parse, statements

Json: TypeAlias = Any
Resource: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]

CHANGED_SINCE = "Changed after it was applied, so undo leaves it unchanged."
UNDOES_CHANGE = "Undoes an applied change."


@dataclass(frozen=True)
class UndoPlan:
    """The inverse plan, newest change first, and the IDs of the changes that it skips: drifted and already undone.

    The plan lists the drifted ones as refused.
    """

    plan: Plan
    drifted: tuple[str, ...]
    already: tuple[str, ...]


def was_applied(step: JournalStep) -> bool:
    """Whether the step wrote at some time, also if it drifted since or was undone before."""
    return step.observed is not None and step.status in (StepStatus.DONE, StepStatus.UNDONE, StepStatus.DRIFTED)


def resource_of(change: Change) -> Resource:
    """Return the key of the resource of a change. Several changes can share one."""
    return change.kind.value, tuple(sorted(change.resource.items()))


def lasting(state: Json) -> Json:
    """Return a state without the progress of AWS (``now``)."""
    return {name: value for name, value in state.items() if name != "now"} if isinstance(state, Mapping) else state


def inverse_plan(journal: Journal, live: Mapping[Resource, Json]) -> UndoPlan:
    """Plan the undo. ``live`` is the current state of each resource, in the form of its kind."""
    now = dict(live)
    changes: list[Change] = []
    drifted: list[Change] = []
    already: list[str] = []
    undone: set[Resource] = set()
    for change in reversed(journal.changes):
        step = journal.step(change.id)
        if not was_applied(step):
            continue
        key = resource_of(change)
        # Once a later change of the same resource is undone, the resource is in the state that it started from.
        if key in undone or _as_left(change, step, now[key]):
            changes.append(inverse(change, lasting(now[key])))
            now[key] = change.before
            undone.add(key)
        elif KINDS[change.kind].same(change.before, now[key]):
            already.append(change.id)
        else:
            drifted.append(change)
    return UndoPlan(_plan_of(journal.plan, changes, drifted, now), tuple(each.id for each in drifted), tuple(already))


def _as_left(change: Change, step: JournalStep, now: Json) -> bool:
    """Whether AWS still shows the recorded result of the step, and that is a result of the change."""
    return bool(lasting(now) == lasting(step.observed)) and reached(change, now)


def inverse(change: Change, now: Json) -> Change:
    """Return the change that undoes ``change``, for the live state ``now``."""
    return Change(
        id=change.id,
        finding=change.finding,
        kind=change.kind,
        resource=change.resource,
        before=now,
        after=change.before,
        calls=(resolve(inverse_call(change), now if isinstance(now, Mapping) else {}),),
        inverse=change.calls,
        cost=None,
        risk=f"{UNDOES_CHANGE} {change.leaves}".strip(),
        undo="exact",
    )


def _drift(change: Change, now: Json) -> str:
    """Why a change is left alone; of a setting, with both values."""
    if KINDS[change.kind].form is not Form.SETTING or not isinstance(now, Mapping):
        return CHANGED_SINCE
    return f"{CHANGED_SINCE} The run set {change.after['value']}. It is now {now.get('value')}."


def _plan_of(done: Plan, changes: Sequence[Change], drifted: Sequence[Change], now: Mapping[Resource, Json]) -> Plan:
    return Plan(
        target=done.target,
        baseline=done.baseline,
        options=done.options,
        changes=tuple(changes),
        refused=tuple(Refusal(each.id, RefusalCode.DRIFTED, _drift(each, now[resource_of(each)])) for each in drifted),
        kept=_kept(changes),
        undoes=done.digest,
    )


def _kept(changes: Iterable[Change]) -> int:
    """Count the statements that stay in the changed documents."""
    left = {resource_of(change): change.after for change in changes}
    return sum(len(statements(parse(state))) for state in left.values() if isinstance(state, str))
