"""Accounts of the organization, or of some of its units, as the management account or a delegated administrator sees.

Sources: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html and
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.fleet.accounts import AccountEntry
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Reason, Unknown

Json: TypeAlias = Any

WHERE = "Listing the accounts of the organization"
_ELSEWHERE = (
    "Sign in to the management account or to a delegated administrator, or name the accounts (--accounts ID,…), or use "
    "the access portal (--accounts portal --sign-in sso:START_URL,REGION)."
)


def list_accounts(reader: AccountReader, units: Sequence[str] = ()) -> tuple[AccountEntry, ...]:
    """List the accounts of the organization, or those in ``units`` and below.

    Raises :class:`Problem`: ``usage`` where the account may not list them, ``unreachable``.
    """
    if not units:
        return tuple(_entry(each, "") for each in _all(reader, "ListAccounts", "Accounts"))
    return tuple(entry for unit in units for entry in _below(reader, unit, unit))


def account_tree(reader: AccountReader) -> tuple[tuple[AccountEntry, ...], str]:
    """List the accounts with the path of their unit by names, and the reason why the units are not known, if so.

    Raises :class:`Problem` as :func:`list_accounts` does.
    """
    try:
        roots = _all(reader, "ListRoots", "Roots")
        found = [entry for root in roots for entry in _below(reader, root["Id"], "")]
    except Problem as problem:
        if problem.code is not Code.USAGE:
            raise
        return list_accounts(reader), f"The organizational units could not be read. {problem.said}"
    return tuple(replace(entry, unit=entry.unit.removeprefix("/")) for entry in found), ""


def _below(reader: AccountReader, unit: str, path: str) -> Iterator[AccountEntry]:
    for each in _all(reader, "ListAccountsForParent", "Accounts", ParentId=unit):
        yield _entry(each, path)
    for inner in _all(reader, "ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=unit):
        yield from _below(reader, inner["Id"], f"{path}/{inner['Name']}")


def _entry(account: Mapping[str, Json], unit: str) -> AccountEntry:
    status = account.get("State") or account.get("Status")  # Status is deprecated since September 2025
    return AccountEntry(str(account["Id"]), str(account.get("Name", "")), unit, status != "ACTIVE")


def _all(reader: AccountReader, operation: str, key: str, **parameters: Json) -> tuple[Json, ...]:
    found = reader.read_all("organizations", operation, key, **parameters)
    if isinstance(found, Known):
        return found.value
    if isinstance(found, Unknown) and found.reason not in (Reason.DENIED, Reason.CLIENT_TOO_OLD):
        raise Problem(WHERE, found.said, found.remedy, Code.UNREACHABLE)
    said = found.said if isinstance(found, Unknown) else "The account is in no organization, or has no such unit."
    raise Problem(WHERE, said, _ELSEWHERE, Code.USAGE)
