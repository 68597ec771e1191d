"""State Manager associations, including those of Quick Setup that attach a profile to instances without one.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/quick-setup-host-management.html
"""

from __future__ import annotations

import json

from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ec2.instances import running
from sm_ssh_widget.simulator.state import CREATED, AccountState, Record, unique_id

PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
ATTACH = "AWS-QuickSetup-SSMHostMgmt-CreateAndAttachIAMToInstance"
PURPOSES = (
    ATTACH,
    *(f"AWS-QuickSetup-SSMHostMgmt-{what}" for what in ("CollectInventory", "ScanForPatches", "UpdateSSMAgent")),
)


@operation("ssm", "ListAssociations")
def _list(call: ServiceCall) -> Record:
    attach_profiles(call.state, call.region)
    here = [each for each in call.state.records["Associations"] if each["Region"] == call.region]
    shown = [_shown(call, each) for each in here]
    page, token = call.page(shown, call.parameters.get("MaxResults"), call.parameters.get("NextToken"), 50)
    return {"Associations": page, "NextToken": token}


def _shown(call: ServiceCall, association: Record) -> Record:
    number = len(running(call.state, call.region))
    status = association.get("Status", "Success" if number else "Pending")
    overview: Record = {"Status": status, "DetailedStatus": association.get("DetailedStatus", status)}
    counted = {"AssociationStatusAggregatedCount": {status: number or 1}} if number or "Status" in association else {}
    known = {key: association[key] for key in ("Name", "AssociationId", "AssociationName")}
    return {**known, "Targets": [{"Key": "InstanceIds", "Values": ["*"]}], "Overview": overview | counted}


def attach_profiles(state: AccountState, region: str) -> None:
    """Run the association that attaches a profile to instances without one; create role and profile if needed."""
    names = (each["AssociationName"] for each in state.records["Associations"] if each["Region"] == region)
    bare = [instance for instance in running(state, region) if "Profile" not in instance]
    if not bare or not any(name.startswith(ATTACH) for name in names):
        return
    _make_profile(state)
    for instance in bare:
        instance["Profile"] = PROFILE


def _make_profile(state: AccountState) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = f"arn:{state.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
    make_role(state, PROFILE, trust, [{"PolicyName": "AmazonSSMManagedInstanceCore", "PolicyArn": policy}])
    profile: Record = {"InstanceProfileName": PROFILE, "Path": "/", "CreateDate": CREATED, "Roles": [PROFILE]}
    profile["Arn"] = state.arn("instance-profile", profile)
    profile["InstanceProfileId"] = unique_id("AIPA", profile["Arn"])
    state.iam["instance-profile"].setdefault(PROFILE, profile)


def make_role(state: AccountState, name: str, statement: Record, attached: list[Record]) -> None:
    """Create a role as an AWS service does for an account, unless it exists."""
    role: Record = {
        "RoleName": name,
        "Path": "/",
        "CreateDate": CREATED,
        "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        "RolePolicyList": [],
        "AttachedManagedPolicies": attached,
        "MaxSessionDuration": 3600,
        "Tags": [],
    }
    role["Arn"] = state.arn("role", role)
    role["RoleId"] = unique_id("AROA", role["Arn"])
    state.iam["role"].setdefault(name, role)
