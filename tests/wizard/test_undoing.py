"""Undo shows what it removes before it asks, counts what is really undone, and undoes what was shown or nothing."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest

from sm_ssh_widget.changes.kinds import DOCUMENTS
from sm_ssh_widget.changes.plan import Change, Kind
from sm_ssh_widget.changes.undo import CHANGED_SINCE
from sm_ssh_widget.policy.document import parse, statements
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import clock
from tests.support.held_calls import held_calls
from tests.wizard.conftest import Driver, Open, walk

THEIRS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@pytest.fixture
def applied(open_wizard: Open) -> Driver:
    """Five changes are applied, and nothing of what was called is remembered."""
    wizard = open_wizard().to_plan().press("continue").press("apply").settle()
    wizard.account.forget_calls()
    return wizard


def writes(wizard: Driver) -> list[str]:
    return [call["operation"] for call in wizard.account.calls() if call["access"] == "write"]


def part(wizard: Driver, name: str) -> Any:
    (found,) = [block for block in wizard.blocks("part") if block["id"] == name]
    return found


def rows(part: Any) -> dict[str, Any]:
    """The rows of a part, by their titles."""
    return {row["title"]: row for block in part["blocks"] for row in block["rows"]}


# What is shown


def test_the_first_click_shows_and_writes_nothing(applied: Driver) -> None:
    applied.press("undo").settle()
    assert applied.view["heading"] == "Undo 5 changes?"
    assert [action["label"] for action in applied.view["actions"]] == ["Undo 5 changes", "Keep"]
    assert not [action for action in applied.view["actions"] if action.get("look") == "primary"]
    assert not writes(applied)


def test_every_statement_and_policy_that_goes_is_shown_and_what_stays(applied: Driver) -> None:
    applied.press("undo").settle()
    plan = applied.state.asked.plan  # type: ignore[union-attr]
    assert plan is not None
    removed, stays = rows(part(applied, "removed")), rows(part(applied, "stays"))
    assert list(removed) == [change_blocks.removal(change) for change in plan.changes]
    for title in (
        "Remove 1 statement from the trust policy",
        "Detach AmazonSSMManagedInstanceCore",
        "Detach CloudWatchLogsFullAccess",
        "Delete the inline policy SageMakerSSMPolicy",
        "Set the instance tier of eu-west-1 back to standard",
    ):
        assert title in removed
    for change in plan.changes:
        if change.kind in DOCUMENTS:
            gone = len(statements(parse(change.before))) - len(statements(parse(change.after)) if change.after else ())
            (told,) = [
                each for each in walk(removed[change_blocks.removal(change)]) if each.get("kind") == "statements"
            ]
            assert [each["sign"] for each in told["items"]] == ["-"] * gone
    assert "1 statement of the trust policy" in stays
    assert "The record of this run" in stays


def test_the_run_is_named_by_its_journal_its_local_time_and_its_account(applied: Driver) -> None:
    journal = applied.state.journal
    assert journal is not None
    shown = {
        fact["label"]: fact["value"] for fact in walk(part(applied.press("undo").settle(), "run")) if "value" in fact
    }
    assert shown["Journal"] == f"`{journal.path}`"
    assert shown["Applied"] == clock(journal.started)
    assert shown["Account"] == f"`{journal.plan.account}`"
    assert shown["Acting as"] == "`user/admin`"


def test_a_time_is_told_by_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert clock("2026-11-22T23:44:05+00:00") == "2026-11-23 08:44 JST"
        assert clock("2026-11-22T23:44:05Z") == "2026-11-23 08:44 JST"
        assert clock("yesterday") == "yesterday"
    finally:
        monkeypatch.undo()
        time.tzset()


# Keep


@pytest.mark.parametrize("way", ["keep", "back", "go:health"])
def test_who_does_not_confirm_keeps_everything(applied: Driver, way: str) -> None:
    screen, heading = applied.screen, applied.view["heading"]
    applied.press("undo").settle().press(way)
    if way != "go:health":
        assert (applied.screen, applied.view["heading"]) == (screen, heading)
        assert "Undo 5 changes" in applied.labels()
    assert applied.state.asked is None
    applied.press("confirm-undo").settle()
    assert not writes(applied)


def test_an_earlier_run_that_is_kept_stays_in_the_list(open_wizard: Open, applied: Driver) -> None:
    again = open_wizard().settle(lambda state: state.busy is None and bool(state.earlier))
    again.press("undo-earlier").press("back")
    assert again.screen == "who"
    assert "Undo 5 changes" in again.labels()
    again.press("undo-earlier").press("sign-in").settle()
    assert again.view["heading"] == "Undo 5 changes?"
    again.press("keep")
    assert again.screen == "who"
    assert "Undo 5 changes" in again.labels()
    assert not writes(applied)


# The count


def test_the_count_is_of_what_is_really_undone(applied: Driver) -> None:
    role = applied.state.report.target.role.name  # type: ignore[union-attr]
    iam = applied.account.session("admin").client("iam", endpoint_url=applied.account.url)
    iam.put_role_policy(RoleName=role, PolicyName="SageMakerSSMPolicy", PolicyDocument=THEIRS)
    applied.press("undo").settle()
    assert applied.view["heading"] == "Undo 4 changes?"
    left = rows(part(applied, "stays"))["Add the inline policy SageMakerSSMPolicy"]
    assert left["fact"] == CHANGED_SINCE
    applied.press("confirm-undo")
    assert applied.view["heading"] == "Undoing: 0 of 4 done"
    applied.settle()
    assert applied.view["heading"] == "4 of 5 changes are undone"


def test_a_run_that_was_stopped_counts_what_it_wrote(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    wizard.account.set_faults([{"kind": "latency", "operation": "iam:AttachRolePolicy"}])
    with held_calls(wizard.account):
        wizard.press("apply")
        wizard.settle(lambda state: state.journal is not None and state.journal.steps[1].status.value == "working")
        wizard.press("stop")
    wizard.settle()
    wizard.account.set_faults([])
    assert "Undo 2 changes" in wizard.labels()
    assert wizard.press("undo").settle().view["heading"] == "Undo 2 changes?"
    wizard.press("confirm-undo")
    assert wizard.view["heading"] == "Undoing: 0 of 2 done"
    assert wizard.settle().view["heading"] == "2 changes are undone"


def test_what_was_undone_by_hand_is_told_without_a_question(applied: Driver) -> None:
    role = applied.state.report.target.role.name  # type: ignore[union-attr]
    journal = applied.state.journal
    assert journal is not None
    for change in reversed(journal.plan.changes):
        for call in change.inverse:
            session: Any = applied.account.session("admin")
            client = session.client(call.service, endpoint_url=applied.account.url)
            getattr(client, _snake(call.operation))(**call.parameters)
    applied.account.forget_calls()
    applied.press("undo").settle()
    assert (applied.screen, applied.view["heading"]) == ("apply", "5 changes are undone")
    assert role
    assert not writes(applied)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


# While it runs


def test_rows_move_one_by_one_no_button_is_primary_and_stop_is_at_the_left(applied: Driver) -> None:
    applied.press("undo").settle()
    del applied.views[:]
    applied.press("confirm-undo").settle()
    running = [view for view in applied.views if view.get("busy") == "Undo"]
    words = [
        [row["word"] for block in view["blocks"] if block["kind"] == "rows" for row in block["rows"]]
        for view in running
    ]
    states = [[word.partition(",")[0] for word in each] for each in words]
    assert states[0] == ["Still applied"] * 5
    assert ["Undone", "Undoing", "Still applied", "Still applied", "Still applied"] in states
    assert all(a.count("Undone") <= b.count("Undone") for a, b in pairwise(states))
    for view in running:
        (stop,) = view["actions"]
        assert (stop["label"], stop["look"], stop["side"]) == ("Stop after this step", "second", "start")
        assert "Undo 5 changes" not in json.dumps(view)


def test_undo_is_never_in_the_footer_but_where_it_is_confirmed(applied: Driver) -> None:
    applied.press("undo").settle().press("confirm-undo").settle()
    for view in applied.views:
        undo = [action["id"] for action in view["actions"] if action["label"].startswith("Undo ")]
        assert undo == (["confirm-undo"] if view["heading"] == "Undo 5 changes?" else [])


# What was shown, or nothing


def test_what_changed_after_it_was_shown_is_shown_again_and_nothing_is_written(applied: Driver) -> None:
    applied.press("undo").settle()
    role = applied.state.report.target.role.name  # type: ignore[union-attr]
    iam = applied.account.session("admin").client("iam", endpoint_url=applied.account.url)
    iam.detach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/CloudWatchLogsFullAccess")
    applied.account.forget_calls()
    applied.press("confirm-undo").settle()
    assert "differs from the reviewed one" in applied.problem()["said"]
    assert "sm-ssh-widget" not in applied.problem()["next"], "a command is of no use on this screen"
    assert not writes(applied)
    applied.press("retry").settle()
    assert applied.view["heading"] == "Undo 4 changes?"
    applied.press("confirm-undo").settle()
    assert applied.view["heading"] == "5 changes are undone"


def test_an_undo_that_cannot_be_read_can_be_kept_or_tried_again(applied: Driver) -> None:
    applied.account.set_faults([{"kind": "error", "operation": "iam:GetRole", "code": "AccessDenied", "status": 403}])
    applied.press("undo").settle()
    assert applied.screen == "undo"
    assert all(applied.problem()[name] for name in ("where", "said", "next"))
    assert "confirm-undo" not in json.dumps(applied.view)
    applied.account.set_faults([])
    applied.press("undo").settle()
    assert applied.view["heading"] == "Undo 5 changes?"


def test_somebody_else_may_confirm(applied: Driver) -> None:
    applied.press("forget").press("undo")
    assert applied.screen == "permission"
    assert applied.view["heading"] == "Who undoes the 5 changes?"
    applied.press("sign-in").settle()
    assert applied.view["heading"] == "Undo 5 changes?"
    assert not writes(applied)


def test_after_an_undo_that_failed_nothing_is_applied_again(applied: Driver) -> None:
    applied.account.set_faults([{"kind": "deny-by-scp", "operation": "iam:DetachRolePolicy"}])
    applied.undo()
    applied.account.set_faults([])
    applied.account.forget_calls()
    applied.press("other-identity").press("sign-in").settle()
    assert applied.screen == "undo"
    assert not writes(applied)
    applied.press("confirm-undo").settle()
    assert "iam:DetachRolePolicy" in writes(applied)
    assert not {"iam:PutRolePolicy", "iam:AttachRolePolicy"} & set(writes(applied))
    assert applied.view["heading"].endswith("changes are undone")
    assert applied.view["lede"] == "Each was read back from AWS."


# Words


@pytest.mark.parametrize(
    ("kind", "resource", "before", "after", "title"),
    [
        (Kind.ROLE, {"role": "Agent"}, THEIRS, None, "Delete the role Agent"),
        (Kind.USER_INLINE, {"user": "ann", "policy": "P"}, THEIRS, None, "Delete the inline policy P for ann"),
        (
            Kind.ROLE_INLINE,
            {"role": "r", "policy": "P"},
            THEIRS,
            '{"Version":"2012-10-17","Statement":[]}',
            "Remove 1 statement from the inline policy P",
        ),
        (
            Kind.ATTACH_USER_POLICY,
            {"user": "ann", "policy_arn": "arn:aws:iam::aws:policy/P"},
            True,
            False,
            "Detach P for ann",
        ),
        (Kind.QUICK_SETUP, {}, {"id": "c"}, None, "Delete the host management configuration of Quick Setup"),
        (Kind.INSTANCE, {}, {"id": "i"}, None, "Terminate the temporary instance"),
    ],
)
def test_every_kind_says_what_its_undo_does(
    kind: Kind, resource: dict[str, str], before: Any, after: Any, title: str
) -> None:
    change = Change("id", "finding", kind, resource, before, after, (), (), None, "", "exact")
    assert change_blocks.removal(change) == title
