"""Shells under the preferences of the Region: found, planned, applied, opened, and undone exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import Change, Plan, digest
from sm_ssh_widget.export.admin_policy import admin_policy
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import admin_of

Accounts = Callable[[str], SimulatedAccount]
USER = "arn:aws:iam::123456789012:role/DataScientist"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FINDING = "ssm.session-preferences"


def check(account: SimulatedAccount, baseline: str = "classic", user: str | None = USER) -> Report:
    return pipeline.check(region=account.region, user=user, baseline=baseline, session=admin_of(account))


def finding(report: Report) -> Finding:
    return next(each for each in report.findings if each.id == FINDING)


def use(report: Report, name: str) -> str:
    return next(each.status for each in report.uses if each.use == name)


def ours(plan: Plan) -> dict[str, Change]:
    return {change.id: change for change in plan.changes if change.finding == FINDING}


def channel(account: SimulatedAccount, **named: str) -> dict[str, Any]:
    """A session of the person, on a node of theirs."""
    session = account.session("user")
    ssm: Any = session.client("ssm")
    me = session.client("sts").get_caller_identity()["UserId"]
    tags = [{"Key": "SSHOwner", "Value": me}]
    role: Any = account.session("execution-role").client("ssm")
    name = "service-role/AmazonSageMaker-ExecutionRole-20240101T000000"
    made = role.create_activation(IamRole=name, Tags=tags)
    node = account.register(made["ActivationId"], made["ActivationCode"])
    found: dict[str, Any] = account.channel(ssm.start_session(Target=node, **named)["SessionId"])
    return found


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_the_whole_story(baseline: str, accounts: Accounts) -> None:
    account = accounts("session-preferences")
    before, report = account.state(), check(account, baseline)
    assert not finding(report).required
    assert finding(report).status.value == "missing"
    assert use(report, "shell") == "missing"
    plan, admin = pipeline.plan(report), admin_of(account)
    assert [*ours(plan)] == [f"{FINDING}:role", f"{FINDING}:user"]
    assert [change.undo for change in ours(plan).values()] == ["exact", "exact"]
    journal = pipeline.apply(plan, admin)
    assert journal.complete
    again = check(account, baseline)
    assert (finding(again).status.value, use(again, "shell")) == ("satisfied", "ready")
    assert pipeline.plan(again).empty
    assert channel(account)["opened"]
    for node in account.state()["ManagedInstances"]:
        account.session().client("ssm").deregister_managed_instance(InstanceId=node["InstanceId"])
    assert pipeline.undo(journal, admin).complete
    after = account.state()
    unsettled = ("Activations", "Sessions")
    assert {n: v for n, v in after.items() if n not in unsettled} == {
        n: v for n, v in before.items() if n not in unsettled
    }


def test_before_ssh_works_and_a_shell_ends(accounts: Accounts) -> None:
    account = accounts("session-preferences")
    plan = pipeline.plan(check(account))
    without = replace(plan, changes=tuple(change for change in plan.changes if change.finding != FINDING))
    assert pipeline.apply(without, admin_of(account)).complete
    assert channel(account, DocumentName="AWS-StartSSHSession")["opened"]
    assert "KMSEncryption failed on client" in channel(account)["said"]
    report = check(account)
    assert report.ready, "the preferences are never required"
    assert (use(report, "ssh"), use(report, "shell")) == ("ready", "missing")
    assert "a shell also needs ssm.session-preferences" in report.readiness


def test_the_least_admin_policy_is_enough(accounts: Accounts) -> None:
    account = accounts("session-preferences")
    plan = pipeline.plan(check(account))
    granted = {action for each in json.loads(admin_policy(plan))["Statement"] for action in _list(each["Action"])}
    assert {"ssm:GetDocument", "kms:DescribeKey", "kms:GetKeyPolicy", "s3:GetEncryptionConfiguration"} <= granted


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_a_plan_that_names_another_key_is_refused(accounts: Accounts) -> None:
    """The names come from the account: a file cannot bring others."""
    account = accounts("session-preferences")
    plan = pipeline.plan(check(account))
    text = json.dumps(plan.to_file()).replace(KEY, KEY.replace("1234abcd", "99999999"))
    forged = Plan.from_json(_with_digest(json.loads(text)))
    calls = account.calls()
    with pytest.raises(Problem) as caught:
        pipeline.apply(forged, admin_of(account))
    assert caught.value.code is Code.DRIFTED
    assert not any(call["access"] == "write" for call in account.calls()[len(calls) :])


def _with_digest(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "digest": digest({name: each for name, each in value.items() if name != "digest"})}


def test_preferences_that_changed_since_are_drift(accounts: Accounts) -> None:
    account = accounts("session-preferences")
    plan = pipeline.plan(check(account))
    account.session().client("ssm").delete_document(Name="SSM-SessionManagerRunShell")
    with pytest.raises(Problem) as caught:
        pipeline.apply(plan, admin_of(account))
    assert caught.value.code is Code.DRIFTED


def test_preferences_that_cannot_be_read_are_a_caveat(accounts: Accounts) -> None:
    account = accounts("session-preferences")
    account.set_faults([{"kind": "deny", "operation": "ssm:GetDocument"}])
    report = check(account)
    assert finding(report).status.value == "unknown"
    assert any(
        "The Session Manager preferences could not be read (ssm:GetDocument was denied)" in each
        for each in report.assessment.caveats
    )
    plan = pipeline.plan(report)
    assert not ours(plan)
    assert FINDING not in [refusal.finding for refusal in plan.refused]


def test_a_key_policy_without_the_role_is_told_and_not_planned(accounts: Accounts) -> None:
    account = accounts("session-preferences")
    state = account.state()
    admin = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:user/admin"},
        "Action": "kms:*",
        "Resource": "*",
    }
    state["Keys"][0]["Policy"] = {"Version": "2012-10-17", "Statement": [admin]}
    account.set_state(state)
    report = check(account)
    assert (finding(report).status.value, use(report, "shell"), use(report, "ssh")) == ("blocked", "blocked", "missing")
    assert (
        "Ask the administrator of the key to allow kms:Decrypt for the role in the key policy."
        in finding(report).remedy
    )
    plan = pipeline.plan(report)
    assert not ours(plan)
    assert {refusal.finding: refusal.code.value for refusal in plan.refused}[FINDING] == "blocked"
    assert FINDING not in plan.required_refused


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_studio_as_client_gets_both_in_one_policy(baseline: str, accounts: Accounts) -> None:
    account = accounts("session-preferences")
    before, admin = account.state(), admin_of(account)
    report = pipeline.check(region=account.region, baseline=baseline, options=("studio-as-client",), session=admin)
    journal = pipeline.apply(pipeline.plan(report), admin)
    assert journal.complete
    again = pipeline.check(region=account.region, baseline=baseline, options=("studio-as-client",), session=admin)
    assert use(again, "shell") == "ready"
    assert pipeline.undo(journal, admin).complete
    assert account.state() == before
