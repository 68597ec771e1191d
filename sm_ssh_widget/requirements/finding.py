"""A finding: one requirement, how it stands, and what that means, in three short sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence

__all__ = ["Evidence", "Finding", "FindingStatus"]

Json: TypeAlias = Any


class FindingStatus(str, Enum):
    """How a requirement stands. The value stands in JSON; :attr:`word` is what a person reads."""

    SATISFIED = "satisfied"
    SATISFIED_OTHERWISE = "satisfied-otherwise"
    MISSING = "missing"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"

    @property
    def word(self) -> str:
        """The status in the words of the screens."""
        return _WORDS[self]

    @property
    def ready(self) -> bool:
        """The requirement is met or does not apply: nothing is left to do for it."""
        return self in (FindingStatus.SATISFIED, FindingStatus.SATISFIED_OTHERWISE, FindingStatus.NOT_APPLICABLE)


_WORDS = {
    FindingStatus.SATISFIED: "Satisfied",
    FindingStatus.SATISFIED_OTHERWISE: "Held another way",
    FindingStatus.MISSING: "Missing",
    FindingStatus.BLOCKED: "Blocked",
    FindingStatus.UNKNOWN: "Unknown",
    FindingStatus.NOT_APPLICABLE: "Not applicable",
}


@dataclass(frozen=True)
class Finding:
    """One requirement and how it stands. ``reason`` is short and empty when there is nothing to add.

    ``open_keys`` are the condition keys that an unknown status rests on; empty where it rests on reads that failed.
    """

    id: str
    step: str
    required: bool
    status: FindingStatus
    reason: str
    title: str
    fact: str
    consequence: str
    remedy: str
    evidence: tuple[Evidence, ...] = ()
    open_keys: tuple[OpenKey, ...] = ()

    def to_json(self) -> Mapping[str, Json]:
        """The finding as a JSON object; ``depends_on`` only where it rests on open condition keys."""
        depends_on = {"depends_on": [key.to_json() for key in self.open_keys]} if self.open_keys else {}
        return {
            "id": self.id,
            "step": self.step,
            "required": self.required,
            "status": self.status.value,
            "reason": self.reason,
            "title": self.title,
            "fact": self.fact,
            "consequence": self.consequence,
            "remedy": self.remedy,
            "evidence": [item.to_json() for item in self.evidence],
            **depends_on,
        }
