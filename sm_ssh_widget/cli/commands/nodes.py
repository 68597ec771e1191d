"""Command ``nodes``: list the hybrid nodes of a Region, and deregister chosen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from sm_ssh_widget.cli import prompts
from sm_ssh_widget.cli.options import PROGRAM, common_options, load_pipeline, signed_in
from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Unknown
from sm_ssh_widget.requirements.wording import counted

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Node


@click.command(short_help="List hybrid nodes, and deregister the SSH Helper nodes you choose.")
@click.option("--region", metavar="REGION", help="AWS Region.  [default: from the environment]")
@click.option("--sign-in", metavar="WAY", help="Sign-in method, as for check.  [default: chain]")
@click.option("--deregister", "chosen", multiple=True, metavar="ID", help="Node to deregister (mi-…). Repeatable.")
@click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")
@common_options
def nodes(*, screen: Output, region: str | None, sign_in: str | None, chosen: tuple[str, ...], yes: bool) -> int:
    """List the hybrid nodes of the Region: owner, age, state, and cost per month.

    --deregister removes the specified nodes, each only if it has all of SSH Helper's tags: never an on-premises
    server. Exit code: 0 done, 3 refused and nothing deregistered.
    """
    screen.announce("Deregistering nodes" if chosen else "Listing hybrid nodes (read-only)")
    where = load_pipeline().region_of(region)
    with signed_in(sign_in or "chain", where, None, screen) as session:
        found = load_pipeline().nodes(session, where)
        gone: tuple[Node, ...] = ()
        if chosen:
            _confirm(chosen, where, yes=yes)
            gone = load_pipeline().deregister(chosen, session, where)
    left = [node for node in found if node.id not in {each.id for each in gone}]
    told = {"region": where, "nodes": [n.to_json() for n in left], "deregistered": [n.id for n in gone]}
    screen.result(told)
    screen.show(_table(left, where), *([words(f"Deregistered: {', '.join(n.id for n in gone)}")] if gone else []))
    return 0


def _confirm(chosen: Sequence[str], region: str, *, yes: bool) -> None:
    """Ask for confirmation. Raises :class:`Problem`: ``usage`` without a terminal, ``stopped`` for a no."""
    if yes:
        return
    if not prompts.possible():
        raise Problem(
            "Confirming the deregistration",
            "There is no terminal for the confirmation prompt.",
            "To deregister without a prompt, add --yes",
            Code.USAGE,
        )
    if not prompts.confirmed(f"Deregister {counted(len(chosen), 'node')} in {region} ({', '.join(chosen)})?"):
        said = "You did not confirm. No node was deregistered."
        raise Problem("Confirming the deregistration", said, f"List them: {PROGRAM} nodes", Code.STOPPED)


def _table(found: Sequence[Node], region: str) -> Table:
    title = f"{counted(len(found), 'hybrid node')} in {region}"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in ("Node", "Name", "Owner (aws:userid)", "Age", "State", "Per month", "Of SSH Helper"):
        table.add_column(name, overflow="fold", no_wrap=name == "Node")  # it is copied for --deregister
    for node in found:
        table.add_row(*map(words, _cells(node)))
    return table


def _cells(node: Node) -> tuple[str, ...]:
    cost = "tier unknown" if node.usd_a_month is None else f"USD {node.usd_a_month:.2f}"
    state = "online" if node.online else "offline"
    whose = "yes" if node.of_ssh_helper else "tags not read" if node.tags is None else "no"
    return node.id, node.name, node.owner or "-", _age(node), state, cost, whose


def _age(node: Node) -> str:
    since = node.since
    if not isinstance(since, Known):
        return f"unknown: {since.said}" if isinstance(since, Unknown) else "unknown"
    hours = (current_clock().now() - since.value).total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
