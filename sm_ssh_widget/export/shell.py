"""The plan as a bash script for CloudShell, and its twin that takes it back.

The script holds every state that the plan knows, as AWS gave it, and compares before it writes: what is done already
is left alone, what is not as the plan saw it stops the script before its first write. Its twin takes back step by
step; there, what somebody changed since is left alone, and the rest is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Call, Kind, Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.quoting import heredoc, one_line, shell
from sm_ssh_widget.export.steps import ResourceWrite, rendered_writes, sentence, skipped_changes, title_of, what
from sm_ssh_widget.visible import visible

Json: TypeAlias = Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


# One entry a kind: how its live state is read, by a function of the library; None for what only apply does.
RENDERERS: Mapping[Kind, Callable[[ResourceWrite], Sequence[str]] | None] = {
    Kind.TRUST: lambda step: ("live_trust", step.identity),
    Kind.ROLE_INLINE: lambda step: ("live_inline", "role", step.identity, step.resource["policy"]),
    Kind.USER_INLINE: lambda step: ("live_inline", "user", step.identity, step.resource["policy"]),
    Kind.ATTACH_ROLE_POLICY: lambda step: ("live_attachment", "role", step.identity, step.resource["policy_arn"]),
    Kind.ATTACH_USER_POLICY: lambda step: ("live_attachment", "user", step.identity, step.resource["policy_arn"]),
    Kind.SERVICE_SETTING: lambda step: ("live_setting", step.resource["setting_id"]),
    Kind.ROLE: None,
    Kind.QUICK_SETUP: None,
    Kind.INSTANCE: None,
}


def apply_script(plan: Plan) -> str:
    """The script that applies the plan."""
    found = rendered_writes(plan, RENDERERS)
    parts = [
        _head(plan, "set up what SSH Helper needs", _APPLY_MANNERS, "apply.sh"),
        *(_step(plan, number, step) for number, step in enumerate(found, 1)),
        templates.read("library.sh"),
        _main("apply_main.sh", len(found)),
    ]
    return "\n".join(parts)


def undo_script(plan: Plan) -> str:
    """The script that takes back what :func:`apply_script` did, last step first."""
    found = rendered_writes(plan, RENDERERS)[::-1]
    parts = [
        _head(plan, "take back what apply.sh set up", _UNDO_MANNERS, "undo.sh"),
        *(_step(plan, number, step, back=True) for number, step in enumerate(found, 1)),
        templates.read("library.sh"),
        _main("undo_main.sh", len(found)),
    ]
    return "\n".join(parts)


_APPLY_MANNERS = (
    "Before its first write it looks at everything that it would write to, and stops if anything is not as it was",
    "when the plan was made. Policies are merged: each document below is what was there, with what is added behind it.",
    "It is safe to run twice: what is done already is left alone.",
)
_UNDO_MANNERS = (
    "It takes back only what is still as apply.sh left it. What somebody changed since is left alone and named, and",
    "the rest is taken back. It is safe to run twice.",
)


def _head(plan: Plan, purpose: str, manners: Sequence[str], name: str) -> str:
    target = plan.target
    lines = [
        "#!/usr/bin/env bash",
        "#",
        f"# SageMaker SSH Helper: {purpose}",
        "#",
        f"# Role    {one_line(str(target['role']))}",
        *([f"# User    {one_line(str(target['user']))}"] if target.get("user") else []),
        f"# Region  {one_line(plan.region)}",
        f"# Plan    {plan.digest}",
        "#",
        *(f"# {line}" for line in manners),
        "#",
        f"# In AWS CloudShell, signed in to the account above:   bash {name} --check   looks, and writes nothing",
        f"#                                                      bash {name}           does it",
        "# Elsewhere it needs bash, the AWS CLI and python3.",
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
    return ["#", "# Not in this script, as it cannot be done this way:", *lines]


def _wrapped(text: str, width: int = 110) -> list[str]:
    lines = [""]
    for word in one_line(text).split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# One step: what it is about, the states that the plan knows, how the live one is read, and the calls


def _step(plan: Plan, number: int, step: ResourceWrite, *, back: bool = False) -> str:
    known, goal = (step.states[1:], step.before) if back else (step.states[:-1], step.after)
    calls = step.inverse if back else step.calls
    lines = [
        f"# Step {number}: {one_line(title_of(plan, step))} ({one_line(', '.join(step.ids))})",
        *_notes(step, back=back),
        f"title_{number}={shell(one_line(what(step)))}",
        *(_state(f"state_{number}_{index}", state) for index, state in enumerate(known)),
        _state(f"goal_{number}", goal),
        f"live_{number}() {{ {' '.join(map(shell, _live(step)))}; }}",
        f"write_{number}() {{",
        *(f"  {_command(call, number)}" for call in calls),
        "}",
        "",
    ]
    return "\n".join(lines)


def _live(step: ResourceWrite) -> Sequence[str]:
    renderer = RENDERERS[step.kind]
    return renderer(step) if renderer else ()


def _notes(step: ResourceWrite, *, back: bool) -> list[str]:
    sign = "-" if back else "+"
    lines = [f"#   {sign} {one_line(sentence(statement))}" for statement in step.added]
    if step.kept:
        lines.append(f"#   statements kept as they are: {len(step.kept)}")
    if not back:
        lines += [f"#   cost: {one_line(change.cost)}" for change in step.changes if change.cost]
        lines += [
            f"#   risk: {one_line(risk)}" for risk in dict.fromkeys(change.risk for change in step.changes) if risk
        ]
    return lines


def as_word(state: Json) -> str:
    """A state as the script's functions print it: a document to the letter, else one word."""
    if state is None:
        return "absent"
    if isinstance(state, bool):
        return "attached" if state else "detached"
    return str(state["value"]) if isinstance(state, Mapping) else str(state)


def _state(variable: str, state: Json) -> str:
    """Put a state into a variable: documents stand in a quoted here-document, so that they can be read.

    One that holds what cannot be seen stands in a quoted word, where that is shown.
    """
    word = as_word(state)
    if not isinstance(state, str) or visible(word) != word:
        return f"{variable}={shell(word)}"
    delimiter, lines = heredoc(word, "DOCUMENT")
    return f"text {variable} <<'{delimiter}'\n{lines}{delimiter}"


def _name_first(parameter: tuple[str, Json]) -> tuple[bool, str]:
    """The order of a command's options: the same whether the plan was just made or read from a file."""
    return not parameter[0].endswith("Name"), parameter[0]


def _command(call: Call, number: int) -> str:
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
