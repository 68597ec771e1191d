"""Requirement × observation → finding. Pure: the same facts always give the same findings.

Two verdicts are kept apart: *as documented* (the policy is there by its name) and *effectively held* (whatever grants
it). What could not be read is never called missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.requirements import judge_identity, judge_region, judge_trust, trust
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.catalogue import (
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    Requirement,
    Subject,
    TierNeed,
    TrustNeed,
)
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.observation import Known, Observation, OrganisationVerdict, Unknown

NAME_THE_USER = "name the user"


@dataclass(frozen=True)
class Assessment:
    """The findings in the order of the baseline, and what limits them as a whole, each in one sentence."""

    findings: tuple[Finding, ...]
    caveats: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether every required finding stands in nobody's way."""
        return all(finding.status.ready for finding in self.findings if finding.required)

    def count(self, status: FindingStatus) -> int:
        """How many required findings have this status."""
        return sum(finding.required and finding.status is status for finding in self.findings)


def assess(selection: Selection, observation: Observation) -> Assessment:
    """Judge every requirement of the selection against what was seen."""
    judge = _Judge(selection, observation)
    findings = tuple(judge.finding(requirement) for requirement in selection.requirements)
    return Assessment(findings, _caveats(selection, observation))


class _Judge:
    """The identities of one observation with their policies compiled once, and the judge of each kind of need."""

    def __init__(self, selection: Selection, observation: Observation) -> None:
        self._selection, self._seen = selection, observation
        self._role = Holdings(observation.role, observation.target.region, self._organisation(observation.role.arn))
        self._user = self._holdings_of_user()

    def _holdings_of_user(self) -> Holdings | None:
        user = self._seen.user
        if user is None:
            return None
        return Holdings(user, self._seen.target.region, self._organisation(user.arn))

    def _organisation(self, arn: PrincipalArn) -> tuple[OrganisationVerdict, ...]:
        fact = self._seen.organisation
        verdicts = fact.value if isinstance(fact, Known) else ()
        return tuple(verdict for verdict in verdicts if verdict.principal == str(arn))

    def finding(self, requirement: Requirement) -> Finding:
        """One requirement, judged."""
        judgement = self._judgement(requirement)
        missing = judgement.status not in (FindingStatus.SATISFIED, FindingStatus.SATISFIED_OTHERWISE)
        return Finding(
            id=requirement.id,
            step=requirement.step,
            required=self._selection.requires(requirement),
            status=judgement.status,
            reason=judgement.reason,
            title=requirement.title,
            fact=judgement.fact,
            consequence=requirement.why if missing else "",
            remedy=judgement.remedy,
            evidence=judgement.evidence,
        )

    def _judgement(self, requirement: Requirement) -> Judgement:
        need = requirement.need
        if isinstance(need, TrustNeed):
            hardened = Option.HARDENED_TRUST in self._selection.options
            return judge_trust.trust(need, self._seen, hardened=hardened)
        if isinstance(need, TierNeed):
            return judge_region.tier(self._seen)
        if isinstance(need, HostManagementNeed):
            return judge_region.host_management(self._seen)
        holdings = self._holdings(need.subject)
        if holdings is None:
            return _nobody_named()
        if holdings.identity.arn.kind == "root":
            return _root(need)
        if isinstance(need, ManagedNeed):
            return judge_identity.managed(need, holdings, self._seen)
        if isinstance(need, InlineNeed):
            return judge_identity.inline(need, holdings, self._seen)
        return judge_identity.guard(need, holdings, self._seen, more_to_come=self._more_to_come(holdings))

    def _more_to_come(self, holdings: Holdings) -> bool:
        """Whether the baseline will attach broad policies to the local user (step 3a)."""
        needs = (requirement.need for requirement in self._selection.baseline.requirements)
        return any(
            judge_identity.managed(need, holdings, self._seen).status is FindingStatus.MISSING
            for need in needs
            if isinstance(need, ManagedNeed) and need.subject == "user"
        )

    def _holdings(self, subject: Subject) -> Holdings | None:
        return self._role if subject == "role" else self._user


