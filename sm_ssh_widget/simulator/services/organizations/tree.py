"""Roots, units, accounts and delegated administrators of an organization.

Sources: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.organization import ROOT, Organization, OrganizationAccount, Unit
from sm_ssh_widget.simulator.services.organizations.membership import organization, pages
from sm_ssh_widget.simulator.state import CREATED, Record


def on(member: str) -> Callable[[ServiceCall], Sequence[str]]:
    """Return the ARN of the account, unit, root or policy that a parameter names; ``*`` for any that is not there."""

    def found(call: ServiceCall) -> Sequence[str]:
        identity, known = str(call.parameters.get(member, "")), call.world.organization
        if known is None or not any(identity in each for each in (known.accounts, known.units, known.policies)):
            return ("*",)
        return (known.arn(identity),)

    return found


@operation("organizations", "ListRoots")
def _roots(call: ServiceCall) -> Record:
    found = organization(call)
    kinds = [
        {"Type": kind, "Status": "ENABLED"} for kind in dict.fromkeys(each.kind for each in found.policies.values())
    ]
    return pages(call, "Roots", [{"Id": ROOT, "Arn": found.arn(ROOT), "Name": "Root", "PolicyTypes": kinds}])


@operation("organizations", "ListOrganizationalUnitsForParent", on=on("ParentId"))
def _units(call: ServiceCall) -> Record:
    found, parent = organization(call), _parent(call)
    return pages(call, "OrganizationalUnits", [_unit(found, u) for u in found.units.values() if u.parent == parent])


def _parent(call: ServiceCall) -> str:
    parent = str(call.parameters["ParentId"])
    if parent not in organization(call).units:
        raise AwsError("ParentNotFoundException", "You specified parent that doesn't exist.")
    return parent


def _unit(found: Organization, unit: Unit) -> Record:
    return {"Id": unit.id, "Arn": found.arn(unit.id), "Name": unit.name}


@operation("organizations", "DescribeOrganizationalUnit", on=on("OrganizationalUnitId"))
def _describe_unit(call: ServiceCall) -> Record:
    found, identity = organization(call), call.parameters["OrganizationalUnitId"]
    if identity not in found.units or identity == ROOT:
        said = "You specified an organizational unit that doesn't exist."
        raise AwsError("OrganizationalUnitNotFoundException", said)
    return {"OrganizationalUnit": _unit(found, found.units[identity])}


@operation("organizations", "ListAccounts")
def _accounts(call: ServiceCall) -> Record:
    found = organization(call)
    return pages(call, "Accounts", [_account(found, each) for each in found.accounts.values()])


@operation("organizations", "ListAccountsForParent", on=on("ParentId"))
def _accounts_of(call: ServiceCall) -> Record:
    found, parent = organization(call), _parent(call)
    here = [each for each in found.accounts.values() if found.parent_of(each.id) == parent]
    return pages(call, "Accounts", [_account(found, each) for each in here])


def _account(found: Organization, account: OrganizationAccount) -> Record:
    return {
        "Id": account.id,
        "Arn": found.arn(account.id),
        "Email": account.email,
        "Name": account.name,
        "Status": account.status,
        "State": account.status,
        "JoinedMethod": "INVITED" if account.id == found.management else "CREATED",
        "JoinedTimestamp": CREATED,
    }


@operation("organizations", "DescribeAccount", on=on("AccountId"))
def _describe_account(call: ServiceCall) -> Record:
    found, identity = organization(call), call.parameters["AccountId"]
    if identity not in found.accounts:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return {"Account": _account(found, found.accounts[identity])}


@operation("organizations", "ListParents", on=on("ChildId"))
def _parents(call: ServiceCall) -> Record:
    found, child = organization(call), str(call.parameters["ChildId"])
    if child not in found.accounts and child not in found.units:
        raise AwsError("ChildNotFoundException", "You specified child that doesn't exist.")
    parent = found.parent_of(child)
    kind = "ROOT" if parent == ROOT else "ORGANIZATIONAL_UNIT"
    return pages(call, "Parents", [{"Id": parent, "Type": kind}] if parent else [])


@operation("organizations", "ListChildren", on=on("ParentId"))
def _children(call: ServiceCall) -> Record:
    found, parent, kind = organization(call), _parent(call), call.parameters["ChildType"]
    among = found.accounts if kind == "ACCOUNT" else found.units
    return pages(call, "Children", [{"Id": each, "Type": kind} for each in among if found.parent_of(each) == parent])


@operation("organizations", "ListDelegatedAdministrators")
def _delegated(call: ServiceCall) -> Record:
    found, service = organization(call), call.parameters.get("ServicePrincipal")
    named = [account for account, services in found.delegated.items() if service in (None, *services)]
    enabled = {"DelegationEnabledDate": CREATED}
    return pages(call, "DelegatedAdministrators", [_account(found, found.accounts[a]) | enabled for a in named])


@operation("organizations", "ListDelegatedServicesForAccount", on=on("AccountId"))
def _services(call: ServiceCall) -> Record:
    found, account = organization(call), call.parameters["AccountId"]
    if account not in found.delegated:
        said = "The specified account is not a delegated administrator for this AWS service."
        raise AwsError("AccountNotRegisteredException", said)
    services = [{"ServicePrincipal": each, "DelegationEnabledDate": CREATED} for each in found.delegated[account]]
    return pages(call, "DelegatedServices", services)
