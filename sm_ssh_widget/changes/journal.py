"""Journal of a run: the status of each step, saved before each call, so that it is correct after any crash.

A :class:`Journal` is a value; each transition creates a new one. It holds the whole plan, which is enough to resume,
verify and undo. It holds no secret: identities are named by ARN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Change, Plan, check_texts, what_is_wrong
from sm_ssh_widget.changes.step_notes import StepNotes, invalid_note
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any
SCHEMA = "sm-ssh-widget/journal/1"


class StepStatus(str, Enum):
    """Status of a step."""

    PENDING = "pending"
    WORKING = "working"
    WAITING = "waiting-for-aws"
    DONE = "done"
    FAILED = "failed"
    DRIFTED = "drifted"
    IN_DOUBT = "in-doubt"
    SKIPPED = "skipped"
    UNDONE = "undone"


SETTLED = frozenset({StepStatus.DONE, StepStatus.SKIPPED, StepStatus.UNDONE})
SETTLED_UNDOING = frozenset({StepStatus.PENDING, StepStatus.SKIPPED, StepStatus.UNDONE})


@dataclass(frozen=True)
class JournalStep:
    """One change of the plan and its status.

    ``observed`` is the state that AWS returned after the write (null until then); undo compares the live state with
    it. ``at`` is the time of the status, ISO 8601.
    """

    id: str
    status: StepStatus = StepStatus.PENDING
    detail: str = ""
    observed: Json = None
    at: str = ""
    notes: StepNotes = field(default_factory=StepNotes)

    def to_json(self) -> dict[str, Json]:
        """The step as a JSON object."""
        return {
            "id": self.id,
            "status": self.status.value,
            "detail": self.detail,
            "observed": self.observed,
            "at": self.at,
            "notes": dict(self.notes),
        }


@dataclass(frozen=True)
class Journal:
    """A plan and the status of each of its changes. ``undoes`` is the file name of the journal that it undoes.

    ``undoing`` is not saved: the statuses of this value describe the progress of an undo.
    """

    plan: Plan
    acted_as: str
    endpoint: str
    started: str
    steps: tuple[JournalStep, ...]
    path: str = ""
    undoes: str = ""
    undoing: bool = False

    @classmethod
    def begin(cls, plan: Plan, *, acted_as: str, endpoint: str, started: str, undoes: str = "") -> Journal:
        """Create a journal with every step pending. ``started`` is ISO 8601, ``endpoint`` empty for AWS endpoints."""
        steps = tuple(JournalStep(change.id) for change in plan.changes)
        return cls(plan, acted_as, endpoint, started, steps, undoes=undoes)

    def step(self, step_id: str) -> JournalStep:
        """Return the step of a change; raises KeyError for an ID that the plan does not have."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the plan, each for the resource of this run if it is one per run."""
        return tuple(of_run(change, self.step(change.id).notes) for change in self.plan.changes)

    def marked(self, step_id: str, status: StepStatus, detail: str = "", **fields: Json) -> Journal:
        """Return the journal with a new status of one step."""
        self.step(step_id)
        moved = (
            replace(step, status=status, detail=detail, **fields) if step.id == step_id else step for step in self.steps
        )
        return replace(self, steps=tuple(moved))

    @property
    def complete(self) -> bool:
        """Whether every step is settled: done, skipped or undone; when undoing, whether nothing is left to undo."""
        settled = SETTLED_UNDOING if self.undoing else SETTLED
        return all(step.status in settled for step in self.steps)

    @property
    def resumable(self) -> bool:
        """Whether it can be resumed: no step was undone."""
        return all(step.status is not StepStatus.UNDONE for step in self.steps)

    @property
    def unfinished(self) -> bool:
        """Whether it stopped before its end and can be resumed.

        A step whose resource changed after it was applied is at its end.
        """
        return self.resumable and any(
            step.status not in SETTLED and not (step.status is StepStatus.DRIFTED and step.observed is not None)
            for step in self.steps
        )

    def to_json(self) -> dict[str, Json]:
        """``{"journal", "digest", "steps": [{"id", "status", "detail"}], "complete"}``, as the commands print it."""
        steps = [{"id": s.id, "status": s.status.value, "detail": s.detail} for s in self.steps]
        return {"journal": self.path, "digest": self.plan.digest, "steps": steps, "complete": self.complete}

    def to_record(self) -> dict[str, Json]:
        """Return the complete journal, as saved."""
        return {
            "schema": SCHEMA,
            "plan": self.plan.to_file(),
            "acted_as": self.acted_as,
            "endpoint": self.endpoint,
            "started": self.started,
            "undoes": self.undoes,
            "steps": [step.to_json() for step in self.steps],
        }

    @classmethod
    def from_record(cls, value: Json, path: str) -> Journal:
        """Parse a record written by :meth:`to_record`; raises :class:`Problem` (``invalid``) if truncated or edited."""
        try:
            if value["schema"] != SCHEMA:
                raise ValueError(f"schema {value['schema']!r}")
            check_texts(value)
            plan = Plan.from_json(value["plan"])
            steps = tuple(JournalStep(**{**step, "status": StepStatus(step["status"])}) for step in value["steps"])
            if [step.id for step in steps] != [change.id for change in plan.changes]:
                raise ValueError("its steps do not match its plan")
            if any(_unseen(step, change) for step, change in zip(steps, plan.changes, strict=True)):
                raise ValueError("a completed step has no recorded result")
            for step in steps:
                _check_step(step)
            names = ("acted_as", "endpoint", "started", "undoes")
            if not all(isinstance(value[name], str) for name in names):
                raise ValueError(f"one of {', '.join(names)} is not a string")
            if value["undoes"] and not _FILE_NAME.fullmatch(value["undoes"]):
                raise ValueError("undoes is not the name of a file beside it")
            journal = cls(plan=plan, steps=steps, path=path, **{name: value[name] for name in names})
            if journal.to_record() != value:
                raise ValueError("a step was edited")
            return journal
        except Problem as problem:
            raise _invalid(path, f"The plan in the journal is incomplete: {problem.said}") from problem
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            said = f"The file is not a complete sm-ssh-widget journal ({what_is_wrong(error)})."
            raise _invalid(path, said) from error


def _check_step(step: JournalStep) -> None:
    """Raise :class:`ValueError` for a step that no run of this program writes."""
    if not (isinstance(step.detail, str) and isinstance(step.at, str)):
        raise ValueError(f"detail or at of {step.id} is not a string")
    if name := invalid_note(step.notes):
        raise ValueError(f"the note {name} of {step.id} has an unknown name or form")


_FILE_NAME = re.compile(r"(?!\.{1,2}\Z)[^/\\:\0]+")


def _unseen(step: JournalStep, change: Change) -> bool:
    """Whether a step is done without a recorded result: it could not be undone."""
    return step.status is StepStatus.DONE and step.observed is None and change.after is not None


def of_run(change: Change, notes: StepNotes) -> Change:
    """Return the change for the resource of the run in the notes, if each run creates its own."""
    run = notes.get("run") if KINDS[change.kind].per_run else None
    return replace(change, resource={**change.resource, "run": run}) if run else change


def _invalid(path: str, said: str) -> Problem:
    remedy = "Nothing in AWS was changed. Check the role again: sm-ssh-widget check"
    return Problem(f"Reading the journal {path}", said, remedy, Code.INVALID)
