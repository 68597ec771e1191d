"""Steps 2a to 2g: Quick Setup and the temporary instance, on good days and bad ones, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.cli.journal_view import journal_view
from sm_ssh_widget.cli.report_view import verdict
from sm_ssh_widget.export import needed_reads
from sm_ssh_widget.pipeline import Plan
from sm_ssh_widget.problem import Code
from sm_ssh_widget.requirements.catalogue import ADMINISTRATION_ROLE, EXECUTION_ROLE
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.simulator.scenario import load_scenario, scenario_names
from sm_ssh_widget.wizard import choices
from tests.cli.test_views import shown
from tests.flows.conftest import admin_of, checked
from tests.support.observations import with_facts
from tests.support.scenarios import expected
from tests.support.virtual_time import VirtualTime

Accounts = Callable[[str], SimulatedAccount]

CHOSEN = [(name, option) for name in scenario_names() for option in load_scenario(name).expected.get("chosen", {})]
PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
CUT = {"ec2:RunInstances", "ssm:StartSession", "ssm:TerminateSession", "ec2:TerminateInstances"}


def planned(account: SimulatedAccount, *options: str) -> Plan:
    return pipeline.plan(checked(account, options=options))


def apply(account: SimulatedAccount, plan: Plan, **how: Any) -> Journal:
    return pipeline.apply(plan, admin_of(account), **how)


def undo(account: SimulatedAccount, journal: Journal) -> Journal:
    return pipeline.undo(journal, admin_of(account))


def add_configuration(account: SimulatedAccount, region: str, named: dict[str, str]) -> dict[str, Any]:
    """Somebody's configuration of another type, which deploys with the two roles; ``named`` names them otherwise."""
    (record,) = load_scenario("quick-setup-present").state["ConfigurationManagers"]
    arn = (
        f"arn:aws:ssm-quicksetup:{region}:{account.account}:configuration-manager/99999999-2222-3333-4444-555555555555"
    )
    (definition,) = record["ConfigurationDefinitions"]
    another = {"Type": "AWSQuickSetupType-PatchPolicy", **named}
    added = {**record, "ManagerArn": arn, "Name": "Patches", "Region": region}
    added["ConfigurationDefinitions"] = [{**definition, **another}]
    state = account.state()
    account.set_state({**state, "ConfigurationManagers": [*state["ConfigurationManagers"], added]})
    return added


