"""The judge of trust requirements (step 1b)."""

from __future__ import annotations

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.policy.merge import append
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements import trust as trust_policy
from sm_ssh_widget.requirements.catalogue import TrustNeed
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import evidence
from sm_ssh_widget.requirements.judge_identity import filling_for
from sm_ssh_widget.requirements.judgement import Judgement, blocked, open_keys, unknown
from sm_ssh_widget.requirements.observation import Known, Observation, Reason, Unknown


def trust(need: TrustNeed, seen: Observation, *, hardened: bool) -> Judgement:
    """Judge whether the role trusts the service, in the target Region."""
    fact = seen.role.trust
    if isinstance(fact, Unknown):
        return unknown([fact], "The trust policy")
    text = fact.value if isinstance(fact, Known) else ""
    role, region = seen.target.role, seen.target.region
    try:
        verdict = trust_policy.judge_either(text, need.service, role, region)
    except PolicyError as error:
        said = f"The trust policy cannot be judged: {error}."
        broken = Unknown(Reason.UNPARSABLE, fact.read, said, "Look at the trust policy in the IAM console.")
        return unknown([broken], "The trust policy")
    decision = verdict.decision
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return blocked(evidence(decision), f"The trust for {need.service}")
    if decision.outcome is Outcome.DEPENDS:
        return open_keys(decision.keys, f"the trust for {need.service}")
    if decision.outcome is Outcome.IMPLICIT_DENY:
        return Judgement(
            FindingStatus.MISSING,
            f"The trust policy does not let {need.service} assume the role in {region}.",
            "Append one statement to the trust policy; every statement that is there stays.",
        )
    plain = trust_policy.as_documented(text, need.service)
    literal = plain or (hardened and bool(need.hardened) and _says(text, need.hardened, seen))
    return Judgement(
        FindingStatus.SATISFIED if literal else FindingStatus.SATISFIED_OTHERWISE,
        f"The trust policy lets {need.service} assume the role in {region}.",
        reason=_note(plain, literal, verdict.everywhere, region, hardened and bool(need.hardened)),
        evidence=(evidence(decision),),
    )


def _says(text: str, document: str, seen: Observation) -> bool:
    return not append(text, [documents.load(document, filling_for(seen.target))]).added


def _note(plain: bool, literal: bool, everywhere: bool, region: str, hardened: bool) -> str:
    if plain and hardened:
        return "an unconditional statement trusts the service already; it is yours to remove"
    if not everywhere:
        return f"for {region}, not for every Region"
    return "" if literal else "by a statement with other words than the specification's"
