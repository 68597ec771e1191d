"""The world of a case: one simulated account a scenario, its state put back for each case, and a directory of files.

The account's keys stay valid while its state is replaced, so that a hundred cases need only a few accounts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sm_ssh_widget import export, files, pipeline
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.requirements.baselines import CLASSIC, Option
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.bad_inputs import Case
from tests.bad_inputs.edits import edited_state, edited_text
from tests.support.story import acting, planned, target_of

_KEPT_JOURNAL = "applied.json"


@dataclass(frozen=True)
class Stage:
    """A scenario, its account running, and what its cases begin from."""

    account: SimulatedAccount
    fresh: dict[str, Any]
    applied: dict[str, Any]
    plan: Plan
    journal: str


@dataclass(frozen=True)
class Prepared:
    """What a case gives to a face: arguments, environment, standard input, and the directory it runs in."""

    case: Case
    account: SimulatedAccount
    argv: tuple[str, ...]
    environment: dict[str, str]
    home: Path
    filled: Callable[[Any], Any]

    @property
    def journals(self) -> Path:
        return self.home / "journals"

    def restore(self) -> None:
        """Turn the faults off."""
        self.account.set_faults([])


@dataclass
class Worlds:
    """The accounts of the scenarios, started when first needed, until the end of its context."""

    place: Path
    _stack: ExitStack = field(default_factory=ExitStack)
    _stages: dict[str, Stage] = field(default_factory=dict)

    def __enter__(self) -> Worlds:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def stage(self, scenario: str) -> Stage:
        """The scenario's stage: its state before, the state after its plan was applied, and the journal of that."""
        if scenario not in self._stages:
            account = self._stack.enter_context(SimulatedAccount(scenario))
            account.set_state({**account.state(), "TierPendingSeconds": 0})
            self._stages[scenario] = _staged(account, self.place / scenario)
        return self._stages[scenario]

    def prepare(self, case: Case, home: Path) -> Prepared:
        """Put the account, the files and the environment of a case in place."""
        stage = self.stage(case.scenario)
        begin = stage.applied if case.begin == "applied" else stage.fresh
        filled = _Filler(stage, home)
        stage.account.set_state(edited_state(begin, filled.of(case.state)))
        (home / "journals").mkdir()
        if case.begin == "applied":
            (home / "journals" / _KEPT_JOURNAL).write_text(stage.journal, encoding="utf-8")
        for name, content in case.files.items():
            _write(home / name, filled.of(content), stage)
        environment = _environment(stage.account, home, filled.of(case.env))
        stage.account.set_faults(filled.of(list(case.faults)))
        stage.account.forget_calls()
        return Prepared(case, stage.account, tuple(filled.of(case.argv)), environment, home, filled.of)


def _staged(account: SimulatedAccount, place: Path) -> Stage:
    fresh, admin = account.state(), acting(account)
    plan = planned(admin, target_of(account))
    journal = pipeline.apply(plan, admin, place)
    return Stage(account, fresh, account.state(), plan, Path(journal.path).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Filler:
    """Fills the placeholders of a case, wherever they stand."""

    stage: Stage
    home: Path

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            for name, text in self._texts().items():
                value = value.replace(f"{{{name}}}", text)
            return value
        if isinstance(value, Mapping):
            return {self.of(key): self.of(item) for key, item in value.items()}
        return [self.of(item) for item in value] if isinstance(value, (list, tuple)) else value

    def _texts(self) -> dict[str, str]:
        account = self.stage.account
        return {
            "role": account.scenario.metadata["ExecutionRoleArn"],
            "role_name": account.scenario.metadata["ExecutionRoleArn"].rpartition("/")[2],
            "user": f"arn:aws:iam::{account.account}:role/DataScientist",
            "account": account.account,
            "region": account.region,
            "url": account.url,
            "dir": str(self.home),
            "account_dir": str(account.directory),
            "options": ", ".join(option.value for option in Option),
            "steps": ", ".join((*(requirement.id for requirement in CLASSIC.requirements), INSTANCE_CHECK.id)),
            "journal": str(self.home / "journals" / _KEPT_JOURNAL),
        }


def _environment(account: SimulatedAccount, home: Path, env: Mapping[str, str | None]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_", "XDG_"))}
    found = {**kept, **account.environment, "SM_SSH_WIDGET_STATE": str(home / "journals"), "HOME": str(home)}
    return {name: value for name, value in {**found, **env}.items() if value is not None}


def _write(path: Path, content: Any, stage: Stage) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if content == {"directory": True}:
        path.mkdir()
        return
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="")
        return
    if "repeat" in content:
        text, times = content["repeat"]
        path.write_text(text * times, encoding="utf-8")
        return
    if "bytes" in content:
        path.write_bytes(bytes.fromhex(content["bytes"]))
        return
    if content["from"] == "bundle":
        path.write_bytes(_cut(export.bundle(stage.plan), content.get("edits", ())))
        return
    files.save_plan(stage.plan, path) if content["from"] == "plan" else path.write_text(stage.journal, encoding="utf-8")
    path.write_text(edited_text(path.read_text(encoding="utf-8"), content.get("edits", ())), encoding="utf-8")


def _cut(data: bytes, edits: Any) -> bytes:
    for edit in edits:
        data = data[: edit["cut"]]
    return data


def files_of(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that a case gave, with its content."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and os.access(path, os.R_OK) and not path.name.endswith(".lock"):
            yield str(path.relative_to(home)), path.read_bytes()
