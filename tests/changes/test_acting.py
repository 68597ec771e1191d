"""Who signs in: the calls of a plan, and what is refused before the first of them."""

from __future__ import annotations

import pytest

from sm_ssh_widget.changes.acting import Acting, RefusedCall, calls_of, joined, refusal_text, refuse, with_acting
from sm_ssh_widget.changes.plan import Beside, Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from tests.support.observations import ROLE, observation

ADMIN = "arn:aws:iam::123456789012:user/admin"
TIER = RefusedCall("ssm:UpdateServiceSetting", "scp", "", ("ssm.tier",))


def planned() -> Plan:
    seen, selection = observation(), Selection.of("classic")
    return make_plan(selection, seen, assess(selection, seen))


def test_each_call_is_asked_for_once_on_its_resource() -> None:
    calls = {(each.action, each.resource): each for each in calls_of(planned())}
    attach = [each for each in calls_of(planned()) if each.action == "iam:AttachRolePolicy"]
    assert {each.context[0][0] for each in attach} == {"iam:PolicyARN"}
    assert len(attach) == 2
    assert calls["iam:UpdateAssumeRolePolicy", str(ROLE)].findings == ("trust.ssm",)
    setting = "arn:aws:ssm:eu-west-1:123456789012:servicesetting/ssm/managed-instance/activation-tier"
    assert calls["ssm:UpdateServiceSetting", setting].context == ()


def test_nothing_is_refused_that_is_not_known_to_be() -> None:
    refuse(planned(), None)
    refuse(planned(), Acting(ADMIN, may=("iam:PutRolePolicy",), unknown=("ssm:UpdateServiceSetting",)))


def test_what_is_refused_is_told_with_the_way_to_leave_it_out() -> None:
    with pytest.raises(Problem) as refused:
        refuse(planned(), Acting(ADMIN, may_not=(TIER,)))
    assert refused.value.code is Code.REFUSED
    assert "ssm:UpdateServiceSetting (blocked by a service control policy" in refused.value.said
    assert "--step trust.ssm" in refused.value.remedy
    assert "ssm.tier" not in refused.value.remedy


def test_it_stands_beside_the_plan_and_outside_of_its_digest() -> None:
    acting = Acting(ADMIN, ("iam:PutRolePolicy",), (TIER,), ("ec2:RunInstances",))
    beside = with_acting(Beside(caveats=("another",)), acting)
    assert beside.caveats == (refusal_text(acting), "another")
    assert beside.to_json()["acting"] == {
        "arn": ADMIN,
        "may": ["iam:PutRolePolicy"],
        "may_not": [{"call": "ssm:UpdateServiceSetting", "layer": "scp", "by": ""}],
        "unknown": ["ec2:RunInstances"],
    }
    assert with_acting(Beside(), None).to_json()["acting"] is None
    made = planned()
    assert Plan.from_json(made.to_file()) == made
    assert Plan.from_json(made.to_json()).digest == made.digest


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (RefusedCall("a:B", "identity", ""), "no policy allows it"),
        (RefusedCall("a:B", "identity", "Guard"), "denied by Guard"),
        (RefusedCall("a:B", "boundary", "Guard"), "blocked by its permissions boundary"),
    ],
)
def test_the_layer_is_named(refused: RefusedCall, said: str) -> None:
    assert said in refusal_text(Acting(ADMIN, may_not=(refused,)))


def test_of_several_plans_a_call_is_allowed_only_where_each_one_allows_it() -> None:
    one = Acting(ADMIN, ("iam:PutRolePolicy", "iam:AttachRolePolicy", "ec2:RunInstances"), (), ("ssm:SendCommand",))
    other = Acting(ADMIN, ("ssm:SendCommand", "ssm:UpdateServiceSetting"), (TIER,), ("iam:AttachRolePolicy",))
    third = Acting(ADMIN, may_not=(TIER,), unknown=("ssm:UpdateServiceSetting",))
    assert joined((one, other, third)) == Acting(
        ADMIN, ("iam:PutRolePolicy", "ec2:RunInstances"), (TIER,), ("ssm:SendCommand", "iam:AttachRolePolicy")
    )
    assert joined((one,)) == one
