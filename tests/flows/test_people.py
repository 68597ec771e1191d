"""Every kind of person, end to end on the simulated account: what is told, what is planned, and who writes it."""

from __future__ import annotations

import json
from collections.abc import Callable

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import Plan, RefusalCode
from sm_ssh_widget.export import render
from sm_ssh_widget.pipeline import DeviceCode, ExistingSession, Report
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of, checked

Accounts = Callable[[str], SimulatedAccount]


def finding(report: Report, id: str) -> Finding:
    return next(each for each in report.findings if each.id == id)


class TestPermissionSet:
    def test_the_plan_refuses_and_brings_the_policy_along(self, accounts: Accounts) -> None:
        plan = pipeline.plan(checked(accounts("sso-user"), options=("owner-guard",)))
        refused = {each.finding: each for each in plan.refused}
        assert {each.code for each in refused.values()} == {RefusalCode.PROTECTED}
        assert "permission set DataScientist" in refused["user.permissions"].reason
        (guard,) = refused["user.owner-guard"].elsewhere
        assert "${aws:userid}" in guard.after
        assert not any("AWSReservedSSO" in json.dumps(change.to_json()) for change in plan.changes)

    def test_the_text_to_hand_over_has_it(self, accounts: Accounts) -> None:
        plan = pipeline.plan(checked(accounts("sso-user"), options=("owner-guard",)))
        text = render(plan, "identity-center")
        for part in ("DataScientist", "AmazonSSMAutomationRole", "ssm:resourceTag/SSHOwner", "${aws:userid}"):
            assert part in text

    def test_a_saved_plan_keeps_it(self, accounts: Accounts) -> None:
        plan = pipeline.plan(checked(accounts("sso-user")))
        assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan

    def test_who_signs_in_by_device_code_learns_their_own_value(self, accounts: Accounts) -> None:
        account = accounts("sso-user")
        account.world.sign_in.auto = True
        way = DeviceCode("https://example.awsapps.com/start", "eu-west-1", role="DataScientist", show=lambda _: None)
        session = pipeline.sign_in(way, region=account.region, account=account.account, endpoint=account.url)
        own = pipeline.detect(session=account.session("execution-role"), user=session.face.arn)
        assert own.target is not None
        story = pipeline.check_target(own.target, pipeline.Selection(), session).owner
        assert (story.value, story.certain) == (session.face.user_id, True)

    def test_an_admin_s_permission_set_applies_the_plan(self, accounts: Accounts) -> None:
        account = accounts("sso-user")
        account.world.sign_in.auto = True
        way = DeviceCode("https://example.awsapps.com/start", "eu-west-1", role="AdministratorAccess")
        session = pipeline.sign_in(way, region=account.region, account=account.account, endpoint=account.url)
        journal = pipeline.apply(pipeline.plan(checked(account)), session)
        assert journal.complete, journal.to_json()


class TestUserWithGroups:
    def test_a_group_s_policy_is_evidence_with_the_group_named(self, accounts: Accounts) -> None:
        account = accounts("iam-user-with-groups")
        before = checked(account)
        assert pipeline.apply(pipeline.plan(before), admin_of(account)).complete
        found = finding(checked(account), "user.permissions")
        assert "through the IAM group data-scientists" in found.fact
        least = checked(account, baseline="least-privilege")
        assert any("(group data-scientists)" in item.policy for item in finding(least, "user.permissions").evidence)

    def test_the_guard_is_shown(self, accounts: Accounts) -> None:
        report = checked(accounts("iam-user-with-groups"), options=("owner-guard",))
        rows = pipeline.demonstrate(report, pipeline.plan(report))
        assert [(row.before, row.after) for row in rows] == [
            ("allowed", "allowed"),
            ("allowed", "denied"),
            ("allowed", "denied"),
        ]
        assert report.owner.kind == "iam-user"
        assert report.owner.certain

    def test_without_the_guard_nothing_is_shown(self, accounts: Accounts) -> None:
        report = checked(accounts("iam-user-with-groups"))
        assert pipeline.demonstrate(report, pipeline.plan(report)) == ()


def test_the_boundary_of_unified_studio_is_named(accounts: Accounts) -> None:
    found = finding(checked(accounts("unified-studio-project-role")), "role.managed-instance-core")
    assert found.evidence[0].statement == "NotDeniedOperations"
    assert "SageMakerStudioProjectUserRolePermissionsBoundary" in found.fact


def test_a_shared_space_is_said_and_its_remote_access_read(accounts: Accounts) -> None:
    account = accounts("shared-space")
    own = pipeline.detect(session=account.session("execution-role"))
    assert own.shared_space
    told = {each["id"]: each for each in checked(account).to_json()["alternatives"]}
    assert "DISABLED" in told["studio-remote-access"]["fact"]


def test_the_report_tells_who_is_who(accounts: Accounts) -> None:
    value = checked(accounts("fresh-studio-role")).to_json()
    assert value["owner"]["kind"] == "nobody"
    assert [each["id"] for each in value["alternatives"]] == ["training-remote-debug", "studio-remote-access"]


def test_once_set_up_the_role_is_ready_for_remote_debugging_too(accounts: Accounts) -> None:
    account = accounts("everything-done")
    user = f"arn:aws:iam::{account.account}:user/admin"
    session = pipeline.sign_in(ExistingSession(account.session("admin")), region=account.region)
    report = pipeline.check(region=account.region, user=user, session=session)
    assert report.alternatives[0].status == "available"


def test_the_session_that_was_named_is_the_one_that_is_told(accounts: Accounts) -> None:
    account = accounts("fresh-studio-role")
    for name, trap in (("a,b", "CreateActivation fails"), ("botocore-session-1234567890", "role_session_name")):
        user = f"arn:aws:sts::{account.account}:assumed-role/DataScientist/{name}"
        story = pipeline.check(region=account.region, user=user, session=admin_of(account)).owner
        assert story.value.endswith(f":{name}")
        assert story.certain
        assert trap in " ".join(story.warnings)


def test_with_studio_as_the_client_the_execution_role_is_the_local_user(accounts: Accounts) -> None:
    account = accounts("shared-space")
    report = checked(account, options=("studio-as-client",))
    assert report.target.user == report.target.role
    assert report.owner.value.endswith(":SageMaker")
    told = {each.id: each for each in report.alternatives}
    assert "not named" not in told["studio-remote-access"].fact
    plan = pipeline.plan(report)
    assert plan.target["user"] == str(report.target.role)
    text = render(plan, "identity-center")
    assert "AmazonSSMAutomationRole" in text
    assert "AmazonSSMManagedInstanceCore" not in text, "that is for the role in the cloud"
    assert pipeline.apply(plan, admin_of(account)).complete
    assert pipeline.plan(checked(account, options=("studio-as-client",))).empty


def test_who_reads_is_not_taken_for_the_local_user(accounts: Accounts) -> None:
    story = checked(accounts("sso-user")).owner
    assert story.kind == "sso-role"
    assert not story.certain


def test_five_hundred_roles_can_be_picked_from(accounts: Accounts) -> None:
    account = accounts("many-roles")
    found = pipeline.candidates(account.session("admin"), account.region)
    assert isinstance(found, Known)
    assert len(found.value) >= 500
