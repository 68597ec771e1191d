"""What a check read of an account, as digests: whether anything has changed since, fact by fact."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HeldPolicy,
    Known,
    Observation,
    PolicyText,
    Target,
    Unknown,
)

Json: TypeAlias = Any


def fingerprint(seen: Observation) -> dict[str, str]:
    """Digests of what decides whether the role can register: only of the facts that were read."""
    role = seen.role
    facts: dict[str, Json] = {
        "trust": role.trust,
        "boundary": role.boundary,
        "attached": _held(role.attached),
        "inline": _held(role.inline),
        "tier": seen.region.tier,
        "organization": seen.organization_verdicts,
    }
    return {name: _digest(fact) for name, fact in facts.items() if not isinstance(fact, Unknown)}


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a fact that was read both times is another one."""
    return any(before[name] != now[name] for name in before.keys() & now.keys())


def _held(fact: Fact[tuple[HeldPolicy, ...]]) -> Fact[tuple[str, ...]]:
    """The policies with their documents in an order of their own; unknown where one document was not read."""
    if not isinstance(fact, Known):
        return fact
    unread = next((policy.document for policy in fact.value if isinstance(policy.document, Unknown)), None)
    if unread is not None:
        return unread
    return Known(tuple(sorted(f"{policy.name} {policy.arn} {_text(policy.document)}" for policy in fact.value)))


def _text(document: Fact[PolicyText]) -> str:
    return document.value.text if isinstance(document, Known) else ""


def _digest(fact: Fact[Json]) -> str:
    value = "absent" if isinstance(fact, Absent) else repr(fact.value) if isinstance(fact, Known) else ""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def name_of(target: Target) -> str:
    """The name under which something about a role and Region is kept."""
    return hashlib.sha256(f"{target.role} {target.region}".encode()).hexdigest()[:16]
