"""Organization of a member account: ``DescribeOrganization``, and the condition keys of the organization.

Sources: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record


@operation("organizations", "DescribeOrganization")
def _describe(call: ServiceCall) -> Record:
    found = call.state.organization
    if found is None:
        said = "Your account is not a member of an organization."
        raise AwsError("AWSOrganizationsNotInUseException", said)
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
