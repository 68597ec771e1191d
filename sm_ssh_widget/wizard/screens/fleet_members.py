"""The members of a fleet plan in words: what each is for, and whose plans they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.fleet.fleet_plan import Member
from sm_ssh_widget.wizard.blocks import Fold, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import counted, plain

HAND_OVER = Action("hand-over-fleet", "Hand over to an admin", "second")
MOST_NAMES = 200
"""Roles of a set that are named; the others are counted."""
FAILURES: Mapping[str, str] = {
    "0": "at the first failure",
    "1": "after more than 1 failure",
    "3": "after more than 3 failures",
    "5%": "after more than 5% of the plans failed",
}
"""When a run ends by itself, by the choice that says so."""


def purpose_of(change: Change, plan: Plan) -> str:
    """What a change is for, whatever the role."""
    user = str(plan.target.get("user") or "")
    told = change_blocks.purpose(change.finding, plan.region, user) or change_blocks.title(change)
    return told.replace("this role", "the role")


def names(members: Sequence[Member], fold: str) -> Fold:
    """The roles of a set, by name."""
    several = len({member.plan.account for member in members}) > 1
    told = ", ".join(_named(member, several=several) for member in members[:MOST_NAMES])
    more = f", and {len(members) - MOST_NAMES} more" if len(members) > MOST_NAMES else ""
    return Fold(fold, f"The {counted(len(members), 'role')}", (Text(f"{told}{more}"),))


def name_of(member: Member) -> str:
    """Name of the role of a member, or what else the member is for."""
    return member.label.removeprefix("role ")


def _named(member: Member, *, several: bool) -> str:
    return f"`{plain(name_of(member))}`{f' in {member.plan.account}' if several else ''}"
