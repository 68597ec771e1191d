"""A request's script and template, run against the simulated account: they add what is missing and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import REQUEST_FORMATS, SetupRequest, request_content
from sm_ssh_widget.policy.document import parse, statements
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Reason, Unknown
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support import aws_cli

from .cases import CASES, State, account_of, reading_of, role_of, state_of
from .stack import Stack

pytestmark = pytest.mark.slow
Run: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]
NAMES = ("fresh", "half-done", "near-quota", "hardened", "own-inline-policy")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with aws_cli.serving(tmp_path_factory.mktemp("bin")) as directory:
        yield directory


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    def run_script(account: SimulatedAccount, asked: SetupRequest, *more: str) -> subprocess.CompletedProcess[str]:
        script = tmp_path / REQUEST_FORMATS["request-script"]
        script.write_text(request_content(asked, "request-script"), "utf-8")
        environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "PAUSE": "0.2"}
        environment |= {**account.environment, "AWS_PROFILE": "admin"}
        return subprocess.run(
            ["bash", str(script), *more], env=environment, capture_output=True, text=True, timeout=240, check=False
        )

    return run_script


def blind_request(account: SimulatedAccount, plan: Plan) -> SetupRequest:
    """The request of somebody who can read nothing of the role."""
    found = pipeline.detect(role=str(plan.target["role"]), region=account.region, session=account.session("admin"))
    assert found.target is not None
    selection = Selection.of(plan.baseline, plan.options)
    report = pipeline.check_target(found.target, selection, account.session("execution-role"))
    return SetupRequest.of(report.selection, report.observation, report.assessment)


def check(account: SimulatedAccount, plan: Plan) -> pipeline.Report:
    found = pipeline.detect(role=str(plan.target["role"]), region=account.region, session=account.session("admin"))
    assert found.target is not None
    return pipeline.check_target(found.target, Selection.of(plan.baseline, plan.options), account.session("admin"))


def trust_of(state: State) -> list[State]:
    return list(map(dict, statements(parse(role_of(state)["AssumeRolePolicyDocument"]))))


@pytest.mark.parametrize("name", NAMES)
def test_the_script_makes_the_role_ready_and_a_second_run_writes_nothing(name: str, run: Run) -> None:
    with account_of(CASES[name]) as (account, plan):
        asked, before = blind_request(account, plan), state_of(account)
        looked = run(account, asked, "--check")
        assert looked.returncode == 0, looked.stderr
        assert state_of(account) == before
        first = run(account, asked)
        assert first.returncode == 0, first.stderr
        after = state_of(account)
        assert check(account, plan).ready
        kept = trust_of(before)
        assert trust_of(after)[: len(kept)] == kept
        account.forget_calls()
        second = run(account, asked)
        assert second.returncode == 0, second.stderr
        assert second.stdout.rstrip().endswith("Nothing to do.")
        assert not [call for call in account.calls() if call["access"] == "write"]
        assert reading_of(state_of(account)) == reading_of(after)


def test_a_trust_under_conditions_is_left_to_its_owner(run: Run) -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        asked, state = blind_request(account, plan), account.state()
        role = role_of(state)
        document = json.loads(role["AssumeRolePolicyDocument"])
        theirs = {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": state["Account"]}},
        }
        document["Statement"].append(theirs)
        role["AssumeRolePolicyDocument"] = json.dumps(document)
        account.set_state(state)
        done = run(account, asked)
        assert done.returncode == 5
        assert "trusted under conditions, left unchanged" in done.stdout
        assert trust_of(account.state()) == document["Statement"]


@pytest.mark.parametrize("name", ["hardened", "own-inline-policy"])
def test_the_template_makes_the_role_ready_and_its_deletion_takes_only_that_away(
    name: str,
) -> None:
    with account_of(CASES[name]) as (account, plan):
        asked, before = blind_request(account, plan), state_of(account)
        stack = Stack.of(account, request_content(asked, "request-cloudformation"))
        stack.deploy()
        assert check(account, plan).ready
        stack.delete()
        assert reading_of(state_of(account)) == reading_of(before)


def test_what_is_blind_in_these_tests_is_blind() -> None:
    with account_of(CASES["fresh"]) as (account, plan):
        found = pipeline.detect(role=str(plan.target["role"]), region=account.region, session=account.session("admin"))
        assert found.target is not None
        seen = pipeline.check_target(found.target, Selection(), account.session("execution-role")).observation
        assert isinstance(seen.role.inline, Unknown)
        assert seen.role.inline.reason is Reason.DENIED
