"""Comparison of a requested state with a state that AWS shows, by form. Pure.

AWS may return a policy document in another spelling than it was sent in. That is the only difference that is accepted.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.policy.merge import document_equal

Json: TypeAlias = Any


def same_documents(requested: Json, live: Json) -> bool:
    """Whether IAM evaluates two documents alike; ``None`` is a document that does not exist."""
    if requested is None or live is None:
        return requested is live
    try:
        return document_equal(parse(requested), parse(live))
    except PolicyError:
        return bool(requested == live)


def same_states(requested: Json, live: Json) -> bool:
    """Whether two states are equal."""
    return bool(requested == live)


def same_settings(requested: Json, live: Json) -> bool:
    """Whether two settings have the same value; AWS decides whether the value counts as a default."""
    return requested is not None and live is not None and bool(requested["value"] == live["value"])


def same_configurations(requested: Json, live: Json) -> bool:
    """Whether the requested Quick Setup configuration exists or is gone, whatever its deployment status."""
    if requested is None or live is None:
        return requested is live
    alike = all(live["parameters"].get(name) == value for name, value in requested["parameters"].items())
    return bool(live["name"] == requested["name"] and alike)
