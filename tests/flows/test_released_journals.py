"""The journals of every released version can be undone, whatever this version has made of its documents since."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes import additions
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.version import VERSION
from tests.flows.conftest import admin_of
from tests.flows.released.write import HERE, SCENARIO

JOURNALS = sorted(HERE.glob("*/*.json"))
KEPT_BY_AWS = "AmazonSSMRoleForInstancesQuickSetup"


def test_this_version_has_its_set_and_its_journals() -> None:
    """Red after a document or the version was changed: ``python -m tests.flows.released.write VERSION`` once."""
    assert additions.released()[VERSION] == additions.current()
    for version in additions.released():
        assert {path.stem for path in JOURNALS if path.parent.name == version} >= {"classic", "least-privilege"}
    assert set(BASELINES) <= {path.stem for path in JOURNALS if path.parent.name == VERSION}


def names(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.fixture
def changed_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document of this version has other statements than those of the released ones."""
    parsed: Callable[[str], Any] = documents._parsed

    def changed(name: str) -> Any:
        document = copy.deepcopy(parsed(name))
        for statement in document.get("Statement", [document]):
            statement["Action"] = "s3:ListAllMyBuckets"
        return document

    monkeypatch.setattr(documents, "_parsed", changed)


def undone(path: Path, place: Path) -> None:
    """Undo the journal in the account as it left it, and compare that with the account before."""
    kept = json.loads(path.read_text())
    journal = place / "journal.json"
    journal.write_text(json.dumps(kept["journal"]))
    with SimulatedAccount(SCENARIO) as account:
        account.set_state(kept["after"])
        account.world.state.conditions.update({"QuickSetupSeconds": 0.05, "InstanceSeconds": 0.05})
        done = pipeline.undo(journal, admin_of(account))
        assert done.complete, done.to_json()
        assert lasting(account.state()) == lasting(kept["before"])


def lasting(state: Any) -> Any:
    """The account without what AWS keeps of Quick Setup and of instances that have ended."""
    return {
        "roles": [role for role in state["RoleDetailList"] if role["RoleName"] != KEPT_BY_AWS],
        "users": state["UserDetailList"],
        "settings": state["ServiceSettings"],
        "configurations": state.get("ConfigurationManagers"),
    }


@pytest.mark.parametrize("path", JOURNALS, ids=names)
def test_it_is_undone(path: Path, tmp_path: Path) -> None:
    undone(path, tmp_path)


@pytest.mark.parametrize("path", JOURNALS, ids=names)
@pytest.mark.usefixtures("changed_since")
def test_it_is_undone_after_our_documents_changed(path: Path, tmp_path: Path) -> None:
    assert additions.current() != additions.released()[path.parent.name]
    undone(path, tmp_path)


@pytest.mark.parametrize("path", JOURNALS, ids=names)
def test_it_is_refused_by_a_program_that_never_added_that(
    path: Path, tmp_path: Path, changed_since: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(additions, "released", dict)
    with pytest.raises(Problem) as caught:
        undone(path, tmp_path)
    assert caught.value.code is Code.REFUSED
