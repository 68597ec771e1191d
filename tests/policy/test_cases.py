"""Every case of tests/policy/cases: one JSON object a line, in the format that the command line reads."""

import json
from pathlib import Path

import pytest

from sm_ssh_widget.policy.__main__ import judge

CASES = [
    (path.stem, line)
    for path in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("line", [line for _, line in CASES], ids=[f"{s}:{json.loads(t)['id']}" for s, t in CASES])
def test_case(line: str) -> None:
    assert judge(line).get("decision") == json.loads(line)["expected"]


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 700
