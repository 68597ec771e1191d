"""The line that tells how far an audit of several accounts is."""

from __future__ import annotations

import pytest

from sm_ssh_widget.fleet.progress import AccountsProgress


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (AccountsProgress(31, 60, 14210, 2, 43), "31 of 60 accounts · 14,210 roles · 2 not read · about 40 s"),
        (AccountsProgress(0, 60, 0, 0, 5), "0 of 60 accounts · 0 roles"),
        (AccountsProgress(1, 1, 1, 0, 5), "1 of 1 account · 1 role"),
        (AccountsProgress(10, 20, 7, 0, 600), "10 of 20 accounts · 7 roles · about 10 min"),
        (AccountsProgress(9, 10, 7, 0, 0.9), "9 of 10 accounts · 7 roles · about 1 s"),
    ],
)
def test_the_line(now: AccountsProgress, line: str) -> None:
    assert now.line == line


def test_the_time_left_is_that_of_the_others_at_the_same_pace() -> None:
    assert AccountsProgress(3, 12, 0, 0, 30).seconds_left == 90
    assert AccountsProgress(0, 12, 0, 0, 30).seconds_left is None
    assert AccountsProgress(12, 12, 0, 0, 30).seconds_left is None


def test_waits_are_told_where_there_were_any() -> None:
    assert AccountsProgress(1, 2, 0, 0, 1).told_waits == ""
    told = AccountsProgress(1, 2, 0, 0, 1, throttled=123, waited=45.4).told_waits
    assert told == "AWS throttled 123 calls. The audit repeated them and waited 45 s in all for that."
    assert "waited 3 min" in AccountsProgress(1, 2, 0, 0, 1, throttled=1, waited=170).told_waits
