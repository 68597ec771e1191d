"""Members that change the same are reviewed once."""

from __future__ import annotations

from sm_ssh_widget.fleet.alike import alike
from tests.fleet.plans import fleet, member


def test_fresh_roles_are_alike_but_for_their_names() -> None:
    found = alike(fleet("a", "b", "c").members)
    assert sorted(len(each) for each in found) == [1, 3]
    assert {each[0].scope for each in found} == {"role", "region"}


def test_a_member_with_fewer_changes_is_not() -> None:
    whole = member("a")
    part = type(whole)("role", type(whole.plan)(**{**vars(whole.plan), "changes": whole.plan.changes[:-1]}))
    assert len(alike([whole, part])) == 2
