"""A real process is killed at every call of an apply and of an undo: resume, verify and undo work from there.

The simulated account holds the n-th call back; while it does, the process gets SIGKILL. The call is then carried out
without anybody to hear the answer, or, with ``lost``, never arrives.
"""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files, pipeline
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows import killed_worker
from tests.flows.killed_worker import Keys
from tests.support.held_calls import held_calls
from tests.support.story import acting, planned, take_back, target_of

pytestmark = pytest.mark.slow

SHARES = 3
WRITES_OF_APPLY = (
    "iam:UpdateAssumeRolePolicy",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "ssm:UpdateServiceSetting",
)
WRITES_OF_UNDO = (
    "ssm:ResetServiceSetting",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
)

Work = Callable[[Keys, Path], None]


@dataclass(frozen=True)
class Scene:
    """A simulated account before and after an apply, and the journal of it."""

    account: SimulatedAccount
    session: SignedIn
    keys: Keys
    plan: Plan
    before: Any
    after: Any
    applied: Path

    def killed(self, work: Work, directory: Path, number: int, operation: str = "*", *, lost: bool = False) -> bool:
        """Whether the process got as far as call ``number``, and was killed there."""
        here = {"operation": operation, "after": number, "count": 1}
        faults: list[dict[str, Any]] = [
            {"kind": "latency", **here},
            *([{"kind": "cut-before", **here}] if lost else ()),
        ]
        self.account.set_faults(faults)
        process = multiprocessing.get_context("forkserver").Process(target=work, args=(self.keys, directory))
        with held_calls(self.account) as held:
            process.start()
            reached = held.reached in wait([process.sentinel, held.reached])
            if reached:
                process.kill()
            process.join()
            assert process.exitcode == (-9 if reached else 0)
            noted = len(self.account.calls())
        while reached and not lost and len(self.account.calls()) == noted:
            time.sleep(0.001)  # the call that was held is carried out
        self.account.set_faults([])
        return reached

    def applied_in(self, directory: Path) -> None:
        """The account and a directory as an apply leaves them."""
        self.account.set_state(self.after)
        shutil.copytree(self.applied, directory)

    def is_as_planned(self) -> bool:
        return planned(self.session, target_of(self.account)).empty


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    multiprocessing.get_context("forkserver").set_forkserver_preload([killed_worker.__name__])
    with SimulatedAccount("fresh-studio-role") as account:
        account.world.state.tier_pending_seconds = 0.05
        session, applied = acting(account), tmp_path_factory.mktemp("applied")
        before, plan = account.state(), planned(session, target_of(account))
        files.save_plan(plan, applied / "plan")
        assert engine.apply(plan, session, directory=applied).complete
        found = account.session("admin").get_credentials()
        assert found is not None
        keys = Keys(found.access_key, found.secret_key, found.token, account.region, account.url)
        yield Scene(account, session, keys, plan, before, account.state(), applied)


def the_journal(directory: Path, *, of_undo: bool) -> Journal | None:
    """The journal that the killed process left, if it came so far; none of them is broken."""
    listed = files.list_journals(directory)
    assert [item.problem for item in listed if item.problem] == []
    return next((item.journal for item in listed if item.journal and bool(item.journal.undoes) == of_undo), None)


def goes_on_from_a_killed_apply(scene: Scene, directory: Path) -> None:
    """Resume, verify and undo; and beside that, undo without resuming."""
    journal = the_journal(directory, of_undo=False)
    if journal is None:
        assert scene.account.state() == scene.before
        return
    then, aside = scene.account.state(), directory.with_name(f"{directory.name}-aside")
    shutil.copytree(directory, aside)

    resumed = engine.resume(journal, scene.session)
    assert engine.outcome(resumed) is None
    assert scene.is_as_planned()
    assert take_back(resumed, scene.session, directory).complete
    assert scene.account.state() == scene.before

    scene.account.set_state(then)
    take_back(files.last_journal(aside), scene.session, aside)
    assert scene.account.state() == scene.before


def goes_on_from_a_killed_undo(scene: Scene, directory: Path) -> None:
    """Resume the undo, or where it has no journal yet, undo again."""
    journal = the_journal(directory, of_undo=True)
    if journal is None:
        assert scene.is_as_planned()
        take_back(files.last_journal(directory), scene.session, directory)
    else:
        assert engine.outcome(pipeline.resume(journal, scene.session)) is None
    assert scene.account.state() == scene.before
    assert {step.status for step in files.last_journal(directory).steps} == {StepStatus.UNDONE}


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_every_call_of_an_apply(scene: Scene, tmp_path: Path, share: int) -> None:
    for number in count(1 + share, SHARES):
        directory = tmp_path / str(number)
        directory.mkdir()
        files.save_plan(scene.plan, directory / "plan")
        scene.account.set_state(scene.before)
        if not scene.killed(killed_worker.apply, directory, number):
            break
        goes_on_from_a_killed_apply(scene, directory)
    assert number > 15, "an apply of five changes makes more calls than that"


@pytest.mark.parametrize("operation", WRITES_OF_APPLY)
def test_killed_with_a_write_of_an_apply_that_is_lost(scene: Scene, tmp_path: Path, operation: str) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    files.save_plan(scene.plan, directory / "plan")
    scene.account.set_state(scene.before)
    assert scene.killed(killed_worker.apply, directory, 1, operation, lost=True)
    goes_on_from_a_killed_apply(scene, directory)


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_every_call_of_an_undo(scene: Scene, tmp_path: Path, share: int) -> None:
    for number in count(1 + share, SHARES):
        directory = tmp_path / str(number)
        scene.applied_in(directory)
        if not scene.killed(killed_worker.undo, directory, number):
            break
        goes_on_from_a_killed_undo(scene, directory)
    assert number > 15, "an undo of five changes makes more calls than that"


@pytest.mark.parametrize("operation", WRITES_OF_UNDO)
def test_killed_with_a_write_of_an_undo_that_is_lost(scene: Scene, tmp_path: Path, operation: str) -> None:
    directory = tmp_path / "state"
    scene.applied_in(directory)
    assert scene.killed(killed_worker.undo, directory, 1, operation, lost=True)
    goes_on_from_a_killed_undo(scene, directory)
