"""The script, run by bash with the real AWS CLI against the simulated account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support import aws_cli

from .cases import CASES, account_of, applied_state, state_of

pytestmark = pytest.mark.slow


Run: TypeAlias = Callable[[SimulatedAccount, Plan, str], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with aws_cli.serving(tmp_path_factory.mktemp("bin")) as directory:
        yield directory


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    def run_export(account: SimulatedAccount, plan: Plan, name: str) -> subprocess.CompletedProcess[str]:
        script = tmp_path / export.FORMATS[name].file_name
        script.write_text(export.render(plan, name), "utf-8")
        environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "PAUSE": "0.2"}
        environment |= {**account.environment, "AWS_PROFILE": "admin"}
        return subprocess.run(
            ["bash", str(script)], env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    return run_export


@pytest.mark.parametrize("arguments", [("--version",), ("iam", "get-role"), ("sts", "help", "no")])
def test_the_fork_server_answers_as_the_program_does(tools: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_DEFAULT_REGION": "eu-west-1"}
    forked, own = (
        subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
        for program in (str(tools / "aws"), str(Path(sys.executable).parent / "aws"))
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (own.returncode, own.stdout, own.stderr)


NAMES = ("fresh", "half-done", "saml-and-conditions", "near-quota", "aws-cn", "user")


@pytest.mark.parametrize("name", NAMES)
def test_it_reaches_what_apply_reaches_and_undo_the_state_before(name: str, run: Run) -> None:
    with account_of(CASES[name]) as (account, plan):
        assert plan.changes
        before = state_of(account)
        done = run(account, plan, "cli-script")
        assert done.returncode == 0, done.stdout + done.stderr
        assert state_of(account) == applied_state(name)
        if name == "half-done":
            _again(account, plan, run)
        undone = run(account, plan, "cli-undo-script")
        assert undone.returncode == 0, undone.stdout + undone.stderr
        assert state_of(account) == before


def _again(account: SimulatedAccount, plan: Plan, run: Run) -> None:
    """A second run writes nothing."""
    account.forget_calls()
    again = run(account, plan, "cli-script")
    assert (again.returncode, again.stderr) == (0, "")
    assert [call for call in account.calls() if call["access"] == "write"] == []


def test_a_role_that_moved_on_is_left_as_it_is(run: Run) -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        role = plan.changes[0].resource["role"]
        theirs = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        moved = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
        account.session("admin").client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=moved)
        before = state_of(account)
        done = run(account, plan, "cli-script")
        assert done.returncode == 5, done.stdout + done.stderr
        assert state_of(account) == before
