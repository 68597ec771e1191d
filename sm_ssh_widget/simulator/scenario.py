"""Scenarios: accounts as data, with the expected findings and changes.

A scenario is a JSON object: ``title``, ``why``, ``extends`` (the base scenario; ``null`` for none; default
in a custom file: ``fresh-studio-role``), ``region``, ``profiles`` (profile → ``User``, or ``Role`` and
``SessionName``, for ``Seconds``), ``metadata`` (Studio's ``resource-metadata.json``), ``state`` (see :mod:`.state`;
members of an entity replace those of the base, ``null`` removes a member), ``more_roles`` (a number of further roles
for SageMaker, which are generated) and ``expected``, of which a scenario states only what differs from its base:
``findings`` (id → status), ``refused`` (finding → code, where the status does not say why), ``user`` (the person who
connects), ``read_as`` (the profile that reads), ``chosen`` (option → what it ``adds`` to the plan, what is then
``refused``, what ``fails``), and ``with_user`` (a ``user`` and the findings that differ once they are named); all for
the baseline classic.
``organization`` describes further accounts (see :mod:`.members`) and ``faults`` the fault switches to start with.
A file can be the ``state`` alone; an empty object is the base scenario. An unknown member is refused by name.
``{account}``, ``{partition}`` and ``{region}`` in any text are replaced by those of the account.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from sm_ssh_widget.incoming import SCENARIO_LIMIT, parse_json, read_file
from sm_ssh_widget.policy.arn import is_region, partition_of_region
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.shape import METADATA, PROFILE, MapOf, check
from sm_ssh_widget.simulator.state import IAM_LISTS, MEMBERS, Record

DEFAULT = "fresh-studio-role"
ACCOUNT = "123456789012"
REGION = "eu-west-1"
_MEMBERS: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(("title", "why", "region"), (str, "a text")),
    "extends": (str | None, "a text or null"),
    **dict.fromkeys(("profiles", "metadata", "state", "expected"), (dict, "an object")),
    "more_roles": (int, "a number"),
    "organization": (dict, "an object"),
    "faults": (list, "a list"),
}
_KEYS: dict[str, tuple[str, ...]] = {
    **{plural: (key,) for plural, key in IAM_LISTS.values()},
    "Domains": ("DomainId",),
    "UserProfiles": ("DomainId", "UserProfileName"),
    "Spaces": ("DomainId", "SpaceName"),
    "NotebookInstances": ("NotebookInstanceName",),
}
"""Members that identify a record of the base scenario."""


@dataclass(frozen=True)
class Scenario:
    """A scenario, ready to run: placeholders filled, merged with its base scenarios."""

    name: str
    title: str
    why: str
    region: str
    account: str
    partition: str
    state: Record
    profiles: dict[str, dict[str, Any]]
    metadata: dict[str, str]
    expected: dict[str, Any] = field(default_factory=dict)
    organization: Record = field(default_factory=dict)
    faults: list[Record] = field(default_factory=list)


def scenario_names() -> tuple[str, ...]:
    """List the scenarios of the package in alphabetical order."""
    folder = resources.files(__package__) / "scenarios"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")))


def load_scenario(name: str = DEFAULT, region: str | None = None, account: str = ACCOUNT) -> Scenario:
    """Load a scenario by name, or from a file whose name ends in ``.json``. Raises :class:`Problem`."""
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        said = f"{account!r} is not an account ID, which has 12 digits."
        raise Problem("Starting the simulated account", said, "Specify one: --account 123456789012", Code.USAGE)
    raw = layers(name)
    where = str(region or raw.get("region") or REGION)
    if not is_region(where):
        said = f"{where!r} is not a Region name."
        raise Problem("Starting the simulated account", said, "Use a Region name such as eu-west-1.", Code.USAGE)
    return filled(name, raw, where, account, account)


def filled(name: str, raw: Record, region: str, account: str, management: str) -> Scenario:
    """Fill the placeholders of a merged scenario for an account, except in its ``organization``."""
    partition = partition_of_region(region)
    own = {member: value for member, value in raw.items() if member != "organization"}
    text = json.dumps(own, ensure_ascii=False)
    values = {"account": account, "partition": partition, "region": region, "management": management}
    for placeholder, value in values.items():
        text = text.replace(f"{{{placeholder}}}", value)
    found = json.loads(text)
    state = _with_more_roles(found.get("state", {}), raw.get("more_roles", 0))
    title, why = str(found.get("title", name)), str(found.get("why", ""))
    parts = (state, found.get("profiles", {}), found.get("metadata", {}), found.get("expected", {}))
    more = (raw.get("organization", {}), found.get("faults", []))
    return Scenario(name, title, why, region, account, partition, *parts, *more)


def _with_more_roles(state: Record, number: int) -> Record:
    """Return the state with the given number of further roles that SageMaker can assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    names = (f"Team-{index:04}-ExecutionRole" for index in range(number))
    more = [{"RoleName": name, "AssumeRolePolicyDocument": trust} for name in names]
    return {**state, "RoleDetailList": [*state.get("RoleDetailList", ()), *more]} if more else state


