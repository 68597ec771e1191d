"""Which accounts are audited, in which Regions, and by which role: what was chosen, and what it asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sm_ssh_widget.fleet.accounts import AUDIT_ROLE, AccountChoice, AccountEntry, MemberRole
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.wizard.effects import EnteredAccounts
from sm_ssh_widget.wizard.state import WizardState

FROM, ACCOUNTS, UNITS, REGIONS = "accounts-from", "accounts", "account-units", "account-regions"
"""Choices: where the accounts come from, the accounts, the units that choose all of theirs, and the Regions."""
FIND, IDS, ROLE, EXTERNAL_ID, REGION_LIST = (
    "find-account",
    "account-ids",
    "member-role",
    "member-external-id",
    "region-list",
)
EVERY_UNIT = "/"
"""The option of the whole organization, whose path is empty: an empty option would not reach the browser."""
FIELDS = frozenset({FIND, IDS, ROLE, EXTERNAL_ID, REGION_LIST})
RADIOS = frozenset({FROM, REGIONS})
ORGANIZATION, LIST = "organization", "list"
THIS, USED, ALL, SOME = "this", "used", "all", "some"
SIMULATED_EXTERNAL_ID = "sm-ssh-audit"
"""External ID of the audit role of the simulated organization."""
WHERE = {IDS: "Account IDs", ROLE: "Role name", EXTERNAL_ID: "External ID", REGION_LIST: "Regions"}
"""The labels of the fields, by which a problem names its own."""

Units: TypeAlias = tuple["AccountUnit", ...]


@dataclass(frozen=True)
class AccountUnit:
    """An organizational unit with its accounts and its inner units; ``path`` is empty for the whole organization."""

    path: str
    accounts: tuple[AccountEntry, ...] = ()
    units: Units = field(default=())

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def entries(self) -> Iterator[AccountEntry]:
        """Yield the accounts of the unit and of those below it."""
        yield from self.accounts
        for unit in self.units:
            yield from unit.entries()


def known(state: WizardState) -> dict[str, tuple[str, ...]]:
    """The options of each choice."""
    listed = state.listed.entries if state.listed else ()
    return {
        FROM: (ORGANIZATION, LIST),
        ACCOUNTS: tuple(each.id for each in listed if not each.suspended),
        UNITS: tuple({path or EVERY_UNIT for each in listed for path in _paths(each.unit)}),
        REGIONS: (THIS, USED, ALL, SOME),
    }


def source_of(state: WizardState) -> str:
    """Where the accounts come from."""
    return next(iter(state.choice(FROM)), ORGANIZATION)


def regions_of(state: WizardState) -> str:
    """Which Regions are audited."""
    return next(iter(state.choice(REGIONS)), THIS)


def role_name(state: WizardState) -> str:
    """The name of the role that is assumed, as it was entered or else the usual one."""
    return state.typed.get(ROLE, AUDIT_ROLE)


def external_id(state: WizardState) -> str:
    """The external ID that was entered, or that of the simulated organization."""
    return state.typed.get(EXTERNAL_ID, SIMULATED_EXTERNAL_ID if state.setting.simulated else "")


def shown(state: WizardState) -> tuple[AccountEntry, ...]:
    """The listed accounts whose name, ID or unit contains every word that was entered."""
    listed = state.listed.entries if state.listed else ()
    words = state.text(FIND).lower().split()
    return tuple(each for each in listed if all(word in f"{each.name} {each.id} {each.unit}".lower() for word in words))


def tree(entries: tuple[AccountEntry, ...], path: str = "") -> AccountUnit:
    """Return the accounts as a tree of units; in each of them the accounts by name."""
    below = f"{path}/" if path else ""
    inner = {below + each.unit.removeprefix(below).partition("/")[0] for each in entries if each.unit != path}
    own = sorted((each for each in entries if each.unit == path), key=lambda each: (each.name.lower(), each.id))
    units = (tree(tuple(each for each in entries if _is_in(each.unit, unit)), unit) for unit in sorted(inner))
    return AccountUnit(path, tuple(own), tuple(units))


def chosen(state: WizardState) -> tuple[AccountEntry, ...]:
    """The accounts that are chosen one by one, whether they are shown or not."""
    if source_of(state) == LIST:  # whether they are IDs is checked when the audit begins
        return tuple(map(AccountEntry, _words(state.text(IDS))))
    listed = state.listed.entries if state.listed else ()
    return tuple(each for each in listed if each.id in state.choice(ACCOUNTS) and not each.suspended)


def with_unit(state: WizardState, path: str, *, on: bool) -> frozenset[str]:
    """Return the accounts that are chosen after all of a unit that are shown were chosen, or none of them."""
    ids = {each.id for each in shown(state) if _is_in(each.unit, path) and not each.suspended}
    return state.choice(ACCOUNTS) | ids if on else state.choice(ACCOUNTS) - ids


def entered(state: WizardState) -> EnteredAccounts:
    """Return what an audit of the chosen accounts asks for. Raises :class:`Problem` (``usage``) at a field.

    The suspended accounts of the organization are listed with them, and not entered.
    """
    role, external = role_name(state).strip(), external_id(state).strip()
    with_id = f"{role},external-id={external}" if external else role
    try:
        member = MemberRole.parse(with_id)
    except Problem as problem:
        place = EXTERNAL_ID if "external ID" in problem.said else ROLE
        said = "It is not the name of a role." if place == ROLE else "It is not an external ID."
        remedy = "Enter its name, with its path if it has one." if place == ROLE else problem.remedy
        raise Problem(WHERE[place], said, remedy, Code.USAGE) from problem
    if source_of(state) == LIST:
        found = tuple(map(AccountEntry, _ids(state)))
    else:
        suspended = (each for each in (state.listed.entries if state.listed else ()) if each.suspended)
        found = (*chosen(state), *suspended)
    return EnteredAccounts(found, member, _regions(state))


def _ids(state: WizardState) -> tuple[str, ...]:
    """The account IDs that were entered. Raises :class:`Problem` (``usage``)."""
    words = _words(state.text(IDS))
    if not words:
        raise Problem(WHERE[IDS], "No account is named.", "Enter account IDs of 12 digits.", Code.USAGE)
    try:
        return AccountChoice.parse(",".join(words)).ids
    except Problem as problem:
        raise Problem(WHERE[IDS], problem.said, "Enter account IDs of 12 digits.", Code.USAGE) from problem


def _regions(state: WizardState) -> tuple[str, ...]:
    match regions_of(state):
        case "this":
            return ()
        case "some":
            names = _words(state.text(REGION_LIST))
            if not names or {USED, ALL} & set(names):
                remedy = "Enter names, such as eu-west-1, us-east-1."
                raise Problem(WHERE[REGION_LIST], "No Region is named.", remedy, Code.USAGE)
            return names
        case every:
            return (every,)


def _words(text: str) -> tuple[str, ...]:
    """The words of a list with commas or spaces between them, each once."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def _is_in(unit: str, path: str) -> bool:
    return not path or unit == path or unit.startswith(f"{path}/")


def _paths(unit: str) -> Iterator[str]:
    """Yield the paths of a unit and of those that it is in; the whole organization is the empty one."""
    parts = unit.split("/") if unit else []
    for number in range(len(parts) + 1):
        yield "/".join(parts[:number])
