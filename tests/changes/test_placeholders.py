"""Placeholders: replaced at any depth, by name, and by nothing else."""

from __future__ import annotations

import pytest

from sm_ssh_widget.changes.placeholders import MEANINGS, placeholder, resolve
from sm_ssh_widget.changes.plan import Call


def test_each_placeholder_is_replaced_wherever_it_stands() -> None:
    call = Call("s", "O", {"A": placeholder("run"), "B": [{"C": [placeholder("token"), "x"]}], "D": 1})
    assert resolve(call, {"run": "r", "token": "t"}) == Call("s", "O", {"A": "r", "B": [{"C": ["t", "x"]}], "D": 1})


def test_a_value_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError):
        resolve(Call("s", "O", {"A": placeholder("run")}), {"token": "t"})


def test_an_object_with_more_than_the_key_is_no_placeholder() -> None:
    held = {**placeholder("run"), "more": 1}
    assert resolve(Call("s", "O", {"A": held}), {}).parameters == {"A": held}


def test_a_value_is_not_resolved_again() -> None:
    assert resolve(Call("s", "O", {"A": placeholder("run")}), {"run": placeholder("token")}).parameters == {
        "A": placeholder("token")
    }


def test_every_placeholder_of_a_plan_has_a_meaning() -> None:
    assert set(MEANINGS) == {"run", "token", "instance", "session", "manager"}