def layers(name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read a scenario and its bases, merged. Raises :class:`Problem`."""
    if name in above:
        raise misshapen(name, f"extends itself ({' extends '.join((*above, name))})")
    raw = _read(name)
    below = raw.get("extends", None if name in scenario_names() else DEFAULT)
    if not below:
        return over({}, raw)
    return over(layers(below, (*above, name)), raw)


def _read(name: str) -> dict[str, Any]:
    try:
        if name.endswith(".json"):
            value = parse_json(read_file(name, SCENARIO_LIMIT).content)
        else:
            value = json.loads(
                (resources.files(__package__) / "scenarios" / f"{name}.json").read_text(encoding="utf-8")
            )
        if not isinstance(value, dict):
            raise ValueError("a scenario is a JSON object")
    except FileNotFoundError:
        said = f"There is no scenario named {name!r}."
        raise Problem(
            "Starting the simulated account", said, f"Use one of: {', '.join(scenario_names())}.", Code.USAGE
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        said = f"The scenario {name!r} cannot be read: {error}."
        raise Problem("Starting the simulated account", said, "Fix the file, or choose another.", Code.USAGE) from None
    if "state" not in value and not _MEMBERS.keys() & value.keys() and set(MEMBERS) & value.keys():
        value = {"state": value}
    if unknown := sorted(value.keys() - _MEMBERS.keys()):
        said = f"The scenario {name!r} has unknown members: {', '.join(unknown)}."
        raise Problem("Starting the simulated account", said, f"Members: {', '.join(sorted(_MEMBERS))}.", Code.USAGE)
    check_layer(name, value)
    return value


def check_layer(name: str, value: dict[str, Any]) -> None:
    """Raise :class:`Problem` for a member of the wrong type."""
    for member, given in value.items():
        kind, called = _MEMBERS[member]
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise misshapen(name, f"has a member {member!r} that is not {called}")
    if value.get("more_roles", 0) < 0:
        raise misshapen(name, "has a member 'more_roles' that is negative")
    for profile, given in value.get("profiles", {}).items():
        if not (isinstance(given, dict) and ("User" in given or {"Role", "SessionName"} <= given.keys())):
            raise misshapen(name, f"has a profile {profile!r} without User, and without Role and SessionName")
    try:
        check(value.get("profiles", {}), "profiles", MapOf(PROFILE))
        check(value.get("metadata", {}), "metadata", METADATA)
        check(value.get("state", {}), partly=True)
    except ValueError as error:
        raise misshapen(name, f"cannot be made an account: {error}") from None


def misshapen(name: str, said: str) -> Problem:
    """Return the error about a scenario that is not one."""
    remedy = "Fix the file, or choose another. GET /_simulator/state shows the shape of a state."
    return Problem("Starting the simulated account", f"The scenario {name!r} {said}.", remedy, Code.USAGE)


def over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay a scenario over its base, member by member."""
    found = {**below, **{key: value for key, value in above.items() if key not in ("state", "profiles", "extends")}}
    found["state"] = _state_over(below.get("state", {}), above.get("state", {}))
    found["profiles"] = {**below.get("profiles", {}), **above.get("profiles", {})}
    found["expected"] = _expected_over(below.get("expected", {}), above.get("expected", {}))
    found["organization"] = _organization_over(below.get("organization", {}), above.get("organization", {}))
    return found


def _organization_over(below: Record, above: Record) -> Record:
    found = {**below, **above}
    if "every_account" in below and "every_account" in above:
        found["every_account"] = over(below["every_account"], above["every_account"])
    return found


def _expected_over(below: Record, above: Record) -> Record:
    """Lay what a scenario expects over what its base does, member by member."""
    found = {**below, **above}
    for member in below.keys() & above.keys():
        if isinstance(below[member], dict) and isinstance(above[member], dict):
            found[member] = _expected_over(below[member], above[member])
    return found


def _state_over(below: Record, above: Record) -> Record:
    found = {**below, **{name: value for name, value in above.items() if name not in _KEYS}}
    for plural, names in _KEYS.items():
        known = {_key(record, names): record for record in below.get(plural, ())}
        records = dict(known)
        for record in above.get(plural, ()):
            key = _meant(record, names, records)
            merged = {**records.get(key, {}), **record}
            records[key] = {member: value for member, value in merged.items() if value is not None}
        found[plural] = [each for key, each in records.items() if key not in known or each.keys() - set(names)]
    return found


def _key(record: Record, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(record.get(name) or record.get("PolicyName", "")) for name in names)


def _meant(record: Record, names: tuple[str, ...], records: dict[tuple[str, ...], Record]) -> tuple[str, ...]:
    """Return the key of a record; for a partial key, that of the only base record with this part."""
    said = {name: record[name] for name in names if name in record}
    fits = [key for key, each in records.items() if said and said.items() <= each.items()]
    return fits[0] if len(said) < len(names) and len(fits) == 1 else _key(record, names)
