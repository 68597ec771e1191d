"""Counted nouns, and a statement as cells: nothing of it is lost, whatever the form that its elements have."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.requirements.wording import Cell, Entry, StatementCells, agreeing, counted, duration


@pytest.mark.parametrize(("number", "text"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes"), (11, "11 changes")])
def test_a_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert counted(number, "change") == text


def test_a_plural_of_its_own() -> None:
    assert counted(1, "managed policy", "managed policies") == "1 managed policy"
    assert counted(2, "managed policy", "managed policies") == "2 managed policies"
    assert [agreeing(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (42, "42 s"), (119, "119 s"), (120, "2 minutes"), (1800, "30 minutes")]
)
def test_a_duration_in_seconds_or_minutes(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, "Allow s3:GetObject on *"),
        (
            {"Effect": "Deny", "NotAction": ["a:B", "a:C"], "NotResource": "r"},
            "Deny all except a:B, a:C on all except r",
        ),
        (
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["a", "b"], "AWS": "c"}},
            "Allow sts:AssumeRole by Service a, b and AWS c",
        ),
        ({"Effect": "Deny", "Action": "a:B", "NotPrincipal": {"AWS": "c"}}, "Deny a:B by all except AWS c"),
        ({"Effect": "Allow", "Action": "a:B", "Principal": "*"}, "Allow a:B by *"),
        (
            {"Effect": "Allow", "Action": "a:B", "Condition": {"StringEquals": {"k": ["1", "2"], "l": "3"}}},
            "Allow a:B if StringEquals k 1, 2 and StringEquals l 3",
        ),
        ({"Effect": "Allow", "Action": "a:B", "Condition": {"Bool": {"k": True}}}, "Allow a:B if Bool k True"),
        ({"Effect": "Allow", "Action": "a:B", "Condition": "odd"}, "Allow a:B if odd"),
        ({}, ""),
    ],
)
def test_a_statement_in_one_line(statement: dict[str, Any], line: str) -> None:
    assert str(StatementCells.of(statement)) == line


def test_the_cells_of_a_statement() -> None:
    cells = StatementCells.of(
        {
            "Effect": "Allow",
            "Action": ["a:B", "a:C"],
            "Principal": {"Service": "s"},
            "NotResource": "r",
            "Condition": {"StringLike": {"k": "v"}},
        }
    )
    assert cells == StatementCells(
        effect="Allow",
        action=Cell((Entry("a:B"), Entry("a:C"))),
        principal=Cell((Entry("s", "Service"),)),
        resource=Cell((Entry("r"),), inverted=True),
        condition=Cell((Entry("v", "StringLike k"),)),
    )
