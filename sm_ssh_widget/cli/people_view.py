"""Text views of the owner tag, the owner guard, changes for a permission set, and AWS's built-in access. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sm_ssh_widget.changes.kinds import ATTACHMENTS
from sm_ssh_widget.changes.plan import Change, Refusal
from sm_ssh_widget.cli.output import grid, line, words
from sm_ssh_widget.policy.document import parse
from sm_ssh_widget.requirements.aws_native_access import Alternative
from sm_ssh_widget.requirements.owner_guard_preview import ACTION, PreviewRow
from sm_ssh_widget.requirements.ssh_owner import OwnerStory

_STATES = {
    "available": ("✔ Available to you", "green"),
    "missing": ("– Not available yet", "dim"),
    "blocked": ("⊘ Blocked", "magenta"),
    "unknown": ("? Unknown", "yellow"),
    "not-applicable": ("– Not applicable", "dim"),
}
_ANSWERS = {"allowed": "✔ allowed", "denied": "⊘ denied", "not allowed": "– not allowed", "unknown": "? unknown"}


def owner_view(story: OwnerStory) -> RenderableType:
    """Render the two identities, the value of ``SSHOwner``, its warnings, and the command that shows it."""
    parts: list[RenderableType] = [words("Owner tag of your nodes", "bold")]
    rows = [(words(f"  {each.title}"), words(f"{each.arn or 'not specified'}: {each.does}")) for each in story.people]
    if story.value:
        value = story.value if story.certain else f"{story.value} (session name unknown)"
        rows.append((words("  SSHOwner"), words(value)))
    rows += [(words("  !", "yellow"), words(warning)) for warning in story.warnings]
    command = (line(f"  shown by  {story.command}", "cyan"),) if story.certain else ()  # else a warning has it
    return Group(*parts, grid(*rows), *command)


def demonstration_view(rows: Sequence[PreviewRow], *, by_hand: bool) -> RenderableType:
    """Render the access to nodes before and after, including nodes without an owner.

    ``by_hand``: the plan does not write the guard, an admin has to add it to the permission set.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, header_style="dim")
    for name in ("   Who", f"Node ({ACTION})", "Before", "After"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(f"   {row.who}", row.node, _ANSWERS[row.before], _ANSWERS[row.after])
    assumption = (
        "“After” assumes that the statements above are added to the permission set. This plan does not add them."
    )
    note = (words(f"   {assumption}"),)
    return Group(words("Owner guard: evaluated effect", "bold"), table, *(note if by_hand else ()))


def alternatives_view(found: Sequence[Alternative]) -> RenderableType:
    """Render AWS's built-in access: whether it is available, and how to use it."""
    parts: list[RenderableType] = [words("You may not need SSH Helper", "bold")]
    for each in found:
        mark, style = _STATES[each.status]
        parts.append(Text.assemble((f"  {mark}", style), "  ", (each.title, "bold")))
        rows = [(words("   "), words(each.fact))]
        if each.remedy and each.status != "not-applicable":
            rows.append((words("   "), words(f"→ {each.remedy}")))
        parts.append(grid(*rows))
    return Group(*parts)


def elsewhere_view(refused: Sequence[Refusal]) -> RenderableType | None:
    """Render what to add to a permission set: managed policies by ARN, complete documents; ``None`` for nothing."""
    changes = [change for refusal in refused for change in refusal.elsewhere]
    if not changes:
        return None
    return Group(words("To add to the permission set in IAM Identity Center", "bold"), *map(_elsewhere, changes))


def _elsewhere(change: Change) -> RenderableType:
    if change.kind in ATTACHMENTS:
        return line(f"   attach  {change.resource['policy_arn']}")
    text = json.dumps(parse(change.after), indent=2)
    head = f"   inline policy ({change.resource['policy']}), after the existing statements:"
    return Group(words(head), _letters(text))


def _letters(text: str) -> RenderableType:
    return Group(*(line(f"   {each}") for each in text.splitlines()))
