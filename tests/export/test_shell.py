"""The script does what the plan says to what the plan names, whatever is in the names: a stand-in for the CLI sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Call, Plan
from sm_ssh_widget.export.resource_writes import resource_writes

from .plans import NASTY, TRUST, hostile, plan

FAKE = Path(__file__).with_name("fake_aws.py")
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OTHER = "arn:aws:iam::aws:policy/Other"


class Bench:
    """Runs scripts with a stand-in for the CLI, whose states last from one run to the next."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "bin").mkdir(exist_ok=True)
        stub = directory / "bin" / "aws"
        stub.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E "{FAKE}" "$@"\n')
        stub.chmod(0o755)

    def before(self, planned: Plan, **others: Any) -> None:
        """Put the states that the plan was made for."""
        owned = {change.id: change.before for change in planned.changes}
        states = {
            "account": planned.account,
            "tier": "standard",
            "trust": planned.changes[0].before,
            "role-inline": owned["role.sagemaker-ssm-policy"],
            "user-inline": owned["user.owner-guard"],
            "role-attached": [OTHER],
            "user-attached": [OTHER],
            "refused": [],
        }
        self.put(states | others)

    def put(self, states: dict[str, Any]) -> None:
        (self.directory / "states.json").write_text(json.dumps(states), "utf-8")

    @property
    def states(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "states.json").read_text("utf-8"))
        return found

    def run(self, planned: Plan, *arguments: str, name: str = "cli-script") -> subprocess.CompletedProcess[str]:
        (self.directory / "calls").write_text("")
        path = self.directory / "script.sh"
        path.write_bytes(export.render(planned, name).encode())
        environment = {"PATH": f"{self.directory}/bin:{os.environ['PATH']}", "FAKE_AWS": str(self.directory)}
        return subprocess.run(
            ["bash", str(path), *arguments],
            capture_output=True,
            text=True,
            timeout=200,
            cwd=self.directory,
            env={**environment, "PAUSE": "0", "LC_ALL": "C"},
            check=False,
        )

    @property
    def calls(self) -> list[tuple[list[str], str | None]]:
        lines = (self.directory / "calls").read_text("utf-8").split("\n")
        return [(words, text) for words, text in (json.loads(line) for line in lines if line)]

    @property
    def writes(self) -> list[tuple[list[str], str | None]]:
        """The writes that reached the CLI, in the form of :func:`told`."""
        found = [([word for word in words if "-document=file:" not in word], text) for words, text in self.calls]
        return [(words, text) for words, text in found if not words[1].startswith(("get-", "list-"))]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def told(call: Call) -> tuple[list[str], str | None]:
    """A call as it must reach the CLI: words without the document, names first, and the document."""
    words = [call.service, _kebab(call.operation)]
    ordered = sorted(call.parameters.items(), key=lambda item: (not item[0].endswith("Name"), item[0]))
    words += [f"--{_kebab(n)}={v}" for n, v in ordered if n != "PolicyDocument"]
    return words, call.parameters.get("PolicyDocument")


