"""Host management by its own setting: three changes, in their order, that planning makes again from the plan alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.changes import additions, guard, replan_check
from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.changes.projection import observation_after
from sm_ssh_widget.changes.systems_manager import default_role_arn, planned_management
from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.observation import ChosenFacts, HostManagement, Observation
from tests.changes.story import ACCOUNT, plan_of, whole_plan
from tests.support.observations import observation

ARN = default_role_arn("aws", ACCOUNT)
NONE = Absent("iam:GetRole")
DENIED = Unknown(Reason.DENIED, "iam:GetRole", "AccessDenied", "Sign in.")


def seen_with(role: Fact[str]) -> Observation:
    return replace(observation(), chosen=ChosenFacts(default_role=role))


def planned(role: Fact[str] = NONE) -> Plan:
    return plan_of(seen_with(role), options=("default-host-management",))


def own(plan: Plan) -> list[Kind]:
    return [change.kind for change in plan.changes if change.finding == "ssm.host-management"]


def test_the_role_comes_before_the_setting_that_names_it() -> None:
    assert own(planned()) == [Kind.ROLE, Kind.ATTACH_ROLE_POLICY, Kind.SERVICE_SETTING]
    assert own(planned(Known(ARN, "iam:GetRole"))) == [Kind.SERVICE_SETTING]


def test_the_role_is_made_where_the_setting_looks_for_it() -> None:
    role, _, setting = (change for change in planned().changes if change.finding == "ssm.host-management")
    path, name = role.calls[0].parameters["Path"], role.calls[0].parameters["RoleName"]
    assert setting.after == {"value": f"{path}{name}".lstrip("/"), "status": "Customized"}
    assert setting.before == {"value": "$None", "status": "Default"}
    assert [call.operation for call in setting.inverse] == ["ResetServiceSetting"]


@pytest.mark.parametrize(
    ("role", "code"),
    [(DENIED, "unknown"), (Absent(), "unknown"), (Known(ARN.replace("service-role/", ""), "iam:GetRole"), "blocked")],
)
def test_what_is_not_known_or_in_the_way_is_refused(role: Fact[str], code: str) -> None:
    plan = planned(role)
    assert own(plan) == []
    assert {each.finding: each.code.value for each in plan.refused}["ssm.host-management"] == code


def test_the_plan_passes_every_check() -> None:
    for plan in (planned(), planned(Known(ARN, "iam:GetRole"))):
        guard.check(plan, account=ACCOUNT)
        assert replan_check.first_mismatch(plan) == ""
        assert additions.first_unknown(plan) == ""


def test_how_a_plan_sets_up_host_management() -> None:
    assert planned_management(planned().changes) == "default-host-management"
    assert planned_management(whole_plan().changes) == "quick-setup"
    assert planned_management(plan_of(observation()).changes) == ""


def test_afterwards_the_tier_is_what_it_was() -> None:
    plan = planned()
    only = tuple(change for change in plan.changes if change.finding == "ssm.host-management")
    after = observation_after(only, seen_with(NONE))
    assert after.region.tier == seen_with(NONE).region.tier
    assert after.region.host_management == Known(
        HostManagement("default-host-management", ARN.partition(":role/")[2]), "the plan"
    )
