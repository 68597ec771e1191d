"""The kinds of need: each is one that a requirement can have, and a requirement is about a role unless it says more."""

from __future__ import annotations

from typing import get_args

from sm_ssh_widget.requirements import needs
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.needs import ManagedNeed, Need, Requirement, TierNeed, Titles


def test_every_kind_can_be_the_need_of_a_requirement() -> None:
    assert set(get_args(Need)) == {
        kind for name, kind in vars(needs).items() if name.endswith("Need") and name != "Need"
    }


def test_every_kind_is_the_need_of_some_requirement() -> None:
    used = {type(each.need) for baseline in BASELINES.values() for each in baseline.requirements}
    assert used == set(get_args(Need))


def test_a_managed_need_names_the_policies_of_every_alternative() -> None:
    assert ManagedNeed("user", (("A",), ("B", "C"))).names == ("A", "B", "C")


def test_a_requirement_is_about_its_role_and_required_unless_it_says_so() -> None:
    plain = Requirement("x.y", "1a", "X", TierNeed(), "Why.", "none", Titles("a", "b", "c"))
    assert (plain.scope, plain.undo) == ("role", "exact")
    assert [plain.optional, plain.partial, plain.advisory] == [False, False, False]
