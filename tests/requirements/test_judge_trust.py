"""The judge of trust: narrowed, hardened by the owner, open; never missing where some source is let in."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.requirements.catalogue import TRUST_SAGEMAKER, TRUST_SSM
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judge_trust import trust
from sm_ssh_widget.requirements.judgement import Judgement
from sm_ssh_widget.requirements.needs import TrustNeed
from tests.support.observations import document, identity, observation, trusts

ACCOUNT = "123456789012"
NEEDS = {"sagemaker": TRUST_SAGEMAKER.need, "ssm": TRUST_SSM.need}


def narrowed(service: str, resource: str, region: str = "eu-west-1") -> dict[str, Any]:
    condition = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"},
    }
    return trusts(f"{service}.amazonaws.com", Condition=condition)


def judged(service: str, *statements: dict[str, Any], hardened: bool = False) -> Judgement:
    need = NEEDS[service]
    assert isinstance(need, TrustNeed)
    return trust(need, observation(identity(trust=document(*statements))), hardened=hardened)


@pytest.mark.parametrize("hardened", [True, False])
@pytest.mark.parametrize("resource", ["notebook-instance/*", "training-job/x", "domain/*"])
def test_a_fitting_type_is_held_another_way_with_a_note(resource: str, hardened: bool) -> None:
    found = judged("sagemaker", narrowed("sagemaker", resource), hardened=hardened)
    assert found.status is FindingStatus.SATISFIED_OTHERWISE
    assert found.reason == f"for {resource} only (aws:SourceArn)"
    assert f"in eu-west-1, for {resource} only (aws:SourceArn)." in found.fact


def test_another_type_is_unknown_and_never_missing() -> None:
    found = judged("sagemaker", narrowed("sagemaker", "pipeline/*"))
    assert found.status is FindingStatus.UNKNOWN
    assert found.remedy
    assert "for pipeline/* only" in found.fact


def test_a_deny_that_spares_a_type_does_not_block() -> None:
    spared = {"ArnNotLike": {"aws:SourceArn": f"arn:aws:sagemaker:*:{ACCOUNT}:training-job/*"}}
    deny = {**trusts("sagemaker.amazonaws.com", Condition=spared), "Effect": "Deny"}
    found = judged("sagemaker", trusts("sagemaker.amazonaws.com"), deny)
    assert found.status is FindingStatus.SATISFIED_OTHERWISE
    assert "for training-job/* only" in found.reason


def test_hardened_for_another_region_is_missing_here() -> None:
    assert judged("ssm", narrowed("ssm", "*", "us-east-1")).status is FindingStatus.MISSING


@pytest.mark.parametrize("service", ["ssm", "sagemaker"])
def test_the_hardened_statement_is_as_asked_for_where_it_was_asked_for(service: str) -> None:
    operator = "ArnEquals" if service == "ssm" else "ArnLike"
    source = {"aws:SourceArn": f"arn:aws:{service}:eu-west-1:{ACCOUNT}:*"}
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, operator: source}
    ours = trusts(f"{service}.amazonaws.com", Condition=condition)
    assert judged(service, ours, hardened=True).status is FindingStatus.SATISFIED
    found = judged(service, ours)
    assert found.status is FindingStatus.SATISFIED_OTHERWISE
    assert found.reason == "for eu-west-1, not for every Region"


def test_a_proof_settles_what_systems_manager_may_and_not_what_sagemaker_may() -> None:
    condition = {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
    remedies = {each: judged(each, trusts(f"{each}.amazonaws.com", Condition=condition)).remedy for each in NEEDS}
    assert "--proof" in remedies["ssm"]
    assert "--proof" not in remedies["sagemaker"]
    assert all("the time of the call" in remedy for remedy in remedies.values())
