"""The index of a run: what it says after any line, and the code of the whole."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.fleet.audit import line_of
from sm_ssh_widget.fleet.run_index import RunIndex, read_index, run_code
from sm_ssh_widget.problem import Code, Problem

HEADER = RunIndex("sha256:x", 3, 1).header()
BEGIN, DONE = {"kind": "begin", "member": 0}, {"kind": "member", "member": 0, "journal": "j.json", "outcome": "done"}


def index(*lines: dict[str, Any]) -> RunIndex:
    return read_index([line_of(each) for each in (HEADER, *lines)], "x")


def test_lines_come_back() -> None:
    found = index(BEGIN, DONE, {"kind": "verified", "ready": True}, {"kind": "undone", "member": 0, "complete": True})
    assert (found.digest, found.canaries, found.max_failures) == ("sha256:x", 3, 1)
    assert (found.begun, found.outcomes, found.journals) == ([0], {0: "done"}, {0: "j.json"})
    assert (found.verified, found.undone) == (True, {0})
    assert index(BEGIN, BEGIN).begun == [0]


def test_a_torn_line_is_dropped_and_another_refused() -> None:
    assert read_index([line_of(HEADER), '{"kind":"be'], "x").begun == []
    for wrong in ([], [line_of({**HEADER, "schema": "y"})], [line_of(HEADER), line_of({"kind": "z"})]):
        with pytest.raises(Problem):
            read_index(wrong, "x")


@pytest.mark.parametrize(
    ("outcomes", "verified", "code"),
    [
        ({0: "done", 1: "done"}, True, None),
        ({0: "done", 1: "done"}, None, None),
        ({0: "done", 1: "done"}, False, Code.PARTLY_APPLIED),
        ({0: "done"}, True, Code.STOPPED),
        ({}, None, Code.STOPPED),
        ({0: "done", 1: "drifted"}, True, Code.PARTLY_APPLIED),
        ({0: "drifted"}, None, Code.DRIFTED),
        ({0: "aws-refused"}, None, Code.AWS_REFUSED),
        ({0: "drifted", 1: "partly-applied"}, None, Code.PARTLY_APPLIED),
    ],
)
def test_the_code_of_a_run(outcomes: dict[int, str], verified: bool | None, code: Code | None) -> None:
    checks = {} if verified is None else {"123456789012": True, "210000000002": verified}
    assert run_code(RunIndex("", 3, 0, outcomes=outcomes, checks=checks), 2) is code


def test_what_counts_as_a_failure() -> None:
    outcomes = {0: "done", 1: "drifted", 2: "aws-refused", 3: "stopped", 4: "partly-applied"}
    assert RunIndex("", 3, 0, outcomes=outcomes).failures == 2


def test_canaries_are_checked_account_by_account() -> None:
    index = RunIndex("", 3, 0)
    assert (index.verified, index.is_checked("1")) == (None, False)
    index.take({"kind": "verified", "ready": True, "account": "1"})
    assert (index.verified, index.is_checked("1"), index.is_checked("2")) == (True, True, False)
    index.take({"kind": "verified", "ready": False, "account": "2"})
    assert index.verified is False
    earlier = RunIndex("", 3, 0)
    earlier.take({"kind": "verified", "ready": True})
    assert earlier.is_checked("1"), "a run of a version that knew one account"
