"""Permissions to create and delete a Quick Setup configuration and a temporary instance, whose ARNs are not known yet.

The resource is limited as far as possible: by its type in this account and Region, by the tag that it is created with,
by the role that is passed and the service that it is passed to.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_ssm-quicksetup.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.export.resource_writes import ResourceWrite
from sm_ssh_widget.policy.document import Statement

Json: TypeAlias = Any

_QUICK_SETUP = "ssm-quicksetup.amazonaws.com"
_LIST = "ssm-quicksetup:ListConfigurationManagers"


def _allow(actions: Sequence[str], resource: str | Sequence[str], **equal: Json) -> Statement:
    """Build a statement; ``equal`` are condition keys and their required values."""
    named = [resource] if isinstance(resource, str) else list(resource)
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": named[0] if len(named) == 1 else named}
    return {**statement, "Condition": {"StringEquals": dict(equal)}} if equal else statement


def _allow_tagged(action: str, resource: str, key: str) -> Statement:
    """Build a statement that requires a tag with any value; ``key`` is its condition key."""
    return {**_allow([action], resource), "Condition": {"Null": {key: "false"}}}


def _parameters(write: ResourceWrite, operation: str) -> Mapping[str, Json]:
    for call in write.calls:
        if call.operation == operation:
            return call.parameters
    raise KeyError(operation)


def _quick_setup(plan: Plan, write: ResourceWrite) -> list[Statement]:
    """Grants for Quick Setup. Listing and creating have no resource; creating and deleting pass both roles.

    An undo reads every Region for other configurations that use the roles.
    """
    service = _LIST.partition(":")[0]
    definitions = _parameters(write, "CreateConfigurationManager")["ConfigurationDefinitions"]
    roles = sorted({role for definition in definitions for role in _deploying(plan, definition)})
    passed = {"iam:PassedToService": ["cloudformation.amazonaws.com", _QUICK_SETUP]}
    anywhere = f"arn:{plan.target['partition']}:{service}:*:{plan.account}:configuration-manager/*"
    return [
        _allow(["ssm:ListAssociations", f"{service}:CreateConfigurationManager", _LIST], "*"),
        _allow([f"{service}:DeleteConfigurationManager"], write.resource["arn"]),
        _allow([f"{service}:GetConfigurationManager"], anywhere),
        *([_allow(["iam:PassRole"], roles, **passed)] if roles else []),
    ]


def _deploying(plan: Plan, definition: Mapping[str, str]) -> list[str]:
    """The ARNs of the two roles of a configuration. AWS creates the one given by name without a path."""
    administration = definition.get("LocalDeploymentAdministrationRoleArn")
    execution = definition.get("LocalDeploymentExecutionRoleName")
    return [*([administration] if administration else []), *([_role(plan, execution)] if execution else [])]


def _role(plan: Plan, name: str) -> str:
    return f"arn:{plan.target['partition']}:iam::{plan.account}:role/{name}"


def _instance(plan: Plan, write: ResourceWrite) -> list[Statement]:
    """Grants for the temporary instance: start it in this subnet; terminate it and connect to it by its tag.

    Each run generates the value of the tag. A session's ID is not known in advance, and its tag names users and roles
    in different ways.
    """
    partition, region = plan.target["partition"], write.resource["region"]
    ec2, ssm = (f"arn:{partition}:{service}:{region}:{plan.account}" for service in ("ec2", "ssm"))
    instance = write.resource["arn"]
    launch = _parameters(write, "RunInstances")
    of_launch = [f"{ec2}:{kind}/*" for kind in ("network-interface", "security-group", "volume")]
    places = [
        instance,
        *of_launch,
        f"{ec2}:subnet/{write.resource['subnet']}",
        f"arn:{partition}:ec2:{region}::image/*",
    ]
    image = f"arn:{partition}:ssm:{region}::parameter{launch['ImageId'].removeprefix('resolve:ssm:')}"
    profile = launch.get("IamInstanceProfile", {}).get("Name")
    return [
        _allow(["ec2:RunInstances"], places),
        _allow(["ec2:CreateTags"], instance, **{"ec2:CreateAction": "RunInstances"}),
        _allow_tagged("ec2:TerminateInstances", instance, f"ec2:ResourceTag/{RUN_TAG}"),
        _allow_tagged("ssm:StartSession", instance, f"ssm:resourceTag/{RUN_TAG}"),
        _allow(["ssm:StartSession"], f"{ssm}:document/SSM-SessionManagerRunShell"),
        _allow(["ssm:TerminateSession"], f"{ssm}:session/*"),
        _allow(["ssm:GetConnectionStatus"], instance),
        _allow(["ec2:DescribeInstances"], "*"),
        _allow(["ssm:GetParameters"], image),
        *([_passing(plan, profile)] if profile else []),
    ]


def _passing(plan: Plan, profile: str) -> Statement:
    """Grant to pass the role of Quick Setup's instance profile, which has the same name."""
    return _allow(["iam:PassRole"], _role(plan, profile), **{"iam:PassedToService": "ec2.amazonaws.com"})


LONG_STEP_GRANTS: Mapping[Kind, Callable[[Plan, ResourceWrite], list[Statement]]] = {
    Kind.QUICK_SETUP: _quick_setup,
    Kind.INSTANCE: _instance,
}
