"""A fleet plan for an admin: scripts that apply every member and undo them, a ticket, a bundle, and stack sets.

The script of each member is the ordinary one, unchanged: it compares before it writes, and stops at any difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import stackset
from sm_ssh_widget.export.archive import DIGEST_LIST, digest_list, pack
from sm_ssh_widget.export.fleet_ticket import fleet_ticket
from sm_ssh_widget.export.quoting import one_line, shell
from sm_ssh_widget.export.shell import apply_script, undo_script
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.problem import Code, Problem

TICKET = "ticket"
HANDOVER_FORMATS = ("shell", "shell-undo", TICKET, "bundle", "stackset")
ARCHIVES = ("bundle", "stackset")
"""Formats that are zip files."""
_END = "END_OF_MEMBER"
_UNNAMED = TicketRequest()


def content(plan: FleetPlan, form: str, asked: TicketRequest = _UNNAMED, *, mask: bool = False) -> bytes:
    """Return a fleet plan in one of :data:`HANDOVER_FORMATS`.

    Raises ``KeyError`` for another name, and :class:`Problem` (``usage``) for a masked format other than the ticket.
    """
    if mask and form != TICKET:
        said = f"The format {form} does not work with masked names."
        raise Problem("Exporting the fleet plan", said, f"Formats that can be masked: {TICKET}.", Code.USAGE)
    if form in ARCHIVES:
        return pack(bundle_members(plan, asked)) if form == "bundle" else stackset.content(plan)
    text: dict[str, Callable[[], str]] = {
        "shell": lambda: script(plan),
        "shell-undo": lambda: undo(plan),
        TICKET: lambda: fleet_ticket(plan, asked, mask=mask),
    }
    return text[form]().encode()


def script(plan: FleetPlan) -> str:
    """Return one script that applies the members in order and stops at the first one that fails."""
    return _script(plan, plan.members, "apply", apply_script)


def undo(plan: FleetPlan) -> str:
    """Return one script that undoes the members, last one first."""
    return _script(plan, plan.members[::-1], "undo", undo_script)


def _script(plan: FleetPlan, members: Sequence[Member], verb: str, render_member: Callable[[Plan], str]) -> str:
    lines = [
        "#!/usr/bin/env bash",
        f"# SageMaker SSH Helper: {verb} {plan.title}",
        f"# Fleet plan {plan.digest}",
        "#",
        f"# In AWS CloudShell, signed in to account {plan.account}:   bash {verb}.sh --check   read-only",
        f"#                                                             bash {verb}.sh           {verb}",
        "# Each part is the script of one plan. The first one that fails ends this script.",
        "",
        "set -euo pipefail",
        "folder=$(mktemp -d)",
        "trap 'rm -rf \"$folder\"' EXIT",
        "",
    ]
    for number, member in enumerate(members, 1):
        told = f"[{number}/{len(members)}] {one_line(member.label)}"
        text = render_member(member.plan)
        end = f"{_END}_{number}"
        lines += [
            f"cat >\"$folder/{number}.sh\" <<'{end}'",
            text.rstrip("\n"),
            end,
            f"echo {shell(told)}",
            f'bash "$folder/{number}.sh" "$@"',
            "",
        ]
    return "\n".join(lines)


def bundle_members(plan: FleetPlan, asked: TicketRequest = _UNNAMED) -> dict[str, str]:
    """Return the files of the bundle by name: the plan, the ticket, both scripts, and their digests."""
    members = {
        "fleet.jsonl": "".join(plan.lines()),
        "digest.txt": f"{plan.digest}\n",
        "ticket.md": fleet_ticket(plan, asked),
        "apply.sh": script(plan),
        "undo.sh": undo(plan),
    }
    return {**members, DIGEST_LIST: digest_list(members)}
