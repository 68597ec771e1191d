"""Several accounts in the wizard: chosen from the organization, audited, shown by account and Region, and told why."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from sm_ssh_widget.fleet.fleet_plan import read_fleet_plan
from sm_ssh_widget.simulator.account import AUDIT_EXTERNAL_ID, SimulatedAccount
from sm_ssh_widget.wizard import account_choices, fleet_rows, fleet_worker
from tests.wizard.conftest import Driver
from tests.wizard.fleets import open_role

RESEARCH, FORECASTING, RANKING, FRAUD = (f"2100000000{number:02}" for number in (2, 3, 4, 5))
FORMER, ACQUIRED, PRICING, ROBOTICS, SPEECH = (f"2100000000{number:02}" for number in (7, 8, 9, 10, 11))


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation", sso_auto=True) as account:
        yield account


@pytest.fixture
def wizard(running: SimulatedAccount, tmp_path: Path) -> Iterator[Driver]:
    found = Driver(running, tmp_path / "journals")
    found.settle()
    running.forget_calls()
    yield found
    found.press("stop").settle()
    found.wizard.close()


def signed_in(wizard: Driver) -> Driver:
    """As an admin of the management account, with its accounts listed."""
    wizard.press("choose-accounts").settle().press("sign-in-to-list").type("simulated-profile", "admin")
    return wizard.press("sign-in").settle(lambda state: state.listed is not None and state.busy is None)


def audit(wizard: Driver, *accounts: str) -> Driver:
    for each in accounts:
        wizard.choose(account_choices.ACCOUNTS, each)
    return wizard.press("audit-accounts").settle()


def rows(wizard: Driver, label: str) -> dict[str, dict[str, object]]:
    found = next(block for block in wizard.blocks("rows") if block["label"] == label)
    return {row["id"].partition(":")[2]: row for row in found["rows"]}


def test_the_accounts_are_a_tree_and_none_is_entered_that_was_not_chosen(
    wizard: Driver, running: SimulatedAccount
) -> None:
    signed_in(wizard)
    assert wizard.screen == "accounts"
    assert wizard.view["heading"] == "Which accounts do you want to audit?"
    units = [option["title"] for block in wizard.blocks("choice") for option in block["options"]]
    assert {"Workloads", "Research", "Forecasting", "Former team"} <= set(units)
    (former,) = [
        option
        for block in wizard.blocks("choice")
        for option in block["options"]
        if option.get("title") == "Former team"
    ]
    assert "not entered" in former["unavailable"]
    assert wizard.state.choice(account_choices.ACCOUNTS) == frozenset()
    assert not [call for call in running.calls("*") if call["operation"] == "sts:AssumeRole"]
    wizard.press("audit-accounts")
    assert wizard.screen == "accounts", "nothing is chosen"


def test_a_unit_chooses_what_is_shown_of_it_and_a_suspended_account_is_never_chosen(wizard: Driver) -> None:
    signed_in(wizard).choose(account_choices.UNITS, account_choices.EVERY_UNIT)
    active = {each.id for each in wizard.state.listed.entries if not each.suspended}  # type: ignore[union-attr]
    assert wizard.state.choice(account_choices.ACCOUNTS) == active
    assert FORMER not in active
    wizard.choose(account_choices.UNITS, account_choices.EVERY_UNIT, on=False).type(account_choices.FIND, "ran")
    wizard.choose(account_choices.UNITS, "Workloads")
    assert wizard.state.choice(account_choices.ACCOUNTS) == {RANKING}
    wizard.choose(account_choices.ACCOUNTS, FORMER)
    assert wizard.state.choice(account_choices.ACCOUNTS) == {RANKING}
    assert wizard.view["heading"] == "1 account is chosen"
    wizard.press("clear-accounts")
    assert wizard.state.choice(account_choices.ACCOUNTS) == frozenset()


def test_the_matrix_by_account_and_the_problems_on_top(wizard: Driver, running: SimulatedAccount) -> None:
    audit(signed_in(wizard), running.account, RESEARCH, RANKING, FRAUD, ACQUIRED, PRICING, ROBOTICS)
    assert wizard.screen == "fleet"
    assert "5 of 8 accounts are read" in wizard.view["lede"]
    kinds = [block.get("kind") for block in wizard.view["blocks"]]
    assert kinds.index("fold") < kinds.index("matrix")
    unread = rows(wizard, "Accounts that were not read")
    assert set(unread) == {ACQUIRED, ROBOTICS}
    assert unread[ACQUIRED]["title"] == f"Acquired ({ACQUIRED})"
    assert "audit-role" in str(unread[ACQUIRED]["remedy"])
    assert (unread[ACQUIRED]["word"], unread[ROBOTICS]["word"]) == ("No sign-in", "No answer")
    assert unread[ROBOTICS]["fact"]
    assert any("Former team" in str(note.get("text")) for note in wizard.blocks("note"))
    entered = {call["account"] for call in running.calls("*") if call.get("account")}
    assert not entered & {FORECASTING, SPEECH, FORMER}
    assert not [
        call for call in running.calls("*") if call["access"] == "write" and call["operation"] != "sts:AssumeRole"
    ]
    (matrix,) = wizard.blocks("matrix")
    assert {row["text"].split(" · ")[1] for row in matrix["rows"] if RANKING in row["id"]} == {"Ranking"}
    total = matrix["total"]
    wizard.type(fleet_rows.ACCOUNT, RANKING)
    (alone,) = wizard.blocks("matrix")
    assert {row["id"].split(":")[4] for row in alone["rows"]} == {RANKING}
    assert 0 < alone["total"] < total
    wizard.type(fleet_rows.ACCOUNT, FORECASTING)
    assert wizard.state.text(fleet_rows.ACCOUNT) == RANKING, "it was not audited"
    wizard.type(fleet_rows.ACCOUNT, "").type(fleet_rows.FIND, "fraud")
    (found,) = wizard.blocks("matrix")
    assert {row["id"].split(":")[4] for row in found["rows"]} == {FRAUD}


def test_a_role_of_another_account_is_opened_and_checked_again_there(wizard: Driver, running: SimulatedAccount) -> None:
    audit(signed_in(wizard), RESEARCH, RANKING)
    (matrix,) = wizard.blocks("matrix")
    arn = next(row["id"] for row in matrix["rows"] if RESEARCH in row["id"])
    running.forget_calls()
    open_role(wizard, arn)
    assert wizard.screen == "health"
    assert running.calls("*") == []
    before = wizard.state.report
    wizard.press("check").settle()
    assert wizard.state.report is not None
    assert before is not None
    told = [
        {each.id: each.status for each in found.findings if each.required and each.id[:5] != "user."}
        for found in (wizard.state.report, before)
    ]
    assert told[0] == told[1]
    assert RESEARCH in {call["account"] for call in running.calls("*") if call["operation"] == "iam:GetRole"}
    wizard.press("make-plan").press("continue")
    assert wizard.screen == "permission"
    assert wizard.state.face is None, "a session of the management account cannot write there"


def test_a_role_whose_observation_was_not_kept_is_read_again_in_its_account(
    wizard: Driver, running: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_worker, "MOST_SEEN", 0)
    audit(signed_in(wizard), running.account, RESEARCH)
    (matrix,) = wizard.blocks("matrix")
    arn = next(row["id"] for row in matrix["rows"] if RESEARCH in row["id"])
    running.forget_calls()
    open_role(wizard, arn)
    assert wizard.screen == "health"
    assert wizard.state.report is not None
    assert str(wizard.state.report.target.role) == arn
    assert {call["account"] for call in running.calls("*") if call["operation"] == "iam:GetRole"} == {RESEARCH}


def test_in_a_second_region_the_matrix_shows_its_cells_and_a_role_is_read_there(
    wizard: Driver, running: SimulatedAccount
) -> None:
    signed_in(wizard).choose(account_choices.REGIONS, account_choices.USED)
    audit(wizard, FORECASTING, RESEARCH)
    (select,) = [each for each in wizard.blocks("field") if each["id"] == fleet_rows.REGION]
    assert [value for value, _ in select["options"]] == ["", "eu-west-1", "us-east-1"]
    (both,) = wizard.blocks("matrix")
    wizard.type(fleet_rows.REGION, "us-east-1")
    (there,) = wizard.blocks("matrix")
    assert {row["id"].split(":")[4] for row in there["rows"]} == {FORECASTING}
    assert there["total"] < both["total"]
    running.forget_calls()
    open_role(wizard, there["rows"][0]["id"])
    assert wizard.state.report is not None
    assert wizard.state.report.target.region == "us-east-1"
    assert {call["account"] for call in running.calls("*") if call["operation"] == "iam:GetRole"} == {FORECASTING}


def test_accounts_that_cannot_be_entered_any_more_are_left_out_of_the_plan_by_name(tmp_path: Path) -> None:
    with SimulatedAccount("organisation") as own:  # its faults are replaced
        wizard = Driver(own, tmp_path / "journals").settle()
        audit(signed_in(wizard), own.account, RESEARCH)
        denied = {
            "kind": "error",
            "operation": "sts:AssumeRole",
            "code": "AccessDenied",
            "message": "no",
            "status": 403,
        }
        own.set_faults([denied])
        wizard.press("plan-fleet").settle()
        (band,) = [each for each in wizard.blocks("band") if each["id"].startswith("refused")]
        assert band["lead"] == f"Not in the plan: 1 account could not be read ({RESEARCH})."
        assert wizard.state.fleet is not None
        assert wizard.state.fleet.planned is not None
        assert wizard.state.fleet.planned.plan.accounts == (own.account,)
        wizard.wizard.close()


def test_a_plan_of_several_accounts_is_handed_over(wizard: Driver) -> None:
    audit(signed_in(wizard), RESEARCH, FORECASTING)
    wizard.press("plan-fleet").settle()
    assert "in 2 accounts" in wizard.view["heading"]
    assert [band["lead"] for band in wizard.blocks("band") if band["id"] == "one-account"] == [
        "The wizard applies a plan in one account at a time."
    ]
    assert wizard.primary() == "Hand over to an admin"
    wizard.press("continue-fleet")
    assert wizard.screen == "fleet-plan"
    wizard.press("hand-over-fleet").settle().press("download-fleet:plan").settle()
    assert wizard.view["saves"]["file"] == "fleet.jsonl"
    lines = base64.b64decode(wizard.view["saves"]["data"]).decode().splitlines(keepends=True)
    assert read_fleet_plan(lines, "fleet.jsonl").accounts == (RESEARCH, FORECASTING)
    wizard.press("download-fleet:stackset").settle()
    assert wizard.view["saves"]["file"] == "fleet-stack-sets.zip"


def test_one_account_is_planned_applied_proved_and_undone_with_a_session_of_its_own(
    wizard: Driver, running: SimulatedAccount
) -> None:
    before = {each: running.state(account=each) for each in (RESEARCH, FORECASTING)}
    audit(signed_in(wizard), RESEARCH, FORECASTING)
    wizard.type(fleet_rows.ACCOUNT, RESEARCH).press("plan-fleet").settle()
    assert [band["id"] for band in wizard.blocks("band") if band["id"].endswith("account")] == ["other-account"]
    wizard.press("continue-fleet")
    assert (wizard.screen, wizard.state.face) == ("permission", None)
    assert RESEARCH in wizard.view["lede"]
    wizard.type("simulated-profile", "admin").press("sign-in").settle()
    assert wizard.state.face is not None
    assert wizard.state.face.account == RESEARCH
    assert {each: running.state(account=each) for each in before} == before
    wizard.press("apply-fleet").settle(lambda state: state.screen.value == "fleet-proof" and state.busy is None)
    after = running.state(account=RESEARCH)
    assert after != before[RESEARCH]
    assert running.state(account=FORECASTING) == before[FORECASTING]
    wizard.press("go:fleet")
    assert [band["id"] for band in wizard.blocks("band")].count("stale") == 1
    wizard.press("go:fleet-run").press("undo-fleet").settle().press("confirm-undo-fleet").settle()
    assert {each: running.state(account=each) for each in before} == before


@pytest.mark.parametrize(
    ("field", "text", "label"),
    [
        (account_choices.ROLE, "no role", "Role name"),
        (account_choices.ROLE, "", "Role name"),
        (account_choices.EXTERNAL_ID, "?", "External ID"),
        (account_choices.IDS, "123", "Account IDs"),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field(wizard: Driver, field: str, text: str, label: str) -> None:
    signed_in(wizard).choose(account_choices.ACCOUNTS, RANKING)
    if field == account_choices.IDS:
        wizard.choose(account_choices.FROM, account_choices.LIST)
    wizard.type(field, text).press("audit-accounts").settle()
    assert wizard.screen == "accounts"
    (shown,) = [each for each in wizard.blocks("field") if each["id"] == field]
    assert shown["label"] == label
    assert shown["error"]


def test_without_the_right_to_list_accounts_they_can_be_named(wizard: Driver) -> None:
    wizard.press("choose-accounts").settle()
    (panel,) = wizard.blocks("problem")
    assert "delegated administrator" in panel["next"]
    assert "--" not in panel["next"]
    assert wizard.primary() == "Sign in to list the accounts"
    wizard.choose(account_choices.FROM, account_choices.LIST).type(account_choices.IDS, f"{RANKING} {RESEARCH}")
    assert wizard.primary() == "Audit 2 accounts"


def test_the_external_id_of_the_simulated_organization_is_filled_in() -> None:
    assert account_choices.SIMULATED_EXTERNAL_ID == AUDIT_EXTERNAL_ID


def test_the_way_back_leads_through_the_accounts(wizard: Driver) -> None:
    audit(signed_in(wizard), RANKING)
    assert [step["label"] for step in wizard.view["steps"]][:2] == ["Accounts", "Fleet"]
    wizard.press("back")
    assert wizard.screen == "accounts"
    assert wizard.state.choice(account_choices.ACCOUNTS) == {RANKING}
    wizard.press("back")
    assert (wizard.screen, wizard.state.many) == ("who", False)
