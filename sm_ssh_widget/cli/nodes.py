"""The verb that cleans up: the hybrid nodes of a Region, and the removal of those that are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.options import PROGRAM, common_options, signed_in, story
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Unknown
from sm_ssh_widget.requirements.wording import counted

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Node


@click.command(short_help="List hybrid nodes; deregister those of SSH Helper that are named.")
@click.option("--region", metavar="REGION", help="The Region.  [default: the one found here]")
@click.option("--sign-in", metavar="WAY", help="As for check.  [default: chain]")
@click.option("--deregister", "chosen", multiple=True, metavar="ID", help="Deregister this node (mi-…); repeatable.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def nodes(*, screen: Output, region: str | None, sign_in: str | None, chosen: tuple[str, ...], yes: bool) -> int:
    """The hybrid nodes of the Region: owner, age, online or not, and what they cost a month.

    With --deregister, those that are named are removed, each only if it has all of SSH Helper's own tags: never an
    on-premises server. Exit code: 0 done, 3 refused and nothing deregistered.
    """
    screen.announce("Deregistering nodes" if chosen else "Listing hybrid nodes (reads only)")
    where = story().region_of(region)
    with signed_in(sign_in or "chain", where, None, screen) as session:
        found = story().nodes(session, where)
        gone: tuple[Node, ...] = ()
        if chosen:
            _confirm(chosen, where, yes=yes)
            gone = story().deregister(chosen, session, where)
    left = [node for node in found if node.id not in {each.id for each in gone}]
    told = {"region": where, "nodes": [n.to_json() for n in left], "deregistered": [n.id for n in gone]}
    screen.result(told)
    screen.show(_table(left, where), *([words(f"Deregistered: {', '.join(n.id for n in gone)}")] if gone else []))
    return 0


def _confirm(chosen: Sequence[str], region: str, *, yes: bool) -> None:
    """Go on only with a yes; raises :class:`Problem`: ``usage`` where nobody can be asked, ``stopped`` for a no."""
    if yes:
        return
    if not prompts.possible():
        raise Problem("Before deregistering", "there is no terminal to ask at.", "Add --yes.", Code.USAGE)
    if not prompts.confirmed(f"Deregister {counted(len(chosen), 'node')} in {region} ({', '.join(chosen)})?"):
        said = "it was not confirmed; nothing was deregistered."
        raise Problem("Before deregistering", said, f"List them: {PROGRAM} nodes", Code.STOPPED)


def _table(found: Sequence[Node], region: str) -> Table:
    title = f"{counted(len(found), 'hybrid node')} in {region}"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in ("Node", "Name", "Owner (aws:userid)", "Age", "State", "A month", "Of SSH Helper"):
        table.add_column(name, overflow="fold", no_wrap=name == "Node")  # it is copied for --deregister
    for node in found:
        table.add_row(*map(words, _cells(node)))
    return table


def _cells(node: Node) -> tuple[str, ...]:
    cost = "tier not known" if node.usd_a_month is None else f"USD {node.usd_a_month:.2f}"
    state = "online" if node.online else "offline"
    whose = "yes" if node.of_ssh_helper else "tags not read" if node.tags is None else "no"
    return node.id, node.name, node.owner or "-", _age(node), state, cost, whose


def _age(node: Node) -> str:
    since = node.since
    if not isinstance(since, Known):
        return f"not known: {since.said}" if isinstance(since, Unknown) else "not known"
    hours = (current_clock().now() - since.value).total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
