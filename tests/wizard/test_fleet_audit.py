"""Every role of an account in the wizard: audited, filtered, opened without a new read, and found again."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard import fleet_rows, steps
from sm_ssh_widget.wizard.effects import AuditAll
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.state import Chose, Failed, Pressed, Typed, WizardState
from sm_ssh_widget.wizard.view import to_json
from tests.support.mixed_roles import write_scenario
from tests.wizard.conftest import Driver, Open, walk
from tests.wizard.fleets import audited, large_audit, open_role, signed_in_audit, then
from tests.wizard.test_views import _shows

NOW = datetime(2026, 11, 29, 20, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def large() -> WizardState:
    return audited(large_audit())


def matrix(state: WizardState) -> Any:
    (found,) = [each for each in walk(to_json(render(state, NOW))) if each.get("kind") == "matrix"]
    return found


def cards(state: WizardState) -> list[Any]:
    return [
        each for block in walk(to_json(render(state, NOW))) if block.get("kind") == "cards" for each in block["items"]
    ]


# Thousands of roles


def test_few_of_thousands_of_rows_are_sent(large: WizardState) -> None:
    for at in ("0", "29", "2500", "4999", "999999999"):
        shown = matrix(then(steps.step(large, Typed(fleet_rows.AT, at))))
        first, rows = shown.get("first", 0), shown["rows"]
        assert len(rows) < 100
        assert shown["total"] == 5000
        assert first <= min(int(at), 4999) < first + len(rows)
        assert rows[0]["title"] == f"Role-{first:05}"


def test_the_headline_the_groups_and_the_statuses_add_up(large: WizardState) -> None:
    view = render(large, NOW)
    assert view.heading.startswith("1500 of 5000 roles are ready, 2500 lack the same 4 requirements")
    assert sum(int(card["number"]) for card in cards(large)) == 5000
    assert sum(int(chip["title"].split()[1]) for chip in matrix(large)["chips"]) == 5000
    assert view.lede == "Of 5000: 1500 ready, 2875 fixable, 625 blocked. Each role is counted once."


def test_text_status_and_group_narrow_the_rows_and_show_them_from_the_top(large: WizardState) -> None:
    scrolled = then(steps.step(large, Typed(fleet_rows.AT, "2500")))
    found = matrix(then(steps.step(scrolled, Typed(fleet_rows.FIND, "role-0123 3"))))
    assert {row["title"] for row in found["rows"]} == {"Role-01233"} | {f"Role-0123{n}" for n in range(10)} & {
        row["title"] for row in found["rows"]
    }
    assert found.get("at", 0) == 0
    ready_only = scrolled
    for status in ("fixable", "blocked", "unknown", "ignored"):
        ready_only = then(steps.step(ready_only, Chose(fleet_rows.STATUSES, status, on=False)))
    assert matrix(ready_only)["total"] == 1500
    (largest, *_) = cards(large)
    narrowed = matrix(then(steps.step(scrolled, Chose(fleet_rows.GROUPS, largest["id"], on=True))))
    assert (narrowed["total"], narrowed.get("first", 0)) == (2500, 0)
    nothing = matrix(then(steps.step(large, Typed(fleet_rows.FIND, "no such role"))))
    assert nothing["text"].startswith("None of 5000 roles is shown")
    assert "rows" not in nothing


def test_each_cell_says_its_status_and_its_sentences(large: WizardState) -> None:
    found = matrix(large)
    assert [column["title"] for column in found["columns"]] == [
        "SageMaker", "Systems Manager", "Name", "Agent", "Logs", "Registers",
    ]  # fmt: skip
    for row in found["rows"]:
        marks = [found["marks"][number] for number in row["cells"]]
        assert len(marks) == len(found["columns"])
        assert ("Ready" in row["text"]) == all(mark["word"] in ("Met", "Not needed") for mark in marks)
    assert all(mark["text"] for mark in found["marks"])


@pytest.mark.parametrize("text", ["-1", "x", "", "1.5"])
def test_a_place_that_is_no_number_is_not_looked_at(large: WizardState, text: str) -> None:
    assert then(steps.step(large, Typed(fleet_rows.AT, text))) is large


# What can go wrong


def test_an_audit_can_be_stopped_and_what_it_finds_then_is_not_shown(large: WizardState) -> None:
    state, (job,) = steps.step(large, Pressed("audit-all"))
    assert render(state, NOW).heading == "Auditing every role of the account"
    state = then(steps.step(state, Pressed("stop")))
    view = render(state, NOW)
    assert view.heading == "The audit was stopped"
    assert [action.label for action in view.actions] == ["Back", "Audit again"]
    assert isinstance(job.effect, AuditAll)


def test_an_audit_that_fails_says_why_and_offers_a_sign_in(large: WizardState) -> None:
    state, (job,) = steps.step(large, Pressed("audit-all"))
    failed = Failed(job.ticket, job.effect, "Reading the account", "It was denied.", "Sign in.", "sign-in")
    view = render(then(steps.step(state, failed)), NOW)
    assert view.heading == "The roles could not be audited"
    assert [action.label for action in view.actions] == ["Back", "Audit again", "Sign in"]


# On an account


@pytest.fixture
def mixed(tmp_path: Path) -> Any:
    with SimulatedAccount(write_scenario(tmp_path, 6, seed=11)) as account:
        wizard = Driver(account, tmp_path / "journals")
        yield wizard
        wizard.press("stop").settle()
        wizard.wizard.close()


def test_roles_that_could_not_be_read_are_all_counted(mixed: Driver) -> None:
    mixed.press("audit-all").settle()
    unknown = sum("Unknown" in row["text"] for row in mixed.blocks("matrix")[0]["rows"])
    assert len(mixed.blocks("cards")[0]["items"]) > 1, "several groups, none of which has all of them"
    assert mixed.view["heading"].endswith(f" {unknown} could not be read in full")


def test_remedies_name_what_the_wizard_has_instead_of_options_of_the_command_line(mixed: Driver) -> None:
    signed_in_audit(mixed)
    marks = str(mixed.blocks("matrix")[0]["marks"])
    assert "Least privilege on the first screen" in marks
    assert "--baseline" not in marks


def test_a_role_opens_as_it_was_audited_and_back_is_the_same_place(mixed: Driver) -> None:
    signed_in_audit(mixed)
    (shown,) = mixed.blocks("matrix")
    arn = next(row["id"] for row in shown["rows"] if "Fixable" in row["text"])
    before = mixed.state.typed
    mixed.type(fleet_rows.FIND, arn.rpartition("/")[2]).type(fleet_rows.AT, "0")
    mixed.account.forget_calls()
    open_role(mixed, arn)
    assert mixed.account.calls() == []
    assert mixed.screen == "health"
    report = mixed.state.report
    assert report is not None
    assert str(report.target.role) == arn
    asked = pipeline.check(role=arn, region=report.target.region, session=mixed.account.session("admin"))
    of_role = [[each.to_json() for each in found.findings if each.id[:5] != "user."] for found in (report, asked)]
    assert of_role[0] == of_role[1]
    assert "Back to the fleet" in mixed.labels()
    mixed.press("back").settle()
    (again,) = mixed.blocks("matrix")
    assert [row["id"] for row in again["rows"] if row.get("opened")] == [arn]
    assert again["value"] == arn.rpartition("/")[2]
    assert mixed.state.typed.get("role") == before.get("role")


def test_a_role_that_is_opened_can_be_checked_and_planned_alone(mixed: Driver) -> None:
    signed_in_audit(mixed)
    (shown,) = mixed.blocks("matrix")
    arn = next(row["id"] for row in shown["rows"] if "Fixable" in row["text"])
    open_role(mixed, arn).press("check").settle()
    assert mixed.state.report is not None
    assert str(mixed.state.report.target.role) == arn
    mixed.press("make-plan")
    assert mixed.screen == "plan"
    assert mixed.state.plan is not None
    assert mixed.state.plan.target["role"] == arn


def test_without_rights_nothing_is_called_missing_that_was_not_read(open_wizard: Open) -> None:
    wizard = open_wizard("reads-denied").settle().press("audit-all").settle()
    assert wizard.screen == "fleet"
    if wizard.blocks("matrix"):
        assert wizard.primary() == "Sign in to see the rest"
    else:
        assert "Sign in" in wizard.labels()
    wizard.press("sign-in-to-see")
    assert (wizard.screen, wizard.state.many) == ("permission", True)
    wizard.press("back")
    assert wizard.screen in ("fleet", "who")


def test_the_plain_view_says_the_same(mixed: Driver) -> None:
    signed_in_audit(mixed)
    plain = mixed.wizard._plain
    mixed.wizard._wake_plain()
    (shown,) = mixed.blocks("matrix")
    (groups,) = mixed.blocks("cards")
    words = [mixed.view["heading"], shown["text"], *(row["title"] for row in shown["rows"])]
    words += [card["text"] for card in groups["items"]]
    assert all(_shows(plain, text) for text in words)
