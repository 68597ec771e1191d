"""Which operation of the simulated account is answered by whom, as a Markdown table by service."""

from __future__ import annotations

from collections import defaultdict

from sm_ssh_widget.simulator import operations, services


def operations_markdown() -> str:
    """One row a service: the operations that this project answers, and those that moto answers behind its checks."""
    services.declare_all()
    answered: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, by, _ in operations.table():
        service, _, operation = name.partition(":")
        answered[service][by].append(operation)
    lines = ["| Service | Answered here | Answered by moto, after the same checks |", "|---|---|---|"]
    for service, answers in answered.items():
        lines.append(f"| {service} | {', '.join(answers['ours']) or '–'} | {', '.join(answers['moto']) or '–'} |")
    return "\n".join(lines) + "\n"
