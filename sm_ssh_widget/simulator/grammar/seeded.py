"""Invalid documents in an account seeded by a scenario, evaluated on the safe side.

AWS stores no such document, but a scenario can. An invalid statement must not open anything: an Allow allows nothing, a
Deny denies everything that it might deny. Valid statements beside it count unchanged.
"""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.policy import document
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import CompiledPolicy, compile_policy

Statement = dict[str, Any]


def compiled(text: str, name: str, *, completes_arns: bool = True) -> CompiledPolicy | None:
    """Compile a stored document; ``None`` for a text without any statements.

    ``completes_arns`` as in :func:`~sm_ssh_widget.policy.compiled.compile_policy`.
    """
    try:
        read = document.parse(text)
    except PolicyError:
        return None
    try:
        return compile_policy(read, name, completes_arns=completes_arns)
    except PolicyError:
        statements = [_readable(dict(statement)) for statement in document.statements(read)]
        return compile_policy({"Version": "2012-10-17", "Statement": statements}, name, completes_arns=completes_arns)


def _readable(statement: Statement) -> Statement:
    """Return the statement if it is valid, else the narrowest statement on the safe side."""
    if _compiles(statement):
        return statement
    kept = {"Sid": statement["Sid"]} if isinstance(statement.get("Sid"), str) else {}
    if str(statement.get("Effect")).lower() != "deny":
        return kept | {"Effect": "Allow", "NotAction": "*", "Resource": "*"}
    without = statement | {"Effect": "Deny", "Condition": _known_conditions(statement.get("Condition"))}
    return without if _compiles(without) else kept | {"Effect": "Deny", "Action": "*", "Resource": "*"}


def _known_conditions(block: Any) -> dict[str, Any]:
    """Return the valid operators; the others are assumed to match."""
    every = block if isinstance(block, dict) else {}
    probe = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return {name: keys for name, keys in every.items() if _compiles(probe | {"Condition": {name: keys}})}


def _compiles(statement: Statement) -> bool:
    try:
        compile_policy({"Version": "2012-10-17", "Statement": [statement]})
    except PolicyError:
        return False
    return True
