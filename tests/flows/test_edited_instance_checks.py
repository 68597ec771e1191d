"""A journal of the instance check that names somebody else's instance: nothing ends it, neither resume nor undo."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.pipeline import SignedIn
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.story import acting, target_of

RUN = "0123456789abcdef"


@dataclass(frozen=True)
class Stage:
    """An account in which the check was applied, and somebody's instance, which bears the tag of a run."""

    account: SimulatedAccount
    session: SignedIn
    record: dict[str, Any]
    victim: str

    def given(self, place: Path, **step: Any) -> Path:
        """The journal with its one step edited."""
        record = copy.deepcopy(self.record)
        record["steps"][0] |= step
        path = place / "j.json"
        path.write_text(json.dumps(record))
        return path

    def victim_state(self) -> str:
        found = self.account.session("admin").client("ec2").describe_instances(InstanceIds=[self.victim])
        return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with SimulatedAccount("quick-setup-present") as account:
        account.world.state.conditions.update({"InstanceSeconds": 0.05})
        session = acting(account)
        selection = pipeline.Selection.of("classic", (), ("ssm.instance-check",))
        plan = pipeline.plan(pipeline.check_target(target_of(account), selection, session))
        journal = pipeline.apply(plan, session, tmp_path_factory.mktemp("journals"))
        assert journal.complete
        (change,) = plan.changes
        asked = dict(change.calls[0].parameters)
        tags = [{"ResourceType": "instance", "Tags": [{"Key": RUN_TAG, "Value": RUN}]}]
        started = (
            account.session("admin")
            .client("ec2")
            .run_instances(**{**asked, "ClientToken": "theirs", "TagSpecifications": tags})
        )
        victim = str(started["Instances"][0]["InstanceId"])
        yield Stage(account, session, json.loads(Path(journal.path).read_text()), victim)


def result_of(record: dict[str, Any]) -> dict[str, Any]:
    return dict(record["steps"][0]["notes"]["result"])


@pytest.mark.parametrize("status", ["working", "failed", "in-doubt", "pending"])
@pytest.mark.parametrize("run", [RUN, "f" * 16])
@pytest.mark.parametrize("proved", [True, False])
def test_resume_ends_no_instance_on_the_word_of_a_journal(
    status: str, run: str, proved: bool, stage: Stage, tmp_path: Path
) -> None:
    notes: dict[str, Any] = {"begun": True, "run": run, "instance": stage.victim, "attempt": 1}
    notes |= {"result": result_of(stage.record) | {"instance": stage.victim}} if proved else {}
    pipeline.resume(stage.given(tmp_path, status=status, observed=None, notes=notes), stage.session)
    assert stage.victim_state() in ("pending", "running")


@pytest.mark.parametrize("status", ["done", "failed", "undone", "drifted"])
@pytest.mark.parametrize("observed", [True, False])
def test_undo_ends_no_instance_on_the_word_of_a_journal(
    status: str, observed: bool, stage: Stage, tmp_path: Path
) -> None:
    left = {"instance": stage.victim} if observed else stage.record["steps"][0]["observed"]
    notes = {"begun": True, "run": RUN, "instance": stage.victim, "attempt": 1}
    path = stage.given(tmp_path, status=status, observed=left, notes=notes)
    assert pipeline.plan_undo(path, stage.session).empty
    pipeline.undo(path, stage.session)
    assert stage.victim_state() in ("pending", "running")
