"""Create a plan from findings. Pure: the same findings give the same plan, byte for byte.

Only a finding that is known to be missing becomes a change. Findings that are blocked, unknown, protected or over quota
are refused with a reason and a remedy. Existing policies are never shortened to make room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sm_ssh_widget.changes import iam_changes, removals, session_changes, systems_manager
from sm_ssh_widget.changes.execution_role import SAGEMAKER, refuse_other_role
from sm_ssh_widget.changes.kinds import in_order
from sm_ssh_widget.changes.plan import Change, Plan, Refusal, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.requirements.assess import Assessment, check_is_due
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.needs import (
    FactNeed,
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    NetworkNeed,
    NoLeftoversNeed,
    Requirement,
    SessionPreferencesNeed,
    Subject,
    TierNeed,
    TrustNeed,
)
from sm_ssh_widget.requirements.observation import Known, Observation, Target
from sm_ssh_widget.requirements.trust import hardened_by_owner

NOT_OURS = (
    "sm-ssh-widget does not change networks. Hand the text for the network team over: sm-ssh-widget export "
    "--format network-cli"
)
_REFUSED = {FindingStatus.BLOCKED: RefusalCode.BLOCKED, FindingStatus.UNKNOWN: RefusalCode.UNKNOWN}


def make_plan(selection: Selection, observation: Observation, assessment: Assessment) -> Plan:
    """Plan the changes for every required finding that is missing, in the fixed order of :class:`.kinds.Phase`."""
    planner = _Planner(selection, observation)
    for requirement, finding in zip(selection.requirements, assessment.findings, strict=True):
        planner.consider(requirement, finding)
    if check_is_due(selection, observation):
        planner.check_instance()
    required = {finding.id for finding in assessment.findings if finding.required} | {INSTANCE_CHECK.id}
    return Plan(
        target=_target_of_plan(observation.target),
        baseline=selection.baseline.name,
        options=selection.option_names,
        changes=in_order(planner.changes),
        refused=tuple(planner.refused),
        kept=planner.state.kept,
        required_refused=tuple(refusal.finding for refusal in planner.refused if refusal.finding in required),
    )


def with_refusals(selection: Selection, observation: Observation, assessment: Assessment) -> Assessment:
    """The assessment, offering no change that planning would refuse: there the remedy is what to do instead.

    A person of IAM Identity Center keeps the remedy that leads to the permission set.
    """
    if all(finding.status is not FindingStatus.MISSING for finding in assessment.findings):
        return assessment
    chosen = tuple(
        replace(finding, required=True) if isinstance(requirement.need, GuardNeed) else finding  # offered unasked
        for requirement, finding in zip(selection.requirements, assessment.findings, strict=True)
    )
    refused = make_plan(selection, observation, replace(assessment, findings=chosen)).refused
    reasons = {
        refusal.finding: refusal.reason
        for refusal in refused
        if not refusal.elsewhere and refusal.reason != NOT_OURS  # there the remedy is no change of the plan's
    }
    findings = (
        replace(finding, remedy=reasons[finding.id])
        if finding.status is FindingStatus.MISSING and finding.id in reasons
        else finding
        for finding in assessment.findings
    )
    return replace(assessment, findings=tuple(findings))


def _target_of_plan(target: Target) -> dict[str, Any]:
    """The target without its sources: the digest does not depend on how the target was found."""
    return {name: value for name, value in target_json(target).items() if name != "sources"}


def target_json(target: Target) -> dict[str, Any]:
    """``{"role", "account", "partition", "region", "user", "sources"}``."""
    return {
        "role": str(target.role),
        "account": target.account,
        "partition": target.partition,
        "region": target.region,
        "user": str(target.user) if target.user else None,
        "sources": dict(target.sources),
    }


@dataclass
class _Planner:
    selection: Selection
    observation: Observation

    def __post_init__(self) -> None:
        self.changes: list[Change] = []
        self.refused: list[Refusal] = []
        self.state = PlannedState(self.observation)

    def consider(self, requirement: Requirement, finding: Finding) -> None:
        """Plan the changes of one finding, or refuse it with the reason."""
        if requirement.partial and finding.status is FindingStatus.UNKNOWN:
            return  # usual where the account's documents are not readable; a caveat says it
        if not (finding.required or self.selection.plans(requirement)):
            return
        if finding.status is FindingStatus.UNKNOWN and finding.open_keys and self._chosen(requirement):
            self._plan(requirement, finding, or_refuse=True)
        elif finding.status in _REFUSED:
            self._refuse(finding, _REFUSED[finding.status], f"{finding.fact} {finding.remedy}".strip())
        elif self._must_change(finding):
            self._plan(requirement, finding)

    def check_instance(self) -> None:
        """Plan the check with a temporary instance, after every change that it can depend on."""
        managed = systems_manager.planned_management(self.changes)
        try:
            self.changes.append(systems_manager.instance_check(self.observation, planned=managed))
        except Refused as refused:
            self.refused.append(Refusal(INSTANCE_CHECK.id, refused.code, refused.reason))

    def _must_change(self, finding: Finding) -> bool:
        literally = Option.AS_DOCUMENTED in self.selection.options
        return finding.status is FindingStatus.MISSING or (
            literally and finding.status is FindingStatus.SATISFIED_OTHERWISE
        )

    def _chosen(self, requirement: Requirement) -> bool:
        """Whether an option asks for this requirement: then an unknown condition key does not prevent the change."""
        return requirement.optional or Option.AS_DOCUMENTED in self.selection.options

    def _plan(self, requirement: Requirement, finding: Finding, *, or_refuse: bool = False) -> None:
        """Plan the changes. With ``or_refuse``, refuse the finding as unknown if there are none."""
        of_region = isinstance(requirement.need, TierNeed | HostManagementNeed)
        if not self.observation.target.role_verified and not of_region:
            reason = "The role's path could not be confirmed with AWS. Specify the complete ARN: --role ARN"
            self._refuse(finding, RefusalCode.UNKNOWN, reason)
            return
        try:
            changes = self._changes(requirement)
            self.changes += changes
            if or_refuse and not changes:
                self._refuse(finding, RefusalCode.UNKNOWN, f"{finding.fact} {finding.remedy}".strip())
        except Refused as refused:
            self.refused.append(Refusal(finding.id, refused.code, refused.reason, refused.elsewhere))

    def _refuse(self, finding: Finding, code: RefusalCode, reason: str) -> None:
        self.refused.append(Refusal(finding.id, code, reason))

    def _changes(self, requirement: Requirement) -> list[Change]:
        options, state = self.selection.options, self.state
        literally = Option.AS_DOCUMENTED in options
        match requirement.need:
            case TrustNeed() as need:
                if need.service == SAGEMAKER and Option.CONFIRM_EXECUTION_ROLE not in options:
                    refuse_other_role(self.observation)
                document = need.hardened if self._hardens(need) else need.document
                return iam_changes.trust(requirement, document, state, sids=not literally)
            case ManagedNeed() as need:
                identity = self._subject(need.subject)
                return iam_changes.attachments(requirement, need, identity, state, literally=literally)
            case InlineNeed() | GuardNeed() as need:
                return iam_changes.inline(requirement, need, self._subject(need.subject), state, sids=not literally)
            case TierNeed():
                return [iam_changes.tier(requirement, state)]
            case HostManagementNeed() if self.selection.uses_default_host_management:
                return systems_manager.default_host_management(requirement, self.observation)
            case HostManagementNeed():
                return systems_manager.host_management(requirement, self.observation)
            case NetworkNeed():
                raise Refused(RefusalCode.BLOCKED, NOT_OURS)
            case NoLeftoversNeed():
                return removals.codebuild_trust(requirement, state)
            case SessionPreferencesNeed():
                return self._for_sessions(requirement, sids=not literally)
            case FactNeed():  # pragma: no cover - no judge of today says "missing"
                return []

    def _for_sessions(self, requirement: Requirement, *, sids: bool) -> list[Change]:
        """Plan the policy of the role and of the person who connects; one that is refused does not stop the other."""
        subjects = session_changes.subjects_lacking(self.observation)
        return [change for subject in subjects for change in self._of_subject(requirement, subject, sids=sids)]

    def _of_subject(self, requirement: Requirement, subject: Subject, *, sids: bool) -> list[Change]:
        try:
            return session_changes.grant(requirement, subject, self.state, sids=sids)
        except Refused as refused:
            self.refused.append(Refusal(requirement.id, refused.code, refused.reason, refused.elsewhere))
            return []

    def _hardens(self, need: TrustNeed) -> bool:
        """Whether the added statement has conditions: by option, or because the existing statement has them."""
        if Option.HARDENED_TRUST in self.selection.options:
            return True
        fact = self.observation.role.trust
        text = fact.value if isinstance(fact, Known) else ""
        return hardened_by_owner(text, need.service) and Option.AS_DOCUMENTED not in self.selection.options

    def _subject(self, subject: str) -> Any:
        return self.observation.role if subject == "role" else self.observation.user
