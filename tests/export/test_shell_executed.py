"""The script, run by bash with the real AWS CLI against the simulated account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.simulator.account import SimulatedAccount

from .cases import CASES, account_of, applied_state, state_of

pytestmark = pytest.mark.slow


def run(account: SimulatedAccount, plan: Plan, name: str, directory: Path) -> subprocess.CompletedProcess[str]:
    script = directory / export.FORMATS[name].file_name
    script.write_text(export.render(plan, name), "utf-8")
    tools = Path(sys.executable).parent
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(directory), "PAUSE": "0.2"}
    environment |= {**account.environment, "AWS_PROFILE": "admin"}
    return subprocess.run(
        ["bash", str(script)], env=environment, capture_output=True, text=True, timeout=240, check=False
    )


# The CLI takes over half a second a call, so each case is run once, and the shortest of them twice in a row.
NAMES = ("fresh", "half-done", "saml-and-conditions", "near-quota", "aws-cn", "user")


@pytest.mark.parametrize("name", NAMES)
def test_it_reaches_what_apply_reaches_and_undo_the_state_before(name: str, tmp_path: Path) -> None:
    with account_of(CASES[name]) as (account, plan):
        assert plan.changes
        before = state_of(account)
        done = run(account, plan, "cli-script", tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert state_of(account) == applied_state(name)
        if name == "half-done":
            _again(account, plan, tmp_path)
        undone = run(account, plan, "cli-undo-script", tmp_path)
        assert undone.returncode == 0, undone.stdout + undone.stderr
        assert state_of(account) == before


def _again(account: SimulatedAccount, plan: Plan, directory: Path) -> None:
    """A second run writes nothing."""
    account.forget_calls()
    again = run(account, plan, "cli-script", directory)
    assert (again.returncode, again.stderr) == (0, "")
    assert [call for call in account.calls() if call["access"] == "write"] == []


def test_a_role_that_moved_on_is_left_as_it_is(tmp_path: Path) -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        role = plan.changes[0].resource["role"]
        theirs = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        moved = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
        account.session("admin").client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=moved)
        before = state_of(account)
        done = run(account, plan, "cli-script", tmp_path)
        assert done.returncode == 5, done.stdout + done.stderr
        assert state_of(account) == before
