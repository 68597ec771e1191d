"""Notes of a journal step: what a run must remember of it across a crash. Every note is optional."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypedDict

from sm_ssh_widget.problem import Code

Json: TypeAlias = Any
MOST_ATTEMPTS = 1000  # instances that one instance check starts, over all its resumes


class InstanceResult(TypedDict):
    """Result of a completed instance check; ``online_after_seconds`` counts from the launch."""

    instance: str
    instance_type: str
    subnet: str
    region: str
    online_after_seconds: int
    session: str


class StepNotes(TypedDict, total=False):
    """The notes of a step, as the journal holds them."""

    begun: bool
    """True once a write may have been sent."""
    code: str
    """The code of the problem that ended the step."""
    stays: bool
    """Whether a part of what the failed step wrote remains in the account."""
    denied: str
    """The IAM action that AWS denied, if another identity can be allowed it."""
    next: str
    """What to do after the failure, apart from what AWS said."""
    run: str
    """Hexadecimal ID of the run of an instance check, the value of the instance's tag."""
    attempt: int
    """Number of the instance that the check starts next, from 1."""
    instance: str
    """ID of the instance that the check started, empty once it is terminated."""
    result: InstanceResult
    """Set when the check has opened a session."""


_RUN = re.compile(r"[0-9a-f]{16}", re.ASCII)
_INSTANCE = re.compile(r"(i-[0-9a-f]{1,17})?", re.ASCII)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_result(value: Json) -> bool:
    texts = [each for name, each in value.items() if name != "online_after_seconds"]
    return (
        set(value) == set(InstanceResult.__annotations__)
        and type(value["online_after_seconds"]) is int
        and all(map(_is_text, texts))
    )


_VALID: Mapping[str, Callable[[Json], bool]] = {
    "begun": lambda value: value is True,
    "code": lambda value: value in [code.value for code in Code],
    "stays": lambda value: isinstance(value, bool),
    "denied": _is_text,
    "next": _is_text,
    "run": lambda value: bool(_RUN.fullmatch(value)),
    "attempt": lambda value: type(value) is int and 1 <= value <= MOST_ATTEMPTS,
    "instance": lambda value: bool(_INSTANCE.fullmatch(value)),
    "result": _is_result,
}


def invalid_note(notes: Mapping[str, Json]) -> str:
    """Return the name of the first note that no run leaves, else an empty text. Raises TypeError for other shapes."""
    return next((name for name, value in notes.items() if name not in _VALID or not _VALID[name](value)), "")


def run_notes(notes: StepNotes) -> StepNotes:
    """Return the notes that identify what the run wrote. An undo keeps them."""
    kept: StepNotes = {}
    if "begun" in notes:
        kept["begun"] = notes["begun"]
    if "run" in notes:
        kept["run"] = notes["run"]
    if "instance" in notes:
        kept["instance"] = notes["instance"]
    if "attempt" in notes:
        kept["attempt"] = notes["attempt"]
    return kept