def deny_in(account: SimulatedAccount, region: str, action: str) -> None:
    """Take an action away from the admin in one Region."""
    only = {"StringEquals": {"aws:RequestedRegion": region}}
    statement = {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": only}
    account.session("admin").client("iam").put_user_policy(
        UserName="admin",
        PolicyName="OfOneRegion",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def change(plan: Plan, identity: str) -> Change:
    return next(each for each in plan.changes if each.id == identity)


def calls(account: SimulatedAccount, *operations: str) -> list[str]:
    return [call["operation"] for call in account.calls() if call["operation"] in operations]


@pytest.mark.parametrize(("scenario", "option"), CHOSEN)
def test_a_choice_is_planned_applied_and_taken_back(scenario: str, option: str, accounts: Accounts) -> None:
    account = accounts(scenario)
    chosen, before = account.scenario.expected["chosen"][option], account.state()
    plan = planned(account, option)
    planned_for = [each.finding for each in plan.changes]
    assert [each for each in planned_for if each not in chosen["adds"]] == expected(account.scenario).changes
    assert [each for each in planned_for if each in chosen["adds"]] == chosen["adds"]
    assert {each.finding: each.code.value for each in plan.refused} == chosen["refused"]
    assert set(chosen["refused"]) <= set(plan.required_refused)
    journal = apply(account, plan)
    failed = [step.id for step in journal.steps if step.status not in (StepStatus.DONE, StepStatus.SKIPPED)]
    assert failed == ([chosen["fails"]] if "fails" in chosen else [])
    assert undo(account, journal).step(plan.changes[0].id).status is StepStatus.UNDONE
    assert account.state() == before


class TestHostManagement:
    def test_only_this_account_and_everything_else_at_its_default(self, accounts: Accounts) -> None:
        account = accounts("organisation-member")
        call = change(planned(account, "host-management"), "ssm.host-management").calls[0]
        assert call.parameters["ConfigurationDefinitions"] == [
            {
                "Type": "AWSQuickSetupType-SSMHostMgmt",
                "Parameters": {"TargetAccounts": account.account, "TargetRegions": account.region, "TargetType": "*"},
                "LocalDeploymentAdministrationRoleArn": (
                    f"arn:aws:iam::{account.account}:role/AWS-QuickSetup-LocalAdministrationRole"
                ),
                "LocalDeploymentExecutionRoleName": "AWS-QuickSetup-LocalExecutionRole",
            }
        ]

    def test_it_is_met_afterwards_and_its_associations_ran(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        journal = apply(account, planned(account, "host-management"))
        assert journal.complete
        report = checked(account, options=("host-management",))
        assert report.ready
        assert pipeline.plan(report).empty
        observed = journal.step("ssm.host-management").observed
        assert set(observed["now"]["associations"].values()) == {"Success"}
        assert len(observed["now"]["associations"]) == 4

    def test_roles_that_are_there_are_respected(self, accounts: Accounts) -> None:
        account = accounts("quick-setup-present")
        account.set_state({**account.state(), "ConfigurationManagers": []})
        before = account.state()
        plan = pipeline.plan(checked(account, steps=("ssm.host-management",)))
        assert [each.id for each in plan.changes] == ["ssm.host-management"]
        journal = apply(account, plan)
        assert journal.complete
        assert undo(account, journal).complete
        assert account.state() == before

    def test_a_failure_is_told_to_the_letter(self, accounts: Accounts) -> None:
        account = accounts("quick-setup-fails")
        journal = apply(account, planned(account, "host-management"))
        said = account.state()["Conditions"]["QuickSetupFails"]
        assert f"Deployment FAILED: {said}" in journal.step("ssm.host-management").detail
        finding = next(f for f in checked(account, options=("host-management",)).findings if "host" in f.id)
        assert finding.status.value == "blocked"
        assert said in finding.fact

    def test_a_configuration_that_somebody_made_meanwhile_ends_it(self, accounts: Accounts) -> None:
        account, other = accounts("everything-done"), load_scenario("quick-setup-present").state
        plan = planned(account, "host-management")
        account.set_state({**account.state(), "ConfigurationManagers": other["ConfigurationManagers"]})
        journal = apply(account, plan)
        assert journal.step("ssm.host-management").status is StepStatus.DRIFTED
        assert not calls(account, "ssm-quicksetup:CreateConfigurationManager", "iam:CreateRole")

    def test_a_role_that_somebody_uses_is_left_and_the_rest_taken_back(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        journal = apply(account, planned(account, "host-management"))
        role = "AWS-QuickSetup-LocalExecutionRole"
        account.session().client("iam").put_role_policy(
            RoleName=role,
            PolicyName="Ours",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
            ),
        )
        back = undo(account, journal)
        assert back.step(f"ssm.host-management:{role}").status is StepStatus.DRIFTED
        assert back.step("ssm.host-management").status is StepStatus.UNDONE
        assert role in {each["RoleName"] for each in account.state()["RoleDetailList"]}

    @pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
    @pytest.mark.parametrize("named", [{}, {"LocalDeploymentAdministrationRoleArn": ""}])
    def test_roles_that_another_configuration_deploys_with_are_left(
        self, region: str, named: dict[str, str], accounts: Accounts
    ) -> None:
        account = accounts("everything-done")
        before = account.state()
        journal = apply(account, planned(account, "host-management"))
        another = add_configuration(account, region, named)
        back = undo(account, journal)
        assert back.step("ssm.host-management").status is StepStatus.UNDONE
        left = [step for step in back.steps if step.id != "ssm.host-management"]
        assert {step.status for step in left} == {StepStatus.DRIFTED}
        assert all(another["ManagerArn"] in step.detail for step in left)
        assert pipeline.outcome(back) is Code.DRIFTED
        roles = {each["RoleName"]: each for each in account.state()["RoleDetailList"]}
        assert roles[ADMINISTRATION_ROLE]["RolePolicyList"]
        assert roles[EXECUTION_ROLE]["AttachedManagedPolicies"]
        account.set_state({**account.state(), "ConfigurationManagers": []})
        assert undo(account, journal).complete
        assert account.state() == before

    @pytest.mark.parametrize("operation", ["ListConfigurationManagers", "GetConfigurationManager"])
    def test_roles_whose_use_cannot_be_read_are_left(self, operation: str, accounts: Accounts) -> None:
        account = accounts("quick-setup-fails")
        journal = apply(account, planned(account, "host-management"))
        assert journal.step("ssm.host-management").status is StepStatus.FAILED
        add_configuration(account, "us-west-2", {})
        deny_in(account, "us-west-2", f"ssm-quicksetup:{operation}")
        back = undo(account, journal)
        assert back.step("ssm.host-management").status is StepStatus.UNDONE
        told = back.step(f"ssm.host-management:{EXECUTION_ROLE}")
        assert told.status is StepStatus.DRIFTED
        assert f"ssm-quicksetup:{operation} in us-west-2" in told.detail
        assert "explicit deny" in told.detail

    def test_a_principal_that_iam_does_not_see_yet_is_waited_for(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        plan = planned(account, "host-management")
        refused = {
            "kind": "error",
            "code": "MalformedPolicyDocument",
            "message": 'Invalid principal in policy: "AWS":"x"',
            "status": 400,
        }
        account.set_faults([{**refused, "operation": "iam:CreateRole", "after": 2, "count": 2}])
        assert apply(account, plan).complete
        assert len(calls(account, "iam:CreateRole")) == 4

    @pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
    @pytest.mark.parametrize(
        "operation", ["iam:CreateRole", "ssm-quicksetup:CreateConfigurationManager", "iam:AttachRolePolicy"]
    )
    def test_a_cut_connection_makes_nothing_twice(self, operation: str, kind: str, accounts: Accounts) -> None:
        account = accounts("everything-done")
        plan, before = planned(account, "host-management"), account.state()
        account.set_faults([{"kind": kind, "operation": operation, "count": 1}])
        journal = apply(account, plan)
        assert journal.complete
        assert len(account.state()["ConfigurationManagers"]) == 1
        assert undo(account, journal).complete
        assert account.state() == before

    def test_a_region_without_it(self, monkeypatch: pytest.MonkeyPatch, accounts: Accounts) -> None:
        account = accounts("aws-cn")
        monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(account.directory / "metadata.json"))
        report = checked(account, options=("host-management",))
        finding = next(f for f in report.findings if f.id == "ssm.host-management")
        assert (finding.status.value, finding.reason) == ("not-applicable", "Quick Setup not available in this Region")
        assert "ssm.host-management" not in {each.finding for each in pipeline.plan(report).changes}


class TestInstanceCheck:
    @pytest.fixture
    def account(self, accounts: Accounts) -> SimulatedAccount:
        account = accounts("quick-setup-present")
        account.world.state.conditions["InstanceSeconds"] = 0.05
        return account

    @pytest.fixture
    def plan(self, account: SimulatedAccount) -> Plan:
        return pipeline.plan(checked(account, steps=("ssm.instance-check",)))

    def test_the_result_is_kept_and_nothing_is_left(self, account: SimulatedAccount, plan: Plan) -> None:
        before = account.state()
        journal = apply(account, plan)
        step = journal.step("ssm.instance-check")
        assert journal.complete
        assert step.notes["result"]["instance"] in step.detail
        assert step.notes["result"]["session"]
        assert account.state() == before
        assert undo(account, journal).complete

    def test_it_has_no_finding_and_ready_ignores_it(self, account: SimulatedAccount) -> None:
        report = checked(account, options=("instance-check",))
        assert "ssm.instance-check" not in {finding.id for finding in report.findings}
        assert checked(account, steps=("ssm.instance-check",)).ready

    def test_until_it_is_done_a_check_says_that_it_is_still_to_be_done(
        self, account: SimulatedAccount, plan: Plan
    ) -> None:
        def due() -> list[str]:
            report = checked(account, steps=("ssm.instance-check",))
            told = [each for each in report.assessment.caveats if "has not run yet" in each]
            assert bool(told) == report.check_is_due == ("has not run yet" in verdict(report).plain)
            return told

        assert due()
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:DescribeInstances"}])
        (told,) = due()
        assert "(ec2:DescribeInstances was denied)" in told
        account.set_faults([])
        assert apply(account, plan).complete
        assert not due()
        assert not checked(account).check_is_due

    def test_what_is_started(self, plan: Plan) -> None:
        (only,) = plan.changes
        parameters = only.calls[0].parameters
        assert parameters["ImageId"].startswith("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023")
        assert parameters["InstanceInitiatedShutdownBehavior"] == "terminate"
        assert "shutdown -h +60" in parameters["UserData"]
        assert parameters["IamInstanceProfile"] == {"Name": PROFILE}
        assert parameters["TagSpecifications"][0]["Tags"] == [{"Key": "sm-ssh-widget:run", "Value": placeholder("run")}]
        assert "for one t3.micro" in str(only.cost)
        assert "the guide's Amazon Linux 2 is out of support" in only.risk
        assert "Later SSH Helper releases do not need this check" in only.risk
        assert only.undo == "exact"

    def test_two_runs_of_one_plan_have_nothing_to_do_with_each_other(
        self, account: SimulatedAccount, plan: Plan, tmp_path: Path
    ) -> None:
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:TerminateInstances"}])
        first = apply(account, plan, journal_dir=tmp_path / "first")
        account.set_faults([])
        second = apply(account, plan, journal_dir=tmp_path / "second")
        assert second.complete, second.to_json()
        instances = account.world.state.regional["Instances"]
        kept = first.step("ssm.instance-check").notes
        assert len(instances) == 2
        assert "Terminated" not in instances[kept["instance"]]
        assert {"Key": "sm-ssh-widget:run", "Value": kept["run"]} in instances[kept["instance"]]["Tags"]
        assert kept["run"] != second.step("ssm.instance-check").notes["run"]
        assert pipeline.resume(first, admin_of(account)).complete
        assert len(instances) == 2

    def test_its_run_is_in_the_journal_before_it_is_started(self, account: SimulatedAccount, plan: Plan) -> None:
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:RunInstances"}])
        journal = apply(account, plan)
        run = journal.step("ssm.instance-check").notes["run"]
        account.set_faults([])
        assert pipeline.resume(journal, admin_of(account)).complete
        (instance,) = account.world.state.regional["Instances"].values()
        assert {"Key": "sm-ssh-widget:run", "Value": run} in instance["Tags"]

    def test_one_that_somebody_terminated_is_no_matter_of_the_network(
        self, account: SimulatedAccount, plan: Plan
    ) -> None:
        account.world.state.conditions["InstanceSeconds"] = 0.5
        ec2 = account.session("admin").client("ec2")

        class Interferes(VirtualTime):
            def sleep(self, seconds: float) -> None:
                for record in account.world.state.regional["Instances"].values():
                    if "Terminated" not in record:
                        ec2.terminate_instances(InstanceIds=[record["InstanceId"]])
                super().sleep(seconds)

        journal = pipeline.apply(plan, admin_of(account), clock=Interferes())
        step = journal.step("ssm.instance-check")
        assert step.status is StepStatus.FAILED
        assert "was terminated by someone else before it came online" in step.detail
        assert "User initiated shutdown" in step.detail
        assert "outbound rules" not in step.detail
        account.world.state.conditions["InstanceSeconds"] = 0.05
        assert pipeline.resume(journal, admin_of(account)).complete

    def test_a_plan_tells_of_an_instance_that_still_runs(self, account: SimulatedAccount, plan: Plan) -> None:
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:TerminateInstances"}])
        journal = apply(account, plan)
        instance = journal.step("ssm.instance-check").notes["instance"]
        report = checked(account, steps=("ssm.instance-check",))
        (told,) = report.earlier_checks
        assert instance in told
        assert "sm-ssh-widget journal" in told
        assert told in report.assessment.caveats
        assert not checked(account).earlier_checks
        account.set_faults([])
        assert pipeline.resume(journal, admin_of(account)).complete
        assert "Still there" not in " ".join(checked(account, steps=("ssm.instance-check",)).earlier_checks)

    def test_a_plan_applied_twice_starts_another_one(self, account: SimulatedAccount, plan: Plan) -> None:
        assert apply(account, plan).complete
        again = apply(account, plan)
        assert again.complete, again.to_json()
        assert len(account.world.state.regional["Instances"]) == 2

    def test_what_was_checked_is_not_planned_again(self, account: SimulatedAccount, plan: Plan) -> None:
        journal = apply(account, plan)
        instance = journal.step("ssm.instance-check").notes["result"]["instance"]
        for chosen in ({"options": ("instance-check",)}, {"steps": ("ssm.instance-check",)}):
            report = checked(account, **chosen)
            assert "ssm.instance-check" not in {each.finding for each in pipeline.plan(report).changes}
            (told,) = (caveat for caveat in report.assessment.caveats if instance in caveat)
            assert "about one hour after the instance was terminated" in told
            assert "UTC" in told
        assert pipeline.plan(report).empty
        assert choices.offer(report).empty
        assert not [each for each in checked(account).assessment.caveats if instance in each]

    def test_it_is_planned_again_once_aws_forgot_the_instance(self, account: SimulatedAccount, plan: Plan) -> None:
        assert apply(account, plan).complete
        for record in account.world.state.regional["Instances"].values():
            record["Terminated"] -= 3601
        assert pipeline.plan(checked(account, steps=("ssm.instance-check",))).digest == plan.digest

    def test_a_check_that_failed_is_planned_again(self, account: SimulatedAccount, plan: Plan) -> None:
        account.set_faults([{"kind": "deny-by-scp", "operation": "ssm:StartSession"}])
        assert not apply(account, plan).complete
        account.set_faults([])
        report = checked(account, steps=("ssm.instance-check",))
        assert pipeline.plan(report).digest == choices.offer(report).digest == plan.digest

    @pytest.mark.parametrize("operation", ["ec2:DescribeInstances", "ssm:DescribeSessions"])
    def test_what_cannot_be_read_is_no_reason_to_skip_it(
        self, operation: str, account: SimulatedAccount, plan: Plan
    ) -> None:
        assert apply(account, plan).complete
        account.set_faults([{"kind": "deny-by-scp", "operation": operation}])
        report = checked(account, steps=("ssm.instance-check",))
        assert pipeline.plan(report).digest == plan.digest
        assert operation in needed_reads(report.observation)

    @pytest.mark.parametrize("kind", ["cut-before", "cut-after", "throttle"])
    @pytest.mark.parametrize("operation", sorted(CUT))
    def test_a_bad_day(self, operation: str, kind: str, account: SimulatedAccount, plan: Plan) -> None:
        before = account.state()
        account.set_faults([{"kind": kind, "operation": operation, "count": 1}])
        journal = apply(account, plan)
        assert journal.complete, journal.to_json()
        assert len(account.world.state.regional["Instances"]) == 1, "it is never started twice"
        assert account.state() == before

    def test_it_is_terminated_where_no_session_may_be_opened(self, account: SimulatedAccount, plan: Plan) -> None:
        before = account.state()
        account.set_faults([{"kind": "deny-by-scp", "operation": "ssm:StartSession"}])
        journal = apply(account, plan)
        step = journal.step("ssm.instance-check")
        assert step.status is StepStatus.FAILED
        assert "service control policy" in step.detail
        assert pipeline.outcome(journal) is Code.AWS_REFUSED, "nothing of it stays"
        assert account.state() == before

    def test_an_instance_that_cannot_be_terminated_is_named_and_resume_does_it(
        self, account: SimulatedAccount, plan: Plan
    ) -> None:
        before = account.state()
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:TerminateInstances"}])
        journal = apply(account, plan)
        step = journal.step("ssm.instance-check")
        assert step.status is StepStatus.FAILED
        assert step.notes["instance"] in step.detail
        assert "one hour after its start" in step.detail
        assert pipeline.outcome(journal) is Code.PARTLY_APPLIED, "something of it stays"
        account.set_faults([])
        resumed = pipeline.resume(journal, admin_of(account))
        assert resumed.complete
        assert len(calls(account, "ec2:RunInstances")) == 1
        assert account.state() == before

    def test_a_stop_terminates_it_and_resume_checks_again(self, account: SimulatedAccount, plan: Plan) -> None:
        account.world.state.conditions["InstanceSeconds"] = 0.3
        before = account.state()
        journal = apply(account, plan, stop=lambda: bool(calls(account, "ec2:RunInstances")))
        assert not journal.complete
        assert account.state() == before
        resumed = pipeline.resume(journal, admin_of(account))
        assert resumed.complete, resumed.to_json()
        assert account.state() == before

    def test_after_host_management_the_instance_gets_the_profile_that_aws_keeps(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        before = account.state()
        plan = planned(account, "host-management", "instance-check")
        assert "They remain afterwards." in plan.changes[-1].risk
        journal = apply(account, plan)
        assert journal.complete, journal.to_json()
        back = undo(account, journal)
        assert back.complete
        told = {step["id"]: step["detail"] for step in back.to_json()["steps"]}
        for each in ("ssm.host-management", "ssm.instance-check"):
            assert PROFILE in told[each]
            assert change(plan, each).undo in told[each]
        assert told[f"ssm.host-management:{EXECUTION_ROLE}"] == ""
        assert PROFILE in shown(journal_view(back))
        after = account.state()
        left = {name for name in after if after[name] != before[name]}
        assert left == {"RoleDetailList", "InstanceProfiles"}
        assert PROFILE in change(plan, "ssm.host-management").undo
        assert [each["InstanceProfileName"] for each in after["InstanceProfiles"]] == [PROFILE]

    def test_without_a_way_to_report_it_is_refused(self, accounts: Accounts) -> None:
        plan = planned(accounts("everything-done"), "instance-check")
        (refusal,) = plan.refused
        assert plan.empty
        assert refusal.finding == "ssm.instance-check"
        assert "--option host-management" in refusal.reason

    @pytest.mark.parametrize(
        ("number", "said"), [(1, "the only subnet in eu-west-1, cannot reach"), (2, "None of the 2 subnets")]
    )
    def test_without_a_subnet_that_reaches_it_is_refused(self, number: int, said: str, accounts: Accounts) -> None:
        account = accounts("quick-setup-present")
        report = checked(account, options=("instance-check",))
        site = report.observation.chosen.site
        assert isinstance(site, Known)
        subnets = tuple(replace(each, way="") for each in site.value.subnets[:number])
        seen = with_facts(report.observation, site=Known(replace(site.value, subnets=subnets)))
        (refusal,) = pipeline.plan(replace(report, observation=seen)).refused
        assert said in refusal.reason

    def test_what_cannot_be_read_is_unknown(self, accounts: Accounts) -> None:
        account = accounts("quick-setup-present")
        account.set_faults([{"kind": "deny-by-scp", "operation": "ec2:DescribeSubnets"}])
        (refusal,) = planned(account, "instance-check").refused
        assert refusal.code.value == "unknown"
        assert "ec2:DescribeSubnets" in refusal.reason
