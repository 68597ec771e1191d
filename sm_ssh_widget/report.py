"""A report: what a check found, as a value that can be printed, saved and compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from sm_ssh_widget.requirements.readiness import readiness
from sm_ssh_widget.requirements.ssh_owner import OwnerStory, caller_from, owner_story
from sm_ssh_widget.requirements.uses import UseOf

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/report/1"
GUARD = "user.owner-guard"


@dataclass(frozen=True)
class Report:
    """What a check found: the observation, the findings, and how they were asked for.

    ``endpoint`` is where it was read, empty for AWS's own. ``failed_proof`` is what AWS said to an earlier proof that
    failed, while no other succeeded and the account has not changed since.
    """

    selection: Selection
    observation: Observation
    assessment: Assessment
    proof: prover.Proof | None = None
    endpoint: str = ""
    failed_proof: str = ""

    @property
    def proof_failed(self) -> bool:
        """Whether the last proof failed."""
        return bool(self.failed_proof) or bool(self.proof and self.proof.status is prover.ProofStatus.FAILED)

    @property
    def uses(self) -> tuple[UseOf, ...]:
        """For what the role is ready; after a proof that failed, for nothing that a node is needed for."""
        if not self.proof_failed:
            return self.assessment.uses
        return tuple(
            replace(use, status="unknown", lacks=(*use.lacks, "proof"))
            if use.status == "ready" and use.use != "listing"
            else use
            for use in self.assessment.uses
        )

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
        """Whether nothing that is required stands in the way, and no proof has failed."""
        return self.assessment.ready and not self.proof_failed

    @property
    def readiness(self) -> str:
        """Whether the role is ready, in a sentence: for what, for whom, and what was not checked."""
        return readiness(
            self.assessment, self.selection, proof_failed=self.proof_failed, check_is_due=self.check_is_due
        )

    @property
    def earlier_checks(self) -> tuple[str, ...]:
        """What a plan has to say of checks with a temporary instance before it; it stands in the caveats too."""
        return earlier_checks(self.selection, self.observation)

    @property
    def check_is_due(self) -> bool:
        """Whether the check with a temporary instance was chosen and is still to be done: only a plan lists it."""
        return check_is_due(self.selection, self.observation)

    @property
    def owner(self) -> OwnerStory:
        """Who is who in ``SSHOwner``, and its value for this person."""
        reader = caller_from(self.observation.read_as, self.observation.reader_id)
        studio = Option.STUDIO_AS_CLIENT in self.selection.options
        return owner_story(self.observation, reader, studio_as_client=studio)

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """AWS's own ways in, and whether they are open."""
        return alternatives(self.observation)

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
            "readiness": self.readiness,
            "uses": {use.use: use.to_json() for use in self.uses},
            "connects": self.assessment.connects.to_json(),
            "failed_proof": self.failed_proof or None,
            "assumed": dict(self.observation.assumed),
            "owner": self.owner.to_json(),
            "alternatives": [each.to_json() for each in self.alternatives],
        }
        return value if self.proof is None else {**value, "proof": self.proof.to_json()}


def demonstrate(report: Report, plan: Plan) -> tuple[owner_guard_preview.PreviewRow, ...]:
    """What the owner guard does: who may open which node before and after; empty where a plan has no such change."""
    user = report.observation.user
    changes = (*plan.changes, *(change for refusal in plan.refused for change in refusal.elsewhere))
    if user is None or not any(change.finding == GUARD for change in changes):
        return ()
    after = identity_after(user, changes, report.observation)
    return owner_guard_preview.demonstrate(
        user, after, report.target, report.owner.value if report.owner.certain else ""
    )
