"""Report: the result of a check, as a value that can be printed, saved and compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sm_ssh_widget.aws import proof as prover
from sm_ssh_widget.aws.observation.acting_identity import acting_of
from sm_ssh_widget.aws.proof_record import failed_proof, forget_failure, keep_failure
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.acting import with_acting
from sm_ssh_widget.changes.plan import Beside, Plan
from sm_ssh_widget.changes.planner import make_plan, target_json, with_refusals
from sm_ssh_widget.changes.projection import identity_after, outlook_of, ready_afterwards
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import owner_guard_preview
from sm_ssh_widget.requirements.assess import Assessment, assess, check_is_due, earlier_checks
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
    """Result of a check: the observation, the findings, and the selected options.

    ``endpoint`` is the custom endpoint of the reads, empty for AWS. ``failed_proof`` is AWS's message about an earlier
    failed proof, as long as no other succeeded and the account has not changed. ``signed_in`` is the reading session.
    """

    selection: Selection
    observation: Observation
    assessment: Assessment
    proof: prover.Proof | None = None
    endpoint: str = ""
    failed_proof: str = ""
    signed_in: SignedIn | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, selection: Selection, seen: Observation, session: object, endpoint: str) -> Report:
        """Build the report of an observation; a signed-in session determines who would apply a plan."""
        signed_in = session if isinstance(session, SignedIn) else None
        assessment = with_refusals(selection, seen, assess(selection, seen))
        return cls(selection, seen, assessment, None, endpoint, failed_proof(seen), signed_in)

    @property
    def proof_failed(self) -> bool:
        """Whether the last proof failed."""
        return bool(self.failed_proof) or bool(self.proof and self.proof.status is prover.ProofStatus.FAILED)

    @property
    def uses(self) -> tuple[UseOf, ...]:
        """Uses that the role is ready for; after a failed proof, none that needs a node."""
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
        """Target of the check."""
        return self.observation.target

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings in the order of the baseline."""
        return self.assessment.findings

    @property
    def ready(self) -> bool:
        """Whether every required finding is satisfied or not applicable, and no proof has failed."""
        return self.assessment.ready and not self.proof_failed

    @property
    def readiness(self) -> str:
        """Sentence about the readiness of the role: for what, for whom, and what was not checked."""
        return readiness(
            self.assessment, self.selection, proof_failed=self.proof_failed, check_is_due=self.check_is_due
        )

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
            "readiness": self.readiness,
            "uses": {use.use: use.to_json() for use in self.uses},
            "connects": self.assessment.connects.to_json(),
            "failed_proof": self.failed_proof or None,
            "assumed": dict(self.observation.assumed),
            "owner": self.owner.to_json(),
            "alternatives": [each.to_json() for each in self.alternatives],
        }
        return value if self.proof is None else {**value, "proof": self.proof.to_json()}


def plan_of(report: Report) -> Plan:
    """Plan what is missing; also determine who can apply it and whether the role is ready afterwards.

    Raises :class:`Problem` (``usage``) for a report that cannot be planned.
    """
    _check_plannable(report)
    made = make_plan(report.selection, report.observation, report.assessment)
    ready = ready_afterwards(made, report.selection, report.observation)
    outlook = outlook_of(made, ready_afterwards=ready)
    beside = Beside(caveats=(*outlook, *report.assessment.caveats), ready_afterwards=ready)
    return replace(made, beside=with_acting(beside, acting_of(made, report.signed_in)))


def _check_plannable(report: Report) -> None:
    if not isinstance(report, Report):  # a notebook does not check types
        said = f"plan() expects the report returned by check(), not {type(report).__name__}."  # type: ignore[unreachable]
        raise Problem("Planning", said, "Call plan(check()).", Code.USAGE)
    if report.observation.assumed:
        said = "The check used an assumption (--assume), but a plan needs known values."
        raise Problem("Planning", said, "Check again without --assume.", Code.USAGE)


def with_proof(report: Report, proof: prover.Proof) -> Report:
    """Return the report with a proof. A failed proof is stored, so that a later check is not ready."""
    if proof.status is prover.ProofStatus.FAILED:
        keep_failure(report.observation, proof.reason)
    elif proof.status is prover.ProofStatus.PROVED:
        forget_failure(report.observation)
    else:
        return replace(report, proof=proof)
    return replace(report, proof=proof, failed_proof="")


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
