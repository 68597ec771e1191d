"""Whether a state is the one that was asked for: AWS may spell a document its own way, and nobody else may. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Change, Kind
from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.policy.merge import document_equal

Json: TypeAlias = Any


def documents_alike(asked: Json, found: Json) -> bool:
    """Whether IAM reads two documents alike; ``None`` is a document that does not exist."""
    if asked is None or found is None:
        return asked is found
    try:
        return document_equal(parse(asked), parse(found))
    except PolicyError:
        return bool(asked == found)


def equal(asked: Json, found: Json) -> bool:
    """Whether two states are equal."""
    return bool(asked == found)


def settings_alike(asked: Json, found: Json) -> bool:
    """Whether a setting has the same value; whether it is so by default is AWS's to say."""
    return asked is not None and found is not None and bool(asked["value"] == found["value"])


def configurations_alike(asked: Json, found: Json) -> bool:
    """Whether the Quick Setup configuration that was asked for is there, or gone, however far AWS is with it."""
    if asked is None or found is None:
        return asked is found
    alike = all(found["parameters"].get(name) == value for name, value in asked["parameters"].items())
    return bool(found["name"] == asked["name"] and alike)


ALIKE: Mapping[Kind, Callable[[Json, Json], bool]] = {
    Kind.TRUST: documents_alike,
    Kind.ROLE_INLINE: documents_alike,
    Kind.USER_INLINE: documents_alike,
    Kind.ROLE: documents_alike,
    Kind.ATTACH_ROLE_POLICY: equal,
    Kind.ATTACH_USER_POLICY: equal,
    Kind.SERVICE_SETTING: settings_alike,
    Kind.QUICK_SETUP: configurations_alike,
    Kind.INSTANCE: equal,
}
"""What was asked for, and what is found, by kind."""


def brought(change: Change, found: Json) -> bool:
    """Whether ``found`` is what the change brings: its ``after``, or an instance that a cut check left running.

    A state that has not even the form of its kind is none.
    """
    try:
        left = change.kind is Kind.INSTANCE and change.after is not None and _is_an_instance(found)
        return ALIKE[change.kind](change.after, found) or left
    except (AttributeError, KeyError, TypeError):
        return False


def _is_an_instance(found: Json) -> bool:
    return isinstance(found, Mapping) and set(found) - {"now"} == {"instance"} and isinstance(found["instance"], str)
