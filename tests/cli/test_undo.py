"""``undo`` shows what it removes before it asks, in words and as JSON, and undoes only what was shown."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.cli.plan_view import local_time
from sm_ssh_widget.clock import use_clock
from tests.cli.conftest import ADMIN, Terminal, Told
from tests.flows.conftest import admin_of, checked
from tests.support.virtual_time import RemoteTime

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"


@dataclass(frozen=True)
class Stage:
    """A shell, in an account in which a plan was applied."""

    shell: Terminal
    journal: Journal
    before: Any
    after: Any

    def undo(self, *arguments: str) -> Told:
        return self.shell.run("undo", *(arguments or ("last",)), *ADMIN)

    def kept(self) -> bytes:
        return Path(self.journal.path).read_bytes()

    def nothing_was_written(self) -> bool:
        return bool(self.shell.account.state() == self.after)


@pytest.fixture
def stage(terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    shell = terminal()
    monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(shell.account.directory / "metadata.json"))
    before = shell.account.state()
    plan = pipeline.plan(checked(shell.account))
    with use_clock(RemoteTime(shell.account.url)):  # the account goes by the machine's clock
        journal = pipeline.apply(plan, admin_of(shell.account), tmp_path / "journals")
    assert journal.complete
    return Stage(shell, journal, before, shell.account.state())


def test_it_shows_the_run_and_what_it_removes_and_what_stays(stage: Stage) -> None:
    told = stage.undo()
    assert (told.code, told.out) == (2, "")
    assert "To apply without a prompt, add --yes" in told.err
    flat = "".join(told.err.split())
    for part in (
        stage.journal.path,
        local_time(stage.journal.started),
        stage.journal.acted_as,
        "Account 123456789012",
        "4 to remove",
        "1 statement kept",
        f"Trust policy of role {ROLE}",
        "- Allow sts:AssumeRole Service: ssm.amazonaws.com",
        "kept 1 statement, unchanged",
        "- arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        f"Inline policy SageMakerSSMPolicy of role {ROLE}",
        "advanced → standard",
        "Digest sha256:",
    ):
        assert part.replace(" ", "") in flat, part
    assert stage.nothing_was_written()


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 130), (b"y\n", 0)], ids=["no", "yes"])
def test_a_person_sees_it_before_the_question(stage: Stage, answer: bytes, code: int) -> None:
    parent, child = pty.openpty()
    running = stage.shell.start("undo", "last", *ADMIN, text=False, stdin=child, stdout=subprocess.DEVNULL)
    assert running.stderr is not None
    said = b""
    while b"[y/N]" not in said and select.select([running.stderr], [], [], 60)[0]:
        said += os.read(running.stderr.fileno(), 4096)
    shown, asked, _ = said.decode().partition("Undo 5 changes as arn:aws:iam::123456789012:user/admin?")
    assert asked
    assert "AmazonSSMManagedInstanceCore" in shown
    assert stage.nothing_was_written()
    os.write(parent, answer)
    running.stderr.read()
    assert running.wait(timeout=60) == code
    running.stderr.close()
    os.close(parent)
    os.close(child)
    assert stage.nothing_was_written() is (code == 130)


def test_as_json_it_prints_the_plan_and_writes_nothing(stage: Stage) -> None:
    kept = stage.kept()
    told = stage.undo("last", "--json")
    assert told.code == 2
    assert set(told.json) == {"undo", "confirmed"}
    assert told.json["confirmed"] is False
    plan = pipeline.plan_undo(stage.journal.path, admin_of(stage.shell.account))
    assert told.json["undo"] == plan.to_json()
    assert plan.undoes == stage.journal.plan.digest
    assert [change.id for change in plan.changes] == [change.id for change in reversed(stage.journal.plan.changes)]
    assert stage.nothing_was_written()
    assert stage.kept() == kept


def test_with_yes_the_same_goes_to_standard_error_first(stage: Stage) -> None:
    plan = pipeline.plan_undo(stage.journal.path, admin_of(stage.shell.account))
    told = stage.undo("last", "--json", "--yes")
    assert told.code == 0
    shown, _, rest = told.err[told.err.index("{") :].partition("\n}\n")
    assert json.loads(shown + "\n}") == {"undo": plan.to_json(), "confirmed": True}
    assert "role.managed-instance-core" in rest
    assert {step["status"] for step in told.json["steps"]} == {"undone"}
    assert stage.shell.account.state() == stage.before


def test_only_the_undo_that_was_reviewed(stage: Stage) -> None:
    reviewed = stage.undo("last", "--json").json["undo"]["digest"]
    other = stage.undo("last", "--json", "--yes", "--digest", "sha256:0")
    assert (other.code, other.error["code"]) == (3, "refused")
    assert reviewed in other.error["said"]
    iam = stage.shell.account.session("admin").client("iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy")
    changed = stage.undo("last", "--json", "--yes", "--digest", reviewed)
    assert (changed.code, changed.error["code"]) == (3, "refused")
    again = stage.undo("last", "--json").json["undo"]
    assert len(again["changes"]) == 4
    assert stage.undo("last", "--json", "--yes", "--digest", again["digest"]).code == 0
    assert stage.shell.account.state() == stage.before


def test_nothing_to_undo_is_no_question(stage: Stage) -> None:
    assert stage.undo("last", "--yes").code == 0
    for arguments in (("last",), ("last", "--json"), ("last", "--digest", "sha256:0")):
        told = stage.undo(*arguments)
        assert told.code == 0, told
    assert stage.undo("last", "--json").json["complete"] is True


def test_what_somebody_changed_is_shown_as_left_unchanged(stage: Stage) -> None:
    iam = stage.shell.account.session("admin").client("iam")
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy", PolicyDocument=text)
    told = stage.undo()
    assert told.code == 2
    assert "Left unchanged" in told.err
    assert "role.sagemaker-ssm-policy  Changed after it was applied" in told.err
    refused = stage.undo("last", "--json").json["undo"]["refused"]
    assert [(each["finding"], each["code"]) for each in refused] == [("role.sagemaker-ssm-policy", "drifted")]


def test_a_journal_that_others_can_write_has_to_be_named(stage: Stage) -> None:
    Path(stage.journal.path).chmod(0o666)
    last = stage.undo()
    assert (last.code, last.out) == (3, "")
    assert stage.journal.path in last.err
    assert "All users of this machine can write the file." in last.err
    named = stage.undo(stage.journal.path)
    assert named.code == 2
    assert "Another user can have written this journal." in named.err
    assert ROLE in named.err, "what it removes is shown"
    assert stage.nothing_was_written()


def test_it_says_where_the_order_of_the_journals_was_not_recorded(stage: Stage) -> None:
    for record in Path(stage.journal.path).parent.glob(".order-*"):
        record.unlink()
    told = stage.undo()
    assert told.code == 2
    assert "not recorded" in told.err
    assert ROLE in told.err
