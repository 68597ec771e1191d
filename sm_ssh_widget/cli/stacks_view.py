"""Text view of the stacks of a roll-out, beside an audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType

from sm_ssh_widget.cli.output import words
from sm_ssh_widget.fleet.stack_instances import StackInstance, by_place, status_of
from sm_ssh_widget.requirements.wording import counted


def stacks_view(found: tuple[StackInstance, ...], accounts: Iterable[str]) -> RenderableType:
    """Render how many stacks are current, each place that is not, and audited accounts without a stack."""
    status = status_of(found, accounts)
    sets = counted(len({each.stack_set for each in found}), "stack set")
    head = f"{sets}: {len(status.current)} of {counted(len(found), 'stack')} current."
    return Group(words(head, "bold"), *_others(status.others), *_without(status.without))


def _others(found: Iterable[StackInstance]) -> Iterator[RenderableType]:
    for (account, region), each in sorted(by_place(found).items()):
        yield words(f"! {account} in {region}: {each.stack_set} is {each.status}. {each.reason}".rstrip(), "yellow")


def _without(accounts: tuple[str, ...]) -> Iterator[RenderableType]:
    if accounts:
        yield words(f"! No stack in {', '.join(accounts)}.", "yellow")
