"""What was done, step by step: written before each call, so that a crash at any point leaves the truth.

A :class:`Journal` is a value; each transition makes a new one. It holds the whole plan, so it is enough to resume,
verify and undo. It holds no secret: identities are named by ARN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Change, Kind, Plan, check_texts, what_is_wrong
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any
SCHEMA = "sm-ssh-widget/journal/1"
MOST_ATTEMPTS = 1000  # instances that one instance check starts, over all its resumes


class StepStatus(str, Enum):
    """Where a step stands."""

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
    """One change of the plan and where it stands.

    ``observed`` is the state of its resource as AWS gave it back after the write (null until then); undo compares the
    live state with it. ``notes`` keeps what a long step must remember across a crash (an instance id, say).
    """

    id: str
    status: StepStatus = StepStatus.PENDING
    detail: str = ""
    observed: Json = None
    at: str = ""
    notes: Mapping[str, Json] = field(default_factory=dict)

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
    """A plan and what became of each of its changes. ``undoes`` is the file name of the journal that it undoes.

    ``undoing`` is not kept on disk: it says that this value tells how far taking the plan back has come.
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
        """A journal with every step pending. ``started`` is ISO 8601, ``endpoint`` empty for AWS's own."""
        steps = tuple(JournalStep(change.id) for change in plan.changes)
        return cls(plan, acted_as, endpoint, started, steps, undoes=undoes)

    def step(self, step_id: str) -> JournalStep:
        """The step of a change; raises KeyError for an id that the plan does not have."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the plan, about what this journal made where that is known by a mark of its own."""
        return tuple(of_run(change, self.step(change.id).notes) for change in self.plan.changes)

    def marked(self, step_id: str, status: StepStatus, detail: str = "", **fields: Json) -> Journal:
        """The journal with one step moved on."""
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
        """Whether it can be gone on with: nothing of it was undone."""
        return all(step.status is not StepStatus.UNDONE for step in self.steps)

    @property
    def unfinished(self) -> bool:
        """Whether it stopped before its end, and can be gone on with.

        What somebody changed after it was applied, and an undo left alone, is at its end.
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
        """Everything, as it is kept on disk."""
        return {
            "schema": SCHEMA,
            "plan": self.plan.to_json(),
            "acted_as": self.acted_as,
            "endpoint": self.endpoint,
            "started": self.started,
            "undoes": self.undoes,
            "steps": [step.to_json() for step in self.steps],
        }

    @classmethod
    def from_record(cls, value: Json, path: str) -> Journal:
        """Read what :meth:`to_record` told; raises :class:`Problem` (``invalid``) when it is cut short or edited."""
        try:
            if value["schema"] != SCHEMA:
                raise ValueError(f"schema {value['schema']!r}")
            check_texts(value)
            plan = Plan.from_json(value["plan"])
            steps = tuple(JournalStep(**{**step, "status": StepStatus(step["status"])}) for step in value["steps"])
            if [step.id for step in steps] != [change.id for change in plan.changes]:
                raise ValueError("its steps are not those of its plan")
            if any(_unseen(step, change) for step, change in zip(steps, plan.changes, strict=True)):
                raise ValueError("a step is done, and what it left is not said")
            for step in steps:
                _check_step(step)
            names = ("acted_as", "endpoint", "started", "undoes")
            if not all(isinstance(value[name], str) for name in names):
                raise ValueError(f"one of {', '.join(names)} is no text")
            if value["undoes"] and not _FILE_NAME.fullmatch(value["undoes"]):
                raise ValueError("undoes is not the name of a file beside it")
            journal = cls(plan=plan, steps=steps, path=path, **{name: value[name] for name in names})
            if journal.to_record() != value:
                raise ValueError("it was edited")
            return journal
        except Problem as problem:
            raise _invalid(path, f"its plan is not whole: {problem.said}") from problem
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(path, f"it is not a whole journal of this program ({what_is_wrong(error)}).") from error


def _check_step(step: JournalStep) -> None:
    """Raise :class:`ValueError` for a step that no run of this program leaves."""
    if not (isinstance(step.detail, str) and isinstance(step.at, str)):
        raise ValueError(f"detail or at of {step.id} is no text")
    for name, value in step.notes.items():
        if name not in _NOTES or not _NOTES[name](value):
            raise ValueError(f"the note {name} of {step.id} is none of this program")


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_result(value: Json) -> bool:
    """Whether it tells of an instance check that came to its end."""
    seconds = value["online_after_seconds"]
    texts = [each for name, each in value.items() if name != "online_after_seconds"]
    return (
        set(value) == {"instance", "instance_type", "subnet", "region", "online_after_seconds", "session"}
        and type(seconds) is int
        and all(map(_is_text, texts))
    )


_FILE_NAME = re.compile(r"(?!\.{1,2}\Z)[^/\\:\0]+")
_RUN = re.compile(r"[0-9a-f]{16}", re.ASCII)
_INSTANCE = re.compile(r"(i-[0-9a-f]{1,17})?", re.ASCII)
_NOTES: Mapping[str, Callable[[Json], bool]] = {
    "begun": lambda value: value is True,
    "run": lambda value: bool(_RUN.fullmatch(value)),
    "instance": lambda value: bool(_INSTANCE.fullmatch(value)),
    "attempt": lambda value: type(value) is int and 1 <= value <= MOST_ATTEMPTS,
    "result": _is_result,
    "code": lambda value: value in [code.value for code in Code],
    "stays": lambda value: isinstance(value, bool),
    "denied": _is_text,
    "next": _is_text,
}
"""What a step may remember, and in which form."""


def _unseen(step: JournalStep, change: Change) -> bool:
    """Whether a step is done and does not say what was there afterwards, without which it cannot be undone."""
    return step.status is StepStatus.DONE and step.observed is None and change.after is not None


def of_run(change: Change, notes: Mapping[str, Json]) -> Change:
    """The change, about the resource of the ``run`` that the notes of its step name: two runs of a plan make two."""
    run = notes.get("run") if change.kind is Kind.INSTANCE else None
    return replace(change, resource={**change.resource, "run": run}) if run else change


def _invalid(path: str, said: str) -> Problem:
    remedy = "What it describes was not touched. Check the role again: sm-ssh-widget check"
    return Problem(f"Reading the journal {path}", said, remedy, Code.INVALID)
