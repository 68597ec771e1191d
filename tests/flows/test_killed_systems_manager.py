"""A real process is killed at calls of Quick Setup and of the temporary instance: resume and undo work from there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files, pipeline
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows import killed_worker
from tests.flows.killed_worker import Keys
from tests.flows.test_killed import Scene
from tests.support.story import acting, take_back, target_of

pytestmark = pytest.mark.slow

OF_QUICK_SETUP = (
    ("iam:CreateRole", 2),
    ("iam:AttachRolePolicy", 1),
    ("ssm-quicksetup:CreateConfigurationManager", 1),
    ("ssm-quicksetup:GetConfigurationManager", 1),
)
OF_INSTANCE = (
    ("ec2:RunInstances", 1),
    ("ssm:GetConnectionStatus", 1),
    ("ssm:StartSession", 1),
    ("ssm:TerminateSession", 1),
    ("ec2:TerminateInstances", 1),
)


@dataclass(frozen=True)
class Stage:
    """A scene that nothing was applied in yet, and one plan for it."""

    scene: Scene

    def goes_on(self, directory: Path, operation: str, number: int, *, lost: bool) -> None:
        """Kill it there; resume and undo; and beside that, undo without resuming."""
        scene = self.scene
        for go_on in (self._resumed, lambda journal: journal):
            scene.account.set_state(scene.before)
            place = directory / go_on.__name__.strip("<>")
            place.mkdir()
            files.save_plan(scene.plan, place / "plan")
            assert scene.killed(killed_worker.apply, place, number, operation, lost=lost)
            take_back(go_on(files.last_journal(place)), scene.session, place)
            assert scene.account.state() == scene.before

    def _resumed(self, journal: Any) -> Any:
        resumed = engine.resume(journal, self.scene.session)
        assert engine.outcome(resumed) is None, resumed.to_json()
        return resumed


@contextmanager
def staged(scenario: str, step: str) -> Iterator[Stage]:
    multiprocessing.get_context("forkserver").set_forkserver_preload([killed_worker.__name__])
    with SimulatedAccount(scenario) as account:
        account.world.state.conditions.update({"QuickSetupSeconds": 0.05, "InstanceSeconds": 0.05})
        session: SignedIn = acting(account)
        selection = pipeline.Selection.of("classic", (), (step,))
        plan: Plan = pipeline.plan(pipeline.check_target(target_of(account), selection, session))
        found = account.session("admin").get_credentials()
        assert found is not None
        keys = Keys(found.access_key, found.secret_key, found.token, account.region, account.url)
        yield Stage(Scene(account, session, keys, plan, account.state(), None, Path()))


@pytest.fixture(scope="module")
def quick_setup() -> Iterator[Stage]:
    with staged("everything-done", "ssm.host-management") as stage:
        yield stage


@pytest.fixture(scope="module")
def instance() -> Iterator[Stage]:
    with staged("quick-setup-present", "ssm.instance-check") as stage:
        yield stage


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(("operation", "number"), OF_QUICK_SETUP)
def test_killed_while_host_management_is_set_up(
    operation: str, number: int, lost: bool, quick_setup: Stage, tmp_path: Path
) -> None:
    quick_setup.goes_on(tmp_path, operation, number, lost=lost)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(("operation", "number"), OF_INSTANCE)
def test_killed_while_an_instance_runs(
    operation: str, number: int, lost: bool, instance: Stage, tmp_path: Path
) -> None:
    instance.goes_on(tmp_path, operation, number, lost=lost)
