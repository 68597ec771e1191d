"""Who signs in: the plan says what they may not, nothing of it is written, and leaving that out goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import BESIDE
from sm_ssh_widget.pipeline import ExistingSession
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.cli.conftest import ADMIN, Terminal
from tests.flows.conftest import checked
from tests.wizard.conftest import Driver

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SETTINGS = ["ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"]


def denying(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(actions), "Resource": "*"}]}


def policy(level: int, name: str, content: Any) -> dict[str, Any]:
    return {"Level": level, "Name": name, "Content": content}


FULL = [policy(0, "FullAWSAccess", EVERYTHING), policy(1, "FullAWSAccess", EVERYTHING)]
SCP = {"ServiceControlPolicies": [*FULL, policy(1, "Guard", denying(*SETTINGS))]}
BOUNDARY_ARN = "arn:aws:iam::123456789012:policy/Guard"
OF_USER = {
    "UserDetailList": [
        {
            "UserName": "admin",
            "UserPolicyList": [{"PolicyName": "NoSettings", "PolicyDocument": denying(*SETTINGS)}],
        }
    ]
}


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], SimulatedAccount]]:
    with ExitStack() as stack:

        def start(state: dict[str, Any]) -> SimulatedAccount:
            path = tmp_path / "scenario.json"
            path.write_text(json.dumps({"state": state}))
            return stack.enter_context(SimulatedAccount(str(path)))

        yield start


@pytest.mark.parametrize(("state", "layer"), [(SCP, "scp"), (OF_USER, "identity")], ids=["scp", "deny"])
def test_what_is_refused_is_told_in_the_plan_and_nothing_of_it_is_written(
    account: Callable[[dict[str, Any]], SimulatedAccount], tmp_path: Path, state: dict[str, Any], layer: str
) -> None:
    world = account(state)
    shell = Terminal(world, tmp_path)
    plan = shell.run("plan", "--out", "plan.json", *ADMIN, "--json").json
    (refused,) = plan["acting"]["may_not"]
    assert (refused["call"], refused["layer"]) == ("ssm:UpdateServiceSetting", layer)
    assert "ssm:UpdateServiceSetting" in plan["caveats"][0]
    before = world.state()
    told = shell.run("apply", "plan.json", *ADMIN, "--yes", "--json")
    assert (told.code, told.error["code"]) == (3, "refused")
    assert "ssm:UpdateServiceSetting" in told.error["said"]
    assert "--step trust.ssm" in told.error["next"]
    assert world.state() == before
    left = [word for word in told.error["next"].split() if word.startswith(("trust.", "role."))]
    steps = [word for finding in left for word in ("--step", finding)]
    assert shell.run("plan", "--out", "part.json", *steps, *ADMIN, "--json").code == 0
    assert shell.run("apply", "part.json", *ADMIN, "--yes").code == 0
    assert "ssm:UpdateServiceSetting" not in {call["operation"] for call in world.calls()}


@pytest.mark.parametrize(("spared", "refused"), [("user/other", True), ("user/admin", False)])
def test_a_guard_that_spares_an_identity_is_judged_for_who_signs_in(
    account: Callable[[dict[str, Any]], SimulatedAccount], tmp_path: Path, spared: str, refused: bool
) -> None:
    guard = denying("iam:UpdateAssumeRolePolicy")
    guard["Statement"][0]["Condition"] = {"ArnNotLike": {"aws:PrincipalARN": f"arn:aws:iam::*:{spared}"}}
    shell = Terminal(account({"ServiceControlPolicies": [*FULL, policy(1, "Guard", guard)]}), tmp_path)
    acting = shell.run("plan", "--out", "plan.json", *ADMIN, "--json").json["acting"]
    assert [each["call"] for each in acting["may_not"]] == ["iam:UpdateAssumeRolePolicy"] * refused
    assert ("iam:UpdateAssumeRolePolicy" in acting["may"]) is not refused


NOT_HERE = {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


@pytest.mark.parametrize("condition", [NOT_HERE, NO_MFA], ids=["network", "mfa"])
def test_what_a_key_of_the_call_decides_is_not_refused_beforehand(
    account: Callable[[dict[str, Any]], SimulatedAccount], tmp_path: Path, condition: dict[str, Any]
) -> None:
    guard = denying("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", *SETTINGS)
    guard["Statement"][0]["Condition"] = condition
    own = {"UserName": "admin", "UserPolicyList": [{"PolicyName": "Guard", "PolicyDocument": guard}]}
    shell = Terminal(account({"UserDetailList": [own]}), tmp_path)
    acting = shell.run("plan", "--out", "plan.json", *ADMIN, "--json").json["acting"]
    assert acting["may_not"] == []
    assert {"iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "ssm:UpdateServiceSetting"} <= set(acting["unknown"])
    assert "iam:AttachRolePolicy" in acting["may"]
    if condition is NOT_HERE:
        assert shell.run("apply", "plan.json", *ADMIN, "--yes").code == 0


def test_the_plan_is_the_same_whoever_signs_in(account: Callable[[dict[str, Any]], SimulatedAccount]) -> None:
    """The order of its changes and its digest do not depend on what the signed-in identity may do."""
    world = account(SCP)
    report = checked(world)
    made = [
        pipeline.plan(
            pipeline.check_target(
                report.target,
                report.selection,
                pipeline.sign_in(ExistingSession(world.session(profile)), region=world.region),
            )
        )
        for profile in ("admin", "read-only")
    ]
    told = [plan.to_json()["acting"] for plan in made]
    assert told[0] != told[1]
    assert len({json.dumps(plan.to_file()) for plan in made}) == 1
    assert [change.id for change in made[0].changes] == [change.id for change in made[1].changes]
    assert all(name not in made[0].to_file() for name in BESIDE)


def test_a_session_is_never_said_to_be_allowed(account: Callable[[dict[str, Any]], SimulatedAccount]) -> None:
    """Session policies cannot be simulated: what a role's own policies allow stays unknown."""
    world = account({})
    shell = world.session("sso")
    signed_in = pipeline.sign_in(ExistingSession(shell), region=world.region)
    told = pipeline.acting_of(pipeline.plan(checked(world)), signed_in)
    assert told is not None
    assert told.may == ()


def test_python_is_refused_before_the_first_write(account: Callable[[dict[str, Any]], SimulatedAccount]) -> None:
    world = account(SCP)
    plan, before = pipeline.plan(checked(world)), world.state()
    with pytest.raises(Problem) as refused:
        pipeline.apply(plan, pipeline.sign_in(ExistingSession(world.session("admin")), region=world.region))
    assert refused.value.code is Code.REFUSED
    assert world.state() == before


def test_the_wizard_says_so_on_the_permission_screen(
    account: Callable[[dict[str, Any]], SimulatedAccount], tmp_path: Path
) -> None:
    driver = Driver(account(SCP), tmp_path / "journals")
    try:
        driver.to_plan().press("continue").settle(lambda state: state.acting_now is not None)
        (band,) = [each for each in driver.blocks("band") if each["id"] == "refused"]
        assert "`ssm:UpdateServiceSetting`" in band["text"]
        assert "advanced-instances tier" in band["text"]
        before = driver.account.state()
        driver.press("apply").settle()
        assert driver.account.state() == before
        driver.press("back").choose("ticks", "ssm.tier", False).press("continue")
        driver.settle(lambda state: state.acting_now is not None)
        assert not [each for each in driver.blocks("band") if each["id"] == "refused"]
        assert driver.primary() == "Apply 4 changes"
    finally:
        driver.press("stop").settle()
        driver.wizard.close()
