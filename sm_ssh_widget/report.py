"""A report: what a check found, as a value that can be printed, saved and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.aws import proof as prover
from sm_ssh_widget.changes.build import target_json
from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Observation, Target

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/report/1"


@dataclass(frozen=True)
class Report:
    """What a check found: the observation, the findings, and how they were asked for.

    ``endpoint`` is where it was read, empty for AWS's own.
    """

    selection: Selection
    observation: Observation
    assessment: Assessment
    proof: prover.Proof | None = None
    endpoint: str = ""

    @property
    def target(self) -> Target:
        """Whose set-up was judged."""
        return self.observation.target

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in the order of the baseline."""
        return self.assessment.findings

    @property
    def ready(self) -> bool:
        """Whether nothing that is required stands in the way."""
        return self.assessment.ready

    def to_json(self) -> dict[str, Json]:
        """The object that ``check --json`` and ``verify --json`` print."""
        value = {
            "schema": SCHEMA,
            "target": target_json(self.target),
            "read_as": self.observation.read_as,
            "endpoint": self.endpoint,
            "baseline": self.selection.baseline.name,
            "options": list(self.selection.option_names),
            "findings": [finding.to_json() for finding in self.findings],
            "caveats": list(self.assessment.caveats),
            "ready": self.ready,
        }
        return value if self.proof is None else {**value, "proof": self.proof.to_json()}
