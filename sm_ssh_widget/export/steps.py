"""A plan as its exports tell it: one step for each resource, however many changes of the plan write to it.

Two statements for one trust policy are two changes of a plan and one write of a script. Nothing is derived here: the
documents are those of the changes, and what is added is the difference between the first and the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import DOCUMENTS, KINDS, describe_resource
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan
from sm_ssh_widget.changes.undo import resource_of
from sm_ssh_widget.policy.document import Statement
from sm_ssh_widget.policy.merge import difference
from sm_ssh_widget.requirements.baselines import BASELINES

Json: TypeAlias = Any
RendererTable: TypeAlias = Mapping[Kind, object]

_BY_APPLY = "AWS has to be waited for between its calls. Apply it with: sm-ssh-widget apply FILE"


@dataclass(frozen=True)
class ResourceWrite:
    """The changes of one resource, in the order of the plan."""

    changes: tuple[Change, ...]

    @property
    def kind(self) -> Kind:
        """What is written."""
        return self.changes[0].kind

    @property
    def resource(self) -> Mapping[str, str]:
        """The resource, as its changes name it."""
        return self.changes[0].resource

    @property
    def states(self) -> tuple[Json, ...]:
        """Every state on the way: what is there, what each change leaves, what is there at the end."""
        return (self.changes[0].before, *(change.after for change in self.changes))

    @property
    def before(self) -> Json:
        """The state that the plan was made for."""
        return self.states[0]

    @property
    def after(self) -> Json:
        """The state that the plan leads to."""
        return self.states[-1]

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that lead to :attr:`after` at once: each change of a resource starts from the one before it."""
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
        """The name of the role or user that is written to, empty where none is."""
        return self.resource.get(KINDS[self.kind].owner, "")

    @property
    def owner(self) -> str:
        """``Role`` or ``User`` as in the names of IAM's operations; empty where no identity is changed."""
        return KINDS[self.kind].owner.title()

    @property
    def added(self) -> tuple[Statement, ...]:
        """The statements that are in the last state and not in the first; none for what is no document."""
        return difference(self.before, self.after).added if self.kind in DOCUMENTS else ()

    @property
    def kept(self) -> tuple[Statement, ...]:
        """The statements that are in both states."""
        return difference(self.before, self.after).kept if self.kind in DOCUMENTS else ()


def steps(plan: Plan) -> tuple[ResourceWrite, ...]:
    """The steps of a plan, in the order in which it comes to each resource."""
    return grouped(plan.changes)


def rendered_writes(plan: Plan, renderers: RendererTable) -> tuple[ResourceWrite, ...]:
    """The writes that a format renders, without the findings of :func:`skipped_changes`."""
    out = {finding for finding, _ in skipped_changes(plan, renderers)}
    return grouped(change for change in plan.changes if change.finding not in out)


def skipped_changes(plan: Plan, renderers: RendererTable) -> tuple[tuple[str, str], ...]:
    """What a format leaves out, and why: what the plan refuses, and findings with a kind that it tells as ``None``.

    Those have to be waited for between their calls, with values that only AWS knows.
    """
    refused = {refusal.finding: refusal.reason for refusal in plan.refused}
    long = {change.finding: _BY_APPLY for change in plan.changes if renderers[change.kind] is None}
    return tuple((refused | long).items())


def grouped(changes: Iterable[Change]) -> tuple[ResourceWrite, ...]:
    """Changes as steps, one for each resource."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        found.setdefault(resource_of(change), []).append(change)
    return tuple(ResourceWrite(tuple(changes)) for changes in found.values())


def titles(plan: Plan) -> dict[str, str]:
    """The title of each requirement of the plan's baseline, by id."""
    baseline = BASELINES.get(plan.baseline)
    return {requirement.id: requirement.title for requirement in baseline.requirements} if baseline else {}


def title_of(plan: Plan, step: ResourceWrite) -> str:
    """What a step is for, in the words of the catalogue."""
    known = titles(plan)
    return ", ".join(dict.fromkeys(known.get(change.finding, change.finding) for change in step.changes))


def what(step: ResourceWrite) -> str:
    """What a step writes to, in a few words."""
    return describe_resource(step.changes[0])
