"""Every fault at every operation that check, apply and undo of the plain changes call; the rules are in ``matrix``.

Of two faults that the caller cannot tell apart one is left to ``make deep``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.matrix import (
    FAULTS,
    Matrix,
    arrives_or_is_resumed_and_is_taken_back,
    is_undone_or_gone_on_with,
    says_the_same_or_that_it_does_not_know,
    undisturbed,
)

pytestmark = pytest.mark.slow

OF_CHANGES = [pytest.param(fault, marks=pytest.mark.deep if fault == "latency" else ()) for fault in FAULTS]
"""A late answer stays for what comes late."""
OF_READS = [
    pytest.param(fault, marks=pytest.mark.deep if fault in ("latency", "cut after") else ()) for fault in FAULTS
]
"""A read that is cut off stays for one whose answer is cut off: neither is heard, neither changes anything."""


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with undisturbed("fresh-studio-role", tmp_path_factory.mktemp("plain")) as made:
        assert made.before != made.after
        yield made


@pytest.mark.parametrize("fault", OF_READS)
def test_a_check_says_the_same_or_that_it_does_not_know(matrix: Matrix, fault: str) -> None:
    says_the_same_or_that_it_does_not_know(matrix, fault)


@pytest.mark.parametrize("fault", OF_CHANGES)
def test_an_apply_arrives_or_is_resumed_and_is_taken_back(matrix: Matrix, fault: str, tmp_path: Path) -> None:
    arrives_or_is_resumed_and_is_taken_back(matrix, fault, tmp_path)


@pytest.mark.parametrize("fault", OF_CHANGES)
def test_an_undo_arrives_or_is_gone_on_with(matrix: Matrix, fault: str, tmp_path: Path) -> None:
    is_undone_or_gone_on_with(matrix, fault, tmp_path)


def test_the_matrix_covers_what_is_called(matrix: Matrix) -> None:
    writes = {call["operation"] for stage in matrix.called.values() for call in stage if call["access"] == "write"}
    assert len(writes) >= 7, "an apply of five changes and its undo write with at least seven operations"
    assert len({call["operation"] for call in matrix.called["check"]}) >= 10
