"""Every bad input through the command line: its exit code, the three parts of its error, and nothing lost.

All of them run inside this process, as a program reads them; some once more as a person does, and some as the real
script.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files
from sm_ssh_widget.problem import Code
from tests.bad_inputs import Case, cases
from tests.bad_inputs.running import Told, run_here, run_script
from tests.bad_inputs.world import Prepared, Worlds, files_of

CASES = cases()
READ_BY_A_PERSON = CASES[::6]
AS_THE_SCRIPT = CASES[3::18]
THREE_PARTS = {"where", "said", "next", "code"}

Prepare = Callable[[Case], Prepared]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("worlds")) as made:
        yield made


@pytest.fixture
def prepare(worlds: Worlds, tmp_path: Path) -> Iterator[Prepare]:
    prepared: list[Prepared] = []

    def make(case: Case) -> Prepared:
        prepared.append(worlds.prepare(case, tmp_path))
        return prepared[-1]

    yield make
    for each in prepared:
        each.restore()


def ran(prepared: Prepared, run: Callable[..., Told], *, as_json: bool) -> Told:
    """Run the case; whatever it says, nothing is lost by it and no traceback is shown."""
    state, given = prepared.account.state(), dict(files_of(prepared.home))
    told = run(prepared, as_json=as_json)
    prepared.account.set_faults([])
    assert "Traceback" not in told.out + told.err
    assert "bug in sm-ssh-widget" not in told.out + told.err
    assert told.code == prepared.case.exit, (told.out, told.err)
    if not prepared.case.changes:
        assert prepared.account.state() == state
    left = dict(files_of(prepared.home))
    for name, content in given.items():
        if not name.startswith("journals/") and prepared.case.group != "journals":
            assert left[name] == content, name
    broken = [item for item in files.list_journals(prepared.journals) if item.journal is None]
    assert [item.path.name for item in broken] == [n for n in ("broken.json",) if f"journals/{n}" in given]
    return told


def check_parts(error: dict[str, str], prepared: Prepared) -> None:
    assert set(error) == THREE_PARTS
    assert all(error.values())
    assert Code(error["code"]).exit_code == prepared.case.exit
    wanted = prepared.filled(prepared.case.error)
    assert error["code"] == wanted["code"]
    for part in ("where", "said", "next"):
        assert wanted[part] in error[part], part
    for part in ("said", "next"):
        assert "please" not in error[part].lower()
        assert not error[part].endswith("!")


def test_there_are_a_hundred_of_them_and_every_kind() -> None:
    assert len(CASES) >= 100
    groups = {"arguments", "plans", "journals", "documents", "metadata", "responses", "environment", "accounts"}
    assert {case.group for case in CASES} == groups


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_program_reads_one_object(case: Case, prepare: Prepare) -> None:
    prepared = prepare(case)
    told = ran(prepared, run_here, as_json=True)
    value: Any = told.json
    if case.error:
        check_parts(value["error"], prepared)
        return
    assert "error" not in value
    text = json.dumps(value, ensure_ascii=False)
    for expected in prepared.filled(case.out):
        assert json.dumps(expected, ensure_ascii=False)[1:-1] in text


@pytest.mark.parametrize("case", READ_BY_A_PERSON, ids=lambda case: case.id)
def test_a_person_reads_three_parts(case: Case, prepare: Prepare) -> None:
    prepared = prepare(case)
    told = ran(prepared, run_here, as_json=False)
    if case.error:
        lines = told.err.splitlines()
        assert sum(line.startswith("✖ ") for line in lines) == 1
        assert sum(line.startswith("  Next: ") for line in lines) == 1
    assert not any(character in told.out + told.err for character in "\x1b\x07\x00")


@pytest.mark.parametrize("case", AS_THE_SCRIPT, ids=lambda case: case.id)
def test_the_real_script_says_the_same(case: Case, prepare: Prepare) -> None:
    prepared = prepare(case)
    told = ran(prepared, run_script, as_json=True)
    if case.error:
        check_parts(told.json["error"], prepared)
