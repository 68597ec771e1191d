"""Report: the result of a check, as a value that can be printed, saved and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.aws import proof as prover
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import target_json
from sm_ssh_widget.changes.projection import identity_after
from sm_ssh_widget.requirements import owner_guard_preview
from sm_ssh_widget.requirements.assess import Assessment, check_is_due, earlier_checks
from sm_ssh_widget.requirements.aws_native_access import Alternative, alternatives
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Observation, Target
from sm_ssh_widget.requirements.ssh_owner import OwnerStory, caller_from, owner_story

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/report/1"
GUARD = "user.owner-guard"


@dataclass(frozen=True)
class Report:
    """Result of a check: the observation, the findings, and the selected options.

    ``endpoint`` is the custom endpoint of the reads, empty for AWS.
    """

    selection: Selection
    observation: Observation
    assessment: Assessment
    proof: prover.Proof | None = None
    endpoint: str = ""

    @property
    def target(self) -> Target:
        """Target of the check."""
        return self.observation.target

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings in the order of the baseline."""
        return self.assessment.findings

    @property
    def ready(self) -> bool:
        """Whether every required finding is satisfied or not applicable."""
        return self.assessment.ready

    @property
    def earlier_checks(self) -> tuple[str, ...]:
        """Notes on earlier checks with a temporary instance, for the plan; the caveats contain them too."""
        return earlier_checks(self.selection, self.observation)

    @property
    def check_is_due(self) -> bool:
        """Whether the chosen check with a temporary instance has not run yet: only a plan lists it."""
        return check_is_due(self.selection, self.observation)

    @property
    def owner(self) -> OwnerStory:
        """Explanation of ``SSHOwner``, and its value for the person who connects."""
        reader = caller_from(self.observation.read_as, self.observation.reader_id)
        studio = Option.STUDIO_AS_CLIENT in self.selection.options
        return owner_story(self.observation, reader, studio_as_client=studio)

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """AWS's built-in alternatives to SSH Helper, and whether they are available."""
        return alternatives(self.observation)

    def to_json(self) -> dict[str, Json]:
        """Return the object that ``check --json`` and ``verify --json`` print."""
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
            "owner": self.owner.to_json(),
            "alternatives": [each.to_json() for each in self.alternatives],
        }
        return value if self.proof is None else {**value, "proof": self.proof.to_json()}


def demonstrate(report: Report, plan: Plan) -> tuple[owner_guard_preview.PreviewRow, ...]:
    """Preview the owner guard: access to nodes before and after; empty if the plan does not change it."""
    user = report.observation.user
    changes = (*plan.changes, *(change for refusal in plan.refused for change in refusal.elsewhere))
    if user is None or not any(change.finding == GUARD for change in changes):
        return ()
    after = identity_after(user, changes, report.observation)
    return owner_guard_preview.demonstrate(
        user, after, report.target, report.owner.value if report.owner.certain else ""
    )
