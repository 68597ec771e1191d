"""Bad input and bad days through the wizard: three parts, what was typed stays, and the run can go on."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.held_calls import held_calls
from tests.wizard.conftest import Driver, Open

THEIRS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "garbage", "operation": "iam:*"},
        {"kind": "error", "operation": "iam:ListRolePolicies", "code": "AccessDenied", "status": 403},
        {"kind": "expired-token"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()) or "empty",
)
def test_a_bad_day_is_told_and_the_next_check_is_good(open_wizard: Open, fault: dict[str, str]) -> None:
    wizard = open_wizard().signed_in()
    wizard.account.set_faults([fault])
    wizard.press("check").settle()
    if wizard.state.failed:
        assert all(wizard.problem()[part] for part in ("where", "said", "next"))
    else:
        assert "not known" in wizard.view["heading"] or "Unknown" in json.dumps(wizard.view)
    wizard.account.set_faults([])
    wizard.press("check").settle()
    assert wizard.state.failed is None
    assert wizard.state.report is not None


def test_a_session_that_ends_in_the_middle_loses_nothing(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    fault = {"kind": "expired-token", "operation": "iam:AttachRolePolicy", "after": 2}
    wizard.account.set_faults([fault])
    wizard.press("apply").settle()
    assert wizard.screen == "apply"
    assert re.match(r"3 of 5 are applied, 1 failed", wizard.view["heading"])
    assert "expired" in wizard.problem()["said"].lower()
    assert wizard.state.face is None
    assert wizard.primary() == "Sign in"
    wizard.account.set_faults([])
    wizard.press("other-identity")
    assert wizard.screen == "permission"
    wizard.press("sign-in").settle()
    assert wizard.primary() == "Apply 2 changes"
    wizard.press("retry").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"
    assert len(list(wizard.journals.glob("*.json"))) == 1


def test_stopped_between_steps_the_next_wizard_offers_to_go_on(open_wizard: Open) -> None:
    first = _stopped(open_wizard)
    again = open_wizard().settle(lambda state: state.busy is None and bool(state.earlier))
    (row,) = [row for rows in again.blocks("rows") for row in rows["rows"] if row["word"] == "Unfinished"]
    assert next(action["label"] for action in row["actions"]) == "Continue it"
    again.press("continue-earlier")
    assert again.screen == "permission"
    again.press("sign-in").settle()
    assert again.primary().startswith("Apply ")
    again.press("retry").settle()
    assert again.state.journal is not None
    assert again.state.journal.complete
    assert first.state.journal is not None
    assert again.state.journal.path == first.state.journal.path
    assert again.screen == "proof"
    assert again.view["heading"] == "The role is ready. Whether you may connect was not checked"
    assert again.state.report is not None


def test_stopped_between_steps_the_next_wizard_offers_to_undo(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    before = wizard.account.state()["RoleDetailList"]
    _stopped(open_wizard)
    again = open_wizard().settle(lambda state: state.busy is None and bool(state.earlier))
    again.press("undo-earlier").press("sign-in").settle()
    assert again.screen == "undo"
    again.press("confirm-undo").settle()
    assert "undone" in again.view["heading"]
    assert again.account.state()["RoleDetailList"] == before


def _stopped(open_wizard: Open) -> Driver:
    """A run that was stopped behind its first steps."""
    wizard = open_wizard().to_plan().press("continue")
    wizard.account.set_faults([{"kind": "latency", "operation": "iam:AttachRolePolicy"}])
    with held_calls(wizard.account):
        wizard.press("apply")
        wizard.settle(lambda state: state.journal is not None and state.journal.steps[1].status.value == "working")
        wizard.press("stop").press("stop")
    wizard.settle()
    wizard.account.set_faults([])
    assert wizard.view["heading"].startswith("Stopped: ")
    assert wizard.primary() == "Retry"
    return wizard


def test_what_somebody_else_changed_meanwhile_is_not_written_over(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    role = wizard.state.report.target.role.name  # type: ignore[union-attr]
    iam = wizard.account.session("admin").client("iam", endpoint_url=wizard.account.url)
    iam.put_role_policy(RoleName=role, PolicyName="SageMakerSSMPolicy", PolicyDocument=THEIRS)
    wizard.account.forget_calls()
    wizard.press("apply").settle()
    assert not [call for call in wizard.account.calls() if call["access"] == "write"]
    panels = wizard.blocks("problem")
    assert panels
    assert all(panel[part] for panel in panels for part in ("where", "said", "next"))
    assert wizard.primary()


def test_an_undo_leaves_alone_what_somebody_changed_since(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("apply").settle()
    role = wizard.state.report.target.role.name  # type: ignore[union-attr]
    iam = wizard.account.session("admin").client("iam", endpoint_url=wizard.account.url)
    iam.put_role_policy(RoleName=role, PolicyName="SageMakerSSMPolicy", PolicyDocument=THEIRS)
    wizard.undo()
    assert wizard.view["heading"] == "4 of 5 changes are undone"
    assert "Changed since the plan" in json.dumps(wizard.view)
    assert "SageMakerSSMPolicy" in iam.list_role_policies(RoleName=role)["PolicyNames"]


def test_an_undo_that_is_refused_says_that_the_rest_stays(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("apply").settle()
    wizard.account.set_faults([{"kind": "deny-by-scp", "operation": "iam:DetachRolePolicy"}])
    wizard.undo()
    assert wizard.view["lede"] == "The rest stays applied. Choose Retry to undo it."
    wizard.account.set_faults([])
    wizard.press("retry").settle().press("confirm-undo").settle()
    assert wizard.view["heading"].endswith("undone")
    assert wizard.view["lede"] == "Each was read back from AWS."


def test_who_may_not_write_is_told_by_aws_and_somebody_else_goes_on(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("other-identity").choose("way", "keys")
    wizard.secret("sign-in", access_key_id="AKIAIOSFODNN7EXAMPLE").settle()
    assert "secret access key" in wizard.problem()["said"]
    wizard.secret("sign-in", export_block="export NOTHING=1").settle()
    assert all(wizard.problem()[part] for part in ("where", "said", "next"))
    assert wizard.screen == "permission"
    assert wizard.state.choice("way") == {"keys"}
    wizard.choose("way", "simulated").press("sign-in").settle()
    assert wizard.primary() == "Apply 5 changes"


def test_a_second_run_hides_nothing_of_the_first(open_wizard: Open) -> None:
    wizard = open_wizard()
    before = wizard.account.state()["RoleDetailList"]
    wizard.signed_in().press("make-plan").press("continue").press("apply").settle()
    assert wizard.view["heading"].startswith("1 of 7 is not met: 1 missing")
    assert "go:plan" not in json.dumps(wizard.view), "what was applied is no plan any more"
    wizard.press("make-plan")
    assert wizard.primary() == "Continue with 1 change", "what is left is what was asked for"
    wizard.press("continue").press("apply").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"
    wizard.undo()
    assert wizard.view["heading"] == "1 change is undone"
    (row,) = [row for rows in wizard.blocks("rows") for row in rows["rows"] if row["word"] == "Applied"]
    assert [action["label"] for action in row["actions"]] == ["Undo 4 changes"]
    wizard.press(row["actions"][0]["id"]).settle().press("confirm-undo").settle()
    assert wizard.view["heading"] == "4 changes are undone"
    assert wizard.account.state()["RoleDetailList"] == before


def test_who_has_no_credentials_that_work_can_sign_in(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    wizard.account.set_faults([{"kind": "expired-token", "operation": "sts:GetCallerIdentity", "count": 20}])
    wizard.press("check").settle()
    assert wizard.state.failed is not None
    wizard.account.set_faults([])
    assert (wizard.screen, wizard.primary()) == ("health", "Sign in")
    wizard.press("sign-in-to-see").press("sign-in").settle()
    assert wizard.screen == "health"
    assert wizard.state.report is not None


def test_what_a_session_may_do_is_said_for_what_it_is_wanted_for(open_wizard: Open) -> None:
    _stopped(open_wizard)
    again = open_wizard().settle(lambda state: state.busy is None and bool(state.earlier))
    (said,) = [note["text"] for note in again.press("undo-earlier").blocks("note") if "can do" in note["lead"]]
    assert "reviewed calls" in said
    assert "iam:UpdateAssumeRolePolicy" in said


def test_who_may_not_read_either_is_told_so(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle().press("sign-in-to-see").choose("way", "simulated")
    wizard.type("simulated-profile", "execution-role").press("sign-in").settle()
    assert wizard.screen == "health"
    assert any("cannot read 4 of 7 requirements" in band["lead"] for band in wizard.blocks("band"))
    assert wizard.primary() == "Sign in as another identity"
    wizard.press("other-identity").type("simulated-profile", "admin").press("sign-in").settle()
    assert wizard.primary() == "Make a plan"
