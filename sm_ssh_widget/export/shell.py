"""A plan as a bash script for CloudShell, and a second script that undoes it.

The script contains every state of the plan as AWS returned it, and compares before it writes: completed changes are
skipped, and any difference from the plan stops it before its first write. The undo script skips resources that changed
since and undoes the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Call, Kind, Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.quoting import heredoc, one_line, shell
from sm_ssh_widget.export.resource_writes import ResourceWrite, describe, rendered_writes, skipped_changes, title_of
from sm_ssh_widget.requirements.wording import StatementCells
from sm_ssh_widget.visible import visible

Json: TypeAlias = Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


# One entry per kind: the library function that reads its live state; None for kinds that only apply writes.
RENDERERS: Mapping[Kind, Callable[[ResourceWrite], Sequence[str]] | None] = {
    Kind.TRUST: lambda write: ("live_trust", write.identity),
    Kind.ROLE_INLINE: lambda write: ("live_inline", "role", write.identity, write.resource["policy"]),
    Kind.USER_INLINE: lambda write: ("live_inline", "user", write.identity, write.resource["policy"]),
    Kind.ATTACH_ROLE_POLICY: lambda write: ("live_attachment", "role", write.identity, write.resource["policy_arn"]),
    Kind.ATTACH_USER_POLICY: lambda write: ("live_attachment", "user", write.identity, write.resource["policy_arn"]),
    Kind.SERVICE_SETTING: lambda write: ("live_setting", write.resource["setting_id"]),
    Kind.ROLE: None,
    Kind.QUICK_SETUP: None,
    Kind.INSTANCE: None,
}


def apply_script(plan: Plan) -> str:
    """Return the script that applies the plan."""
    found = rendered_writes(plan, RENDERERS)
    parts = [
        head(plan, "set up SSH Helper", _APPLY_NOTES, "apply.sh"),
        *(_step(plan, number, write) for number, write in enumerate(found, 1)),
        templates.read("library.sh"),
        _main("apply_main.sh", len(found)),
    ]
    return "\n".join(parts)


def undo_script(plan: Plan) -> str:
    """Return the script that undoes :func:`apply_script`, last write first."""
    found = rendered_writes(plan, RENDERERS)[::-1]
    parts = [
        head(plan, "undo what apply.sh set up", _UNDO_NOTES, "undo.sh"),
        *(_step(plan, number, write, back=True) for number, write in enumerate(found, 1)),
        templates.read("library.sh"),
        _main("undo_main.sh", len(found)),
    ]
    return "\n".join(parts)


_APPLY_NOTES = (
    "Before the first write, this script reads everything it would change and stops if anything differs from the plan.",
    "Each policy below is the existing one plus the added statements.",
    "Safe to run twice: completed changes are skipped.",
)
_UNDO_NOTES = (
    "This script undoes only what still matches the result of apply.sh. It lists and skips anything changed since.",
    "Safe to run twice.",
)


def head(plan: Plan, purpose: str, about: Sequence[str], name: str, *, digest: bool = True) -> str:
    """Return the comment at the top of a script, and the variables that all of it uses."""
    target = plan.target
    lines = [
        "#!/usr/bin/env bash",
        "#",
        f"# SageMaker SSH Helper: {purpose}",
        "#",
        f"# Role    {one_line(str(target['role']))}",
        *([f"# User    {one_line(str(target['user']))}"] if target.get("user") else []),
        f"# Region  {one_line(plan.region)}",
        *([f"# Plan    {plan.digest}"] if digest else []),
        "#",
        *(f"# {line}" for line in about),
        "#",
        f"# In AWS CloudShell, signed in to the account above:   bash {name} --check   read-only",
        f"#                                                      bash {name}           applies the changes",
        "# Outside CloudShell it needs bash, the AWS CLI and python3.",
        "#",
        *(f"# {line}" for line in _wrapped(plan.notice)),
        *_refused(plan),
        "",
        "set -euo pipefail",
        "",
        f"account={shell(plan.account)}",
        f"region={shell(plan.region)}",
        "",
        templates.read("text.sh"),
    ]
    return "\n".join(lines)


def _refused(plan: Plan) -> list[str]:
    out = skipped_changes(plan, RENDERERS)
    if not out:
        return []
    lines = (f"#   {one_line(finding)}: {one_line(reason)}" for finding, reason in out)
    return ["#", "# Not in this script, because it cannot be scripted:", *lines]


def _wrapped(text: str, width: int = 110) -> list[str]:
    lines = [""]
    for word in one_line(text).split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# One change: its title, the states in the plan, the reader of the live state, and the calls


def _step(plan: Plan, number: int, write: ResourceWrite, *, back: bool = False) -> str:
    known, goal = (write.states[1:], write.before) if back else (write.states[:-1], write.after)
    calls = write.inverse if back else write.calls
    lines = [
        f"# Change {number}: {one_line(title_of(plan, write))} ({one_line(', '.join(write.ids))})",
        *notes(write, back=back),
        f"title_{number}={shell(one_line(describe(write)))}",
        *(state_variable(f"state_{number}_{index}", state) for index, state in enumerate(known)),
        state_variable(f"goal_{number}", goal),
        f"live_{number}() {{ {' '.join(map(shell, live(write)))}; }}",
        f"write_{number}() {{",
        *(f"  {command(call, number)}" for call in calls),
        "}",
        "",
    ]
    return "\n".join(lines)


def live(write: ResourceWrite) -> Sequence[str]:
    """Return the function of the library that reads the live state, and its arguments."""
    renderer = RENDERERS[write.kind]
    return renderer(write) if renderer else ()


def notes(write: ResourceWrite, *, back: bool) -> list[str]:
    """Return the comments of a change: added statements, cost, risk."""
    sign, back_sign = ("-", "+") if back else ("+", "-")
    lines = [f"#   {sign} {one_line(str(StatementCells.of(statement)))}" for statement in write.added]
    lines += [f"#   {back_sign} {one_line(str(StatementCells.of(statement)))}" for statement in write.removed]
    if write.kept:
        lines.append(f"#   unchanged statements: {len(write.kept)}")
    if not back:
        lines += [f"#   cost: {one_line(change.cost)}" for change in write.changes if change.cost]
        lines += [
            f"#   risk: {one_line(risk)}" for risk in dict.fromkeys(change.risk for change in write.changes) if risk
        ]
    return lines


def as_word(state: Json) -> str:
    """Return a state as the script's functions print it: the unchanged document, else one word."""
    if state is None:
        return "absent"
    if isinstance(state, bool):
        return "attached" if state else "detached"
    return str(state["value"]) if isinstance(state, Mapping) else str(state)


