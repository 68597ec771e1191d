"""The status of a roll-out: read from what AWS says, refused where it is something else, the worst of a place first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.fleet.stack_instances import (
    STATUSES,
    RollOutStatus,
    StackInstance,
    by_place,
    read_stack_instances,
    status_of,
    worst_stacks,
)
from sm_ssh_widget.problem import Code, Problem

FIRST, SECOND, THIRD = "210000000002", "210000000003", "210000000004"


def told(account: str, status: str = "CURRENT", region: str = "eu-west-1", **more: Any) -> dict[str, Any]:
    return {"StackSetId": "roles:0123", "Account": account, "Region": region, "Status": status, **more}


def line(*instances: dict[str, Any]) -> str:
    return json.dumps({"Summaries": list(instances)})


def test_each_line_is_a_stack_set() -> None:
    found = read_stack_instances(
        [line(told(FIRST)), "", line(told(SECOND, "OUTDATED", StatusReason="It failed."))], "x"
    )
    assert found == (
        StackInstance("roles", FIRST, "eu-west-1", "CURRENT"),
        StackInstance("roles", SECOND, "eu-west-1", "OUTDATED", "It failed."),
    )
    assert [each.is_current for each in found] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"Summaries": 1}',
        line(told("12")),
        line(told(FIRST, "FINE")),
        line(told(FIRST) | {"Region": 1}),
        line({"Account": FIRST}),
        line(told(FIRST, StatusReason=["x"])),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        read_stack_instances([text], "stacks.json")
    assert caught.value.code is Code.INVALID
    assert "deploy.sh --status > stacks.json" in str(caught.value)


@pytest.mark.parametrize("worst", STATUSES)
def test_the_worst_of_a_place_counts(worst: str) -> None:
    upto = STATUSES[: STATUSES.index(worst) + 1]
    for order in (upto, upto[::-1]):
        found = [StackInstance(f"set-{status}", FIRST, "eu-west-1", status) for status in order]
        found.append(StackInstance("other", FIRST, "us-east-1", "CURRENT"))
        places = by_place(found)
        assert places[FIRST, "eu-west-1"].status == worst
        assert places[FIRST, "us-east-1"].status == "CURRENT"


def test_accounts_without_a_stack_are_named() -> None:
    current, failed = (
        StackInstance("a", FIRST, "eu-west-1", "CURRENT"),
        StackInstance("a", SECOND, "eu-west-1", "INOPERABLE", "It failed."),
    )
    assert status_of([current, failed], [FIRST, THIRD, THIRD]) == RollOutStatus((current,), (failed,), (THIRD,))


def test_an_account_is_as_its_worst_region() -> None:
    found = [
        StackInstance("roles", FIRST, "eu-west-1", "CURRENT"),
        StackInstance("tier", FIRST, "us-east-1", "OUTDATED", "It failed."),
        StackInstance("roles", SECOND, "eu-west-1", "CURRENT"),
    ]
    for order in (found, found[::-1]):
        worst = {place: each.status for place, each in worst_stacks(order).items()}
        assert worst == {
            (FIRST, ""): "OUTDATED",
            (FIRST, "eu-west-1"): "CURRENT",
            (FIRST, "us-east-1"): "OUTDATED",
            (SECOND, ""): "CURRENT",
            (SECOND, "eu-west-1"): "CURRENT",
        }
    assert worst_stacks([]) == {}


def test_what_is_told_of_a_stack_names_the_reason_where_it_is_not_current() -> None:
    assert StackInstance("a", FIRST, "eu-west-1", "CURRENT", "ignored").told == "CURRENT"
    assert StackInstance("a", FIRST, "eu-west-1", "OUTDATED", "It failed.").told == "OUTDATED: a. It failed."
    assert StackInstance("a", FIRST, "eu-west-1", "OUTDATED").told == "OUTDATED: a."
