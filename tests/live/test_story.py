"""The check on a real account, told on the simulated one: no differences, nothing left, no names in the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.session.read_operations import ACTIONS
from sm_ssh_widget.pipeline import Selection
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.live import __main__ as program
from tests.live.recording import Difference, Recording, differences, shape
from tests.live.story import Place, refuse_others, tell
from tests.live.throwaway import PATH, throwaway_role
from tests.support.ministack import ministack
from tests.support.story import acting, target_of


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as found:
        yield found


def place_in(account: SimulatedAccount) -> Place:
    return Place(account.session("admin"), account.region, account.url)


def roles(account: SimulatedAccount) -> list[str]:
    return [role["Arn"] for role in account.state()["RoleDetailList"] if PATH in role["Arn"]]


def arguments(account: SimulatedAccount, out: Path, *more: str) -> list[str]:
    return ["--region", account.region, "--endpoint", account.url, "--out", str(out), *more]


@pytest.mark.parametrize("tier", [False, True])
def test_every_step_succeeds_and_the_account_is_as_it_was(account: SimulatedAccount, *, tier: bool) -> None:
    before = account.state()
    told = tell(place_in(account), tier=tier)
    assert [step.name for step in told.steps if not step.ok] == []
    assert [step.name for step in told.steps][-4:] == ["check and plan", "apply", "proof", "undo"]
    said = {step.name: step.said for step in told.steps}
    number = said["check and plan"].split()[0]
    assert said["apply"].startswith(f"{number} of {number} done")
    assert said["undo"] == f"{number} of {number} undone; the role is as it was"
    assert told.left == []
    assert account.state() == before
    writes = [call["operation"] for call in account.calls() if call["access"] == "write"]
    assert ("ssm:UpdateServiceSetting" in writes) is tier


def test_two_simulated_accounts_do_not_differ(account: SimulatedAccount) -> None:
    assert differences(tell(place_in(account)).recording, program.simulated(tier=False).recording) == ()


def test_every_call_is_announced(account: SimulatedAccount) -> None:
    told = program.announcement(account.account, "arn", account.region, tier=False)
    tell(place_in(account))
    pairs = [call["operation"].split(":", 1) for call in account.calls()]
    called = {ACTIONS.get((service, name), f"{service}:{name}") for service, name in pairs}
    assert called <= {line.strip() for line in told.splitlines()}
    assert "Cost: none" in told
    assert "billed" in program.announcement(account.account, "arn", account.region, tier=True)


@pytest.mark.parametrize("given", [[], ["--consent", "999999999999"]])
def test_without_consent_nothing_is_written(
    account: SimulatedAccount,
    given: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    as_admin(account, monkeypatch)
    assert program.main(arguments(account, tmp_path / "report.json", *given)) == program.NOT_DONE
    assert program.HOW in capsys.readouterr().out  # standard input of a test is no terminal
    assert not [call for call in account.calls() if call["access"] == "write"]
    assert not (tmp_path / "report.json").exists()


def as_admin(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = account.session("admin").get_credentials()
    assert keys is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    if keys.token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys.token)


def test_the_report_tells_no_name_and_no_account(
    account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_admin(account, monkeypatch)
    out = tmp_path / "report.json"
    assert program.main(arguments(account, out, "--consent", account.account)) == 0
    text = out.read_text()
    report = json.loads(text)
    assert report["schema"] == "sm-ssh-widget/live/1"
    assert all(step["ok"] for step in report["steps"])
    assert (report["left"], report["differences"]) == ([], [])
    assert not re.search("live-[0-9a-f]{12}", text)
    assert account.account not in text


@pytest.mark.parametrize("action", ["iam:PutRolePolicy", "iam:AttachRolePolicy", "ssm:CreateActivation"])
def test_the_role_is_deleted_whatever_happens(account: SimulatedAccount, action: str) -> None:
    account.set_faults([{"operation": action, "kind": "deny"}])
    before = account.state()
    told = tell(place_in(account))
    assert [step.name for step in told.steps if not step.ok]
    assert told.left == []
    assert account.state() == before


def test_the_role_is_deleted_on_ctrl_c(account: SimulatedAccount) -> None:
    iam = account.session("admin").client("iam")

    def stopped() -> None:
        with throwaway_role(iam, f"arn:aws:iam::{account.account}:user/admin"):
            assert len(roles(account)) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert roles(account) == []


def test_what_could_not_be_deleted_is_told(account: SimulatedAccount) -> None:
    account.set_faults([{"operation": "iam:DeleteRole", "kind": "deny"}])
    told = tell(place_in(account))
    (left,) = told.left
    assert PATH in left
    assert len(roles(account)) == 1


def test_a_plan_for_anything_else_is_refused(account: SimulatedAccount) -> None:
    target = target_of(account)
    plan = pipeline.plan(pipeline.check_target(target, Selection.of("classic", ("host-management",)), acting(account)))
    with pytest.raises(Problem, match="not on the throw-away role"):
        refuse_others(plan, target.role.name, tier=True)
    of_role = [change for change in plan.changes if change.resource.get("role") == target.role.name]
    refuse_others(replace(plan, changes=tuple(of_role)), target.role.name, tier=False)


# What is compared


def test_the_shape_of_an_answer() -> None:
    answer = {"A": {"B": 1, "C": [{"D": "x"}, {"E": None}]}, "F": [], "ResponseMetadata": {"G": 1}}
    assert sorted(shape(answer)) == ["A.B: int", "A.C[]", "A.C[].D: str", "A.C[].E: NoneType", "F[]"]


@pytest.fixture
def pair() -> Callable[[], tuple[Recording, Recording]]:
    def made() -> tuple[Recording, Recording]:
        both = Recording("live-1", ("jane",)), Recording("live-2", ("admin",))
        for each, name in zip(both, ("jane", "admin"), strict=True):
            each.take("iam:GetRole", {"Role": {"Arn": "x"}})
            text = f"User: arn:aws:iam::123456789012:user/{name} is not authorized on {each.role}"
            each.take("iam:GetUser", {"Error": {"Code": "AccessDenied", "Message": text}})
        return both

    return made


def test_names_and_accounts_make_no_difference(pair: Callable[[], Any]) -> None:
    live, other = pair()
    assert differences(live, other) == ()
    assert live.errors["iam:GetUser"]["AccessDenied"] == {
        "User: arn:aws:iam::ACCOUNT:user/LOCAL-USER is not authorized on EXECUTION-ROLE"
    }


@pytest.mark.parametrize(
    ("operation", "answer", "expected"),
    [
        ("iam:GetRole", {"Role": {"Tags": []}}, Difference("iam:GetRole", "shape", ("Role.Tags[]",), ())),
        ("iam:GetUser", {"Error": {"Code": "X"}}, Difference("iam:GetUser", "codes", ("X",), ())),
        (
            "iam:GetUser",
            {"Error": {"Code": "AccessDenied", "Message": "No."}},
            Difference("iam:GetUser", "texts", ("No.",), ()),
        ),
        ("iam:ListRoles", {}, Difference("iam:ListRoles", "called", ("iam:ListRoles",), ())),
    ],
)
def test_a_difference_is_told(
    pair: Callable[[], Any], operation: str, answer: dict[str, Any], expected: Difference
) -> None:
    live, other = pair()
    live.take(operation, answer)
    assert differences(live, other) == (expected,)
    turned = replace(expected, only_live=expected.only_simulated, only_simulated=expected.only_live)
    assert differences(other, live) == (turned,)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    with ministack() as url:
        yield url


@pytest.mark.slow
def test_another_emulator_stands_in_for_aws(stand_in: str) -> None:
    """Ministack lacks the activation, so the proof fails there; everything else goes through, and is compared."""
    told = tell(Place(boto3.Session("test", "test", region_name="eu-west-1"), "eu-west-1", stand_in))
    found = differences(told.recording, program.simulated(tier=False).recording)
    assert {step.name for step in told.steps if step.ok} >= {"check and plan", "apply", "undo"}
    assert told.left == []
    kinds = {(each.operation, each.kind) for each in found}
    assert ("ssm:CreateActivation", "codes") in kinds
    assert ("iam:GetRole", "texts") in kinds
