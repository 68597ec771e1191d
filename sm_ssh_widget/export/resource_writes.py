"""The changes of a plan by resource, as exports render them: one write for each resource.

Two statements for one trust policy are two changes of a plan and one write of a script. The documents are those of the
changes; the added statements are the difference between the first and the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import DOCUMENTS, KINDS, describe_resource
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan
from sm_ssh_widget.changes.removals import is_removal
from sm_ssh_widget.changes.undo import resource_of
from sm_ssh_widget.policy.document import Statement
from sm_ssh_widget.policy.merge import difference
from sm_ssh_widget.requirements.baselines import BASELINES

Json: TypeAlias = Any
RendererTable: TypeAlias = Mapping[Kind, object]

_ADDS_ONLY = "This format only adds. Apply this change with: sm-ssh-widget apply FILE, or bash apply.sh"
_BY_APPLY = "This change must wait for AWS between its calls. Apply it with: sm-ssh-widget apply FILE"


@dataclass(frozen=True)
class ResourceWrite:
    """The changes of one resource, in the order of the plan."""

    changes: tuple[Change, ...]

    @property
    def kind(self) -> Kind:
        """The kind of the changes."""
        return self.changes[0].kind

    @property
    def resource(self) -> Mapping[str, str]:
        """The resource, as its changes name it."""
        return self.changes[0].resource

    @property
    def states(self) -> tuple[Json, ...]:
        """The states in order: before the plan, then after each change."""
        return (self.changes[0].before, *(change.after for change in self.changes))

    @property
    def before(self) -> Json:
        """The state before the plan."""
        return self.states[0]

    @property
    def after(self) -> Json:
        """The state after the plan."""
        return self.states[-1]

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that lead to :attr:`after` at once: each change starts from the one before it."""
        return self.changes[-1].calls

    @property
    def inverse(self) -> tuple[Call, ...]:
        """The calls that lead back to :attr:`before` at once."""
        return self.changes[0].inverse

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the changes."""
        return tuple(change.id for change in self.changes)

    @property
    def identity(self) -> str:
        """The name of the changed role or user, empty if none."""
        return self.resource.get(KINDS[self.kind].owner, "")

    @property
    def owner(self) -> str:
        """``Role`` or ``User`` as in the names of IAM's operations; empty where no identity is changed."""
        return KINDS[self.kind].owner.title()

    @property
    def added(self) -> tuple[Statement, ...]:
        """The statements that the changes add to a document."""
        return difference(self.before, self.after).added if self.kind in DOCUMENTS else ()

    @property
    def removed(self) -> tuple[Statement, ...]:
        """The statements that the changes remove from a document."""
        return difference(self.before, self.after).removed if self.kind in DOCUMENTS else ()

    @property
    def kept(self) -> tuple[Statement, ...]:
        """The existing statements, which stay."""
        return difference(self.before, self.after).kept if self.kind in DOCUMENTS else ()


def resource_writes(plan: Plan) -> tuple[ResourceWrite, ...]:
    """Return the writes of a plan, in the order of the first change of each resource."""
    return by_resource(plan.changes)


def rendered_writes(plan: Plan, renderers: RendererTable, *, adds_only: bool = False) -> tuple[ResourceWrite, ...]:
    """Return the writes that a format renders, without the findings of :func:`skipped_changes`."""
    out = {finding for finding, _ in skipped_changes(plan, renderers, adds_only=adds_only)}
    return by_resource(change for change in plan.changes if change.finding not in out)


def skipped_changes(plan: Plan, renderers: RendererTable, *, adds_only: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the findings that a format skips, with the reason: those refused, and those whose renderer is ``None``.

    Only apply can write the latter: it waits for AWS between the calls and uses values that AWS returns. A format that
    only adds (``adds_only``) skips removals too.
    """
    refused = {refusal.finding: refusal.reason for refusal in plan.refused}
    long = {change.finding: _BY_APPLY for change in plan.changes if renderers[change.kind] is None}
    removed = {change.finding: _ADDS_ONLY for change in plan.changes if adds_only and is_removal(change)}
    return tuple((refused | long | removed).items())


def by_resource(changes: Iterable[Change]) -> tuple[ResourceWrite, ...]:
    """Group changes by resource, in the order of the first change of each."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        found.setdefault(resource_of(change), []).append(change)
    return tuple(ResourceWrite(tuple(changes)) for changes in found.values())


def titles(plan: Plan) -> dict[str, str]:
    """Return the title of each requirement of the plan's baseline, by ID."""
    baseline = BASELINES.get(plan.baseline)
    return {requirement.id: requirement.title for requirement in baseline.requirements} if baseline else {}


def title_of(plan: Plan, write: ResourceWrite) -> str:
    """Return the titles of the requirements of a write."""
    known = titles(plan)
    return ", ".join(dict.fromkeys(known.get(change.finding, change.finding) for change in write.changes))


def describe(write: ResourceWrite) -> str:
    """Return the resource of a write in a few words."""
    return describe_resource(write.changes[0])
