"""What shows that a role is an execution role, before SageMaker is let in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.changes.plan import Plan, RefusalCode
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import SPECIFIED
from tests.support.observations import ROLE, document, identity, observation, trusts

EC2 = trusts("ec2.amazonaws.com")
OTHER = PrincipalArn.parse("arn:aws:iam::123456789012:role/WebServer")


def planned(source: str, *options: str, role: PrincipalArn = OTHER, trust: str = document(EC2)) -> Plan:
    seen = observation(identity(role, trust=trust))
    seen = replace(seen, target=replace(seen.target, sources={"role": source}))
    selection = Selection.of("classic", options)
    return make_plan(selection, seen, assess(selection, seen))


def test_a_role_that_only_a_person_named_is_refused_until_confirmed() -> None:
    plan = planned(SPECIFIED)
    refusal = next(each for each in plan.refused if each.finding == "trust.sagemaker")
    assert refusal.code is RefusalCode.NOT_EXECUTION_ROLE
    assert "--option confirm-execution-role" in refusal.reason
    assert "trust.ssm" in [change.finding for change in plan.changes]
    confirmed = planned(SPECIFIED, "confirm-execution-role")
    assert [change.finding for change in confirmed.changes][:2] == ["trust.sagemaker", "trust.ssm"]
    assert confirmed.options == ("confirm-execution-role",)


@pytest.mark.parametrize(
    "plan",
    [
        planned("SageMaker's metadata (ExecutionRoleArn)"),
        planned(SPECIFIED, role=ROLE),
        planned(
            SPECIFIED, trust=document({**trusts("sagemaker.amazonaws.com"), "Condition": {"Bool": {"aws:x": "true"}}})
        ),
    ],
    ids=["told-by-sagemaker", "made-by-sagemaker", "trusted-under-a-condition"],
)
def test_what_speaks_for_it_is_enough(plan: Plan) -> None:
    assert "trust.sagemaker" in [change.finding for change in plan.changes]