def state_variable(variable: str, state: Json) -> str:
    """Assign a state to a variable. Documents are in a quoted here-document, so that they are readable.

    A document with invisible characters is in a quoted word that shows them.
    """
    word = as_word(state)
    if not isinstance(state, str) or visible(word) != word:
        return f"{variable}={shell(word)}"
    delimiter, lines = heredoc(word, "DOCUMENT")
    return f"text {variable} <<'{delimiter}'\n{lines}{delimiter}"


def _name_first(parameter: tuple[str, Json]) -> tuple[bool, str]:
    """Sort key of a command's options, so that a new plan and one read from a file give the same script."""
    return not parameter[0].endswith("Name"), parameter[0]


def command(call: Call, number: int) -> str:
    """Return the command line of a call; the document to write is in the variable ``goal_NUMBER``."""
    words = ["aws", call.service, _kebab(call.operation)]
    for name, value in sorted(call.parameters.items(), key=_name_first):
        flag = f"--{_kebab(name)}="
        words.append(f'{flag}"$(document "$goal_{number}")"' if name == "PolicyDocument" else shell(f"{flag}{value}"))
    return " ".join(words)


def _kebab(name: str) -> str:
    return _WORD.sub("-", name).lower()


def _main(name: str, count: int) -> str:
    numbers = " ".join(str(number) for number in range(1, count + 1))
    return templates.read(name).replace("@STEPS@", numbers)
