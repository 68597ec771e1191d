"""MemberAccount accounts of an organization, as data of a scenario.

``organization`` has the members of :mod:`.organization`, and ``accounts``: one object each, with ``name``, ``unit``
(default: the root), ``status`` (default: ``ACTIVE``), ``faults`` (switches for calls with this account's keys), and
members of a scenario, laid over ``every_account``, which is laid over the scenario that it ``extends``. More accounts
than are described are made from ``more_accounts``; ``{number}`` in its name is the place in the organization. The
management account is the scenario itself, and the first account.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator.organization import (
    ACTIVE,
    Organization,
    OrganizationAccount,
    PolicyType,
    organization_of,
)
from sm_ssh_widget.simulator.scenario import (
    DEFAULT,
    Scenario,
    check_layer,
    filled,
    layers,
    misshapen,
    over,
)
from sm_ssh_widget.simulator.shape import ListOf, MapOf, Object, check
from sm_ssh_widget.simulator.state import Record

MOST = 1000
"""Number of accounts that one organization of this simulation can have."""
_STATE_MEMBERS: dict[PolicyType, str] = {
    "SERVICE_CONTROL_POLICY": "ServiceControlPolicies",
    "RESOURCE_CONTROL_POLICY": "ResourceControlPolicies",
}
_POLICY = Object(
    {"name": str, "content": dict, "units": ListOf(str), "accounts": ListOf(str)}, ("name", "content"), closed=True
)
_OWN = {"name": str, "unit": str, "status": str, "faults": ListOf(dict)}
_FORM = Object(
    {
        "units": ListOf(str),
        "service_control_policies": ListOf(_POLICY),
        "resource_control_policies": ListOf(_POLICY),
        "delegated_administrators": MapOf(ListOf(str)),
        "management": Object({"name": str}, closed=True),
        "every_account": dict,
        "accounts": ListOf(Object(_OWN, ("name",))),
        "more_accounts": Object(_OWN, ("name",)),
    },
    closed=True,
)


@dataclass(frozen=True)
class MemberAccount:
    """An account of an organization: what the organization knows of it, its scenario, and its fault switches."""

    account: OrganizationAccount
    scenario: Scenario
    faults: tuple[Record, ...] = ()

    @property
    def id(self) -> str:
        """ID of the account."""
        return self.account.id


def load_members(scenario: Scenario, number: int | None) -> tuple[tuple[MemberAccount, ...], Organization | None]:
    """Load the accounts of a scenario, the management account first, and their organization.

    ``number``: how many, by default those that the scenario describes. A scenario without organization is one account.
    Raises :class:`Problem`.
    """
    form = scenario.organization
    if not form:
        if number not in (None, 1):
            said = f"The scenario {scenario.name!r} is one account."
            raise Problem(
                "Starting the simulated account",
                said,
                "Remove --accounts, or choose a scenario with an organization (--list).",
                Code.USAGE,
            )
        return (), None
    try:
        check(form, "organization", _FORM)
        wanted = len(form.get("accounts", ())) + 1 if number is None else number
        if not 1 <= wanted <= MOST:
            raise ValueError(f"organization has {wanted} accounts, and not 1 to {MOST}")
        first = OrganizationAccount(scenario.account, form.get("management", {}).get("name", "Management"))
        members = (MemberAccount(first, scenario), *_described(scenario, wanted - 1))
        accounts = (member.account for member in members)
        found = organization_of(form, scenario.account, scenario.partition, accounts)
    except ValueError as error:
        raise misshapen(scenario.name, f"cannot be made an organization: {error}") from None
    return tuple(_bound(member, found) for member in members), found


def _described(scenario: Scenario, number: int) -> Iterator[MemberAccount]:
    form = scenario.organization
    described = form.get("accounts", ())
    for place in range(2, number + 2):
        given = described[place - 2] if place - 2 < len(described) else form.get("more_accounts", {"name": "{number}"})
        yield _member(scenario, given, place)


def _member(scenario: Scenario, given: Record, place: int) -> MemberAccount:
    """Build one member account; its ID is 21 and its place in ten digits."""
    name = given["name"].replace("{number}", str(place))
    account = OrganizationAccount(f"21{place:010}", name, given.get("unit", ""), given.get("status", ACTIVE))
    layer = {member: value for member, value in given.items() if member not in _OWN}
    every = scenario.organization.get("every_account", {})
    for each in (every, layer):
        check_layer(f"{scenario.name}: {name}", each)
    raw = over(over(layers(str(layer.get("extends", DEFAULT))), every), layer)
    own = filled(f"{scenario.name}: {name}", {**raw, "organization": {}}, scenario.region, account.id, scenario.account)
    faults = ({**fault, "account": account.id} for fault in (*own.faults, *given.get("faults", ())))
    return MemberAccount(account, own, tuple(faults))


def _bound(member: MemberAccount, organization: Organization) -> MemberAccount:
    """Return the member with the control policies of its organization, instead of those of its scenario."""
    levels = {name: organization.levels_of(member.id, kind) for kind, name in _STATE_MEMBERS.items()}
    state = {**member.scenario.state, **levels, "Organization": organization.membership_of(member.id)}
    return replace(member, scenario=replace(member.scenario, state=state))