def _kebab(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()


def check_there_and_back(bench: Bench, planned: Plan) -> None:
    """Apply and undo, and compare every call with the plan's, to the letter."""
    bench.before(planned)
    before = bench.states
    done = bench.run(planned)
    assert (done.returncode, done.stderr) == (0, "")
    assert bench.writes == [told(call) for step in resource_writes(planned) for call in step.calls]
    undone = bench.run(planned, name="cli-undo-script")
    assert (undone.returncode, undone.stderr) == (0, "")
    assert bench.writes == [told(call) for step in resource_writes(planned)[::-1] for call in step.inverse]
    assert bench.states == before


@pytest.mark.slow
@FEW
@given(role=hostile, path=st.just("/") | hostile.map(lambda t: f"/{t}/"), user=hostile, policy=hostile, tag=hostile)
def test_hostile_names_reach_the_cli_to_the_letter(
    bench: Bench, role: str, path: str, user: str, policy: str, tag: str
) -> None:
    check_there_and_back(bench, plan(role=role, path=path, user=user, policy=policy, tag=tag, reason=tag))
    assert not Path("/tmp/owned").exists()


@pytest.mark.slow
@FEW
@given(statement=st.dictionaries(hostile, hostile, max_size=3), tail=st.sampled_from(["", "\n", " \n\n", "\t"]))
def test_hostile_documents_are_written_to_the_letter(bench: Bench, statement: dict[str, str], tail: str) -> None:
    kept = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": statement}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [kept]}, ensure_ascii=False, indent=1) + tail
    check_there_and_back(bench, plan(trust=trust))


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("name", ["cli-script", "cli-undo-script"])
def test_the_syntax_holds(name: str, nasty: str) -> None:
    planned = plan(role=nasty, path=f"/{nasty}/", user=nasty, policy=nasty, tag=nasty, reason=nasty)
    checked = subprocess.run(
        ["bash", "-n"], input=export.render(planned, name).encode(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_another_account_is_refused(bench: Bench) -> None:
    bench.before(plan(), account="999999999999")
    done = bench.run(plan())
    assert done.returncode == 7
    assert "999999999999" in done.stderr
    assert len(bench.calls) == 1


@pytest.mark.parametrize("drifted", [{"tier": "other"}, {"trust": '{"Statement": []}'}, {"role-inline": "{}"}])
def test_drift_anywhere_stops_it_before_the_first_write(bench: Bench, drifted: dict[str, str]) -> None:
    bench.before(plan(), **drifted)
    done = bench.run(plan())
    assert done.returncode == 5
    assert "Nothing was written." in done.stderr
    assert next(iter(drifted.values())) in done.stderr
    assert bench.writes == []


@pytest.mark.parametrize(
    "denied",
    [
        "iam get-role",
        "iam get-role-policy",
        "iam get-user-policy",
        "iam list-attached-role-policies",
        "iam list-attached-user-policies",
        "ssm get-service-setting",
    ],
)
def test_what_cannot_be_read_is_not_taken_for_absent(bench: Bench, denied: str) -> None:
    bench.before(plan(), refused=[denied])
    done = bench.run(plan())
    assert done.returncode == 8
    assert "AccessDenied" in done.stderr
    assert bench.writes == []


def test_a_refused_write_stops_it_and_a_second_run_goes_on(bench: Bench) -> None:
    bench.before(plan(), refused=["iam attach-role-policy"])
    done = bench.run(plan())
    assert done.returncode == 8
    assert "AWS refused change 2" in done.stderr
    bench.put(bench.states | {"refused": []})
    again = bench.run(plan())
    assert again.returncode == 0, again.stderr
    assert bench.writes == [told(call) for step in resource_writes(plan())[1:] for call in step.calls]


def test_check_looks_and_writes_nothing(bench: Bench) -> None:
    bench.before(plan())
    done = bench.run(plan(), "--check")
    assert done.returncode == 0, done.stderr
    assert "To do: change 1 2 3 4 5 6. Nothing was written." in done.stdout
    assert bench.writes == []


@pytest.mark.parametrize("arguments", [("--chek",), ("--check", "now"), ("",)])
@pytest.mark.parametrize("name", ["cli-script", "cli-undo-script"])
def test_a_slip_of_the_pen_writes_nothing(bench: Bench, name: str, arguments: tuple[str, ...]) -> None:
    planned = plan()
    bench.before(planned)
    before = bench.states
    done = bench.run(planned, *arguments, name=name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage" in done.stderr
    assert bench.states == before


def test_twice_is_once(bench: Bench) -> None:
    bench.before(plan())
    assert bench.run(plan()).returncode == 0
    done = bench.run(plan())
    assert done.stdout.endswith("Nothing to do.\n")
    assert bench.writes == []


def test_a_plan_that_was_half_applied_is_taken_up(bench: Bench) -> None:
    bench.before(plan(), trust=plan().changes[0].after)
    done = bench.run(plan(), "--check")
    assert done.returncode == 0, done.stderr
    assert "trust policy of role ExecutionRole: todo" in done.stdout


def test_a_spelling_of_aws_is_no_drift(bench: Bench) -> None:
    spelled = json.loads(TRUST)
    spelled["Statement"][0]["Principal"]["Service"] = ["sagemaker.amazonaws.com"]
    spelled["Statement"] = spelled["Statement"][0]
    bench.before(plan(), trust=json.dumps(spelled))
    done = bench.run(plan(), "--check")
    assert done.returncode == 0, done.stderr


def test_undo_leaves_alone_what_somebody_changed_and_takes_back_the_rest(bench: Bench) -> None:
    bench.before(plan())
    bench.run(plan())
    bench.put(bench.states | {"trust": '{"Statement": []}'})
    done = bench.run(plan(), name="cli-undo-script")
    assert done.returncode == 5
    assert "trust policy of role ExecutionRole: changed since, skipped" in done.stdout
    assert bench.writes == [told(call) for step in resource_writes(plan())[:0:-1] for call in step.inverse]
