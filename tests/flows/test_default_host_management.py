"""Host management by its own setting: a role and a setting, undone exactly, and nothing of anybody else's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes import additions
from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.changes.plan import Kind
from sm_ssh_widget.requirements.catalogue import DEFAULT_ROLE, DEFAULT_ROLE_SETTING
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked
from tests.support.observations import document, trusts

Accounts = Callable[[str], SimulatedAccount]
CHOSEN = ("default-host-management",)
VALUE = f"service-role/{DEFAULT_ROLE}"


def finding(report: pipeline.Report) -> Finding:
    return next(each for each in report.findings if each.id == "ssm.host-management")


def planned(account: SimulatedAccount, *options: str) -> pipeline.Plan:
    return pipeline.plan(checked(account, options=(*CHOSEN, *options), steps=("ssm.host-management",)))


def setting(account: SimulatedAccount, region: str = "") -> str:
    ssm = account.session("admin", region=region or account.region).client("ssm")
    return str(ssm.get_service_setting(SettingId=DEFAULT_ROLE_SETTING)["ServiceSetting"]["SettingValue"])


def write_setting(account: SimulatedAccount, value: str, region: str = "") -> None:
    ssm = account.session("admin", region=region or account.region).client("ssm")
    ssm.update_service_setting(SettingId=DEFAULT_ROLE_SETTING, SettingValue=value)


def other_role(account: SimulatedAccount, name: str, path: str = "/service-role/") -> None:
    trust = document(trusts("ssm.amazonaws.com"))
    account.session("admin").client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)


def test_both_ways_are_named_the_small_one_first(accounts: Accounts) -> None:
    found = finding(checked(accounts("fresh-studio-role")))
    assert (found.status.value, found.required) == ("missing", False)
    assert found.remedy.index("default-host-management") < found.remedy.index("Quick Setup")


def test_a_role_and_a_setting_are_written_and_undone_exactly(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    admin, before = admin_of(account), account.state()
    plan = planned(account)
    assert [change.kind for change in plan.changes] == [Kind.ROLE, Kind.ATTACH_ROLE_POLICY, Kind.SERVICE_SETTING]
    assert {change.undo for change in plan.changes} == {"exact"}
    assert "hybrid nodes" in plan.changes[-1].risk
    journal = pipeline.apply(plan, admin)
    assert journal.complete, journal.to_json()
    assert setting(account) == VALUE
    again = checked(account, options=CHOSEN, steps=("ssm.host-management",))
    assert finding(again).status.value == "satisfied-otherwise"
    assert pipeline.plan(again).empty
    assert pipeline.undo(journal, admin).complete
    assert account.state() == before


def test_a_role_that_exists_is_used_as_it_is(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    other_role(account, DEFAULT_ROLE)
    before, plan = account.state(), planned(account)
    assert [change.kind for change in plan.changes] == [Kind.SERVICE_SETTING]
    journal = pipeline.apply(plan, admin_of(account))
    assert journal.complete
    assert pipeline.undo(journal, admin_of(account)).complete
    assert account.state() == before


def test_a_role_under_another_path_is_refused(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    other_role(account, DEFAULT_ROLE, "/")
    plan = planned(account)
    assert plan.empty
    assert [each.code.value for each in plan.refused] == ["blocked"]


def test_another_role_in_the_setting_is_left_alone(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    other_role(account, "Other")
    write_setting(account, "service-role/Other")
    report = checked(account, options=CHOSEN, steps=("ssm.host-management",))
    assert finding(report).status.value == "satisfied-otherwise"
    assert pipeline.plan(report).empty
    literally = checked(account, options=(*CHOSEN, "as-documented"), steps=("ssm.host-management",))
    assert pipeline.plan(literally).empty
    assert setting(account) == "service-role/Other"


def test_a_setting_that_was_changed_since_is_left_and_both_values_are_shown(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    admin = admin_of(account)
    journal = pipeline.apply(planned(account), admin)
    other_role(account, "Other")
    write_setting(account, "service-role/Other")
    (refused,) = pipeline.plan_undo(journal, admin).refused
    assert refused.code.value == "drifted"
    assert VALUE in refused.reason
    assert "service-role/Other" in refused.reason
    back = pipeline.undo(journal, admin)
    assert setting(account) == "service-role/Other"
    assert back.step("ssm.host-management").status is StepStatus.DRIFTED


def test_a_role_that_another_region_hands_out_stays(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    admin = admin_of(account)
    journal = pipeline.apply(planned(account), admin)
    write_setting(account, VALUE, "us-east-1")
    back = pipeline.undo(journal, admin)
    assert setting(account) == "$None"
    assert back.step(f"ssm.host-management:{DEFAULT_ROLE}").status is StepStatus.DRIFTED
    names = [role["RoleName"] for role in account.state()["RoleDetailList"]]
    assert DEFAULT_ROLE in names


def test_the_temporary_instance_is_managed_by_it(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    options = (*CHOSEN, "instance-check")
    plan = pipeline.plan(checked(account, options=options, steps=("ssm.host-management", "ssm.instance-check")))
    check = plan.changes[-1]
    assert check.kind is Kind.INSTANCE
    assert "default host management" in check.risk
    assert check.undo == "exact"
    admin = admin_of(account)
    journal = pipeline.apply(plan, admin)
    assert journal.complete, journal.to_json()


@pytest.mark.parametrize(
    "edit",
    [
        lambda change: change["after"].update(value="service-role/Other"),
        lambda change: change["resource"].update(setting_id="/ssm/parameter-store/high-throughput-enabled"),
    ],
)
def test_another_value_or_setting_is_not_ours(accounts: Accounts, edit: Callable[[dict[str, Any]], None]) -> None:
    plan = planned(accounts("fresh-studio-role"))
    value = copy.deepcopy(plan.to_file())
    edit(value["changes"][-1])
    forged = pipeline.Plan._read(value)
    assert additions.first_unknown(plan) == ""
    assert additions.first_unknown(forged) == "ssm.host-management"