def _nobody_named() -> Judgement:
    return Judgement(
        FindingStatus.NOT_APPLICABLE,
        "Nobody is named as the local user.",
        "Name the identity that connects: --user ARN.",
        NAME_THE_USER,
    )


def _root(need: ManagedNeed | InlineNeed | GuardNeed) -> Judgement:
    if isinstance(need, GuardNeed):
        fact = "The local user is the root user, and no IAM policy limits the root user."
        return Judgement(FindingStatus.NOT_APPLICABLE, fact, "Connect as a role or IAM user.", "root user")
    fact = "The local user is the root user of the account, who may do everything."
    return Judgement(FindingStatus.SATISFIED_OTHERWISE, fact, "Connect as a role or IAM user.", "held by the root user")


def _caveats(selection: Selection, observation: Observation) -> tuple[str, ...]:
    found = [*_unread_caveats(observation), *earlier_checks(selection, observation), *_due(selection, observation)]
    if Option.STUDIO_AS_CLIENT in selection.options:
        found.append("All Studio users who share this role have one aws:userid, so SSHOwner does not tell them apart.")
    if Option.HARDENED_TRUST in selection.options:
        found += _open_trust_caveats(selection, observation)
    return (*found, *observation.target.notes)


def earlier_checks(selection: Selection, observation: Observation) -> tuple[str, ...]:
    """Of the check with a temporary instance that was chosen: why it is not planned again, and which ones still run."""
    if not selection.checks_instance:
        return ()
    done, running = observation.instance_checked, observation.instances_running
    found = []
    if isinstance(done, Known):
        found.append(
            f"Systems Manager was checked with the temporary instance {done.value.instance} at {done.value.at}. The "
            "check can be planned again once AWS has forgotten that instance, about an hour after its end."
        )
    if isinstance(running, Known) and running.value:
        found.append(
            f"Still there from a check that has not come to its end: {', '.join(running.value)}. The journal of that "
            "check ends it when it is resumed or undone (sm-ssh-widget journal lists them); else it ends by itself an "
            "hour after its start. A new check starts another instance."
        )
    return tuple(found)


def check_is_due(selection: Selection, observation: Observation) -> bool:
    """Whether the check with a temporary instance was chosen, and AWS remembers none: it is a step of the plan."""
    return selection.checks_instance and not isinstance(observation.instance_checked, Known)


def _due(selection: Selection, observation: Observation) -> Iterator[str]:
    if check_is_due(selection, observation):
        fact = observation.instance_checked
        unread = f", as far as can be read ({fact.read}: {fact.reason.value})" if isinstance(fact, Unknown) else ""
        yield (
            f"The check with a temporary instance, which was chosen, is still to be done{unread}. No requirement rests "
            "on it; the plan lists it."
        )


def _open_trust_caveats(selection: Selection, observation: Observation) -> Iterator[str]:
    """What hardening leaves: a statement of the owner's that trusts the service without a condition."""
    fact = observation.role.trust
    for need in (requirement.need for requirement in selection.requirements):
        if isinstance(need, TrustNeed) and need.hardened and isinstance(fact, Known):
            with suppress(PolicyError):  # the finding says that it cannot be judged
                if trust.as_documented(fact.value, need.service):
                    yield (
                        f"The trust stays open for {need.service} in every account and Region: a statement of the "
                        "owner's trusts it without a condition, and nothing of the owner's is changed."
                    )


def _unread_caveats(observation: Observation) -> Sequence[str]:
    found = []
    if isinstance(observation.organisation, Unknown):
        found.append(
            "Service control policies could not be read "
            f"({observation.organisation.read}: {observation.organisation.reason.value}); they may still deny."
        )
    for label, identity in (("role", observation.role), ("local user", observation.user)):
        if identity is not None and isinstance(identity.boundary, Unknown):
            found.append(f"The permissions boundary of the {label} could not be read; it may still deny.")
    if isinstance(observation.quotas, Unknown):
        found.append("The account's IAM quotas could not be read; the default quotas are assumed.")
    return found
