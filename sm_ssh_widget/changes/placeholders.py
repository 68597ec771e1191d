"""Placeholders for values known only during apply, such as the ID of a new instance.

In the parameters of a call ``{"known-later": NAME}`` is replaced by such a value. Placeholders are part of the digest,
so their names and places are reviewed. A call that is sent contains none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Call

Json: TypeAlias = Any

_KEY = "known-later"

MEANINGS: Mapping[str, str] = {
    "run": "a text of your choice, the same for the whole run",
    "token": "a text of your choice, different for each instance",
    "instance": "the InstanceId returned by run-instances",
    "session": "the SessionId returned by start-session",
    "manager": "the ManagerArn returned by create-configuration-manager",
}
"""Meaning of each placeholder for a person who makes the calls by hand."""

UNNAMED = "a value returned by an earlier call"
"""Meaning of other names: a plan is input, and can contain any."""


def placeholder(name: str) -> dict[str, str]:
    """Return the placeholder for the value ``name``."""
    return {_KEY: name}


def resolve(call: Call, values: Mapping[str, Json]) -> Call:
    """Return the call with every placeholder replaced; raises :class:`KeyError` for a missing value."""
    return Call(call.service, call.operation, _filled(dict(call.parameters), values))


def _filled(value: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(value, Mapping):
        if set(value) == {_KEY}:
            return values[value[_KEY]]
        return {name: _filled(each, values) for name, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value
