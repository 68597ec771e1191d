"""A fleet plan for an admin: one script that applies every member, one that undoes them, a ticket, and a bundle.

The script of each member is the ordinary one, unchanged: it compares before it writes, and stops at any difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export.archive import DIGEST_LIST, digest_list, pack
from sm_ssh_widget.export.formats import render
from sm_ssh_widget.export.quoting import one_line, shell
from sm_ssh_widget.export.shell import apply_script, undo_script
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.requirements.wording import counted
from sm_ssh_widget.visible import visible

HANDOVER_FORMATS = ("shell", "shell-undo", "ticket", "bundle")
_END = "END_OF_MEMBER"


def content(plan: FleetPlan, form: str) -> bytes:
    """Return a fleet plan in one of :data:`HANDOVER_FORMATS`. Raises ``KeyError`` for another name."""
    text: dict[str, Callable[[FleetPlan], str]] = {"shell": script, "shell-undo": undo, "ticket": ticket}
    return pack(bundle_members(plan)) if form == "bundle" else text[form](plan).encode()


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


def ticket(plan: FleetPlan) -> str:
    """Return the request to an admin: what is changed for how many roles, each kind of change once."""
    lines = [
        "# SageMaker SSH Helper: set up many roles",
        "",
        f"{plan.title}. Baseline: {plan.baseline}. Options: {', '.join(plan.options) or 'none'}. Region {plan.region}, "
        f"account {plan.account}.",
        "",
        f"Digest of the fleet plan: `{plan.digest}`",
        "",
        "To apply it: `sm-ssh-widget apply fleet.jsonl`, or `bash apply.sh` in AWS CloudShell. Three roles are changed "
        "and checked first. To undo it: `sm-ssh-widget undo RUN`, or `bash undo.sh`.",
        "",
        "## Members",
        "",
        "| Plan for | Changes | Digest |",
        "|---|---|---|",
        *(
            f"| {_cell(_named(each))} | {len(each.plan.changes)} | `{each.plan.digest[7:19]}` |"
            for each in plan.members
        ),
        "",
        *_refused(plan),
        *(line for members in alike(plan.members) for line in _example(members)),
    ]
    return visible("\n".join(lines)) + "\n"


def _example(members: Sequence[Member]) -> Iterable[str]:
    others = f", and the same for {counted(len(members) - 1, 'more role')}" if len(members) > 1 else ""
    yield f"## {_cell(_named(members[0]))}{others}"
    yield ""
    text = render(members[0].plan, "ticket")
    yield from (f"##{line}" if line.startswith("#") else line for line in text.splitlines())
    yield ""


def _refused(plan: FleetPlan) -> Iterable[str]:
    if not plan.refused:
        return
    yield from ("## Not in the plan", "")
    yield from (
        f"- {_cell(each['for'])}: {each['finding']} ({each['code']}). {each['reason']}" for each in plan.refused
    )
    yield ""


def _named(member: Member) -> str:
    return member.role or member.label


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")


def bundle_members(plan: FleetPlan) -> dict[str, str]:
    """Return the files of the bundle by name: the plan, the ticket, both scripts, and their digests."""
    members = {
        "fleet.jsonl": "".join(plan.lines()),
        "digest.txt": f"{plan.digest}\n",
        "ticket.md": ticket(plan),
        "apply.sh": script(plan),
        "undo.sh": undo(plan),
    }
    return {**members, DIGEST_LIST: digest_list(members)}
