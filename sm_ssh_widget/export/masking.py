"""Masking of account IDs, unique IDs and the names of the role and user, for a ticket that many people can read.

Only formats for people are masked. A script or template with masked names would not work. The digest stays that of the
real plan, so that the admin can identify it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Change, Plan, Refusal

Json: TypeAlias = Any

ROLE, USER = "EXECUTION-ROLE", "LOCAL-USER"

_ACCOUNT = re.compile(r"(?<!\d)\d{8}(\d{4})(?!\d)")
_UNIQUE_ID = re.compile(r"\b(A(?:RO|ID|GP|KI|SI|NP|NV|PK|SC)A)[A-Z0-9]{12,}\b")
# A comma or full stop belongs to an IAM name only if more of the name follows it; else it ends a sentence
_NAME = r"(?<![\w+=,.@-]){}(?![\w+=@-]|[,.]+[\w+=@-])"
_WORD = re.compile(r"[\w+=,.@-]+")


def masked(plan: Plan) -> Plan:
    """Return the plan with masked names. It is not the plan that is applied, and its digest differs."""
    names = {_name(plan.target.get("user")): USER, _name(plan.target.get("role")): ROLE}
    value = _masked(plan.to_file(), {name: mask for name, mask in names.items() if name})
    return Plan(
        target=value["target"],
        baseline=plan.baseline,
        options=plan.options,
        changes=tuple(Change.from_json(change) for change in value["changes"]),
        refused=tuple(map(Refusal.from_json, value["refused"])),
        kept=plan.kept,
        required_refused=plan.required_refused,
        undoes=plan.undoes,
        notice=plan.notice,
    )


def mask_texts(texts: Sequence[str], *, role: str, user: str = "") -> list[str]:
    """Return texts with masked names and IDs."""
    names = {user: USER, role: ROLE}
    return [_masked(text, {name: mask for name, mask in names.items() if name}) for text in texts]


def mask_roles(text: str, roles: Mapping[str, str]) -> str:
    """Return a text with masked IDs and role names; ``roles`` has the mask of each name. Made for thousands of them."""

    def mask(found: re.Match[str]) -> str:
        word = found[0]
        name = word.rstrip(",.")
        return roles[word] if word in roles else roles.get(name, name) + word[len(name) :]

    return mask_ids(_WORD.sub(mask, text))


def mask_ids(text: str) -> str:
    """Return a text with masked account IDs and unique IDs."""
    masked_text: str = _masked(text, {})
    return masked_text


def _name(arn: str | None) -> str:
    return (arn or "").rpartition("/")[2]


def _masked(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        for name, mask in names.items():
            value = re.sub(_NAME.format(re.escape(name)), mask, value)
        return _UNIQUE_ID.sub(r"\1XXXXXXXXXXXX", _ACCOUNT.sub(r"XXXXXXXX\1", value))
    if isinstance(value, Mapping):
        return {key: _masked(each, names) for key, each in value.items()}
    return [_masked(each, names) for each in value] if isinstance(value, (list, tuple)) else value
