"""Index of a fleet's run: what was begun, what each member came to. Only ever appended; the journals tell the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.incoming import parse_json
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/fleet-run/1"
DONE = "done"


@dataclass
class RunIndex:
    """The run of a fleet plan with this digest.

    ``begun`` are the members (by their place in the plan) whose run was begun, ``outcomes`` their result (``done`` or
    the value of a code) and ``journals`` the file names of their journals; ``checks`` tell by account whether its
    canaries were found ready; ``undone`` are the members that were undone.
    """

    digest: str
    canaries: int
    max_failures: int
    begun: list[int] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    journals: dict[int, str] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)

    def header(self) -> dict[str, Json]:
        """Return the first line."""
        limits = {"canaries": self.canaries, "max_failures": self.max_failures}
        return {"kind": "run", "schema": SCHEMA, "digest": self.digest, **limits}

    def take(self, value: Mapping[str, Json]) -> None:
        """Add one line. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for others."""
        match value["kind"]:
            case "begin":
                number = int(value["member"])
                self.begun += [number] if number not in self.begun else []
            case "member":
                number = int(value["member"])
                self.outcomes[number] = str(value["outcome"])
                if value["journal"]:
                    self.journals[number] = _file_name(str(value["journal"]))
                self.undone.discard(number)
            case "verified":
                self.checks[str(value.get("account", ""))] = bool(value["ready"])
            case "undone":
                if value["complete"]:
                    self.undone.add(int(value["member"]))
            case kind:
                raise ValueError(f"unknown kind {kind!r}")

    @property
    def verified(self) -> bool | None:
        """Return whether the canaries that were checked are ready, ``None`` if none was checked yet."""
        return all(self.checks.values()) if self.checks else None

    def is_checked(self, account: str) -> bool:
        """Return whether the canaries of an account were checked; earlier versions did not write of which account."""
        return account in self.checks or "" in self.checks

    @property
    def failures(self) -> int:
        """Number of members that failed; one that drifted was left as it is."""
        return sum(outcome not in (DONE, Code.DRIFTED.value, Code.STOPPED.value) for outcome in self.outcomes.values())


def read_index(lines: Iterable[str], path: str) -> RunIndex:
    """Parse an index; a torn last line is dropped. Raises :class:`Problem` (``invalid``) for any other line."""
    found: RunIndex | None = None
    try:
        for line in lines:
            if not line.endswith("\n"):
                break
            value = parse_json(line)
            if found is not None:
                found.take(value)
            elif value["schema"] == SCHEMA:
                found = RunIndex(str(value["digest"]), int(value["canaries"]), int(value["max_failures"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(path, f"A line of the index is not one of a run ({error}).") from error
    if found is None:
        raise _invalid(path, "The index has no header.")
    return found


def _file_name(text: str) -> str:
    """Return the name of a file of the run's directory. Raises ``ValueError`` for a path to another one."""
    if text in ("", ".", "..") or any(letter in text for letter in "/\\\0"):
        raise ValueError(f"{text!r} is not a file of the run")
    return text


def run_code(index: RunIndex, members: int) -> Code | None:
    """Return the result of a run: ``None`` when every member is done, else the code that decides the exit code."""
    outcomes = list(index.outcomes.values())
    done = outcomes.count(DONE)
    if done == members and index.verified is not False:
        return None
    if index.verified is False:
        return Code.PARTLY_APPLIED
    left = [outcome for outcome in outcomes if outcome != DONE]
    if not left:
        return Code.STOPPED
    if done or Code.PARTLY_APPLIED.value in left:
        return Code.PARTLY_APPLIED
    return Code(left[0])


def _invalid(path: str, said: str) -> Problem:
    remedy = "The journals in the directory are complete: sm-ssh-widget journal --journal-dir DIR"
    return Problem(f"Reading the run {path}", said, remedy, Code.INVALID)
