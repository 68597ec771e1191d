"""The evidence for an answer: a policy, a statement of it, and the layer that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any


@dataclass(frozen=True)
class Evidence:
    """The evidence for an answer: a policy, a statement of it (Sid or ``#n``), and the layer that decided."""

    policy: str
    statement: str
    layer: str

    def to_json(self) -> dict[str, Json]:
        """The evidence as a JSON object."""
        return {"policy": self.policy, "statement": self.statement, "layer": self.layer}
