"""What the screens say: counts, statements, statuses that never stand by colour alone."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Group, RenderableType

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan, Refusal, RefusalCode
from sm_ssh_widget.cli import journal_view, plan_view, report_view
from sm_ssh_widget.cli.commands.docs import changes_markdown
from sm_ssh_widget.cli.options import Wanted
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.baselines import BASELINES, Option
from sm_ssh_widget.requirements.finding import Finding, FindingStatus

ROLE = "arn:aws:iam::123456789012:role/R"
TARGET: dict[str, Any] = {
    "role": ROLE,
    "account": "123456789012",
    "partition": "aws",
    "region": "eu-west-1",
    "user": None,
    "sources": {"role": "--role"},
}
NOT_OF_A_REQUIREMENT = {
    name for name in documents.names() if name == "trust" or "quick-setup" in name or "host-management" in name
}
SAGEMAKER = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
SSM = {
    "Effect": "Allow",
    "Principal": {"Service": "ssm.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def change(kind: Kind, before: Any, after: Any, **more: Any) -> Change:
    call = Call("iam", "UpdateAssumeRolePolicy", {"RoleName": "R", "PolicyDocument": str(after)})
    given: dict[str, Any] = {
        "id": "trust.ssm",
        "finding": "trust.ssm",
        "resource": {"role": "R", "arn": ROLE, "policy_arn": "arn:aws:iam::aws:policy/P"},
        "calls": (call,),
        "inverse": (),
        "cost": None,
        "risk": "None that is known.",
        "undo": "exact",
    }
    return Change(kind=kind, before=before, after=after, **{**given, **more})


TRUST = change(Kind.TRUST, document(SAGEMAKER), document(SAGEMAKER, SSM))


def plan_of(*changes: Change, **more: Any) -> Plan:
    return Plan(TARGET, "classic", (), changes, more.pop("refused", ()), more.pop("kept", 0), **more)


def shown(part: RenderableType) -> str:
    out = io.StringIO()
    Output(out=out).show(part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "before", "after", "effect"),
    [
        (Kind.TRUST, document(SAGEMAKER), document(SAGEMAKER, SSM), "add"),
        (Kind.TRUST, document(SAGEMAKER, SSM), document(SAGEMAKER), "remove"),
        (Kind.TRUST, document(SAGEMAKER), document(SSM), "change"),
        (Kind.ROLE_INLINE, None, document(SSM), "add"),
        (Kind.ROLE_INLINE, document(SSM), None, "remove"),
        (Kind.ATTACH_ROLE_POLICY, False, True, "add"),
        (Kind.ATTACH_USER_POLICY, True, False, "remove"),
        (Kind.SERVICE_SETTING, {"value": "standard"}, {"value": "advanced"}, "change"),
    ],
)
def test_what_a_change_does(kind: Kind, before: Any, after: Any, effect: str) -> None:
    assert plan_view.effect(change(kind, before, after)) == effect


def test_the_counts_line() -> None:
    tier = change(Kind.SERVICE_SETTING, {"value": "standard"}, {"value": "advanced"}, cost="USD 1")
    counts = plan_view.Counts.of(plan_of(TRUST, tier, kept=5))
    assert str(counts) == "1 to add · 1 to change · 0 to remove · 5 statements kept · 1 change costs money"


def test_a_change_is_shown_as_statements_not_as_json() -> None:
    said = shown(plan_view.change_view(TRUST, 1))
    assert "+ Allow" in said
    assert "Service: ssm.amazonaws.com" in said
    assert "StringEquals aws:SourceAccount 123456789012" in said
    assert "1 statement, unchanged" in said
    assert "sagemaker.amazonaws.com" not in said
    assert '"Statement"' not in said
    assert "aws iam update-assume-role-policy --role-name R --policy-document …" in said


def test_a_plan_says_its_digest_its_notice_and_what_it_refuses() -> None:
    refusal = Refusal("ssm.tier", RefusalCode.BLOCKED, "A service control policy denies it.")
    plan = plan_of(TRUST, refused=(refusal,), required_refused=("ssm.tier",))
    said = shown(plan_view.plan_view(plan))
    assert plan.digest in said
    assert "security team" in said
    assert "ssm.tier  blocked, required" in said
    assert "A service control policy denies it." in said


def test_an_empty_plan_says_so() -> None:
    assert "Nothing to do" in shown(plan_view.plan_view(plan_of()))
    refusal = Refusal("ssm.tier", RefusalCode.BLOCKED, "Denied.")
    assert "No change can be planned" in shown(
        plan_view.plan_view(plan_of(refused=(refusal,), required_refused=("ssm.tier",)))
    )


def test_a_status_stands_as_a_mark_and_a_word() -> None:
    for status in FindingStatus:
        finding = Finding("x", "1a", True, status, "", "Title", "The fact.", "The consequence.", "The remedy.")
        said = shown(report_view.finding_view(finding, remedy=finding.remedy))
        assert f"{report_view.MARKS[status][0]} {status.word}" in said
        assert "The fact. The consequence." in said
        assert "→ The remedy." in said
    marks = {report_view.MARKS[status][0] for status in FindingStatus if not status.ready}
    assert len(marks) == 3


def preferences(status: FindingStatus) -> str:
    """What the terminal shows of findings that are not required: the guard, and the preferences in this status."""
    guard = Finding("user.owner-guard", "3b", False, FindingStatus.MISSING, "", "Guard", "The fact.", "", "Choose it.")
    found = Finding("ssm.session-preferences", "2", False, status, "", "Shells", "Asks for a key.", "", "Add it.")
    return shown(Group(*report_view._findings([guard, found], False)))


def test_what_no_option_offers_is_shown_where_it_is_in_the_way() -> None:
    said = preferences(FindingStatus.MISSING)
    assert "✖ Missing  Shells" in said
    assert "Asks for a key." in said
    assert "Guard (--option owner-guard): missing" in said
    assert "--option ssm" not in said


def test_what_no_option_offers_and_is_not_known_is_named_in_a_line() -> None:
    said = preferences(FindingStatus.UNKNOWN)
    assert "Not required" in said
    assert "Shells (ssm.session-preferences): unknown" in said
    assert "Asks for a key." not in said
    assert "Not required" not in preferences(FindingStatus.SATISFIED)


def test_every_step_status_stands_as_a_mark_and_a_word() -> None:
    journal = Journal.begin(plan_of(TRUST), acted_as=ROLE, endpoint="", started="2026-01-01T00:00:00Z")
    for status in StepStatus:
        step = journal.marked("trust.ssm", status, "What AWS said.").step("trust.ssm")
        said = shown(journal_view.step_view(step, "[1/1]"))
        assert f"{journal_view.MARKS[status][0]} {status.value}" in said
        assert "What AWS said." in said


def test_a_command_repeats_what_was_asked_for_and_is_one_line() -> None:
    wanted = Wanted(role=ROLE, option=("owner-guard",), sign_in="profile:a b")
    said = wanted.again("plan", "--out", "plan.json")
    assert said == f"sm-ssh-widget plan --out plan.json --role {ROLE} --option owner-guard --sign-in 'profile:a b'"


def test_the_documentation_names_every_requirement_option_and_document() -> None:
    told = changes_markdown()
    for baseline in BASELINES.values():
        for requirement in baseline.requirements:
            assert f"`{requirement.id}`" in told
            assert requirement.risk in told
    assert all(f"--option {option.value}" in told for option in Option)
    assert all(f"`{name}`" in told for name in documents.names() if name not in NOT_OF_A_REQUIREMENT)
    assert all(line.count("|") == 8 for line in told.splitlines() if line.startswith("|"))
