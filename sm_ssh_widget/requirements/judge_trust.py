"""The judge of trust requirements (step 1b)."""

from __future__ import annotations

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.policy.merge import append
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements import trust as trust_policy
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import evidence
from sm_ssh_widget.requirements.judgement import Judgement, blocked, depends_on, listed, unknown
from sm_ssh_widget.requirements.needs import TrustNeed
from sm_ssh_widget.requirements.observation import Known, Observation, Reason, Unknown
from sm_ssh_widget.requirements.requests import BY_PROOF, filling_for
from sm_ssh_widget.requirements.trust import Circumstances, TrustVerdict

_SSM = "ssm.amazonaws.com"


def trust(need: TrustNeed, seen: Observation, *, hardened: bool) -> Judgement:
    """Judge whether the role trusts the service, in the target Region.

    ``hardened`` asks for the statement with conditions.
    """
    fact = seen.role.trust
    if isinstance(fact, Unknown):
        return unknown([fact], "The trust policy")
    text = fact.value if isinstance(fact, Known) else ""
    region = seen.target.region
    known = Circumstances(seen.target.role, region, seen.account.organization, seen.assumed)
    try:
        verdict = trust_policy.judge_either(text, need.service, known)
    except PolicyError as error:
        said = f"The trust policy could not be parsed: {error}."
        remedy = "Open the trust policy in the IAM console and save a corrected version."
        return unknown([Unknown(Reason.UNPARSABLE, fact.read, said, remedy)], "The trust policy")
    decision = verdict.decision
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return blocked(evidence(decision), f"Trust for {need.service}")
    if decision.outcome is Outcome.DEPENDS:
        return depends_on(verdict.open_keys, f"trust for {need.service}", BY_PROOF if need.service == _SSM else "")
    if decision.outcome is Outcome.IMPLICIT_DENY:
        return Judgement(
            FindingStatus.MISSING,
            f"The trust policy does not allow {need.service} to assume the role in {region}.",
            "Add one statement to the trust policy. Existing statements stay unchanged.",
        )
    return _allowed(need, verdict, text, seen, hardened=hardened)


def _allowed(need: TrustNeed, verdict: TrustVerdict, text: str, seen: Observation, *, hardened: bool) -> Judgement:
    region = seen.target.region
    if not verdict.fits:
        return _narrowed_elsewhere(need, verdict, region)
    plain = trust_policy.as_documented(text, need.service)
    literal = not _narrowed(verdict) and (plain or (hardened and _says(text, need.hardened, seen)))
    return Judgement(
        FindingStatus.SATISFIED if literal else FindingStatus.SATISFIED_OTHERWISE,
        f"The trust policy allows {need.service} to assume the role in {region}{_narrowed(verdict)}.",
        reason=_note(plain, literal, verdict, region, hardened),
        evidence=(evidence(verdict.decision),),
    )


def _narrowed_elsewhere(need: TrustNeed, verdict: TrustVerdict, region: str) -> Judgement:
    """The trust holds for sources that are none of those which SSH Helper is known to reach."""
    only = listed(verdict.only_for) or "other sources"
    return Judgement(
        FindingStatus.UNKNOWN,
        f"The trust policy allows {need.service} to assume the role in {region} for {only} only (aws:SourceArn). "
        "Whether that includes what you connect to is not known.",
        "Check the condition on aws:SourceArn in the trust policy, or ask the owner of the role.",
        f"for {only} only",
        (evidence(verdict.decision),),
    )


def _narrowed(verdict: TrustVerdict) -> str:
    """To which sources the trust is narrowed, as the end of a sentence; empty where it is not."""
    if verdict.only_for:
        return f", for {listed(verdict.only_for)} only (aws:SourceArn)"
    return f", not for {listed(verdict.not_for)} (aws:SourceArn)" if verdict.not_for else ""


def _says(text: str, document: str, seen: Observation) -> bool:
    return not append(text, [documents.load(document, filling_for(seen.target))]).added


def _note(plain: bool, literal: bool, verdict: TrustVerdict, region: str, hardened: bool) -> str:
    if _narrowed(verdict):
        return _narrowed(verdict).removeprefix(", ")
    if plain and hardened:
        return "an existing statement already trusts the service without conditions; sm-ssh-widget does not remove it"
    if not verdict.everywhere:
        return f"for {region}, not for every Region"
    return "" if literal else "by a statement that differs from the guide's"
