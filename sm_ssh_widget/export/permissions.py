"""Permissions of the program as data: policies to check, to apply and to audit, with the reason of each statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.export.permission_grants import (
    PLACEHOLDERS,
    Grant,
    apply_grants,
    audit_grants,
    check_grants,
    organization_grants,
)
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.version import VERSION

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/permissions/1"


@dataclass(frozen=True)
class Purpose:
    """Something that the program does with one policy; ``includes`` names the purposes whose policies it needs too."""

    id: str
    title: str
    grants: Callable[[], Iterator[Grant]]
    includes: tuple[str, ...] = ()

    @property
    def policy(self) -> dict[str, Json]:
        """The policy document, with placeholders."""
        return {"Version": CURRENT_VERSION, "Statement": [grant.statement() for grant in self.grants()]}

    def to_json(self) -> dict[str, Json]:
        """Return ``{"title", "includes", "policy", "statements": [{"sid", "needed", "reason"}]}``."""
        told = [{"sid": each.sid, "needed": each.needed, "reason": each.reason} for each in self.grants()]
        return {"title": self.title, "includes": list(self.includes), "policy": self.policy, "statements": told}


PURPOSES = (
    Purpose("check", "Check one role, plan and verify: reads only", check_grants),
    Purpose("apply", "Apply, prove and undo plans for one role", apply_grants, ("check",)),
    Purpose("audit", "Audit every execution role of an account: reads only", audit_grants),
    Purpose("organization", "Audit several accounts: lists them, and assumes a role in each", organization_grants),
)


def permissions() -> dict[str, Json]:
    """Return every purpose by ID, the placeholders of the policies, and the version of the program."""
    purposes = {each.id: each.to_json() for each in PURPOSES}
    return {"schema": SCHEMA, "version": VERSION, "placeholders": dict(PLACEHOLDERS), "purposes": purposes}


def permissions_markdown() -> str:
    """Return every purpose with the reasons of its statements and its policy, as Markdown."""
    parts = [
        "# Permissions",
        "Printed by `sm-ssh-widget docs permissions`; `--json` prints the same as data. Replace the placeholders, and "
        "remove the statements that you do not need. The first read of each command is `sts:GetCallerIdentity`, which "
        "needs no permission. The least policy for one plan is `sm-ssh-widget export plan.json --format admin-policy`.",
        "\n".join(["| Placeholder | Meaning |", "|---|---|", *(f"| `{k}` | {v} |" for k, v in PLACEHOLDERS.items())]),
    ]
    for purpose in PURPOSES:
        parts += _section(purpose)
    return "\n\n".join(parts) + "\n"


def _section(purpose: Purpose) -> Iterator[str]:
    yield f"## {purpose.id}"
    with_others = f" The policy of *{', '.join(purpose.includes)}* is needed too." if purpose.includes else ""
    yield f"{purpose.title}.{with_others}"
    rows = (f"| `{each.sid}` | {each.needed} | {each.reason} |" for each in purpose.grants())
    yield "\n".join(["| Statement | Needed | Reason |", "|---|---|---|", *rows])
    yield f"```json\n{json.dumps(purpose.policy, indent=2, ensure_ascii=False)}\n```"
