"""A request as a bash script for CloudShell: it looks first, and adds only what is not there. Pure.

The script contains no state of the account, because that could not be read. It merges as a plan does: statements are
appended to those that are there, unless an equal one is among them. A trust under conditions is left to its owner.
"""

from __future__ import annotations

import json

from sm_ssh_widget.changes.kinds import DOCUMENTS
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.quoting import one_line, shell
from sm_ssh_widget.export.resource_writes import ResourceWrite, describe, rendered_writes, title_of
from sm_ssh_widget.export.shell import RENDERERS, as_word, command, head, live, notes, state_variable

_NOTES = (
    "Some facts could not be read when this request was made. This script reads them, and adds only what is missing.",
    "Existing statements stay, in their order. It prints each policy as it was before it writes.",
    "Safe to run twice: what is there is skipped.",
)


def script(plan: Plan) -> str:
    """Return the script that adds what a request names and the account lacks."""
    found = rendered_writes(plan, RENDERERS, adds_only=True)
    numbers = " ".join(str(number) for number in range(1, len(found) + 1))
    return "\n".join(
        (
            head(plan, "add what is missing", _NOTES, "request.sh", digest=False),
            *(_step(plan, number, write) for number, write in enumerate(found, 1)),
            templates.read("library.sh"),
            templates.read("request_main.sh").replace("@STEPS@", numbers),
        )
    )


def _step(plan: Plan, number: int, write: ResourceWrite) -> str:
    calls = (f"  {command(call, number)}" for call in write.calls)
    lines = [
        f"# Step {number}: {one_line(title_of(plan, write))}",
        *notes(write, back=False),
        f"title_{number}={shell(one_line(describe(write)))}",
        _wanted(number, write),
        f"live_{number}() {{ {' '.join(map(shell, live(write)))}; }}",
        f"write_{number}() {{",
        *calls,
        "}",
        "",
    ]
    return "\n".join(lines)


def _wanted(number: int, write: ResourceWrite) -> str:
    """Statements to add to a document, else the state to reach."""
    if write.kind in DOCUMENTS:
        items = json.dumps(list(write.added), indent=2, ensure_ascii=False)
        return state_variable(f"items_{number}", items)
    return f"wanted_{number}={shell(as_word(write.after))}"
