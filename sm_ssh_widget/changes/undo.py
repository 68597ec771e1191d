"""Journal × live state → the inverse plan. Only what is still as we left it is undone; the rest is left alone.

What an undo writes is derived from ``before``, ``after`` and the live state. The calls that the journal holds are never
sent: :mod:`.guard` compares them, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.kinds import KINDS, inverse_call, reached
from sm_ssh_widget.changes.placeholders import resolve
from sm_ssh_widget.changes.plan import Change, Plan, Refusal, RefusalCode
from sm_ssh_widget.policy.document import parse, statements

Json: TypeAlias = Any
Resource: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]

CHANGED_BY_SOMEBODY = "Somebody changed it after it was applied; it is left as it is."
TAKES_BACK = "Takes back what was applied."


@dataclass(frozen=True)
class UndoPlan:
    """The inverse plan, newest change first, and what it leaves alone: drifted steps, and those already undone.

    The plan lists the drifted ones as refused.
    """

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
    drifted: list[Change] = []
    already: list[str] = []
    taken_back: set[Resource] = set()
    for change in reversed(journal.changes):
        step = journal.step(change.id)
        if not was_applied(step):
            continue
        key = resource_of(change)
        # Once a later change of the same resource is taken back, what it started from is there again.
        if key in taken_back or _as_left(change, step, now[key]):
            changes.append(inverse(change, lasting(now[key])))
            now[key] = change.before
            taken_back.add(key)
        elif KINDS[change.kind].same(change.before, now[key]):
            already.append(change.id)
        else:
            drifted.append(change)
    return UndoPlan(_plan_of(journal.plan, changes, drifted), tuple(each.id for each in drifted), tuple(already))


def _as_left(change: Change, step: JournalStep, now: Json) -> bool:
    """Whether AWS still shows what the step left there, which has to be what the change brings."""
    return bool(lasting(now) == lasting(step.observed)) and reached(change, now)


def inverse(change: Change, now: Json) -> Change:
    """The change that takes ``change`` back, where ``now`` is there."""
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
        risk=f"{TAKES_BACK} {change.leaves}".strip(),
        undo="exact",
    )


def _plan_of(done: Plan, changes: Iterable[Change], drifted: Iterable[Change]) -> Plan:
    taken_back = tuple(changes)
    return Plan(
        target=done.target,
        baseline=done.baseline,
        options=done.options,
        changes=taken_back,
        refused=tuple(Refusal(each.id, RefusalCode.DRIFTED, CHANGED_BY_SOMEBODY) for each in drifted),
        kept=_kept(taken_back),
        undoes=done.digest,
    )


def _kept(changes: Iterable[Change]) -> int:
    """How many statements stay in the documents that are written to."""
    left = {resource_of(change): change.after for change in changes}
    return sum(len(statements(parse(state))) for state in left.values() if isinstance(state, str))
