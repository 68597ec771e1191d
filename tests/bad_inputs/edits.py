"""Edits of data, as data: what stands in a case's ``state`` and in the ``edits`` of its files.

Each edit is an object with one verb: ``{"role": NAME, "set": {…}}`` (also ``user``; the members of an entity),
``{"drop": KIND, "name": NAME}`` and ``{"put": {…}}`` (members of the state) for an account;
``{"replace": [OLD, NEW]}``,
``{"cut": CHARACTERS}`` (negative: from the end), ``{"path": [KEY, …], "value": …}``, ``{"path": […], "drop": true}``
and ``{"redigest": true}`` (make the digest fit again) for a file.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import digest

Json: TypeAlias = Any
_LISTS = {
    "role": ("RoleDetailList", "RoleName"),
    "user": ("UserDetailList", "UserName"),
    "policy": ("Policies", "PolicyName"),
}


def edited_state(state: Mapping[str, Json], edits: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """The account after the edits."""
    found = copy.deepcopy(dict(state))
    for edit in edits:
        if "put" in edit:
            found.update(copy.deepcopy(edit["put"]))
        elif "drop" in edit:
            plural, key = _LISTS[edit["drop"]]
            found[plural] = [record for record in found[plural] if record[key] != edit["name"]]
        else:
            kind = next(kind for kind in _LISTS if kind in edit)
            _entity(found, kind, edit[kind]).update(copy.deepcopy(edit["set"]))
    return found


def _entity(state: Mapping[str, Json], kind: str, name: str) -> dict[str, Json]:
    plural, key = _LISTS[kind]
    return dict_of(next(record for record in state[plural] if record[key] == name))


def dict_of(record: Json) -> dict[str, Json]:
    """The record itself, known to be an object."""
    assert isinstance(record, dict)
    return record


def edited_text(text: str, edits: Iterable[Mapping[str, Json]]) -> str:
    """The text of a file after the edits."""
    for edit in edits:
        if "replace" in edit:
            old, new = edit["replace"]
            assert old in text, f"{old!r} is not there to be replaced"
            text = text.replace(old, new)
        elif "cut" in edit:
            text = text[: edit["cut"]]
        else:
            text = json.dumps(_edited_value(json.loads(text), edit))  # ASCII, so that half a character can be in it
    return text


def _edited_value(value: Json, edit: Mapping[str, Json]) -> Json:
    if edit.get("redigest"):
        return {**value, "digest": digest({key: item for key, item in value.items() if key != "digest"})}
    *way, last = edit["path"]
    inner = value
    for key in way:
        inner = inner[key]
    if edit.get("drop"):
        del inner[last]
    else:
        inner[last] = edit["value"]
    return value
