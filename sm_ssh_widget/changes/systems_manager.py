"""Changes that set up host management, and that check Systems Manager with a temporary instance. Pure.

There are two ways. Quick Setup is the guide's. Default host management is the small one: a role and a setting of the
Region, no stack set; it manages EC2 instances only. Neither matters for the hybrid nodes of SSH Helper.
Quick Setup's API needs two roles that its console creates without asking. Here each role is a change of its own, and an
existing role is used as it is.
Source: https://docs.aws.amazon.com/quick-setup/latest/APIReference/API_CreateConfigurationManager.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.iam_changes import change_of
from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Call, Change, Kind, RefusalCode
from sm_ssh_widget.changes.planned_state import Refused
from sm_ssh_widget.policy.merge import write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.catalogue import (
    ADMINISTRATION_ROLE,
    DEFAULT_ROLE,
    DEFAULT_ROLE_PATH,
    DEFAULT_ROLE_POLICY,
    DEFAULT_ROLE_SETTING,
    EXECUTION_ROLE,
    INSTANCE_CHECK,
    INSTANCE_IMAGE,
    INSTANCE_TYPES,
    QUICK_SETUP_PROFILE,
    QUICK_SETUP_TYPE,
)
from sm_ssh_widget.requirements.needs import Requirement
from sm_ssh_widget.requirements.observation import Fact, Known, LaunchSite, Observation, Subnet, Target, Unknown
from sm_ssh_widget.requirements.prices import PRICED_INSTANCE, HourlyPrice
from sm_ssh_widget.requirements.requests import filling_for

Json: TypeAlias = Any

MANAGER_NAME = "sm-ssh-widget-host-management"
RUN_TAG = "sm-ssh-widget:run"
ASSUMING_POLICY = "AssumeExecutionRole"
DEPLOYMENT_POLICY = "AWSQuickSetupDeploymentRolePolicy"
_ENDS_BY_ITSELF = "#!/bin/bash\nshutdown -h +60\n"
_ROLE_RISK = "Quick Setup deploys with this role. The AWS console creates the same role without asking."
_DEFAULT_ROLE_RISK = "EC2 instances of the Region get this role by default. Nothing else uses it."
_DEFAULT_RISK = (
    "Every EC2 instance in this account and Region that uses IMDSv2 and has no Systems Manager permissions of its own "
    "gets this role, and so does every process on it. It takes up to 30 minutes. It does not concern hybrid nodes, so "
    "SSH Helper does not need it. Unlike Quick Setup, it installs no inventory, patch scan or instance profile, and "
    "creates no stack set."
)
NO_DEFAULT_ROLE = "$None"
_LEFT_BY_QUICK_SETUP = f"leaves the role and instance profile {QUICK_SETUP_PROFILE}, which AWS does not delete"
_WAYS = ("internet", "nat", "endpoints")


# Host management


def host_management(requirement: Requirement, seen: Observation) -> list[Change]:
    """Create the two roles, unless they exist, and the configuration (``CreateConfigurationManager``).

    The configuration covers this account and Region only and has Quick Setup's defaults. Raises :class:`Refused`.
    """
    if not isinstance(seen.chosen.local_roles, Known):
        raise Refused(RefusalCode.UNKNOWN, _unread(seen.chosen.local_roles, "the state of Quick Setup's two roles"))
    there = seen.chosen.local_roles.value
    administration = there.administration or _role_arn(seen.target, ADMINISTRATION_ROLE)
    changes: list[Change] = []
    if there.administration is None:
        changes += [_role(requirement, seen, ADMINISTRATION_ROLE), _may_assume(requirement, seen)]
    if there.execution is None:
        changes += [_role(requirement, seen, EXECUTION_ROLE, administration), _may_deploy(requirement, seen)]
    return [*changes, _manager(requirement, seen.target, administration)]


def default_host_management(requirement: Requirement, seen: Observation) -> list[Change]:
    """Create the role that instances get by default, unless it exists, and name it in the Region's setting.

    Source:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html
    Raises :class:`Refused`.
    """
    role, target = seen.chosen.default_role, seen.target
    if isinstance(seen.region.host_management, Known):
        return []
    if isinstance(role, Unknown) or not (isinstance(role, Known) or role.read):
        raise Refused(RefusalCode.UNKNOWN, _unread(role, "the role of default host management"))
    arn = default_role_arn(target.partition, target.account)
    if isinstance(role, Known) and role.value != arn:
        reason = f"The role {DEFAULT_ROLE} exists under another path ({role.value}). Rename or delete it first."
        raise Refused(RefusalCode.BLOCKED, reason)
    return [
        *(() if isinstance(role, Known) else _default_role(requirement, target, arn)),
        _default(requirement, target),
    ]


def default_role_arn(partition: str, account: str) -> str:
    """Return the ARN of the role of default host management."""
    return f"arn:{partition}:iam::{account}:role{DEFAULT_ROLE_PATH}{DEFAULT_ROLE}"


def planned_management(changes: Iterable[Change]) -> str:
    """Return how changes set up host management: ``quick-setup``, ``default-host-management``, or an empty text."""
    for change in changes:
        if change.kind is Kind.QUICK_SETUP:
            return "quick-setup"
        if change.kind is Kind.SERVICE_SETTING and change.resource["setting_id"] == DEFAULT_ROLE_SETTING:
            return "default-host-management"
    return ""


def _default_role(requirement: Requirement, target: Target, arn: str) -> tuple[Change, Change]:
    """Create the role, and attach the policy to it that AWS made for it."""
    resource = {"role": DEFAULT_ROLE, "arn": arn}
    trust = write(documents.load("trust-default-host-management", filling_for(target)))
    policy = f"arn:{target.partition}:iam::aws:policy/{DEFAULT_ROLE_POLICY}"
    attached, id, risk = {**resource, "policy_arn": policy}, f":{DEFAULT_ROLE}", _DEFAULT_ROLE_RISK
    return (
        _change(requirement, id, Kind.ROLE, resource, states=(None, trust), risk=risk),
        _change(requirement, f"{id}:policy", Kind.ATTACH_ROLE_POLICY, attached, states=(False, True), risk=risk),
    )


def _default(requirement: Requirement, target: Target) -> Change:
    arn = f"arn:{target.partition}:ssm:{target.region}:{target.account}:servicesetting{DEFAULT_ROLE_SETTING}"
    resource = {"setting_id": DEFAULT_ROLE_SETTING, "region": target.region, "arn": arn}
    value = f"{DEFAULT_ROLE_PATH}{DEFAULT_ROLE}".lstrip("/")
    before = {"value": NO_DEFAULT_ROLE, "status": "Default"}
    after = {"value": value, "status": "Customized"}
    return _change(requirement, "", Kind.SERVICE_SETTING, resource, states=(before, after), risk=_DEFAULT_RISK)


def _role_arn(target: Target, name: str) -> str:
    return f"arn:{target.partition}:iam::{target.account}:role/{name}"


def _role(requirement: Requirement, seen: Observation, name: str, administration: str = "") -> Change:
    """Create one of the two roles; the execution role trusts the administration role."""
    document = {ADMINISTRATION_ROLE: "administration", EXECUTION_ROLE: "execution"}[name]
    trust = write(documents.load(f"trust-quick-setup-{document}", filling_for(seen.target)))
    if administration:
        trust = trust.replace(_role_arn(seen.target, ADMINISTRATION_ROLE), administration)
    return _change(
        requirement,
        f":{name}",
        Kind.ROLE,
        {"role": name, "arn": _role_arn(seen.target, name)},
        states=(None, trust),
    )


def _may_assume(requirement: Requirement, seen: Observation) -> Change:
    text = write(documents.load("quick-setup-administration", filling_for(seen.target)))
    arn = _role_arn(seen.target, ADMINISTRATION_ROLE)
    return _change(
        requirement,
        f":{ADMINISTRATION_ROLE}:policy",
        Kind.ROLE_INLINE,
        {"role": ADMINISTRATION_ROLE, "arn": arn, "policy": ASSUMING_POLICY},
        states=(None, text),
    )


def _may_deploy(requirement: Requirement, seen: Observation) -> Change:
    policy = f"arn:{seen.target.partition}:iam::aws:policy/{DEPLOYMENT_POLICY}"
    return _change(
        requirement,
        f":{EXECUTION_ROLE}:policy",
        Kind.ATTACH_ROLE_POLICY,
        {"role": EXECUTION_ROLE, "arn": _role_arn(seen.target, EXECUTION_ROLE), "policy_arn": policy},
        states=(False, True),
    )


def _manager(requirement: Requirement, target: Target, administration: str) -> Change:
    parameters = {"TargetAccounts": target.account, "TargetRegions": target.region, "TargetType": "*"}
    definition = {
        "Type": QUICK_SETUP_TYPE,
        "Parameters": parameters,
        "LocalDeploymentAdministrationRoleArn": administration,
        "LocalDeploymentExecutionRoleName": EXECUTION_ROLE,
    }
    arn = f"arn:{target.partition}:ssm-quicksetup:{target.region}:{target.account}:configuration-manager/*"
    return Change(
        id=requirement.id,
        finding=requirement.id,
        kind=Kind.QUICK_SETUP,
        resource={"type": QUICK_SETUP_TYPE, "name": MANAGER_NAME, "region": target.region, "arn": arn},
        before=None,
        after={"name": MANAGER_NAME, "parameters": parameters},
        calls=(
            Call(
                "ssm-quicksetup",
                "CreateConfigurationManager",
                {"Name": MANAGER_NAME, "ConfigurationDefinitions": [definition]},
            ),
        ),
        inverse=(Call("ssm-quicksetup", "DeleteConfigurationManager", {"ManagerArn": placeholder("manager")}),),
        cost=None,
        risk=requirement.risk,
        undo=requirement.undo,
    )


def _change(
    requirement: Requirement,
    suffix: str,
    kind: Kind,
    resource: Mapping[str, str],
    *,
    states: tuple[Json, Json],
    risk: str = _ROLE_RISK,
) -> Change:
    """Create one change of host management from its two states."""
    return change_of(requirement, kind, resource, states, suffix=suffix, risk=risk, undo="exact")


# The temporary instance


def instance_check(seen: Observation, *, planned: str) -> Change:
    """Plan to start an instance and a session and terminate both. Raises :class:`Refused` if it could not report."""
    if not isinstance(seen.chosen.site, Known):
        raise Refused(RefusalCode.UNKNOWN, _unread(seen.chosen.site, "the network for a temporary instance"))
    target, site = seen.target, seen.chosen.site.value
    profile = _profile(seen, site, planned=planned)
    subnet, instance_type = _place(site, target.region)
    resource = {
        "region": target.region,
        "arn": f"arn:{target.partition}:ec2:{target.region}:{target.account}:instance/*",
        "subnet": subnet.id,
        "instance_type": instance_type,
    }
    default = planned == "default-host-management" or _default_host_management(seen)
    terminate = Call("ec2", "TerminateInstances", {"InstanceIds": [placeholder("instance")]})
    return Change(
        id=INSTANCE_CHECK.id,
        finding=INSTANCE_CHECK.id,
        kind=Kind.INSTANCE,
        resource=resource,
        before=None,
        after={"session": "opened and ended", "instance": "terminated"},
        calls=(
            Call("ec2", "RunInstances", _launch(subnet, instance_type, profile)),
            Call("ssm", "StartSession", {"Target": placeholder("instance")}),
            Call("ssm", "TerminateSession", {"SessionId": placeholder("session")}),
            terminate,
        ),
        inverse=(terminate,),
        cost=_cost(subnet, instance_type, seen.chosen.instance_price),
        risk=_risk(profile, default=default),
        undo=INSTANCE_CHECK.undo if profile or default else _LEFT_BY_QUICK_SETUP,
    )


def _profile(seen: Observation, site: LaunchSite, *, planned: str) -> str:
    """The instance profile to use, empty if the instance is managed without one; raises :class:`Refused`."""
    if site.profile:
        return QUICK_SETUP_PROFILE
    managed = seen.region.host_management
    if planned or isinstance(managed, Known):
        return ""
    if isinstance(managed, Unknown):
        raise Refused(RefusalCode.UNKNOWN, _unread(managed, "the management of instances in this Region"))
    reason = (
        f"No instance could report to Systems Manager: {seen.target.region} has no instance profile "
        f"{QUICK_SETUP_PROFILE}, no Quick Setup configuration and no default host management. "
        "Also choose host management: --option host-management"
    )
    raise Refused(RefusalCode.BLOCKED, reason)


def _default_host_management(seen: Observation) -> bool:
    found = seen.region.host_management
    return isinstance(found, Known) and found.value.kind == "default-host-management"


def _place(site: LaunchSite, region: str) -> tuple[Subnet, str]:
    """Choose the first subnet that reaches Systems Manager and offers an instance type, and that type."""
    if not site.subnets:
        reason = f"{region} has no subnet and no default VPC. Create one: aws ec2 create-default-vpc"
        raise Refused(RefusalCode.BLOCKED, reason)
    reaching = [subnet for subnet in site.subnets if subnet.way]
    if not reaching:
        reason = (
            f"{_unreachable(site.subnets, region)} Systems Manager. Add a route to an internet gateway or NAT gateway, "
            "or the interface endpoints ssm, ssmmessages and ec2messages."
        )
        raise Refused(RefusalCode.BLOCKED, reason)
    ordered = sorted(reaching, key=lambda subnet: (not subnet.default, _WAYS.index(subnet.way), subnet.zone, subnet.id))
    for name in INSTANCE_TYPES:
        for subnet in ordered:
            if (name, subnet.zone) in site.offers:
                return subnet, name
    types = ", ".join(INSTANCE_TYPES)
    reason = f"None of {types} is offered in an Availability Zone of {region} whose subnet can reach Systems Manager."
    raise Refused(RefusalCode.BLOCKED, reason)


def _unreachable(subnets: Sequence[Subnet], region: str) -> str:
    if len(subnets) > 1:
        return f"None of the {len(subnets)} subnets in {region} can reach"
    return f"{subnets[0].id}, the only subnet in {region}, cannot reach"


def _launch(subnet: Subnet, instance_type: str, profile: str) -> dict[str, Json]:
    """The parameters of ``ec2:RunInstances``. AWS resolves the image from its public parameter."""
    parameters: dict[str, Json] = {
        "ImageId": f"resolve:ssm:{INSTANCE_IMAGE}",
        "InstanceType": instance_type,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": placeholder("token"),
        "InstanceInitiatedShutdownBehavior": "terminate",
        "UserData": _ENDS_BY_ITSELF,
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": RUN_TAG, "Value": placeholder("run")}]}],
    }
    if subnet.way == "internet" and not subnet.public_addresses:
        interface = {"DeviceIndex": 0, "SubnetId": subnet.id, "AssociatePublicIpAddress": True}
        parameters["NetworkInterfaces"] = [interface]
    else:
        parameters["SubnetId"] = subnet.id
    if profile:
        parameters["IamInstanceProfile"] = {"Name": profile}
    return parameters


def _cost(subnet: Subnet, instance_type: str, price: Fact[HourlyPrice]) -> str:
    if isinstance(price, Known) and instance_type == PRICED_INSTANCE:
        billed = "Its public address and disk are" if subnet.way == "internet" else "Its disk is"
        return (
            f"At most USD {price.value.usd} for one {instance_type} ({price.value.source}), which runs for a few "
            f"minutes and at most one hour. {billed} billed too: https://aws.amazon.com/ec2/pricing/on-demand/"
        )
    address = " and its public address" if subnet.way == "internet" else ""
    return (
        f"Estimate: a few US cents for one {instance_type}{address}, a few minutes and at most one hour. Prices in "
        "this Region: https://aws.amazon.com/ec2/pricing/on-demand/"
    )


def _risk(profile: str, *, default: bool) -> str:
    if profile:
        how = f"The instance uses the instance profile {profile}."
    elif default:
        how = "The instance reports through default host management."
    else:
        how = f"Quick Setup creates the role and instance profile {QUICK_SETUP_PROFILE} for it. They remain afterwards."
    return f"{INSTANCE_CHECK.risk} {how}"


def _unread(fact: object, what: str) -> str:
    if isinstance(fact, Unknown):
        return f"{_capitalized(what)} could not be read ({fact.read}: {fact.reason.value}). {fact.remedy}"
    return f"{_capitalized(what)} was not read. Check again with the same options."


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
