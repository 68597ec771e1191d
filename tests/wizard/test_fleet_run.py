"""Many roles in the wizard, through clicks: planned, reviewed once a set, applied, proved, undone, handed over."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import fleet_runs
from sm_ssh_widget.fleet.fleet_plan import read_fleet_plan
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard import fleet_rows, fleet_run_steps, steps
from sm_ssh_widget.wizard.state import Pressed, WizardState
from tests.support.mixed_roles import write_scenario
from tests.wizard.conftest import Driver, walk
from tests.wizard.fleets import signed_in_audit
from tests.wizard.test_views import _shows

CHANGES, ROLES = 25, 6
"""What the mixed account of 14 roles lacks: four changes to each of six roles, and the tier of the Region."""


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Driver]:
    with SimulatedAccount(write_scenario(tmp_path, 14, seed=11)) as account:
        wizard = Driver(account, tmp_path / "journals")
        yield wizard
        account.set_faults([])
        wizard.press("stop").settle()
        wizard.wizard.close()


def at(screen: str) -> Any:
    """Whether a wizard stands on a screen, with nothing under way."""
    return lambda state: state.screen.value == screen and state.busy is None


def planned(wizard: Driver) -> Driver:
    """As an admin, with all fixable roles planned and the tier raised."""
    return signed_in_audit(wizard).press("plan-fleet").settle().choose(fleet_rows.RAISES, "yes")


def reviewed(wizard: Driver) -> Driver:
    """On the review page, with what the identity can do."""
    planned(wizard).press("continue-fleet")
    return wizard.settle(lambda state: state.fleet is not None and state.fleet.acting is not None)


def applied(wizard: Driver) -> Driver:
    """Applied to every role, and proved."""
    return reviewed(wizard).press("apply-fleet").settle(at("fleet-proof"))


def writes(wizard: Driver) -> list[Any]:
    """The calls that write, of those that the account has had."""
    reads = ("Get", "List", "Describe", "Simulate", "Search")
    return [call for call in wizard.account.calls() if not call["operation"].partition(":")[2].startswith(reads)]


def rows(wizard: Driver) -> dict[str, str]:
    """The word of every row, by its title."""
    return {each["title"]: each["word"] for block in wizard.blocks("rows") for each in block["rows"]}


def steps_of(wizard: Driver) -> dict[str, str]:
    return {each["label"]: each["state"] for each in wizard.view["steps"]}


# Which roles


def test_the_plan_is_for_all_fixable_roles_that_are_shown_or_for_those_that_are_chosen(mixed: Driver) -> None:
    signed_in_audit(mixed)
    assert mixed.primary() == f"Plan for {ROLES} roles"
    (matrix,) = mixed.blocks("matrix")
    pickable = [row["id"] for row in matrix["rows"] if "pick" in row]
    assert len(pickable) == ROLES
    assert all("Fixable" in row["text"] for row in matrix["rows"] if "pick" in row)
    mixed.type(fleet_rows.FIND, pickable[0].rpartition("/")[2])
    assert mixed.primary() == "Plan for 1 role"
    mixed.choose(fleet_rows.ROLES, pickable[1]).choose(fleet_rows.ROLES, pickable[2])
    assert mixed.primary() == "Plan for 2 chosen roles"
    (matrix,) = mixed.blocks("matrix")
    assert "2 of the 2 chosen are not shown" in matrix["text"]
    mixed.press("plan-fleet").settle()
    assert mixed.state.fleet is not None
    assert mixed.state.fleet.planned is not None
    assert set(mixed.state.fleet.planned.plan.roles) == set(pickable[1:3])
    mixed.press("back").press("clear-roles").type(fleet_rows.FIND, "")
    assert mixed.primary() == f"Plan for {ROLES} roles"
    mixed.choose(fleet_rows.STATUSES, "fixable", on=False)
    assert mixed.primary() == "Plan for 0 roles"
    (plan,) = [each for each in mixed.view["actions"] if each["id"] == "plan-fleet"]
    assert plan["unavailable"] == "None of the roles that are shown is fixable."


def test_a_role_that_no_plan_can_help_cannot_be_chosen(mixed: Driver) -> None:
    signed_in_audit(mixed)
    (matrix,) = mixed.blocks("matrix")
    other = next(row["id"] for row in matrix["rows"] if "pick" not in row)
    mixed.choose(fleet_rows.ROLES, other)
    assert mixed.state.choice(fleet_rows.ROLES) == frozenset()


def test_the_account_is_named_by_its_alias(mixed: Driver) -> None:
    signed_in_audit(mixed)
    assert mixed.view["context"]["account"] == "acme-ml (123456789012)"


# Review, once a set


def test_each_set_of_equal_changes_is_reviewed_once_and_what_costs_money_is_asked(mixed: Driver) -> None:
    signed_in_audit(mixed).press("plan-fleet").settle()
    assert mixed.view["heading"] == f"{CHANGES} changes to {ROLES} roles, 2 sets to review"
    assert mixed.primary() == "Continue with 24 changes"
    (sets,) = mixed.blocks("changes")
    of_roles, of_region = sets["items"]
    assert of_roles["title"].startswith(f"{ROLES} roles: let Systems Manager use the role")
    assert (of_roles.get("on"), of_region.get("on")) == (True, None)
    assert of_region["warning"] == "costs money"
    assert len([block for block in walk(of_roles) if block.get("kind") == "diff"]) == 2, "each difference once"
    (ask,) = [block for block in mixed.blocks("choice") if block["id"] == fleet_rows.RAISES]
    assert "USD" in ask["text"]
    mixed.choose(fleet_rows.RAISES, "yes")
    assert mixed.primary() == f"Continue with {CHANGES} changes"
    mixed.choose(fleet_rows.TICKS, of_roles["id"], on=False)
    assert mixed.primary() == "Continue with 1 change"
    mixed.choose(fleet_rows.RAISES, "no")
    assert {"unavailable": "No change is selected."}.items() <= mixed.view["actions"][-1].items()


def test_the_review_says_what_where_how_and_as_whom_before_anything_is_written(mixed: Driver) -> None:
    mixed.account.forget_calls()
    reviewed(mixed)
    assert writes(mixed) == []
    assert mixed.view["heading"] == f"Review: {CHANGES} changes to {ROLES} roles, applied as user/admin"
    assert mixed.view["footnote"] == "The next click writes to AWS."
    told = str(mixed.view["blocks"])
    assert "Can make 4 of 4 calls" in told
    assert "Asked for 2 of 7 plans" in told
    assert "3 roles are applied and checked before any other. The run stops at the first failure." in told
    assert mixed.state.fleet is not None
    assert mixed.state.fleet.approved is not None
    assert mixed.state.fleet.approved.digest in told
    (lines,) = mixed.blocks("lines")
    assert [each["aside"] for each in lines["items"]] == ["6 roles"] * 4 + ["costs money"]


def test_an_identity_that_is_known_to_be_refused_cannot_apply(mixed: Driver) -> None:
    planned(mixed).press("forget").press("continue-fleet")
    assert mixed.screen == "permission"
    assert mixed.state.face is None
    mixed.type("simulated-profile", "read-only").press("sign-in").settle()
    mixed.settle(lambda state: state.fleet is not None and state.fleet.acting is not None)
    assert mixed.primary() == "Sign in as another identity"
    assert "Hand over to an admin" in mixed.labels()
    assert "apply-fleet" not in [action["id"] for action in mixed.view["actions"]]
    (band,) = [each for each in mixed.blocks("band") if each["id"] == "refused"]
    assert "iam:UpdateAssumeRolePolicy" in band["text"]


# Nothing by accident


def test_what_writes_counts_only_on_the_view_that_showed_it(mixed: Driver) -> None:
    reviewed(mixed)
    revision = mixed.view["revision"]
    mixed.press("go:fleet-plan").choose(fleet_rows.RAISES, "no").press("continue-fleet")
    mixed.message({"kind": "event", "name": "apply-fleet", "value": None, "revision": revision})
    assert mixed.screen == "permission"
    mixed.message({"kind": "event", "name": "apply-fleet", "value": None})
    assert mixed.screen == "permission"
    assert writes(mixed) == []


@pytest.mark.parametrize("name", sorted(fleet_run_steps.ACTING))
def test_buttons_that_write_do_nothing_away_from_their_review(mixed: Driver, name: str) -> None:
    assert steps.acts(name)
    planned(mixed)
    before = mixed.state
    mixed.press(name)
    assert mixed.state.busy is None
    assert mixed.screen == before.screen.value


def test_buttons_of_one_role_mean_nothing_here(mixed: Driver) -> None:
    planned(mixed)
    state = mixed.state
    for name in ("apply", "retry", "confirm-undo", "prove", "make-plan", "continue", "undo", "hand-over"):
        assert steps.step(state, Pressed(name)) == (state, ())


# Apply, prove, undo


def test_many_roles_are_applied_proved_and_undone_and_the_account_is_as_before(mixed: Driver) -> None:
    before = mixed.account.state()
    applied(mixed)
    assert mixed.view["heading"] == f"All {ROLES} roles of this run are ready"
    assert mixed.primary() == "Done"
    assert steps_of(mixed) == {
        "Who and where": "done", "Fleet": "done", "Plan": "done", "Permission": "done", "Apply": "done",
        "Proof": "current",
    }  # fmt: skip
    mixed.press("go:fleet-run")
    assert mixed.view["heading"] == f"{CHANGES} changes to {ROLES} roles are applied"
    assert set(rows(mixed).values()) == {"Done", "Ready"}
    mixed.account.forget_calls()
    mixed.press("undo-fleet").settle()
    assert mixed.view["heading"] == f"Undo {CHANGES} changes to {ROLES} roles?"
    assert [action["id"] for action in mixed.view["actions"]] == ["confirm-undo-fleet", "keep-fleet"]
    mixed.press("keep-fleet")
    assert writes(mixed) == []
    mixed.press("undo-fleet").settle().press("confirm-undo-fleet").settle()
    assert mixed.view["heading"] == f"{CHANGES} changes to {ROLES} roles are undone"
    assert set(rows(mixed).values()) == {"Undone"}
    assert mixed.account.state() == before
    mixed.press("go:fleet")
    assert "A run has changed roles since this audit." in str(mixed.view["blocks"])
    mixed.press("audit-all").settle()
    assert mixed.primary() == f"Plan for {ROLES} roles"
    assert "A run has changed" not in str(mixed.view["blocks"])


def test_done_forgets_the_sign_in_and_says_what_stays(mixed: Driver) -> None:
    applied(mixed).press("done")
    assert (mixed.screen, mixed.state.face) == ("done", None)
    assert rows(mixed)[f"{ROLES} of {ROLES} roles are ready"] == "Ready"
    mixed.press("back")
    assert mixed.screen == "fleet-proof"


def test_a_run_that_is_stopped_is_continued_and_every_member_has_a_row_from_the_start(mixed: Driver) -> None:
    reviewed(mixed)
    mixed.press("apply-fleet").settle(lambda state: _begun(state) == 2)
    assert len(rows(mixed)) == ROLES + 2, "six roles, the Region, the check"
    assert mixed.view["context"]["access"] == "writes"
    mixed.press("stop").settle()
    assert mixed.screen == "fleet-run"
    assert mixed.view["heading"].startswith("Stopped: ")
    assert "Not started" in rows(mixed).values()
    assert mixed.primary() == "Continue"
    mixed.press("resume-fleet").settle(at("fleet-proof"))
    assert mixed.view["heading"] == f"All {ROLES} roles of this run are ready"


def _begun(state: WizardState) -> int:
    run = state.fleet.run if state.fleet else None
    return len(run.outcomes) if run else 0


def test_a_run_that_was_stopped_is_undone_without_being_continued(mixed: Driver) -> None:
    before = mixed.account.state()
    reviewed(mixed).press("apply-fleet").settle(lambda state: _begun(state) == 3)
    mixed.press("stop").settle().press("undo-fleet").settle().press("confirm-undo-fleet").settle()
    assert mixed.view["heading"].endswith("undone")
    assert mixed.account.state() == before


def earlier_run(wizard: Driver) -> Any:
    """The row of the only run of many roles on the first screen."""
    rows = [row for block in wizard.blocks("rows") for row in block["rows"]]
    (row,) = [row for row in rows if row["title"].endswith("fleet run")]
    return row


def opened_again(wizard: Driver) -> Driver:
    """A wizard in another kernel with its records in the same place; it has opened the run."""
    later = Driver(wizard.account, wizard.journals)
    later.settle(lambda state: bool(state.fleets))
    row = earlier_run(later)
    (button,) = row["actions"]
    later.press(button["id"])
    assert (later.screen, later.state.many) == ("fleet-run", True)
    assert "started 20" in row["fact"]
    return later


def test_a_run_of_an_earlier_wizard_is_opened_continued_and_undone(mixed: Driver) -> None:
    before = mixed.account.state()
    reviewed(mixed).press("apply-fleet").settle(lambda state: _begun(state) == 3)
    mixed.press("stop").settle()
    done = mixed.state.fleet and mixed.state.fleet.run and mixed.state.fleet.run.done
    mixed.account.forget_calls()
    later = opened_again(mixed)
    assert later.view["heading"] == f"Stopped: {done} of 7 plans are applied"
    assert later.primary() == "Sign in"
    assert writes(later) == []
    later.press("resume-fleet").type("simulated-profile", "admin").press("sign-in").settle()
    later.press("resume-fleet").settle(at("fleet-proof"))
    assert later.view["heading"] == f"All {ROLES} roles of this run are ready"
    later.wizard.close()

    last = opened_again(mixed)
    assert last.view["heading"] == f"{CHANGES} changes to {ROLES} roles are applied"
    last.press("undo-fleet").type("simulated-profile", "admin").press("sign-in").settle(at("fleet-undo"))
    last.press("confirm-undo-fleet").settle()
    assert last.account.state() == before
    last.wizard.close()
    assert Driver(mixed.account, mixed.journals).settle().state.fleets == (), "nothing is left to undo"


def test_a_run_that_was_shown_is_opened_again_from_the_first_screen(mixed: Driver) -> None:
    applied(mixed).press("go:who")
    row = earlier_run(mixed)
    assert (row["title"], row["word"]) == ("Earlier fleet run", "Applied")
    assert row["fact"].startswith(f"7 of 7 plans applied to {ROLES} roles, started ")
    mixed.press(row["actions"][0]["id"])
    assert mixed.view["heading"] == f"{CHANGES} changes to {ROLES} roles are applied"
    assert mixed.state.face is not None, "still signed in"
    audit = mixed.state.fleet and mixed.state.fleet.audit
    assert audit is not None, "the audit is still there"


def test_a_canary_that_is_not_ready_ends_the_run_before_any_other_role(
    mixed: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mixed.account.state()
    monkeypatch.setattr(fleet_runs, "_is_ready", lambda _member, _session: False)
    reviewed(mixed).press("apply-fleet").settle()
    assert mixed.screen == "fleet-run"
    assert mixed.view["heading"] == "4 of 7 plans are applied, the first roles are not ready"
    assert rows(mixed)["Check of the first 3 roles"] == "Not ready"
    assert list(rows(mixed).values())[-3:] == ["Not started"] * 3
    assert mixed.primary() == "Audit again"
    mixed.press("undo-fleet").settle().press("confirm-undo-fleet").settle()
    assert mixed.account.state() == before


def test_a_call_that_is_denied_stops_the_run_and_says_what_aws_said(mixed: Driver) -> None:
    before = mixed.account.state()
    reviewed(mixed)
    mixed.account.set_faults([{"kind": "deny", "operation": "iam:AttachRolePolicy"}])
    mixed.press("apply-fleet").settle()
    assert mixed.view["heading"] == "0 of 7 plans are applied, 1 was not"
    assert list(rows(mixed).values()).count("Applied in part") == 1
    assert "iam:AttachRolePolicy" in mixed.problem()["said"]
    assert mixed.primary() == "Sign in as another identity"
    mixed.account.set_faults([])
    mixed.press("resume-fleet").settle(at("fleet-proof"))
    mixed.press("undo-fleet").settle().press("confirm-undo-fleet").settle()
    assert mixed.account.state() == before


def test_a_role_that_changed_since_the_plan_is_left_and_named(mixed: Driver) -> None:
    reviewed(mixed)
    assert mixed.state.fleet is not None
    assert mixed.state.fleet.approved is not None
    last = mixed.state.fleet.approved.plan.members[-1]
    name = str(last.role).rpartition("/")[2]
    admin = mixed.account.session("admin").client("iam", endpoint_url=mixed.account.url)
    admin.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/CloudWatchLogsFullAccess")
    mixed.press("apply-fleet").settle()
    assert mixed.screen == "fleet-run"
    assert rows(mixed)[name] == "Changed since the plan"
    assert mixed.view["heading"] == "6 of 7 plans are applied, 1 was not"
    assert mixed.primary() == "Audit again"
    assert any("new plan" in each["next"] for each in mixed.blocks("problem"))


def test_a_sign_in_that_ends_during_a_run_is_asked_for_again_and_the_run_goes_on(mixed: Driver) -> None:
    reviewed(mixed).press("apply-fleet").settle(lambda state: _begun(state) == 2)
    mixed.press("stop").settle().press("forget")
    assert mixed.primary() == "Sign in"
    mixed.press("resume-fleet")
    assert mixed.screen == "permission"
    mixed.type("simulated-profile", "admin").press("sign-in").settle()
    assert mixed.view["heading"].startswith("Review: ")
    assert mixed.primary().startswith("Apply ")
    mixed.press("resume-fleet").settle(at("fleet-proof"))
    assert mixed.view["heading"] == f"All {ROLES} roles of this run are ready"


def test_the_limits_of_a_run_are_chosen_with_the_plan(mixed: Driver) -> None:
    planned(mixed).type(fleet_rows.CANARIES, "1").type(fleet_rows.FAILURES, "3").type(fleet_rows.FAILURES, "99")
    mixed.press("continue-fleet")
    assert "1 role is applied and checked before any other. The run stops after more than 3 failures." in str(
        mixed.view["blocks"]
    )
    assert mixed.state.fleet is not None
    assert mixed.state.fleet.approved is not None
    assert (mixed.state.fleet.approved.canaries, mixed.state.fleet.approved.max_failures) == (1, 3)


# Hand over


def test_what_is_selected_is_handed_over_as_ticket_scripts_and_bundle(mixed: Driver) -> None:
    signed_in_audit(mixed).press("plan-fleet").settle().press("hand-over-fleet").settle()
    assert mixed.view["heading"] == f"A ticket for your admin: 24 changes to {ROLES} roles in 1 account"
    (copy,) = [each for each in mixed.view["actions"] if each["id"] == "copy-ticket"]
    assert copy["copies"].startswith(f"# Set up SageMaker SSH Helper: 24 changes to {ROLES} roles")
    for form, file in fleet_run_steps.FORMATS.items():
        mixed.press(f"download-fleet:{form}").settle()
        assert mixed.view["saves"]["file"] == file
        content = base64.b64decode(mixed.view["saves"]["data"])
        if form == "bundle":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                lines = archive.read("fleet.jsonl").decode().splitlines(keepends=True)
            assert read_fleet_plan(lines, "x").changes == 24
        elif form == "stackset":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert "deploy.sh" in archive.namelist()
        elif form == "plan":
            assert read_fleet_plan(content.decode().splitlines(keepends=True), "x").changes == 24
        elif form != "ticket":
            assert content.startswith(b"#!/usr/bin/env bash")
    mixed.press("back")
    assert mixed.screen == "fleet-plan"


def test_the_plain_view_says_the_same(mixed: Driver) -> None:
    reviewed(mixed)
    plain = mixed.wizard._plain
    mixed.wizard._wake_plain()
    assert _shows(plain, mixed.view["heading"])
    assert mixed.state.fleet is not None
    assert mixed.state.fleet.approved is not None
    assert _shows(plain, mixed.state.fleet.approved.digest)
    assert _shows(plain, "Asked for 2 of 7 plans")
