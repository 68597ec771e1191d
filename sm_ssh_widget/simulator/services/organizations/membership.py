"""Organization of an account: what every member can read, and the condition keys of the organization.

Sources: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.organization import Organization
from sm_ssh_widget.simulator.state import Record

PAGE = 20
"""Entries of one page."""


@operation("organizations", "DescribeOrganization")
def _describe(call: ServiceCall) -> Record:
    found = _membership(call)
    master = found["MasterAccountId"]
    place = f"arn:{call.state.partition}:organizations::{master}"
    return {
        "Organization": {
            "Id": found["Id"],
            "Arn": f"{place}:organization/{found['Id']}",
            "FeatureSet": "ALL",
            "MasterAccountId": master,
            "MasterAccountArn": f"{place}:account/{found['Id']}/{master}",
            "MasterAccountEmail": "management@example.com",
        }
    }


def _membership(call: ServiceCall) -> Record:
    found = call.state.organization
    if found is None:
        said = "Your account is not a member of an organization."
        raise AwsError("AWSOrganizationsNotInUseException", said)
    return found


def organization(call: ServiceCall) -> Organization:
    """Return the organization for a read that only its management account and delegated administrators can make.

    Raises ``AccessDeniedException`` for other members, and ``AWSOrganizationsNotInUseException``.
    """
    _membership(call)
    found = call.world.organization
    if found is None or not found.may_read(call.state.account):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
    return found


def pages(call: ServiceCall, name: str, items: Sequence[Record]) -> Record:
    """Return a page of at most 20 entries, with the token of the next."""
    page, token = call.page(items, call.parameters.get("MaxResults"), call.parameters.get("NextToken"), PAGE)
    return {name: page, "NextToken": token}
