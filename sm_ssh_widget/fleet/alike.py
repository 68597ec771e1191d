"""Members of a fleet plan that change the same, so that a person reviews it once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.fleet.fleet_plan import Member
from sm_ssh_widget.fleet.texts import OwnNames
from sm_ssh_widget.policy.document import PolicyError, parse, statements

Json: TypeAlias = Any


def alike(members: Iterable[Member]) -> list[list[Member]]:
    """Return the members in groups of equal changes, apart from the role's names and the customer's own statements."""
    found: dict[object, list[Member]] = {}
    for member in members:
        shape = tuple(_shape(change, member) for change in member.plan.changes)
        found.setdefault((member.scope, shape), []).append(member)
    return list(found.values())


def _shape(change: Change, member: Member) -> str:
    """What a change adds, with placeholders for the role's ARN and name."""
    arn = str(member.plan.target["role"])
    own = OwnNames(arn, arn.rpartition("/")[2], member.plan.account, member.plan.region)
    told = (change.finding, change.kind.value, sorted(change.resource.items()), change.risk, change.undo)
    text = f"{told} {_added(change)}"
    return own.abstract(text)


def _added(change: Change) -> Json:
    """The statements that a change of a document adds; of any other change the state that it reaches."""
    if not isinstance(change.after, str):
        return change.after
    try:
        before = len(statements(parse(change.before))) if isinstance(change.before, str) else 0
        return statements(parse(change.after))[before:]
    except PolicyError:
        return change.after
