"""Service control policies and resource control policies of an organization, and what they are attached to.

Only direct attachments are listed, as by AWS; what an account inherits follows from the tree.
Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.organization import ROOT, ControlPolicy, Organization
from sm_ssh_widget.simulator.services.organizations.membership import organization, pages
from sm_ssh_widget.simulator.services.organizations.tree import on
from sm_ssh_widget.simulator.state import Record


@operation("organizations", "ListPolicies")
def _policies(call: ServiceCall) -> Record:
    found, kind = organization(call), call.parameters["Filter"]
    return pages(call, "Policies", [_summary(found, each) for each in found.policies.values() if each.kind == kind])


def _summary(found: Organization, policy: ControlPolicy) -> Record:
    return {
        "Id": policy.id,
        "Arn": found.arn(policy.id),
        "Name": policy.name,
        "Type": policy.kind,
        "AwsManaged": policy.of_aws,
    }


@operation("organizations", "ListPoliciesForTarget", on=on("TargetId"))
def _for_target(call: ServiceCall) -> Record:
    found, target, kind = organization(call), call.parameters["TargetId"], call.parameters["Filter"]
    if target not in found.accounts and target not in found.units:
        raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")
    attached = [each for each in found.policies.values() if each.kind == kind and target in each.targets]
    return pages(call, "Policies", [_summary(found, each) for each in attached])


@operation("organizations", "DescribePolicy", on=on("PolicyId"))
def _describe(call: ServiceCall) -> Record:
    policy = _named(call)
    return {"Policy": {"PolicySummary": _summary(organization(call), policy), "Content": policy.content}}


def _named(call: ServiceCall) -> ControlPolicy:
    found = organization(call).policies.get(str(call.parameters["PolicyId"]))
    if found is None:
        raise AwsError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    return found


@operation("organizations", "ListTargetsForPolicy", on=on("PolicyId"))
def _targets(call: ServiceCall) -> Record:
    policy, found = _named(call), organization(call)
    return pages(call, "Targets", [_target(found, each) for each in policy.targets])


def _target(found: Organization, identity: str) -> Record:
    if identity in found.accounts:
        name, kind = found.accounts[identity].name, "ACCOUNT"
    else:
        name, kind = found.units[identity].name, "ROOT" if identity == ROOT else "ORGANIZATIONAL_UNIT"
    return {"TargetId": identity, "Arn": found.arn(identity), "Name": name, "Type": kind}
