"""What an account will be once a plan is applied, and whether the role is ready then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.projection import observation_after, outlook_of, ready_afterwards
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, LocalRoles, Observation, Tier
from tests.support.observations import DENIED, USER, deny, document, identity, inline, observation, trusts

VPC = {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123"}}


def after(seen: Observation, baseline: str = "classic", *options: str, steps: tuple[str, ...] = ()) -> Any:
    selection = Selection.of(baseline, options, steps)
    return ready_afterwards(make_plan(selection, seen, assess(selection, seen)), selection, seen)


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
@pytest.mark.parametrize("options", [(), ("owner-guard",), ("hardened-trust",), ("host-management",)])
def test_what_a_plan_brings_makes_ready(baseline: str, options: tuple[str, ...]) -> None:
    seen = observation(user=identity(USER), local_roles=Known(LocalRoles(None, None)))
    assert after(seen, baseline, *options) is True
    assert after(seen, baseline) is True


def test_what_is_blocked_or_refused_does_not() -> None:
    guarded = identity(policies=(inline("G", document(deny("ssm:CreateActivation"))),))
    assert after(observation(guarded)) is False
    too_long = document(trusts("sagemaker.amazonaws.com", Sid="x" * 2048))
    assert after(observation(identity(trust=too_long))) is False


@pytest.mark.parametrize(
    "seen",
    [
        observation(identity(policies=(inline("NP", document(deny("*", Condition=VPC))),))),
        observation(tier=DENIED),
    ],
    ids=["an open key", "a read that failed"],
)
def test_what_is_not_known_leaves_it_unknown(seen: Observation) -> None:
    assert after(seen) is None


def test_the_tier_and_the_trust_are_those_of_the_plan() -> None:
    seen, selection = observation(), Selection.of("classic")
    plan = make_plan(selection, seen, assess(selection, seen))
    later = observation_after(plan.changes, seen)
    assert later.region.tier == Known(Tier("advanced", "Customized"), "the plan")
    assert isinstance(later.role.trust, Known)
    assert "ssm.amazonaws.com" in later.role.trust.value
    assert make_plan(selection, later, assess(selection, later)).empty


def test_the_outlook_is_told_where_the_role_is_not_ready_or_might_not_be() -> None:
    plan = Plan({"account": "1", "region": "r"}, "classic", (), (), (), 0, required_refused=("trust.ssm", "ssm.tier"))
    assert outlook_of(plan, ready_afterwards=True) == ()
    assert outlook_of(plan, ready_afterwards=False) == (
        "This plan does not make the role ready: trust.ssm, ssm.tier cannot be planned.",
    )
    assert outlook_of(replace(plan, required_refused=()), ready_afterwards=False) == (
        "This plan does not make the role ready.",
    )
    (unknown,) = outlook_of(plan, ready_afterwards=None)
    assert "is unknown" in unknown
