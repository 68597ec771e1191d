"""Values that AWS gives only on the way, such as the id of what was just made: a plan names them, apply fills them in.

In the parameters of a call ``{"known-later": NAME}`` stands for such a value. It is part of the digest like any other,
so what may be filled in, and where, is reviewed; a call that is sent holds none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Call

Json: TypeAlias = Any

_KEY = "known-later"

MEANINGS: Mapping[str, str] = {
    "run": "a text of your own, the same for the whole run",
    "token": "a text of your own, another one for each instance that is started",
    "instance": "the InstanceId that run-instances gave",
    "session": "the SessionId that start-session gave",
    "manager": "the ManagerArn that create-configuration-manager gave",
}
"""What stands for each of these values where somebody makes the calls by hand."""

UNNAMED = "a value that AWS gave to a call before"
"""The same for a name that is not among them: a plan is data, and may come from elsewhere."""


def placeholder(name: str) -> dict[str, str]:
    """What stands in a call for the value ``name``."""
    return {_KEY: name}


def resolve(call: Call, values: Mapping[str, Json]) -> Call:
    """The call with every value in its place; raises :class:`KeyError` for one that is not known yet."""
    return Call(call.service, call.operation, _filled(dict(call.parameters), values))


def _filled(value: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(value, Mapping):
        if set(value) == {_KEY}:
            return values[value[_KEY]]
        return {name: _filled(each, values) for name, each in value.items()}
    return [_filled(each, values) for each in value] if isinstance(value, list) else value
